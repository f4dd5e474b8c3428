/* Blocks deflated on their own: joined in any cutting they inflate to the bytes that went in. */
#include "tests/writers/sample.h"

#include <zlib.h>

#include "writers/deflate_block.h"

enum { TOTAL = 300 * 1000 };

static void fill(char *bytes, size_t size, int kind)
{
    uint32_t seed = 7;

    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525 + 1013904223;
        bytes[i] = kind == 0 ? 'a' : (char)(seed >> 23);
        if (kind == 1)
            bytes[i] = "0123,\n"[(seed >> 24) % 6];
    }
}

static size_t join(enum deflate_by by, const char *bytes, size_t size, size_t step, char *joined)
{
    struct deflate_block *block = deflate_block_open(by);
    char *compressed = malloc(DEFLATE_BLOCK_ROOM);
    size_t made = 0;

    assert_non_null(block);
    for (size_t done = 0;; done += step) {
        size_t part = size - done < step ? size - done : step;
        bool last = done + part == size;
        size_t got = deflate_block_run(block, bytes + done, part, last, compressed);

        assert_true(got > 0);
        memcpy(joined + made, compressed, got);
        made += got;
        if (last)
            break;
    }
    free(compressed);
    deflate_block_close(block);
    return made;
}

static void check_inflates(char *joined, size_t joined_size, const char *bytes, size_t size)
{
    z_stream stream = {0};
    char *inflated = malloc(size + 1);

    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    stream.next_in = (Bytef *)joined;
    stream.avail_in = (uInt)joined_size;
    stream.next_out = (Bytef *)inflated;
    stream.avail_out = (uInt)size + 1;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_true(stream.avail_in == 0 && stream.total_out == size);
    assert_memory_equal(inflated, bytes, size);
    inflateEnd(&stream);
    free(inflated);
}

static void blocks_join_into_one_stream(void **state)
{
    static const size_t steps[] = {1000, 65535, 65536, 131073, TOTAL};
    char *bytes = malloc(TOTAL);
    char *joined = malloc((size_t)4 * TOTAL);

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        fill(bytes, TOTAL, kind);
        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
            for (enum deflate_by by = DEFLATE_BY_ISAL; by <= DEFLATE_BY_ZLIB; by++) {
                size_t made = join(by, bytes, TOTAL, steps[i], joined);

                check_inflates(joined, made, bytes, TOTAL);
            }
        }
    }
    free(joined);
    free(bytes);
}

static void nothing_and_one_byte_are_streams(void **state)
{
    char joined[256];

    (void)state;
    for (enum deflate_by by = DEFLATE_BY_ISAL; by <= DEFLATE_BY_ZLIB; by++) {
        check_inflates(joined, join(by, "", 0, 1, joined), "", 0);
        check_inflates(joined, join(by, "x", 1, 1, joined), "x", 1);
        check_inflates(joined, join(by, "xyz", 3, 1, joined), "xyz", 3);
    }
}

/* What went through the compressor before leaves nothing behind. */
static void a_block_depends_on_its_bytes_alone(void **state)
{
    struct deflate_block *used = deflate_block_open(DEFLATE_BY_ISAL);
    struct deflate_block *fresh = deflate_block_open(DEFLATE_BY_ISAL);
    char *bytes = malloc(TOTAL);
    char *first = malloc(DEFLATE_BLOCK_ROOM);
    char *second = malloc(DEFLATE_BLOCK_ROOM);
    size_t size;

    (void)state;
    fill(bytes, TOTAL, 2);
    assert_true(deflate_block_run(used, bytes, TOTAL, false, first) > 0);
    fill(bytes, TOTAL, 1);
    size = deflate_block_run(used, bytes, TOTAL, false, first);
    assert_int_equal(deflate_block_run(fresh, bytes, TOTAL, false, second), size);
    assert_memory_equal(first, second, size);
    free(second);
    free(first);
    free(bytes);
    deflate_block_close(fresh);
    deflate_block_close(used);
}

#ifdef __x86_64__
/* A CPU or a version of the library that makes other bytes would make other archives. */
static void the_bytes_are_known(void **state)
{
    struct deflate_block *block = deflate_block_open(DEFLATE_BY_ISAL);
    char *bytes = malloc(TOTAL);
    char *compressed = malloc(DEFLATE_BLOCK_ROOM);
    size_t size;

    (void)state;
    fill(bytes, TOTAL, 1);
    size = deflate_block_run(block, bytes, TOTAL, true, compressed);
    assert_int_equal(size, 118066);
    assert_int_equal(crc32(0, (const Bytef *)compressed, (uInt)size), 0xca5376d2);
    free(compressed);
    free(bytes);
    deflate_block_close(block);
}
#endif

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_join_into_one_stream),
        cmocka_unit_test(nothing_and_one_byte_are_streams),
        cmocka_unit_test(a_block_depends_on_its_bytes_alone),
#ifdef __x86_64__
        cmocka_unit_test(the_bytes_are_known),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
