/*
 * One folder for all tests of a program: the fixtures of its group.
 */
#ifndef TESTS_READERS_OWN_FOLDER_H
#define TESTS_READERS_OWN_FOLDER_H

#include "tests/readers/folder.h"

static struct folder folder;

static int set_up(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

#endif
