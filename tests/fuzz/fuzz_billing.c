/*
 * Feeds a billing export to the reader under a shipped profile, in two chunk sizes, and asserts
 * that what comes out does not depend on them, and that every row is counted once.
 *
 * The first byte picks the profile and the chunk size.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/hash.h"
#include "readers/billing.h"
#include "readers/profile.h"

struct seen {
    uint64_t hash;
    uint64_t lines;
    uint64_t rejects;
};

static int take_line(void *context, const struct billing_line *line, struct error *err)
{
    struct seen *seen = context;

    (void)err;
    seen->lines++;
    seen->hash = hash_span(seen->hash, line->account_id);
    seen->hash = hash_mix(seen->hash, (uint64_t)line->billed.atoms);
    for (int i = 0; i < line->reference_count; i++)
        seen->hash = hash_span(seen->hash, line->references[i].text);
    return 0;
}

static int take_reject(void *context, const struct billing_reject *reject, struct error *err)
{
    struct seen *seen = context;

    (void)err;
    seen->rejects++;
    seen->hash = hash_mix(hash_span(seen->hash, reject->record), reject->line);
    return 0;
}

static int read_once(const char *path, const struct profile *profile, size_t chunk_bytes,
                     struct seen *seen, struct error *err)
{
    const struct billing_options options = {
        .profile = profile, .utc_offset_seconds = 8 * 3600, .chunk_bytes = chunk_bytes};
    const struct billing_sink sink = {seen, take_line, take_reject};
    struct billing_file file = {.path = path, .name = "b"};
    static struct billing_totals totals;
    uint64_t rows = 0;
    int status;

    memset(&totals, 0, sizeof(totals));
    *seen = (struct seen){0};
    status = billing_read(&file, 1, &options, &sink, &totals, err);
    if (status != 0)
        return status;
    for (int kind = 0; kind < BILLING_KIND_END; kind++)
        for (int currency = 0; currency < CURRENCY_COUNT; currency++)
            rows += totals.of[kind][currency].rows;
    assert(rows == file.rows_accepted && seen->rejects == file.rows_rejected);
    assert(file.rows_read == file.rows_accepted + file.rows_rejected);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct profile profiles[2];
    static struct arena arena;
    static char path[] = "/tmp/fuzz-billing-XXXXXX";
    static int fd = -1;
    struct error first = {0};
    struct error second = {0};
    struct seen one;
    struct seen other;

    if (size == 0)
        return 0;
    if (fd < 0) {
        struct profile_source source;

        fd = mkstemp(path);
        if (fd < 0 || profile_load("focus", &profiles[0], &source, &arena, &first) != 0 ||
            profile_load("huaweicloud", &profiles[1], &source, &arena, &first) != 0)
            abort();
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data + 1, size - 1, 0) != (ssize_t)(size - 1))
        abort();
    if (read_once(path, &profiles[data[0] & 1], 0, &one, &first) !=
            read_once(path, &profiles[data[0] & 1], 1 + (data[0] >> 1), &other, &second) ||
        strcmp(first.detail, second.detail) != 0)
        abort();
    if (first.kind == ERROR_NONE && (one.hash != other.hash || one.lines != other.lines))
        abort();
    return 0;
}
