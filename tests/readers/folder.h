/*
 * A folder of its own for a test, with the files it asks for; removed with all that is in it.
 */
#ifndef TESTS_READERS_FOLDER_H
#define TESTS_READERS_FOLDER_H

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { FOLDER_PATH_MAX = 512 };

struct folder {
    char path[64];
};

static inline void folder_make(struct folder *folder)
{
    char *made;

    strcpy(folder->path, "/tmp/recompense-test-XXXXXX");
    made = mkdtemp(folder->path);
    assert(made != NULL);
    (void)made;
}

static inline void folder_file(const struct folder *folder, const char *name,
                               char path[FOLDER_PATH_MAX])
{
    snprintf(path, FOLDER_PATH_MAX, "%s/%s", folder->path, name);
}

static inline void folder_write(const struct folder *folder, const char *name, const void *data,
                                size_t size)
{
    char path[FOLDER_PATH_MAX];
    FILE *file;

    folder_file(folder, name, path);
    file = fopen(path, "wb");
    assert(file != NULL);
    if (size > 0 && fwrite(data, 1, size, file) != size)
        abort();
    if (fclose(file) != 0)
        abort();
}

static inline void folder_remove(const struct folder *folder)
{
    DIR *stream = opendir(folder->path);
    const struct dirent *entry;
    char path[FOLDER_PATH_MAX];

    assert(stream != NULL);
    while ((entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        folder_file(folder, entry->d_name, path);
        if (unlink(path) != 0)
            rmdir(path);
    }
    closedir(stream);
    rmdir(folder->path);
}

/* One gzip member; the size of what was written to `out`, which must have room. */
static inline size_t gzip_member(const void *data, size_t size, void *out, size_t room)
{
    z_stream stream = {0};
    int status = deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);

    assert(status == Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)data;
    stream.avail_in = (unsigned)size;
    stream.next_out = out;
    stream.avail_out = (unsigned)room;
    status = deflate(&stream, Z_FINISH);
    assert(status == Z_STREAM_END);
    (void)status;
    deflateEnd(&stream);
    return room - stream.avail_out;
}

#endif
