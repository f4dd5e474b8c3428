/*
 * Owns the thread that scans, and the pieces on their way to it.
 * Must not know where pieces come from.
 */
#include "readers/scan_beside.h"

#include <pthread.h>
#include <stdlib.h>

enum { PIECES = 4 };

struct scan_beside {
    struct sheet_scan *scan;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t moved;
    unsigned handed_on; /* pieces, in all */
    unsigned scanned;
    bool ended;
    bool good;
    size_t sizes[PIECES];
    unsigned char pieces[PIECES][SCAN_PIECE_BYTES];
};

/* The number of the next piece; false at the end. */
static bool next_piece(struct scan_beside *beside, unsigned *number)
{
    bool any = false;

    (void)pthread_mutex_lock(&beside->mutex);
    while (beside->scanned == beside->handed_on && !beside->ended)
        (void)pthread_cond_wait(&beside->moved, &beside->mutex);
    *number = beside->scanned % PIECES;
    any = beside->scanned != beside->handed_on;
    (void)pthread_mutex_unlock(&beside->mutex);
    return any;
}

static void *scan_pieces(void *context)
{
    struct scan_beside *beside = context;
    unsigned number = 0;

    while (next_piece(beside, &number)) {
        /* What comes behind a bad piece is let pass. */
        beside->good =
            beside->good && sheet_scan_feed(beside->scan, (const char *)beside->pieces[number],
                                            beside->sizes[number]);
        (void)pthread_mutex_lock(&beside->mutex);
        beside->scanned++;
        (void)pthread_cond_broadcast(&beside->moved);
        (void)pthread_mutex_unlock(&beside->mutex);
    }
    return NULL;
}

struct scan_beside *scan_beside_start(struct sheet_scan *scan)
{
    struct scan_beside *beside = malloc(sizeof(*beside));

    if (beside == NULL)
        return NULL;
    beside->scan = scan;
    beside->handed_on = beside->scanned = 0;
    beside->ended = false;
    beside->good = true;
    (void)pthread_mutex_init(&beside->mutex, NULL);
    (void)pthread_cond_init(&beside->moved, NULL);
    if (pthread_create(&beside->thread, NULL, scan_pieces, beside) == 0)
        return beside;
    (void)pthread_cond_destroy(&beside->moved);
    (void)pthread_mutex_destroy(&beside->mutex);
    free(beside);
    return NULL;
}

unsigned char *scan_beside_room(struct scan_beside *beside)
{
    (void)pthread_mutex_lock(&beside->mutex);
    while (beside->handed_on - beside->scanned == PIECES)
        (void)pthread_cond_wait(&beside->moved, &beside->mutex);
    (void)pthread_mutex_unlock(&beside->mutex);
    return beside->pieces[beside->handed_on % PIECES];
}

void scan_beside_hand_on(struct scan_beside *beside, size_t size)
{
    (void)pthread_mutex_lock(&beside->mutex);
    beside->sizes[beside->handed_on++ % PIECES] = size;
    (void)pthread_cond_broadcast(&beside->moved);
    (void)pthread_mutex_unlock(&beside->mutex);
}

bool scan_beside_end(struct scan_beside *beside)
{
    bool good = false;

    (void)pthread_mutex_lock(&beside->mutex);
    beside->ended = true;
    (void)pthread_cond_broadcast(&beside->moved);
    (void)pthread_mutex_unlock(&beside->mutex);
    (void)pthread_join(beside->thread, NULL);
    good = beside->good;
    (void)pthread_cond_destroy(&beside->moved);
    (void)pthread_mutex_destroy(&beside->mutex);
    free(beside);
    return good;
}
