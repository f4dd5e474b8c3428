/*
 * Owns the search for marks, by 16 bytes at once where the machine has SSE2 and by one elsewhere.
 * Must not know what the marks mean together.
 */
#include "readers/marks.h"

#include <assert.h>
#include <stdlib.h>

#ifdef __x86_64__
#include <emmintrin.h>
#endif

/* What a stride holds: a bit per byte, the first one lowest. */
struct stride {
    uint64_t marks;
    uint64_t odd;
};

#ifdef __x86_64__

static inline struct stride look_at(const char *data, char delimiter)
{
    const __m128i delimiters = _mm_set1_epi8(delimiter);
    const __m128i quotes = _mm_set1_epi8('"');
    const __m128i crs = _mm_set1_epi8('\r');
    const __m128i newlines = _mm_set1_epi8('\n');
    const __m128i spaces = _mm_set1_epi8(' ');
    const __m128i deletes = _mm_set1_epi8('\x7F');
    struct stride stride = {0};
    int i;

    for (i = 0; i < MARKS_STRIDE; i += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(data + i));
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, newlines), _mm_cmpeq_epi8(bytes, crs));
        __m128i marks = _mm_or_si128(
            ends, _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiters), _mm_cmpeq_epi8(bytes, quotes)));
        /* Compared as signed bytes, what is beyond ASCII is less than a space too. */
        __m128i odd = _mm_andnot_si128(
            ends, _mm_or_si128(_mm_cmplt_epi8(bytes, spaces), _mm_cmpeq_epi8(bytes, deletes)));

        stride.marks |= (uint64_t)(unsigned)_mm_movemask_epi8(marks) << i;
        stride.odd |= (uint64_t)(unsigned)_mm_movemask_epi8(odd) << i;
    }
    return stride;
}

#else

static inline struct stride look_at(const char *data, char delimiter)
{
    struct stride stride = {0};
    int i;

    for (i = 0; i < MARKS_STRIDE; i++) {
        unsigned char byte = (unsigned char)data[i];
        bool end = byte == '\n' || byte == '\r';

        if (end || data[i] == delimiter || byte == '"')
            stride.marks |= UINT64_C(1) << i;
        if (!end && (byte < ' ' || byte >= 0x7F))
            stride.odd |= UINT64_C(1) << i;
    }
    return stride;
}

#endif

static int make_room(struct marks *marks, size_t size)
{
    size_t strides = size / MARKS_STRIDE + 1;

    if (size > marks->room) {
        uint32_t *larger = realloc(marks->at, size * sizeof(*larger));

        if (larger == NULL)
            return -1;
        marks->at = larger;
        marks->room = size;
    }
    if (strides > marks->odd_room) {
        bool *larger = realloc(marks->odd, strides * sizeof(*larger));

        if (larger == NULL)
            return -1;
        marks->odd = larger;
        marks->odd_room = strides;
    }
    return 0;
}

int marks_find(struct marks *marks, const char *data, size_t size, char delimiter)
{
    uint32_t *to;
    size_t base;

    assert(size < UINT32_MAX - UINT16_MAX);
    if (make_room(marks, size) != 0)
        return -1;
    to = marks->at;
    for (base = 0; base <= size; base += MARKS_STRIDE) {
        struct stride stride = look_at(data + base, delimiter);

        if (size - base < MARKS_STRIDE) {
            uint64_t inside = (UINT64_C(1) << (size - base)) - 1;

            stride.marks &= inside;
            stride.odd &= inside;
        }
        for (; stride.marks != 0; stride.marks &= stride.marks - 1)
            *to++ = (uint32_t)base + (uint32_t)__builtin_ctzll(stride.marks);
        marks->odd[base / MARKS_STRIDE] = stride.odd != 0;
    }
    marks->count = (size_t)(to - marks->at);
    return 0;
}

size_t marks_count_byte(const char *data, size_t size, char byte)
{
    size_t count = 0;
    size_t i = 0;

#ifdef __x86_64__
    const __m128i wanted = _mm_set1_epi8(byte);
    const __m128i zero = _mm_setzero_si128();

    while (size - i >= 16) {
        __m128i counts = zero; /* of 16 columns, each up to 255 */
        __m128i sums;

        for (int rows = 0; rows < 255 && size - i >= 16; rows++, i += 16)
            counts = _mm_sub_epi8(
                counts,
                _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(data + i)), wanted));
        sums = _mm_sad_epu8(counts, zero);
        count += (size_t)_mm_cvtsi128_si64(sums) +
                 (size_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums));
    }
#endif
    for (; i < size; i++)
        count += data[i] == byte;
    return count;
}

void marks_release(struct marks *marks)
{
    free(marks->at);
    free(marks->odd);
    *marks = (struct marks){0};
}
