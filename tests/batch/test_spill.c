/* Streams of bytes that come back as they went in, in memory, in the file, and in both. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "batch/spill.h"

enum { STREAMS = 40, ROUNDS = 3000, CHUNK = 1024, PIECE_MAX = 700 };

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)seed * below) >> 32);
}

static int open_folder(void)
{
    int folder = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(folder >= 0);
    return folder;
}

/* The byte that stands at a place of a stream. */
static char byte_of(int stream, uint64_t at)
{
    return (char)((uint64_t)stream * 131 + at * 7 + at / 251);
}

/* Of the memory, once full chunks have taken what they can. */
static size_t left_by(const struct spill_stream *streams, size_t memory_bytes)
{
    const size_t most = memory_bytes / CHUNK;
    size_t chunks = 0;

    for (int number = 0; number < STREAMS; number++)
        chunks += streams[number].chunk_count;
    return chunks < most ? (most - chunks) * CHUNK : 0;
}

static void fill_and_read(size_t memory_bytes)
{
    static struct spill_stream streams[STREAMS];
    struct error err = {0};
    int folder = open_folder();
    struct spill *spill = spill_open(folder, CHUNK, memory_bytes, &err);

    assert_non_null(spill);
    for (int round = 0; round < ROUNDS; round++) {
        const int number = (int)draw(STREAMS);
        struct spill_stream *stream = &streams[number];
        const size_t size = draw(PIECE_MAX);
        char piece[PIECE_MAX];

        for (size_t i = 0; i < size; i++)
            piece[i] = byte_of(number, spill_stream_bytes(stream) + i);
        assert_int_equal(spill_stream_append(spill, stream, piece, size, &err), 0);
    }
    assert_int_equal(spill_bytes_left(spill), left_by(streams, memory_bytes));
    for (int number = 0; number < STREAMS; number++) {
        const uint64_t size = spill_stream_bytes(&streams[number]);
        char *bytes = malloc((size_t)size + 1);

        for (int again = 0; again < 2; again++) {
            assert_int_equal(spill_stream_read(spill, &streams[number], bytes, &err), 0);
            for (uint64_t i = 0; i < size; i++)
                if (bytes[i] != byte_of(number, i))
                    fail_msg("stream %d differs at %llu", number, (unsigned long long)i);
        }
        free(bytes);
        spill_stream_release(spill, &streams[number]);
    }
    assert_int_equal(spill_bytes_left(spill), memory_bytes / CHUNK * CHUNK);
    spill_close(spill);
    (void)close(folder);
}

static void streams_come_back(void **state)
{
    (void)state;
    seed = 1;
    fill_and_read(0);
    fill_and_read(100 * CHUNK);
    fill_and_read((size_t)64 << 20);
}

static void append_bytes(struct spill *spill, struct spill_stream *stream, int number, size_t size)
{
    struct error err = {0};

    for (size_t i = 0; i < size; i++) {
        const char byte = byte_of(number, spill_stream_bytes(stream));

        assert_int_equal(spill_stream_append(spill, stream, &byte, 1, &err), 0);
    }
}

/* A stream whose chunks are in memory, in the file, and in memory again, where others left. */
static void a_stream_may_come_back_to_memory(void **state)
{
    enum { MEMORY_CHUNKS = 8, BYTES = 6 * CHUNK };
    static char bytes[4 * BYTES];
    struct spill_stream streams[2] = {{0}, {0}};
    struct error err = {0};
    int folder = open_folder();
    struct spill *spill = spill_open(folder, CHUNK, MEMORY_CHUNKS * CHUNK, &err);
    struct spill_stream *stream = &streams[1];

    (void)state;
    assert_non_null(spill);
    append_bytes(spill, stream, 1, BYTES);
    append_bytes(spill, &streams[0], 0, BYTES);
    append_bytes(spill, stream, 1, BYTES);
    assert_int_equal(spill_bytes_left(spill), 0);
    spill_stream_release(spill, &streams[0]);
    assert_in_range(spill_bytes_left(spill), CHUNK, (MEMORY_CHUNKS - 1) * CHUNK);
    append_bytes(spill, stream, 1, 2 * BYTES);
    assert_int_equal(spill_bytes_left(spill), 0);
    assert_int_equal(spill_stream_bytes(stream), sizeof(bytes));
    assert_int_equal(spill_stream_read(spill, stream, bytes, &err), 0);
    for (size_t i = 0; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], byte_of(1, i));
    spill_stream_release(spill, stream);
    assert_int_equal(spill_bytes_left(spill), MEMORY_CHUNKS * CHUNK);
    spill_close(spill);
    (void)close(folder);
}

static void an_empty_stream_is_nothing(void **state)
{
    struct spill_stream stream = {0};
    struct error err = {0};
    int folder = open_folder();
    struct spill *spill = spill_open(folder, CHUNK, 0, &err);
    char untouched = 'x';

    (void)state;
    assert_int_equal(spill_stream_read(spill, &stream, &untouched, &err), 0);
    assert_true(untouched == 'x' && spill_stream_bytes(&stream) == 0);
    spill_stream_release(spill, &stream);
    spill_close(spill);
    (void)close(folder);
}

/* A file that may not grow is a disk that is full. */
static void a_full_disk_is_an_error(void **state)
{
    const struct rlimit small = {.rlim_cur = (rlim_t)2 * CHUNK, .rlim_max = RLIM_INFINITY};
    struct rlimit before;
    struct spill_stream stream = {0};
    struct error err = {0};
    int folder = open_folder();
    struct spill *spill = spill_open(folder, CHUNK, 0, &err);
    char bytes[CHUNK] = {0};
    int status = 0;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 100 && status == 0; i++) /* they are written by the dozen */
        status = spill_stream_append(spill, &stream, bytes, sizeof(bytes), &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, -1);
    assert_int_equal(err.kind, ERROR_IO);
    assert_non_null(strstr(err.detail, "spill file"));
    spill_stream_release(spill, &stream);
    spill_close(spill);
    (void)close(folder);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_come_back),
        cmocka_unit_test(a_stream_may_come_back_to_memory),
        cmocka_unit_test(an_empty_stream_is_nothing),
        cmocka_unit_test(a_full_disk_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
