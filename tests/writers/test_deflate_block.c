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
        if (kind == 1 || (kind == 3 && i % 131072 < 40000)) /* 3: unlike what it begins with */
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
    for (int kind = 0; kind < 4; kind++) {
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

/* Neither what went through the compressor before, nor where it and the bytes lie, nor what lies
 * behind them, leaves a trace: the archives of two runs are compared by their bytes. */
static void a_block_depends_on_its_bytes_alone(void **state)
{
    enum { ROUNDS = 2000, SIZE_MAX_ = 700 };
    char *bytes = malloc(TOTAL);
    char *moved = malloc(TOTAL);
    char *first = malloc(DEFLATE_BLOCK_ROOM);
    char *second = malloc(DEFLATE_BLOCK_ROOM);
    uint32_t seed = 1;

    (void)state;
    fill(bytes, TOTAL, 1);
    for (int round = 0; round < ROUNDS; round++) {
        struct deflate_block *one = deflate_block_open(DEFLATE_BY_ISAL);
        struct deflate_block *other = deflate_block_open(DEFLATE_BY_ISAL);
        size_t at = 0;
        size_t size = 0;
        size_t offset = 0;

        seed = seed * 1664525 + 1013904223;
        at = (seed >> 8) % (TOTAL - SIZE_MAX_ - 100);
        size = 1 + (seed >> 12) % SIZE_MAX_;
        offset = (seed >> 20) % 100;
        fill(moved, SIZE_MAX_ + 200, 2);
        memcpy(moved + offset, bytes + at, size);
        memcpy(moved + offset + size / 2, moved + offset, size / 3);
        memcpy(bytes + at, moved + offset, size);
        assert_true(deflate_block_run(other, bytes, 1000, false, second) > 0);
        size = deflate_block_run(one, bytes + at, size, true, first);
        assert_int_equal(
            deflate_block_run(other, moved + offset, 1 + (seed >> 12) % SIZE_MAX_, true, second),
            size);
        assert_memory_equal(first, second, size);
        deflate_block_close(one);
        deflate_block_close(other);
    }
    free(second);
    free(first);
    free(moved);
    free(bytes);
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
    assert_int_equal(size, 118388);
    assert_int_equal(crc32(0, (const Bytef *)compressed, (uInt)size), 0xc4eab386);
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
