/*
 * Owns the search for repeated keys. Knows nothing of rows.
 */
#include "batch/fingerprints.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PARTITIONS = 256, /* by the key's top bits: a partition of 10^8 rows sorts in 6 MiB */
    PARTITION_SHIFT = 56,
    CHUNK_PAIRS = 1024, /* 16 KiB */
};

struct pair {
    uint64_t key;
    uint64_t content;
};

struct chunk {
    struct chunk *next;
    size_t count;
    struct pair pairs[CHUNK_PAIRS];
};

/* A chunk that was written to the spill file. Chunks are written full. */
struct extent {
    uint64_t chunk_number;
};

struct partition {
    struct chunk *chunks; /* the newest first; only the newest may have room */
    size_t pair_count;    /* in memory */
    struct extent *extents;
    size_t extent_count;
    size_t extent_capacity;
};

struct fingerprints {
    struct partition partitions[PARTITIONS];
    struct chunk *spare; /* chunks to be used again */
    size_t chunks_in_memory;
    size_t chunks_max;
    int folder_fd;
    int spill_fd; /* -1: nothing spilled */
    uint64_t spilled_chunks;
};

struct fingerprints *fingerprints_new(int spill_folder_fd, size_t memory_bytes)
{
    struct fingerprints *fingerprints = calloc(1, sizeof(*fingerprints));

    if (fingerprints == NULL)
        return NULL;
    fingerprints->folder_fd = spill_folder_fd;
    fingerprints->spill_fd = -1;
    fingerprints->chunks_max = memory_bytes / sizeof(struct chunk);
    if (fingerprints->chunks_max < (size_t)2 * PARTITIONS)
        fingerprints->chunks_max = (size_t)2 * PARTITIONS;
    return fingerprints;
}

static void free_chunks(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;

        free(chunk);
        chunk = next;
    }
}

void fingerprints_free(struct fingerprints *fingerprints)
{
    if (fingerprints == NULL)
        return;
    for (size_t i = 0; i < PARTITIONS; i++) {
        free_chunks(fingerprints->partitions[i].chunks);
        free(fingerprints->partitions[i].extents);
    }
    free_chunks(fingerprints->spare);
    if (fingerprints->spill_fd >= 0)
        (void)close(fingerprints->spill_fd);
    free(fingerprints);
}

static int write_chunk(struct fingerprints *fingerprints, const struct chunk *chunk,
                       struct error *err)
{
    const char *bytes = (const char *)chunk->pairs;
    size_t left = sizeof(chunk->pairs);
    off_t offset = (off_t)(fingerprints->spilled_chunks * sizeof(chunk->pairs));

    if (fingerprints->spill_fd < 0)
        fingerprints->spill_fd =
            openat(fingerprints->folder_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fingerprints->spill_fd < 0)
        return error_set_errno(err, errno, "cannot create a spill file in the staging folder");
    while (left > 0) {
        ssize_t written = pwrite(fingerprints->spill_fd, bytes, left, offset);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_set_errno(err, errno, "cannot write a spill file");
        bytes += written;
        left -= (size_t)written;
        offset += written;
    }
    fingerprints->spilled_chunks++;
    return 0;
}

/* Moves the partition's full chunks to the spill file and keeps their memory for new ones. */
static int spill_partition(struct fingerprints *fingerprints, struct partition *partition,
                           struct error *err)
{
    struct chunk **link = &partition->chunks;

    while (*link != NULL) {
        struct chunk *chunk = *link;

        if (chunk->count < CHUNK_PAIRS) {
            link = &chunk->next;
            continue;
        }
        if (partition->extent_count == partition->extent_capacity) {
            size_t capacity = partition->extent_capacity * 2 + 16;
            struct extent *extents =
                realloc(partition->extents, capacity * sizeof(*partition->extents));

            if (extents == NULL)
                return error_set(err, ERROR_IO, "out of memory");
            partition->extents = extents;
            partition->extent_capacity = capacity;
        }
        partition->extents[partition->extent_count++].chunk_number = fingerprints->spilled_chunks;
        if (write_chunk(fingerprints, chunk, err) != 0)
            return -1;
        partition->pair_count -= CHUNK_PAIRS;
        *link = chunk->next;
        chunk->next = fingerprints->spare;
        fingerprints->spare = chunk;
    }
    return 0;
}

static struct chunk *take_chunk(struct fingerprints *fingerprints, struct error *err)
{
    struct chunk *chunk = NULL;

    if (fingerprints->spare == NULL && fingerprints->chunks_in_memory >= fingerprints->chunks_max)
        for (size_t i = 0; i < PARTITIONS; i++)
            if (spill_partition(fingerprints, &fingerprints->partitions[i], err) != 0)
                return NULL;
    chunk = fingerprints->spare;
    if (chunk != NULL) {
        fingerprints->spare = chunk->next;
        chunk->count = 0;
        return chunk;
    }
    chunk = malloc(sizeof(*chunk));
    if (chunk == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory");
        return NULL;
    }
    chunk->count = 0;
    fingerprints->chunks_in_memory++;
    return chunk;
}

int fingerprints_add(struct fingerprints *fingerprints, uint64_t key, uint64_t content,
                     struct error *err)
{
    struct partition *partition = &fingerprints->partitions[key >> PARTITION_SHIFT];
    struct chunk *chunk = partition->chunks;

    if (chunk == NULL || chunk->count == CHUNK_PAIRS) {
        struct chunk *fresh = take_chunk(fingerprints, err);

        if (fresh == NULL)
            return -1;
        fresh->next = partition->chunks; /* spilling may have changed it */
        partition->chunks = fresh;
        chunk = fresh;
    }
    chunk->pairs[chunk->count++] = (struct pair){key, content};
    partition->pair_count++;
    return 0;
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->content < b->content ? -1 : a->content > b->content;
}

static int read_chunk(const struct fingerprints *fingerprints, uint64_t number,
                      struct pair pairs[CHUNK_PAIRS], struct error *err)
{
    char *bytes = (char *)pairs;
    size_t left = CHUNK_PAIRS * sizeof(*pairs);
    off_t offset = (off_t)(number * left);

    while (left > 0) {
        ssize_t got = pread(fingerprints->spill_fd, bytes, left, offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set_errno(err, got == 0 ? EIO : errno, "cannot read a spill file");
        bytes += got;
        left -= (size_t)got;
        offset += got;
    }
    return 0;
}

/* Moves all pairs of the partition into one array, in no order, and empties the partition. */
static int drain_partition(struct fingerprints *fingerprints, struct partition *partition,
                           struct pair *pairs, struct error *err)
{
    size_t count = 0;

    for (size_t i = 0; i < partition->extent_count; i++) {
        if (read_chunk(fingerprints, partition->extents[i].chunk_number, &pairs[count], err) != 0)
            return -1;
        count += CHUNK_PAIRS;
    }
    while (partition->chunks != NULL) {
        struct chunk *chunk = partition->chunks;

        for (size_t i = 0; i < chunk->count; i++)
            pairs[count++] = chunk->pairs[i];
        partition->chunks = chunk->next;
        free(chunk);
        fingerprints->chunks_in_memory--;
    }
    partition->extent_count = 0;
    partition->pair_count = 0;
    return 0;
}

static int add_suspect(struct suspects *suspects, size_t *capacity, struct suspect suspect,
                       struct error *err)
{
    if (suspects->count == *capacity) {
        size_t more = *capacity * 2 + 64;
        struct suspect *items = realloc(suspects->items, more * sizeof(*items));

        if (items == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        suspects->items = items;
        *capacity = more;
    }
    suspects->items[suspects->count++] = suspect;
    return 0;
}

/*
 * Whether any key of the partition repeats, by a table of one bit of evidence after another: most
 * partitions have no repeats, and need no sorting then.
 */
static bool repeats(const struct pair *pairs, size_t count, uint64_t *table, size_t table_size)
{
    for (size_t i = 0; i < table_size; i++)
        table[i] = 0;
    for (size_t i = 0; i < count; i++) {
        /* Key 0 marks a free place; a second key of 0 is found by sorting, as a suspicion. */
        size_t place = (size_t)(pairs[i].key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (table_size - 1);

        if (pairs[i].key == 0)
            return true;
        while (table[place] != 0) {
            if (table[place] == pairs[i].key)
                return true;
            place = (place + 1) & (table_size - 1);
        }
        table[place] = pairs[i].key;
    }
    return false;
}

static int partition_suspects(struct pair *pairs, size_t count, struct suspects *suspects,
                              size_t *capacity, struct error *err)
{
    qsort(pairs, count, sizeof(*pairs), compare_pairs);
    for (size_t i = 0; i < count;) {
        struct suspect suspect = {.key = pairs[i].key};
        size_t end = i + 1;

        while (end < count && pairs[end].key == pairs[i].key) {
            suspect.differs = suspect.differs || pairs[end].content != pairs[i].content;
            end++;
        }
        if (end - i > 1 && add_suspect(suspects, capacity, suspect, err) != 0)
            return -1;
        i = end;
    }
    return 0;
}

int fingerprints_suspects(struct fingerprints *fingerprints, struct suspects *suspects,
                          struct error *err)
{
    size_t most = 0;
    size_t capacity = 0;
    size_t table_size = 16;
    struct pair *pairs = NULL;
    uint64_t *table = NULL;
    int status = -1;

    *suspects = (struct suspects){0};
    for (size_t i = 0; i < PARTITIONS; i++) {
        const struct partition *partition = &fingerprints->partitions[i];
        size_t count = partition->pair_count + partition->extent_count * CHUNK_PAIRS;

        most = count > most ? count : most;
    }
    if (most == 0)
        return 0;
    while (table_size < most * 2)
        table_size *= 2;
    pairs = malloc(most * sizeof(*pairs));
    table = malloc(table_size * sizeof(*table));
    if (pairs == NULL || table == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory");
        goto done;
    }
    for (size_t i = 0; i < PARTITIONS; i++) {
        struct partition *partition = &fingerprints->partitions[i];
        size_t count = partition->pair_count + partition->extent_count * CHUNK_PAIRS;

        if (drain_partition(fingerprints, partition, pairs, err) != 0)
            goto done;
        if (repeats(pairs, count, table, table_size) &&
            partition_suspects(pairs, count, suspects, &capacity, err) != 0)
            goto done;
    }
    status = 0;
done:
    free(pairs);
    free(table);
    if (status != 0)
        suspects_release(suspects);
    return status;
}

struct suspect *suspects_find(const struct suspects *suspects, uint64_t key)
{
    size_t low = 0;
    size_t high = suspects->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (suspects->items[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < suspects->count && suspects->items[low].key == key ? &suspects->items[low] : NULL;
}

void suspects_release(struct suspects *suspects)
{
    free(suspects->items);
    *suspects = (struct suspects){0};
}
