/*
 * Threads that share a piece of work: each does all that `work` finds to do, until nothing is left.
 */
#ifndef READERS_CREW_H
#define READERS_CREW_H

/*
 * Calls work(context, number) on the calling thread with number 0, and on up to count - 1 others
 * with numbers above; returns when all have. A thread that can't be had is done without: what there
 * is to do must be for any of them to take.
 */
void crew_run(int count, void (*work)(void *context, int number), void *context);

#endif
