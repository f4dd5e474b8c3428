/*
 * The bytes of one export file, whether it is stored plain or as gzip (told by content, never by
 * name), with the count and the SHA-256 of the bytes as stored.
 *
 * Order of calls: source_open(), source_read() until it gives 0, source_sha256(), source_close().
 * Everything wrong with the file is ERROR_INPUT: no regular file, unreadable, a damaged or
 * truncated gzip, anything but zero padding behind its last member. Memory is ERROR_IO. A damaged
 * gzip may show only at its end: nothing read may be used before source_read() has given 0.
 */
#ifndef READERS_SOURCE_H
#define READERS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/error.h"
#include "policy/sha256_text.h"

struct source;

/*
 * Opens the file at `path`; `name` stands for it in messages and must outlive the source. Stored
 * bytes are taken `chunk_bytes` at a time (at least 1). *out is written on success only.
 */
int source_open(struct source **out, const char *path, const char *name, size_t chunk_bytes,
                struct error *err) __attribute__((warn_unused_result));

/*
 * Reads up to `size` (at least 1) bytes of content: how many, 0 at the verified end, or -1 with err
 * filled. `line` is where the reader stands, for the message.
 */
ssize_t source_read(struct source *source, char *buffer, size_t size, uint64_t line,
                    struct error *err) __attribute__((warn_unused_result));

bool source_is_gzip(const struct source *source);
/* Stored bytes read so far. */
uint64_t source_bytes(const struct source *source);
/* Lower-case hex, once, behind the end. */
int source_sha256(struct source *source, char text[SHA256_TEXT_MAX], struct error *err)
    __attribute__((warn_unused_result));

/* Legal in any state, and for NULL. */
void source_close(struct source *source);

#endif
