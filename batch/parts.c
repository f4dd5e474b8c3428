/*
 * Owns the division by account, and the parts' packed contents. Knows no rule.
 */
#include "batch/parts.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "batch/packed_row.h"
#include "policy/block.h"
#include "policy/key_sort.h"

enum {
    SAMPLE_MAX = 16 * 1024,
    HEAD_BYTES = 6, /* kind, and the length as a varint of up to 32 bits */
    ITEM_ROOM = 24 * 1024,
};

static int out_of_memory(struct error *err)
{
    return error_set(err, ERROR_IO, "out of memory");
}

/* ---- the sample ---- */

/* Takes one of twice as many as before. */
static void thin(struct account_sample *sample)
{
    sample->count = (sample->count + 1) / 2;
    for (size_t i = 0; i < sample->count; i++)
        sample->items[i] = sample->items[2 * i];
    sample->stride *= 2;
}

static int open_sample(struct account_sample *sample, struct error *err)
{
    if (sample->items != NULL)
        return 0;
    sample->items = malloc(SAMPLE_MAX * sizeof(*sample->items));
    sample->stride = 1;
    return sample->items == NULL ? out_of_memory(err) : 0;
}

static int take(struct account_sample *sample, struct span account_id, struct error *err)
{
    if (arena_copy(&sample->text, account_id, &sample->items[sample->count]) != 0)
        return out_of_memory(err);
    sample->count++;
    return 0;
}

int account_sample_add(struct account_sample *sample, struct span account_id, struct error *err)
{
    if (open_sample(sample, err) != 0)
        return -1;
    if (sample->seen++ % sample->stride != 0)
        return 0;
    if (sample->count == SAMPLE_MAX) {
        thin(sample);
        if ((sample->seen - 1) % sample->stride != 0)
            return 0;
    }
    return take(sample, account_id, err);
}

/* Strides are powers of two: the finer of the two is thinned. */
int account_sample_merge(struct account_sample *sample, struct account_sample *from,
                         struct error *err)
{
    if (from->count == 0)
        return 0;
    if (open_sample(sample, err) != 0)
        return -1;
    while (sample->stride < from->stride || sample->count + from->count > SAMPLE_MAX) {
        thin(sample);
        if (from->stride < sample->stride)
            thin(from);
    }
    while (from->stride < sample->stride)
        thin(from);
    for (size_t i = 0; i < from->count; i++)
        if (take(sample, from->items[i], err) != 0)
            return -1;
    sample->seen += from->seen;
    return 0;
}

void account_sample_release(struct account_sample *sample)
{
    free(sample->items);
    arena_release(&sample->text);
    *sample = (struct account_sample){0};
}

static int compare_spans(const void *left, const void *right)
{
    return span_compare(*(const struct span *)left, *(const struct span *)right);
}

/* ---- division ---- */

static void make_keys(struct parts *parts)
{
    const struct span one = parts->firsts[parts->count - 1];

    parts->common = one.size;
    for (unsigned part = 1; part < parts->count; part++)
        parts->common = key_text_common(parts->firsts[part], one, parts->common);
    for (unsigned part = 1; part < parts->count; part++)
        parts->keys[part] = key_of_text(parts->firsts[part], parts->common);
}

static int divide(struct parts *parts, struct account_sample *sample, unsigned wanted,
                  struct error *err)
{
    parts->firsts = calloc(wanted, sizeof(*parts->firsts));
    parts->keys = calloc(wanted, sizeof(*parts->keys));
    if (parts->firsts == NULL || parts->keys == NULL)
        return out_of_memory(err);
    parts->count = 1;
    if (sample->count > 1)
        qsort(sample->items, sample->count, sizeof(*sample->items), compare_spans);
    for (unsigned part = 1; part < wanted && sample->count > 0; part++) {
        struct span first = sample->items[sample->count * part / wanted];

        if (span_compare(first, parts->firsts[parts->count - 1]) <= 0)
            continue;
        if (arena_copy(&parts->text, first, &parts->firsts[parts->count]) != 0)
            return out_of_memory(err);
        parts->count++;
    }
    make_keys(parts);
    return 0;
}

int parts_open(struct parts *parts, struct account_sample *sample, unsigned wanted,
               struct spill *spill, int writer_count, struct error *err)
{
    assert(wanted >= 1 && wanted <= PARTS_MAX);
    *parts = (struct parts){.spill = spill, .writer_count = writer_count};
    if (divide(parts, sample, wanted, err) != 0)
        return -1;
    parts->streams = calloc((size_t)writer_count * parts->count, sizeof(*parts->streams));
    return parts->streams == NULL ? out_of_memory(err) : 0;
}

static struct spill_stream *stream_of(const struct parts *parts, int writer, unsigned part)
{
    return &parts->streams[(size_t)writer * parts->count + part];
}

void parts_give_back(struct parts *parts, unsigned part)
{
    for (int writer = 0; writer < parts->writer_count; writer++)
        spill_stream_release(parts->spill, stream_of(parts, writer, part));
}

void parts_release(struct parts *parts)
{
    for (unsigned part = 0; parts->streams != NULL && part < parts->count; part++)
        parts_give_back(parts, part);
    free(parts->streams);
    free(parts->firsts);
    free(parts->keys);
    arena_release(&parts->text);
    positions_release(&parts->dropped);
    *parts = (struct parts){0};
}

/* What all parts' firsts begin with. */
static struct span common_of(const struct parts *parts)
{
    return (struct span){parts->firsts[parts->count - 1].data, parts->common};
}

/* The last part that does not begin behind the id. */
unsigned parts_of(const struct parts *parts, struct span account_id)
{
    const struct span front = {account_id.data,
                               account_id.size < parts->common ? account_id.size : parts->common};
    const int order = span_compare(front, common_of(parts));
    unsigned part = 0;
    uint64_t key = 0;

    if (order != 0)
        return order < 0 ? 0 : parts->count - 1;
    key = key_of_text(account_id, parts->common);
    /* The last one whose key is not behind: by steps that no branch could foretell. */
    for (unsigned left = parts->count; left > 1;) {
        const unsigned half = left / 2;

        part += half & -(unsigned)(parts->keys[part + half] <= key);
        left -= half;
    }
    while (part > 0 && parts->keys[part] == key &&
           span_compare(account_id, parts->firsts[part]) < 0)
        part--;
    return part;
}

bool parts_is_of(const struct parts *parts, unsigned part, struct span account_id)
{
    return (part == 0 || span_compare(parts->firsts[part], account_id) <= 0) &&
           (part + 1 == parts->count || span_compare(account_id, parts->firsts[part + 1]) < 0);
}

/* ---- adding ---- */

/* The item's head stands right before its bytes: kind, length. Returns where it begins. */
static char *put_head(char *bytes, int kind, size_t size)
{
    char head[HEAD_BYTES];
    size_t length = 0;

    head[length++] = (char)kind;
    for (; size > 0x7f; size >>= 7)
        head[length++] = (char)(0x80 | (size & 0x7f));
    head[length++] = (char)size;
    memcpy(bytes - length, head, length);
    return bytes - length;
}

static int add_item(struct parts *parts, int writer, unsigned part, int kind, char *bytes,
                    size_t size, struct error *err)
{
    char *begin = put_head(bytes, kind, size);

    return spill_stream_append(parts->spill, stream_of(parts, writer, part), begin,
                               (size_t)(bytes + size - begin), err);
}

int parts_add_row(struct parts *parts, int writer, unsigned part, const struct table *table,
                  const void *record, struct row_position position, struct error *err)
{
    char room[HEAD_BYTES + ITEM_ROOM];

    assert(packed_row_bound(table, record) <= ITEM_ROOM);
    return add_item(parts, writer, part, (int)table->input, room + HEAD_BYTES,
                    packed_row_put(table, record, position, room + HEAD_BYTES), err);
}

static int add_copy(struct parts *parts, int writer, unsigned part, int kind, struct span bytes,
                    struct error *err)
{
    char room[HEAD_BYTES + ITEM_ROOM];

    assert(bytes.size <= ITEM_ROOM);
    memcpy(room + HEAD_BYTES, bytes.data, bytes.size);
    return add_item(parts, writer, part, kind, room + HEAD_BYTES, bytes.size, err);
}

int parts_add_packed(struct parts *parts, int writer, unsigned part, const struct table *table,
                     struct span packed, struct error *err)
{
    return add_copy(parts, writer, part, (int)table->input, packed, err);
}

int parts_add_line(struct parts *parts, int writer, unsigned part, int file, struct span line,
                   struct error *err)
{
    return add_copy(parts, writer, part, PART_LINE + file, line, err);
}

int parts_drop(struct parts *parts, struct row_position position, struct error *err)
{
    return positions_add(&parts->dropped, position, err);
}

void parts_end_drops(struct parts *parts)
{
    positions_sort(&parts->dropped);
}

/* ---- loading ---- */

static uint64_t bytes_of(const struct parts *parts, unsigned part)
{
    uint64_t total = 0;

    for (int writer = 0; writer < parts->writer_count; writer++)
        total += spill_stream_bytes(stream_of(parts, writer, part));
    return total;
}

uint64_t parts_bytes_most(const struct parts *parts)
{
    uint64_t most = 0;

    for (unsigned part = 0; part < parts->count; part++) {
        const uint64_t bytes = bytes_of(parts, part);

        if (bytes > most)
            most = bytes;
    }
    return most;
}

int parts_load(struct parts *parts, unsigned part, struct part_bytes *bytes, struct error *err)
{
    const uint64_t total = bytes_of(parts, part);

    if (total > bytes->capacity) {
        block_free(bytes->bytes);
        bytes->capacity = total + total / 8;
        bytes->bytes = block_alloc(bytes->capacity, 1);
        if (bytes->bytes == NULL) {
            *bytes = (struct part_bytes){0};
            return out_of_memory(err);
        }
    }
    bytes->size = 0;
    for (int writer = 0; writer < parts->writer_count; writer++) {
        struct spill_stream *stream = stream_of(parts, writer, part);

        if (spill_stream_read(parts->spill, stream, bytes->bytes + bytes->size, err) != 0)
            return -1;
        bytes->size += spill_stream_bytes(stream);
    }
    return 0;
}

void part_bytes_release(struct part_bytes *bytes)
{
    block_free(bytes->bytes);
    *bytes = (struct part_bytes){0};
}

bool part_bytes_next(const struct part_bytes *bytes, size_t *at, struct part_item *item)
{
    size_t size = 0;
    unsigned shift = 0;
    unsigned char byte = 0;

    if (*at == bytes->size)
        return false;
    item->kind = (unsigned char)bytes->bytes[(*at)++];
    do {
        byte = (unsigned char)bytes->bytes[(*at)++];
        size |= (size_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte > 0x7f);
    item->bytes = (struct span){bytes->bytes + *at, size};
    *at += size;
    assert(*at <= bytes->size);
    return true;
}
