/*
 * minizip's calls for input and output, on a descriptor: so that a failed write is kept with its
 * cause, whatever the library makes of it, and so that the file can be flushed to disk.
 */
#ifndef WRITERS_ZIP_FILE_H
#define WRITERS_ZIP_FILE_H

#include <minizip/ioapi.h>

struct zip_file {
    int fd;      /* the caller's; minizip does not close it */
    int failure; /* errno of the first failed write; 0: none */
};

/* The calls for zipOpen2_64, on the file, which must stay. */
zlib_filefunc64_def zip_file_calls(struct zip_file *file);

#endif
