/*
 * Feeds arbitrary bytes to the input engine. The first byte picks the input, the second a small
 * chunk size; the rest is the file. The outcome must be the same whatever the chunk size, and
 * whether records are split by the fast way or by libcsv.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "policy/hash.h"
#include "readers/csv.h"
#include "readers/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { UTC_PLUS_8 = 8 * SECONDS_PER_HOUR };

/* Everything a reader tells, folded. */
struct outcome {
    int result;
    struct error err;
    uint64_t rows;
    const struct table *table;
};

static int on_accept(void *context, const void *record, struct row_position position,
                     struct span raw, struct error *err)
{
    struct outcome *outcome = context;

    (void)err;
    outcome->rows = hash_span(outcome->rows, raw);
    outcome->rows = hash_mix(outcome->rows, position.line);
    outcome->rows ^= table_content_fingerprint(outcome->table, record);
    return 0;
}

static int on_reject(void *context, const struct reject *reject, const void *record,
                     uint32_t readable, struct error *err)
{
    struct outcome *outcome = context;

    (void)err;
    outcome->rows = hash_span(outcome->rows, reject->record);
    outcome->rows = hash_span(outcome->rows, span_of(reject->column));
    outcome->rows = hash_mix(outcome->rows, reject->position.line);
    outcome->rows = hash_mix(outcome->rows, (uint64_t)reject->reason << 32 | readable);
    outcome->rows ^= table_content_fingerprint(outcome->table, record);
    return 0;
}

static void on_approach(void *context, const void *record)
{
    (void)context;
    (void)record;
}

/* With rows announced ahead, or each handed on at once. */
static struct outcome read_all(const char *path, enum input input, size_t chunk_bytes, bool ahead)
{
    struct outcome outcome = {.table = table_of(input)};
    struct input_file file = {.path = path, .name = "f", .input = input};
    struct row_sink sink = {.context = &outcome,
                            .approach = ahead ? on_approach : NULL,
                            .accept = on_accept,
                            .reject = on_reject};
    struct read_options options = {
        .utc_offset_seconds = UTC_PLUS_8,
        .delimiter = ',',
        .too_old_before = 0,
        .chunk_bytes = chunk_bytes,
    };

    outcome.result = input_read(&file, 1, &options, &sink, 1, &outcome.err);
    input_file_release(&file);
    if (outcome.result == 0)
        assert(file.rows_read == file.rows_accepted + file.rows_rejected);
    else
        assert(outcome.err.kind != ERROR_NONE);
    return outcome;
}

/* All fields of all rows, folded; 0 for a bad file. */
static uint64_t split_all(const char *path, bool by_libcsv)
{
    struct error err = {0};
    struct source *source = NULL;
    struct cutter *cutter = NULL;
    struct tokenizer *tokenizer = NULL;
    struct block block = {0};
    struct csv_row row;
    uint64_t hash = 1;
    int got;

    if (source_open(&source, path, "f", 4096, &err) != 0)
        return 0;
    if (cutter_open(&cutter, source, "f", 4096, &err) != 0 ||
        tokenizer_open(&tokenizer, ',', "f", &err) != 0)
        abort();
    if (by_libcsv)
        tokenizer_force_libcsv(tokenizer);
    while ((got = cutter_next(cutter, &block, &err)) > 0) {
        if (tokenizer_load(tokenizer, &block, &err) != 0)
            abort();
        while ((got = tokenizer_next(tokenizer, &row, &err)) > 0) {
            size_t i;

            hash = hash_mix(hash_span(hash, row.raw), row.line);
            for (i = 0; i < row.field_count; i++)
                hash = hash_span(hash, row.fields[i]);
        }
        if (got < 0)
            break;
    }
    tokenizer_close(tokenizer);
    cutter_close(cutter);
    source_close(source);
    block_release(&block);
    return got < 0 ? 0 : hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct outcome large;
    struct outcome small;
    enum input input;
    size_t chunk_bytes;
    int memory;

    if (size < 2)
        return 0;
    input = (enum input)(data[0] % INPUT_COUNT);
    chunk_bytes = (size_t)(data[1] % 64) + 1;
    data += 2;
    size -= 2;
    memory = memfd_create("fuzz", MFD_CLOEXEC);
    if (memory < 0 || write(memory, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);

    large = read_all(path, input, 0, true);
    small = read_all(path, input, chunk_bytes, false);
    if (large.result != small.result || large.rows != small.rows ||
        large.err.kind != small.err.kind || strcmp(large.err.detail, small.err.detail) != 0)
        abort();
    if (split_all(path, false) != split_all(path, true))
        abort();
    close(memory);
    return 0;
}
