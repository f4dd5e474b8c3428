/*
 * Owns the two libraries that deflate, and how a block is asked of them.
 * Must not know what the blocks are parts of.
 */
#include "writers/deflate_block.h"

#include <assert.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    RAW_WINDOW_BITS = -15,
    MEMORY_LEVEL = 8,
    SAMPLE_BYTES = 32 * 1024, /* what of a block its code is made from */
};

struct deflate_block {
    enum deflate_by by;
    struct isal_zstream fast;
    struct isal_huff_histogram histogram;
    struct isal_hufftables code;
};

struct deflate_block *deflate_block_open(enum deflate_by by)
{
    struct deflate_block *block = calloc(1, sizeof(*block));

    if (block != NULL)
        block->by = by;
    return block;
}

void deflate_block_close(struct deflate_block *block)
{
    free(block);
}

/* Level 0 comes with one Huffman code for all; one of the block's own saves a sixth. */
static int make_code(struct deflate_block *block, const char *bytes, size_t size)
{
    memset(&block->histogram, 0, sizeof(block->histogram));
    isal_update_histogram((uint8_t *)bytes, (int)(size < SAMPLE_BYTES ? size : SAMPLE_BYTES),
                          &block->histogram);
    return isal_create_hufftables(&block->code, &block->histogram);
}

/*
 * Level 0 alone: at levels 1 and 2, ISA-L 2.30 gives other bytes for the same input now and then (a
 * small block in a thousand), when its stream lies at another address. Level 0 gave the same bytes
 * in 160,000 runs with all that may vary varied, and on every x86-64 CPU since SSE4.2; with codes
 * of the blocks' own, in 100,000 more.
 */
static size_t run_isal(struct deflate_block *block, const char *bytes, size_t size, bool last,
                       char *compressed)
{
    struct isal_zstream *stream = &block->fast;
    const size_t room = DEFLATE_ROOM_OF(size);

    if (make_code(block, bytes, size) != 0)
        return 0;
    isal_deflate_stateless_init(stream);
    stream->hufftables = &block->code;
    stream->level = 0;
    stream->gzip_flag = IGZIP_DEFLATE;
    stream->flush = FULL_FLUSH;
    stream->end_of_stream = last;
    stream->next_in = (uint8_t *)bytes;
    stream->avail_in = (uint32_t)size;
    stream->next_out = (uint8_t *)compressed;
    stream->avail_out = (uint32_t)room;
    if (isal_deflate_stateless(stream) != COMP_OK || stream->avail_in != 0)
        return 0;
    return room - stream->avail_out;
}

static size_t run_zlib(const char *bytes, size_t size, bool last, char *compressed)
{
    const size_t room = DEFLATE_ROOM_OF(size);
    z_stream stream = {0};
    size_t made = 0;
    int result;

    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, RAW_WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = (Bytef *)compressed;
    stream.avail_out = (uInt)room;
    result = deflate(&stream, last ? Z_FINISH : Z_FULL_FLUSH);
    if (result == (last ? Z_STREAM_END : Z_OK) && stream.avail_in == 0 && stream.avail_out > 0)
        made = room - stream.avail_out;
    deflateEnd(&stream);
    return made;
}

size_t deflate_block_run(struct deflate_block *block, const char *bytes, size_t size, bool last,
                         char *compressed)
{
    size_t made = 0;

    assert(size <= DEFLATE_BLOCK_BYTES_MAX);
    if (size == 0 && !last) /* an empty stored block: both libraries may have nothing to say */
        return memcpy(compressed, "\0\0\0\xff\xff", 5) == compressed ? 5 : 0;
    if (block->by == DEFLATE_BY_ISAL)
        made = run_isal(block, bytes, size, last, compressed);
    return made > 0 ? made : run_zlib(bytes, size, last, compressed);
}
