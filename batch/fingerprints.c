/*
 * Owns the search for repeated keys. Knows nothing of rows.
 */
#include "batch/fingerprints.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch/scratch.h"
#include "readers/crew.h"

enum {
    FILES_MAX = 1 << (64 - ROW_LINE_BITS),
    PARTITIONS = 256, /* by the key's top bits: a partition of 10^8 rows sorts in 6 MiB */
    PARTITION_SHIFT = 56,
    CHUNK_PAIRS = 1024,           /* 16 KiB */
    CHUNKS_MIN = PARTITIONS + 16, /* each has one to fill; some may be full */
    LINE_BYTES = 64,              /* of a cache */
};

struct pair {
    uint64_t key;
    uint64_t place; /* file and line */
};

struct chunk {
    struct chunk *next;
    struct pair pairs[CHUNK_PAIRS];
};

/* A chunk that was written to the spill file. Chunks are written full. */
struct extent {
    uint64_t chunk_number;
};

struct partition {
    struct pair *next;    /* room for the next pair, in the newest chunk, */
    struct pair *end;     /* up to here; both NULL without a chunk */
    struct chunk *chunks; /* the newest first; only the newest may have room */
    size_t chunk_count;
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
    if (fingerprints->chunks_max < CHUNKS_MIN)
        fingerprints->chunks_max = CHUNKS_MIN;
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

/* Behind those that are there. */
static int write_chunk(struct fingerprints *fingerprints, const struct chunk *chunk,
                       struct error *err)
{
    if (fingerprints->spill_fd < 0)
        fingerprints->spill_fd = scratch_open(fingerprints->folder_fd, err);
    if (fingerprints->spill_fd < 0 ||
        scratch_write(fingerprints->spill_fd, (const char *)chunk->pairs, sizeof(chunk->pairs),
                      fingerprints->spilled_chunks * sizeof(chunk->pairs), err) != 0)
        return -1;
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

        if (chunk == partition->chunks && partition->next < partition->end) {
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
        partition->chunk_count--;
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
        return chunk;
    }
    chunk = malloc(sizeof(*chunk));
    if (chunk == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory");
        return NULL;
    }
    fingerprints->chunks_in_memory++;
    return chunk;
}

/* Gives the partition, whose newest chunk is full, a new one. */
static int add_chunk(struct fingerprints *fingerprints, struct partition *partition,
                     struct error *err)
{
    struct chunk *fresh = take_chunk(fingerprints, err);

    if (fresh == NULL)
        return -1;
    fresh->next = partition->chunks; /* spilling may have changed it */
    partition->chunks = fresh;
    partition->chunk_count++;
    partition->next = fresh->pairs;
    partition->end = fresh->pairs + CHUNK_PAIRS;
    return 0;
}

int fingerprints_add(struct fingerprints *fingerprints, uint64_t key, struct row_position position,
                     struct error *err)
{
    struct partition *partition = &fingerprints->partitions[key >> PARTITION_SHIFT];

    if (partition->next == partition->end && add_chunk(fingerprints, partition, err) != 0)
        return -1;
    assert(position.file < FILES_MAX && position.line >> ROW_LINE_BITS == 0);
    *partition->next++ = (struct pair){key, row_position_number(position)};
    /* The line behind this one; a hint may point beyond the chunk, a pointer may not. */
    __builtin_prefetch((const void *)((uintptr_t)partition->next + LINE_BYTES), 1);
    return 0;
}

/* How many pairs the partition has, in memory and spilled. */
static size_t partition_pairs(const struct partition *partition)
{
    return (partition->chunk_count + partition->extent_count) * CHUNK_PAIRS -
           (size_t)(partition->end - partition->next);
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static int read_chunk(const struct fingerprints *fingerprints, uint64_t number,
                      struct pair pairs[CHUNK_PAIRS], struct error *err)
{
    const size_t size = CHUNK_PAIRS * sizeof(*pairs);

    return scratch_read(fingerprints->spill_fd, (char *)pairs, size, number * size, err);
}

/* Copies all pairs of the partition into one array, in no order. */
static int load_partition(const struct fingerprints *fingerprints,
                          const struct partition *partition, struct pair *pairs, struct error *err)
{
    size_t count = 0;

    for (size_t i = 0; i < partition->extent_count; i++) {
        if (read_chunk(fingerprints, partition->extents[i].chunk_number, &pairs[count], err) != 0)
            return -1;
        count += CHUNK_PAIRS;
    }
    for (const struct chunk *chunk = partition->chunks; chunk != NULL; chunk = chunk->next) {
        const bool newest = chunk == partition->chunks;
        const size_t of_chunk =
            CHUNK_PAIRS - (newest ? (size_t)(partition->end - partition->next) : 0);

        memcpy(&pairs[count], chunk->pairs, of_chunk * sizeof(*pairs));
        count += of_chunk;
    }
    return 0;
}

/* Nothing is added to a store that is searched. */
static void empty_partition(struct partition *partition)
{
    free_chunks(partition->chunks);
    free(partition->extents);
    *partition = (struct partition){0};
}

static int add_repeat(struct repeats *repeats, const struct pair *pair, struct error *err)
{
    if (repeats->count == repeats->capacity) {
        size_t capacity = repeats->capacity * 2 + 64;
        struct repeat *items = realloc(repeats->items, capacity * sizeof(*items));

        if (items == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        repeats->items = items;
        repeats->capacity = capacity;
    }
    repeats->items[repeats->count++] = (struct repeat){
        .key = pair->key,
        .position = {.line = pair->place & ((UINT64_C(1) << ROW_LINE_BITS) - 1),
                     .file = (uint32_t)(pair->place >> ROW_LINE_BITS)},
    };
    return 0;
}

/* Room for a partition at a time: of one thread. */
struct room {
    struct pair *pairs;
    size_t pair_room;
    uint64_t *table;
    size_t table_room;
};

struct repeat_search {
    struct fingerprints **stores;
    int store_count;
    size_t partition; /* the next one */
    struct room room;
};

struct repeat_search *repeat_search_new(struct fingerprints **stores, int store_count)
{
    struct repeat_search *search = calloc(1, sizeof(*search));

    if (search != NULL) {
        search->stores = stores;
        search->store_count = store_count;
    }
    return search;
}

static void release_room(struct room *room)
{
    free(room->pairs);
    free(room->table);
}

void repeat_search_free(struct repeat_search *search)
{
    if (search == NULL)
        return;
    release_room(&search->room);
    free(search);
}

static size_t partition_rows(const struct repeat_search *search, size_t partition)
{
    size_t rows = 0;

    for (int i = 0; i < search->store_count; i++)
        rows += partition_pairs(&search->stores[i]->partitions[partition]);
    return rows;
}

/* Room for the pairs, and for a table of at least twice as many keys, a power of two. */
static int make_room(struct room *room, size_t rows, size_t *table_size, struct error *err)
{
    for (*table_size = 16; *table_size < rows * 2;)
        *table_size *= 2;
    if (rows > room->pair_room) {
        free(room->pairs);
        room->pair_room = rows + rows / 4;
        room->pairs = malloc(room->pair_room * sizeof(*room->pairs));
    }
    if (*table_size > room->table_room) {
        free(room->table);
        room->table_room = *table_size;
        room->table = malloc(room->table_room * sizeof(*room->table));
    }
    if (room->pairs != NULL && room->table != NULL)
        return 0;
    room->pair_room = room->pairs == NULL ? 0 : room->pair_room;
    room->table_room = room->table == NULL ? 0 : room->table_room;
    return error_set(err, ERROR_IO, "out of memory");
}

/*
 * Whether any key repeats: most partitions have no repeats, and need no sorting then.
 */
static bool repeats_any(const struct pair *pairs, size_t count, uint64_t *table, size_t table_size)
{
    for (size_t i = 0; i < table_size; i++)
        table[i] = 0;
    for (size_t i = 0; i < count; i++) {
        /* The key's top bits are the partition's. */
        size_t place = (size_t)(pairs[i].key >> 16) & (table_size - 1);

        if (pairs[i].key == 0)
            return true; /* 0 marks a free place: sorting tells */
        while (table[place] != 0) {
            if (table[place] == pairs[i].key)
                return true;
            place = (place + 1) & (table_size - 1);
        }
        table[place] = pairs[i].key;
    }
    return false;
}

/* Loads the partition of all stores: *repeats_in tells whether any of its keys repeats. */
static int look_into(const struct repeat_search *search, size_t partition, struct room *room,
                     size_t *count, bool *repeats_in, struct error *err)
{
    const size_t rows = partition_rows(search, partition);
    size_t table_size = 0;

    *count = 0;
    *repeats_in = false;
    if (rows == 0)
        return 0;
    if (make_room(room, rows, &table_size, err) != 0)
        return -1;
    for (int i = 0; i < search->store_count; i++) {
        const struct fingerprints *store = search->stores[i];

        if (load_partition(store, &store->partitions[partition], room->pairs + *count, err) != 0)
            return -1;
        *count += partition_pairs(&store->partitions[partition]);
    }
    *repeats_in = repeats_any(room->pairs, *count, room->table, table_size);
    return 0;
}

static void empty_partitions(const struct repeat_search *search, size_t partition)
{
    for (int i = 0; i < search->store_count; i++)
        empty_partition(&search->stores[i]->partitions[partition]);
}

/* ---- sifting ---- */

struct sifting {
    const struct repeat_search *search;
    atomic_size_t next;
    atomic_bool failed;
    struct error failure; /* of the thread that failed first */
};

static void sift_some(void *context, int thread)
{
    struct sifting *sifting = context;
    struct room room = {0};
    size_t partition = 0;

    (void)thread;
    while (!atomic_load(&sifting->failed) &&
           (partition = atomic_fetch_add(&sifting->next, 1)) < PARTITIONS) {
        struct error err = {0};
        bool repeats_in = false;
        size_t count = 0;

        if (look_into(sifting->search, partition, &room, &count, &repeats_in, &err) != 0) {
            if (!atomic_exchange(&sifting->failed, true))
                sifting->failure = err;
        } else if (!repeats_in) {
            empty_partitions(sifting->search, partition);
        }
    }
    release_room(&room);
}

int repeat_search_sift(struct repeat_search *search, int threads, struct error *err)
{
    struct sifting sifting = {.search = search};

    crew_run(threads, sift_some, &sifting);
    if (!atomic_load(&sifting.failed))
        return 0;
    *err = sifting.failure;
    return -1;
}

/* ---- the repeats ---- */

static int search_partition(struct repeat_search *search, struct repeats *repeats,
                            struct error *err)
{
    const struct pair *pairs = NULL;
    bool repeats_in = false;
    size_t count = 0;

    if (look_into(search, search->partition, &search->room, &count, &repeats_in, err) != 0)
        return -1;
    empty_partitions(search, search->partition);
    if (!repeats_in)
        return 0;
    qsort(search->room.pairs, count, sizeof(*pairs), compare_pairs);
    pairs = search->room.pairs;
    for (size_t i = 0; i < count; i++) {
        bool repeated = (i > 0 && pairs[i - 1].key == pairs[i].key) ||
                        (i + 1 < count && pairs[i + 1].key == pairs[i].key);

        if (repeated && add_repeat(repeats, &pairs[i], err) != 0)
            return -1;
    }
    return 0;
}

static int compare_repeats(const void *left, const void *right)
{
    const struct row_position *a = &((const struct repeat *)left)->position;
    const struct row_position *b = &((const struct repeat *)right)->position;

    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return a->line < b->line ? -1 : a->line > b->line;
}

int repeat_search_next(struct repeat_search *search, size_t rows_max, struct repeats *repeats,
                       struct error *err)
{
    repeats->count = 0;
    for (; search->partition < PARTITIONS && repeats->count < rows_max; search->partition++)
        if (search_partition(search, repeats, err) != 0)
            return -1;
    if (repeats->count == 0)
        return 0;
    qsort(repeats->items, repeats->count, sizeof(*repeats->items), compare_repeats);
    return 1;
}
