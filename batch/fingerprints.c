/*
 * Owns the search for repeated keys. Knows nothing of rows.
 */
#include "batch/fingerprints.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "batch/scratch.h"
#include "readers/crew.h"

enum {
    PARTITIONS = 256, /* by the key's top bits */
    PARTITION_BITS = 8,
    AHEAD_BITS = 24, /* of a mark: how far the row stands behind the first one of the chunk */
    AHEAD_MAX = (1 << AHEAD_BITS) - 1,
    KEY_BITS = 64 - AHEAD_BITS,   /* of a mark: what it tells of its key */
    PLACE_BITS_MIN = 8,           /* with the 32 bits that are kept at a place, all of them */
    CHUNK_MARKS = 2048,           /* 16 KiB */
    CHUNKS_MIN = PARTITIONS + 16, /* each has one to fill; some may be full */
    CHUNKS_AT_ONCE = 16,          /* that are written together */
    LINE_BYTES = 64,              /* of a cache */
};

_Static_assert(1 << PARTITION_BITS == PARTITIONS, "the top bits are the partition's");
_Static_assert(PLACE_BITS_MIN + 32 == KEY_BITS, "no bit of a key is lost");
_Static_assert(PARTITION_BITS + KEY_BITS == FINGERPRINT_BITS, "what is kept of a key");

/*
 * What a row leaves: behind the bits of its key that the partition tells, the next ones; then how
 * far it is behind the chunk's first row, in the store's count of lines.
 */
typedef uint64_t mark;

static inline mark mark_of(uint64_t key, uint64_t ahead)
{
    return (key << PARTITION_BITS & ~(uint64_t)AHEAD_MAX) | ahead;
}

/* What is kept of the keys of one partition. */
static inline uint64_t key_of(mark left)
{
    return left >> AHEAD_BITS;
}

struct chunk {
    struct chunk *next;
    size_t count;   /* of marks, once it is not the newest any more */
    uint64_t first; /* row of it, in the store's count */
    mark marks[CHUNK_MARKS];
};

/* A chunk that was written to the spill file, where all take the same room. */
struct extent {
    uint64_t chunk_number;
    size_t count;
    uint64_t first;
};

/* Where a partition is being filled: what every row touches, close together. */
struct filling {
    mark *next;     /* room for the next mark, in the newest chunk, */
    mark *end;      /* up to here; both NULL without a chunk */
    uint64_t first; /* the chunk's */
};

struct partition {
    struct chunk *chunks; /* the newest first; only the newest may have room */
    struct extent *extents;
    size_t extent_count;
    size_t extent_capacity;
};

/* A store counts the lines from one row to the next, from 1 on: here a file begins, or begins anew.
 */
struct stretch {
    uint64_t number; /* in the store's count */
    struct row_position position;
};

struct fingerprints {
    struct filling filling[PARTITIONS];
    struct partition partitions[PARTITIONS];
    struct row_position last; /* row noted */
    uint64_t last_number;     /* its, in the count; 0: none yet */
    struct stretch *stretches;
    size_t stretch_count;
    size_t stretch_capacity;
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
    free(fingerprints->stretches);
    if (fingerprints->spill_fd >= 0)
        (void)close(fingerprints->spill_fd);
    free(fingerprints);
}

/* Full chunks on their way to the spill file. */
struct batch {
    struct chunk *chunks[CHUNKS_AT_ONCE];
    int count;
};

/* Behind those that are there; their memory is kept for new ones. */
static int write_batch(struct fingerprints *fingerprints, struct batch *batch, struct error *err)
{
    const uint64_t offset = fingerprints->spilled_chunks * sizeof(batch->chunks[0]->marks);
    struct iovec parts[CHUNKS_AT_ONCE];

    if (batch->count == 0)
        return 0;
    if (fingerprints->spill_fd < 0)
        fingerprints->spill_fd = scratch_open(fingerprints->folder_fd, err);
    if (fingerprints->spill_fd < 0)
        return -1;
    for (int i = 0; i < batch->count; i++)
        parts[i] = (struct iovec){batch->chunks[i]->marks, sizeof(batch->chunks[i]->marks)};
    if (scratch_write_parts(fingerprints->spill_fd, parts, batch->count, offset, err) != 0)
        return -1;
    fingerprints->spilled_chunks += (uint64_t)batch->count;
    for (int i = 0; i < batch->count; i++) {
        batch->chunks[i]->next = fingerprints->spare;
        fingerprints->spare = batch->chunks[i];
    }
    batch->count = 0;
    return 0;
}

static int add_extent(struct partition *partition, struct extent extent, struct error *err)
{
    if (partition->extent_count == partition->extent_capacity) {
        size_t capacity = partition->extent_capacity * 2 + 16;
        struct extent *extents =
            realloc(partition->extents, capacity * sizeof(*partition->extents));

        if (extents == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        partition->extents = extents;
        partition->extent_capacity = capacity;
    }
    partition->extents[partition->extent_count++] = extent;
    return 0;
}

/* How much the partition's newest chunk holds so far. */
static void count_newest(struct fingerprints *fingerprints, size_t number)
{
    struct chunk *newest = fingerprints->partitions[number].chunks;

    if (newest != NULL)
        newest->count = (size_t)(fingerprints->filling[number].next - newest->marks);
}

/* Hands the partition's full chunks to the batch, which is written as often as it is full. */
static int spill_partition(struct fingerprints *fingerprints, size_t number, struct batch *batch,
                           struct error *err)
{
    struct partition *partition = &fingerprints->partitions[number];
    const struct filling *filling = &fingerprints->filling[number];
    const bool has_room = filling->next < filling->end; /* the newest */
    struct chunk **link = &partition->chunks;

    count_newest(fingerprints, number);
    while (*link != NULL) {
        struct chunk *chunk = *link;
        const uint64_t chunk_number = fingerprints->spilled_chunks + (uint64_t)batch->count;

        if (has_room && chunk == partition->chunks) {
            link = &chunk->next;
            continue;
        }
        if (add_extent(partition, (struct extent){chunk_number, chunk->count, chunk->first}, err) !=
            0)
            return -1;
        *link = chunk->next;
        batch->chunks[batch->count++] = chunk;
        if (batch->count == CHUNKS_AT_ONCE && write_batch(fingerprints, batch, err) != 0)
            return -1;
    }
    return 0;
}

static int spill(struct fingerprints *fingerprints, struct error *err)
{
    struct batch batch = {.count = 0};
    int status = 0;

    for (size_t i = 0; i < PARTITIONS && status == 0; i++)
        status = spill_partition(fingerprints, i, &batch, err);
    if (status == 0)
        status = write_batch(fingerprints, &batch, err);
    for (int i = 0; i < batch.count; i++) /* after a failure */
        free(batch.chunks[i]);
    return status;
}

static struct chunk *take_chunk(struct fingerprints *fingerprints, struct error *err)
{
    struct chunk *chunk = NULL;

    if (fingerprints->spare == NULL && fingerprints->chunks_in_memory >= fingerprints->chunks_max &&
        spill(fingerprints, err) != 0)
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

/* The partition's newest chunk takes no more; a new one begins with the row of that number. */
static int add_chunk(struct fingerprints *fingerprints, size_t number, uint64_t row,
                     struct error *err)
{
    struct partition *partition = &fingerprints->partitions[number];
    struct filling *filling = &fingerprints->filling[number];
    struct chunk *fresh = NULL;

    count_newest(fingerprints, number);
    filling->end = filling->next;
    fresh = take_chunk(fingerprints, err);
    if (fresh == NULL)
        return -1;
    fresh->next = partition->chunks; /* spilling may have changed it */
    fresh->first = row;
    partition->chunks = fresh;
    *filling = (struct filling){fresh->marks, fresh->marks + CHUNK_MARKS, row};
    return 0;
}

static int add_stretch(struct fingerprints *fingerprints, struct row_position position,
                       uint64_t number, struct error *err)
{
    if (fingerprints->stretch_count == fingerprints->stretch_capacity) {
        size_t capacity = fingerprints->stretch_capacity * 2 + 16;
        struct stretch *stretches =
            realloc(fingerprints->stretches, capacity * sizeof(*fingerprints->stretches));

        if (stretches == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        fingerprints->stretches = stretches;
        fingerprints->stretch_capacity = capacity;
    }
    fingerprints->stretches[fingerprints->stretch_count++] = (struct stretch){number, position};
    return 0;
}

/* The row's number in the store's count, which goes on as the lines do; 0 with err filled. */
static inline uint64_t count_row(struct fingerprints *fingerprints, struct row_position position,
                                 struct error *err)
{
    const struct row_position last = fingerprints->last;
    const bool goes_on =
        fingerprints->last_number > 0 && position.file == last.file && position.line > last.line;
    const uint64_t number = fingerprints->last_number + (goes_on ? position.line - last.line : 1);

    if (!goes_on && add_stretch(fingerprints, position, number, err) != 0)
        return 0;
    fingerprints->last = position;
    fingerprints->last_number = number;
    return number;
}

int fingerprints_add(struct fingerprints *fingerprints, uint64_t key, struct row_position position,
                     struct error *err)
{
    const size_t partition = (size_t)(key >> (64 - PARTITION_BITS));
    struct filling *filling = &fingerprints->filling[partition];
    const uint64_t number = count_row(fingerprints, position, err);

    if (number == 0)
        return -1;
    if ((filling->next == filling->end || number - filling->first > AHEAD_MAX) &&
        add_chunk(fingerprints, partition, number, err) != 0)
        return -1;
    *filling->next++ = mark_of(key, number - filling->first);
    /* The line behind this one; a hint may point beyond the chunk, a pointer may not. */
    __builtin_prefetch((const void *)((uintptr_t)filling->next + LINE_BYTES), 1);
    return 0;
}

/* Where the row of that number stands. */
static struct row_position position_of(const struct fingerprints *fingerprints, uint64_t number)
{
    size_t low = 0; /* its stretch is not before this one */
    size_t high = fingerprints->stretch_count;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if (fingerprints->stretches[middle].number <= number)
            low = middle;
        else
            high = middle;
    }
    return (struct row_position){.line = fingerprints->stretches[low].position.line + number -
                                         fingerprints->stretches[low].number,
                                 .file = fingerprints->stretches[low].position.file};
}

/* ---- what a partition holds ---- */

/* Some of a partition's marks, in memory: of one chunk. */
typedef int (*take_marks)(void *context, const struct fingerprints *store, const mark *marks,
                          size_t count, uint64_t first);

static int read_chunk(const struct fingerprints *fingerprints, const struct extent *extent,
                      mark marks[CHUNK_MARKS], struct error *err)
{
    return scratch_read(fingerprints->spill_fd, (char *)marks, extent->count * sizeof(*marks),
                        extent->chunk_number * CHUNK_MARKS * sizeof(*marks), err);
}

/*
 * Hands on all marks of the store's partition, chunk by chunk, in no order: 0, -1 with err filled,
 * or what `take` says if that is not 0.
 */
static int each_chunk(const struct fingerprints *store, size_t partition, mark room[CHUNK_MARKS],
                      take_marks take, void *context, struct error *err)
{
    const struct partition *of = &store->partitions[partition];
    int status = 0;

    for (size_t i = 0; i < of->extent_count && status == 0; i++) {
        const struct extent *extent = &of->extents[i];

        if (read_chunk(store, extent, room, err) != 0)
            return -1;
        status = take(context, store, room, extent->count, extent->first);
    }
    for (const struct chunk *chunk = of->chunks; chunk != NULL && status == 0; chunk = chunk->next)
        status = take(context, store, chunk->marks, chunk->count, chunk->first);
    return status;
}

/* Nothing is added to a store that is searched. */
static void empty_partition(struct fingerprints *store, size_t number)
{
    struct partition *partition = &store->partitions[number];

    free_chunks(partition->chunks);
    free(partition->extents);
    *partition = (struct partition){0};
    store->filling[number] = (struct filling){0};
}

struct repeat_search {
    struct fingerprints **stores;
    int store_count;
    size_t partition; /* the next one */
};

struct repeat_search *repeat_search_new(struct fingerprints **stores, int store_count)
{
    struct repeat_search *search = calloc(1, sizeof(*search));

    if (search == NULL)
        return NULL;
    search->stores = stores;
    search->store_count = store_count;
    for (int i = 0; i < store_count; i++)
        for (size_t partition = 0; partition < PARTITIONS; partition++)
            count_newest(stores[i], partition);
    return search;
}

void repeat_search_free(struct repeat_search *search)
{
    free(search);
}

static size_t partition_rows(const struct repeat_search *search, size_t partition)
{
    size_t rows = 0;

    for (int i = 0; i < search->store_count; i++) {
        const struct fingerprints *store = search->stores[i];
        const struct partition *of = &store->partitions[partition];

        for (size_t extent = 0; extent < of->extent_count; extent++)
            rows += of->extents[extent].count;
        for (const struct chunk *chunk = of->chunks; chunk != NULL; chunk = chunk->next)
            rows += chunk->count;
    }
    return rows;
}

static int each_mark(const struct repeat_search *search, size_t partition, mark room[CHUNK_MARKS],
                     take_marks take, void *context, struct error *err)
{
    int status = 0;

    for (int i = 0; i < search->store_count && status == 0; i++)
        status = each_chunk(search->stores[i], partition, room, take, context, err);
    return status;
}

static void empty_partitions(const struct repeat_search *search, size_t partition)
{
    for (int i = 0; i < search->store_count; i++)
        empty_partition(search->stores[i], partition);
}

/* ---- sifting ---- */

enum { REPEATS = 1 }; /* beside 0 and -1 */

/* The lower bits of each key, at a place that its upper bits tell: of one thread. */
struct sieve {
    uint32_t *lower; /* 0: a free place */
    size_t room;
    int place_bits;
    mark marks[CHUNK_MARKS];
};

static int clear_sieve(struct sieve *sieve, size_t rows, struct error *err)
{
    size_t places = 0;

    for (sieve->place_bits = PLACE_BITS_MIN; (size_t)1 << sieve->place_bits < rows * 2;)
        sieve->place_bits++;
    places = (size_t)1 << sieve->place_bits;
    if (places > sieve->room) {
        free(sieve->lower);
        sieve->lower = malloc(places * sizeof(*sieve->lower));
        sieve->room = sieve->lower == NULL ? 0 : places;
    }
    if (sieve->lower == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    memset(sieve->lower, 0, places * sizeof(*sieve->lower));
    return 0;
}

/*
 * REPEATS where a key has been there before, or one that is told from it by what is not in the
 * sieve: the bit that makes 0 a 1, and the upper ones of a key that lies far from its place.
 */
static int sift_marks(void *context, const struct fingerprints *store, const mark *marks,
                      size_t count, uint64_t first)
{
    struct sieve *sieve = context;
    const int shift = KEY_BITS - sieve->place_bits;
    const size_t mask = ((size_t)1 << sieve->place_bits) - 1;

    (void)store;
    (void)first;
    for (size_t i = 0; i < count; i++) {
        const uint64_t key = key_of(marks[i]);
        const uint32_t lower = (uint32_t)key | (uint32_t)((uint32_t)key == 0);
        size_t place = (size_t)(key >> shift);

        while (sieve->lower[place] != 0) {
            if (sieve->lower[place] == lower)
                return REPEATS;
            place = (place + 1) & mask;
        }
        sieve->lower[place] = lower;
    }
    return 0;
}

struct sifting {
    const struct repeat_search *search;
    atomic_size_t next;
    atomic_bool failed;
    struct error failure; /* of the thread that failed first */
};

/* Empties the partition unless a key may repeat: 0, or -1 with err filled. */
static int sift_partition(const struct repeat_search *search, size_t partition, struct sieve *sieve,
                          struct error *err)
{
    const size_t rows = partition_rows(search, partition);
    int found = 0;

    if (rows == 0)
        return 0;
    if (clear_sieve(sieve, rows, err) != 0)
        return -1;
    found = each_mark(search, partition, sieve->marks, sift_marks, sieve, err);
    if (found == 0)
        empty_partitions(search, partition);
    return found < 0 ? -1 : 0;
}

static void sift_some(void *context, int thread)
{
    struct sifting *sifting = context;
    struct sieve *sieve = calloc(1, sizeof(*sieve));
    size_t partition = 0;

    (void)thread;
    while (!atomic_load(&sifting->failed) &&
           (partition = atomic_fetch_add(&sifting->next, 1)) < PARTITIONS) {
        struct error err = {0};

        if (sieve == NULL)
            (void)error_set(&err, ERROR_IO, "out of memory");
        if ((sieve == NULL || sift_partition(sifting->search, partition, sieve, &err) != 0) &&
            !atomic_exchange(&sifting->failed, true))
            sifting->failure = err;
    }
    if (sieve != NULL)
        free(sieve->lower);
    free(sieve);
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

/* A partition's rows, as they are compared. */
struct candidates {
    struct repeat *items;
    size_t count;
    uint64_t partition;
    mark marks[CHUNK_MARKS];
};

static int take_candidates(void *context, const struct fingerprints *store, const mark *marks,
                           size_t count, uint64_t first)
{
    struct candidates *candidates = context;

    for (size_t i = 0; i < count; i++)
        candidates->items[candidates->count++] =
            (struct repeat){candidates->partition << (64 - PARTITION_BITS) |
                                key_of(marks[i]) << (AHEAD_BITS - PARTITION_BITS),
                            position_of(store, first + (marks[i] & AHEAD_MAX))};
    return 0;
}

static int compare_repeats(const void *left, const void *right)
{
    return row_position_compare(((const struct repeat *)left)->position,
                                ((const struct repeat *)right)->position);
}

static int compare_candidates(const void *left, const void *right)
{
    const struct repeat *a = left;
    const struct repeat *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return compare_repeats(a, b);
}

static int add_repeat(struct repeats *repeats, const struct repeat *repeat, struct error *err)
{
    if (repeats->count == repeats->capacity) {
        size_t capacity = repeats->capacity * 2 + 64;
        struct repeat *items = realloc(repeats->items, capacity * sizeof(*items));

        if (items == NULL)
            return error_set(err, ERROR_IO, "out of memory");
        repeats->items = items;
        repeats->capacity = capacity;
    }
    repeats->items[repeats->count++] = *repeat;
    return 0;
}

static int add_repeats(const struct candidates *candidates, struct repeats *repeats,
                       struct error *err)
{
    const struct repeat *items = candidates->items;

    for (size_t i = 0; i < candidates->count; i++) {
        bool repeated = (i > 0 && items[i - 1].key == items[i].key) ||
                        (i + 1 < candidates->count && items[i + 1].key == items[i].key);

        if (repeated && add_repeat(repeats, &items[i], err) != 0)
            return -1;
    }
    return 0;
}

static int search_partition(struct repeat_search *search, struct repeats *repeats,
                            struct error *err)
{
    const size_t partition = search->partition;
    const size_t rows = partition_rows(search, partition);
    struct candidates *candidates = NULL;
    int status = -1;

    if (rows == 0)
        return 0;
    candidates = calloc(1, sizeof(*candidates));
    if (candidates != NULL) {
        candidates->partition = partition;
        candidates->items = malloc(rows * sizeof(*candidates->items));
    }
    if (candidates == NULL || candidates->items == NULL) {
        (void)error_set(err, ERROR_IO, "out of memory");
    } else if (each_mark(search, partition, candidates->marks, take_candidates, candidates, err) ==
               0) {
        empty_partitions(search, partition);
        qsort(candidates->items, candidates->count, sizeof(*candidates->items), compare_candidates);
        status = add_repeats(candidates, repeats, err);
    }
    if (candidates != NULL)
        free(candidates->items);
    free(candidates);
    return status;
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
