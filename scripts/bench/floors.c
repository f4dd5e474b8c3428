/*
 * What the machine itself takes, on one thread: the floors beside the stages in
 * docs/performance.md. Each line printed is: what, bytes in, bytes out, microseconds (best of 3).
 *
 *     floors WHAT FILE [LEVEL]
 *     WHAT: read, lines, sha256, inflate-zlib, deflate-zlib, inflate-isal, deflate-isal
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>
#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

enum { BLOCK_BYTES = 1 << 18, ROUNDS = 3, GZIP_WINDOW_BITS = 31, SMALL_MEMORY_LEVEL = 8 };

struct work {
    FILE *in;
    int level;
    uint64_t bytes_in, bytes_out;
};

static unsigned char block_in[BLOCK_BYTES], block_out[BLOCK_BYTES];

static size_t next_block(struct work *work)
{
    size_t bytes = fread(block_in, 1, BLOCK_BYTES, work->in);
    work->bytes_in += bytes;
    return bytes;
}

static bool read_all(struct work *work)
{
    while (next_block(work) > 0) {
        continue;
    }
    return true;
}

static bool find_lines(struct work *work)
{
    for (size_t bytes; (bytes = next_block(work)) > 0;) {
        const unsigned char *end = block_in + bytes;
        for (const unsigned char *at = block_in;
             (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
            work->bytes_out++;
        }
    }
    return true;
}

static bool sha256(struct work *work)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    bool done = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t bytes; done && (bytes = next_block(work)) > 0;) {
        done = EVP_DigestUpdate(context, block_in, bytes) == 1;
    }
    done = done && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

static bool inflate_zlib(struct work *work)
{
    z_stream stream = {0};
    int status = inflateInit2(&stream, GZIP_WINDOW_BITS);
    for (size_t bytes; status >= Z_OK && (bytes = next_block(work)) > 0;) {
        stream.next_in = block_in;
        stream.avail_in = (uInt)bytes;
        do {
            stream.next_out = block_out;
            stream.avail_out = BLOCK_BYTES;
            status = inflate(&stream, Z_NO_FLUSH);
            work->bytes_out += BLOCK_BYTES - stream.avail_out;
            if (status == Z_STREAM_END) { /* another member may follow */
                status = inflateReset(&stream);
            }
        } while (status == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
        status = status == Z_BUF_ERROR ? Z_OK : status;
    }
    (void)inflateEnd(&stream);
    return status == Z_OK;
}

static bool deflate_zlib(struct work *work)
{
    z_stream stream = {0};
    int status = deflateInit2(&stream, work->level, Z_DEFLATED, GZIP_WINDOW_BITS,
                              SMALL_MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    for (size_t bytes = 1; status == Z_OK && bytes > 0;) {
        bytes = next_block(work);
        stream.next_in = block_in;
        stream.avail_in = (uInt)bytes;
        do {
            stream.next_out = block_out;
            stream.avail_out = BLOCK_BYTES;
            status = deflate(&stream, bytes > 0 ? Z_NO_FLUSH : Z_FINISH);
            work->bytes_out += BLOCK_BYTES - stream.avail_out;
        } while (status == Z_OK && stream.avail_out == 0);
        status = status == Z_BUF_ERROR ? Z_OK : status;
    }
    (void)deflateEnd(&stream);
    return status == Z_STREAM_END;
}

#ifdef HAVE_ISAL
static bool inflate_isal(struct work *work)
{
    struct inflate_state *state = malloc(sizeof *state);
    if (state == NULL) {
        return false;
    }
    int status = ISAL_DECOMP_OK;
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
    for (size_t bytes; status == ISAL_DECOMP_OK && (bytes = next_block(work)) > 0;) {
        state->next_in = block_in;
        state->avail_in = (uint32_t)bytes;
        do {
            if (state->block_state == ISAL_BLOCK_FINISH && state->avail_in > 0) {
                isal_inflate_reset(state);
                state->crc_flag = ISAL_GZIP;
            }
            state->next_out = block_out;
            state->avail_out = BLOCK_BYTES;
            status = isal_inflate(state);
            work->bytes_out += BLOCK_BYTES - state->avail_out;
        } while (status == ISAL_DECOMP_OK && (state->avail_in > 0 || state->avail_out == 0));
    }
    free(state);
    return status == ISAL_DECOMP_OK;
}

static bool deflate_isal(struct work *work)
{
    struct isal_zstream stream;
    unsigned char *memory = malloc(ISAL_DEF_LVL3_DEFAULT);
    int status = memory == NULL ? STATELESS_OVERFLOW : COMP_OK;
    isal_deflate_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.level = (uint32_t)work->level;
    stream.level_buf = memory;
    stream.level_buf_size = ISAL_DEF_LVL3_DEFAULT;
    for (size_t bytes = 1; status == COMP_OK && bytes > 0;) {
        bytes = next_block(work);
        stream.next_in = block_in;
        stream.avail_in = (uint32_t)bytes;
        stream.end_of_stream = bytes == 0;
        do {
            stream.next_out = block_out;
            stream.avail_out = BLOCK_BYTES;
            status = isal_deflate(&stream);
            work->bytes_out += BLOCK_BYTES - stream.avail_out;
        } while (status == COMP_OK && stream.avail_out == 0);
    }
    free(memory);
    return status == COMP_OK;
}
#endif

static const struct {
    const char *name;
    bool (*run)(struct work *work);
} FLOORS[] = {
    {"read", read_all},
    {"lines", find_lines},
    {"sha256", sha256},
    {"inflate-zlib", inflate_zlib},
    {"deflate-zlib", deflate_zlib},
#ifdef HAVE_ISAL
    {"inflate-isal", inflate_isal},
    {"deflate-isal", deflate_isal},
#endif
};

static int64_t microseconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc >= 3 && i < sizeof FLOORS / sizeof FLOORS[0]; i++) {
        if (strcmp(argv[1], FLOORS[i].name) != 0) {
            continue;
        }
        int64_t best = INT64_MAX;
        struct work work = {0};
        for (int round = 0; round < ROUNDS; round++) {
            work = (struct work){.in = fopen(argv[2], "rb"),
                                 .level = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1};
            if (work.in == NULL) {
                perror(argv[2]);
                return EXIT_FAILURE;
            }
            (void)setvbuf(work.in, NULL, _IONBF, 0);
            int64_t started = microseconds();
            bool done = FLOORS[i].run(&work);
            int64_t took = microseconds() - started;
            (void)fclose(work.in);
            if (!done) {
                (void)fprintf(stderr, "floors: %s %s failed\n", argv[1], argv[2]);
                return EXIT_FAILURE;
            }
            best = took < best ? took : best;
        }
        (void)printf("%s %" PRIu64 " %" PRIu64 " %" PRId64 "\n", argv[1], work.bytes_in,
                     work.bytes_out, best);
        return EXIT_SUCCESS;
    }
    (void)fputs("usage: floors WHAT FILE [LEVEL]\n", stderr);
    return 2;
}
