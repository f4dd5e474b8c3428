/*
 * Owns the search for marks: by 64 bytes at once where the machine can (readers/marks_wide.h), by
 * 16 where it has SSE2, and by one elsewhere. Must not know what the marks mean together.
 */
#include "readers/marks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "readers/marks_wide.h"

#ifdef __x86_64__
#include <emmintrin.h>
#endif

enum { MARKS_AT_ONCE = 8 }; /* that are written together, whether there are as many or not */

_Static_assert((int)MARKS_WIDE_AT_ONCE >= (int)MARKS_AT_ONCE, "there is room for both ways");

/* What a stride holds: a bit per byte, the first one lowest. */
struct stride {
    uint64_t marks;
    unsigned count; /* of marks */
    bool odd;
};

#ifdef __x86_64__

/* Of 16 bytes, in all bits of a byte: whether it is a mark, and whether it is odd. */
struct sixteen {
    __m128i marks;
    __m128i odd;
};

static inline struct sixteen look_at_16(const char *data, __m128i delimiters)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)data);
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
    const __m128i inside =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiters), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    /* Compared as signed bytes, what is beyond ASCII is less than a space too. */
    const __m128i odd = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')),
                                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\x7F')));

    return (struct sixteen){_mm_or_si128(ends, inside), _mm_andnot_si128(ends, odd)};
}

static inline uint64_t mask_of(__m128i bytes)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(bytes);
}

static inline __attribute__((always_inline)) struct stride look_at(const char *data, char delimiter)
{
    const __m128i delimiters = _mm_set1_epi8(delimiter);
    const struct sixteen a = look_at_16(data, delimiters);
    const struct sixteen b = look_at_16(data + 16, delimiters);
    const struct sixteen c = look_at_16(data + 32, delimiters);
    const struct sixteen d = look_at_16(data + 48, delimiters);
    const __m128i odd = _mm_or_si128(_mm_or_si128(a.odd, b.odd), _mm_or_si128(c.odd, d.odd));
    /* A byte that is a mark is -1. */
    const __m128i less =
        _mm_add_epi8(_mm_add_epi8(a.marks, b.marks), _mm_add_epi8(c.marks, d.marks));
    const __m128i sums = _mm_sad_epu8(_mm_sub_epi8(_mm_setzero_si128(), less), _mm_setzero_si128());

    return (struct stride){
        .marks = mask_of(a.marks) | mask_of(b.marks) << 16 | mask_of(c.marks) << 32 |
                 mask_of(d.marks) << 48,
        .count = (unsigned)_mm_cvtsi128_si32(sums) +
                 (unsigned)_mm_cvtsi128_si32(_mm_unpackhi_epi64(sums, sums)),
        .odd = _mm_movemask_epi8(odd) != 0,
    };
}

#else

static inline __attribute__((always_inline)) struct stride look_at(const char *data, char delimiter)
{
    struct stride stride = {0};
    int i;

    for (i = 0; i < MARKS_STRIDE; i++) {
        unsigned char byte = (unsigned char)data[i];
        bool end = byte == '\n' || byte == '\r';

        if (end || data[i] == delimiter || byte == '"') {
            stride.marks |= UINT64_C(1) << i;
            stride.count++;
        }
        stride.odd |= !end && (byte < ' ' || byte >= 0x7F);
    }
    return stride;
}

#endif

/*
 * Writes the stride's marks and returns the place behind them; some places more are written to. No
 * branch depends on how many marks there are, unless there are more than at once.
 */
static inline uint32_t *put_marks(uint32_t *to, const struct stride *stride, uint32_t base)
{
    const uint64_t none = UINT64_C(1)
                          << (MARKS_STRIDE - 1); /* so that there is a bit to count to */
    uint64_t marks = stride->marks;
    unsigned put = 0;

    do {
#pragma GCC unroll 8
        for (unsigned i = 0; i < MARKS_AT_ONCE; i++, marks &= marks - 1)
            to[put + i] = base + (uint32_t)__builtin_ctzll(marks | none);
        put += MARKS_AT_ONCE;
    } while (put < stride->count);
    return to + stride->count;
}

static int make_room(struct marks *marks, size_t size)
{
    size_t strides = size / MARKS_STRIDE + 1;

    if (marks->at == NULL || size > marks->room) {
        uint32_t *larger = realloc(marks->at, (size + MARKS_WIDE_AT_ONCE) * sizeof(*larger));

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

static void find_narrow(struct marks *marks, const char *data, size_t size, char delimiter)
{
    char last[MARKS_STRIDE];
    struct stride stride;
    uint32_t *to = marks->at;
    size_t base;

    for (base = 0; size - base >= MARKS_STRIDE; base += MARKS_STRIDE) {
        stride = look_at(data + base, delimiter);
        to = put_marks(to, &stride, (uint32_t)base);
        marks->odd[base / MARKS_STRIDE] = stride.odd;
    }
    /* What is behind the block is filled with something that is neither a mark nor odd. */
    memset(last, delimiter == 'x' ? 'y' : 'x', sizeof(last));
    memcpy(last, data + base, size - base);
    stride = look_at(last, delimiter);
    to = put_marks(to, &stride, (uint32_t)base);
    marks->odd[base / MARKS_STRIDE] = stride.odd;
    marks->count = (size_t)(to - marks->at);
    marks->blanks_beside = true; /* to look for them costs what it saves */
}

int marks_find(struct marks *marks, const char *data, size_t size, char delimiter)
{
    assert(size < UINT32_MAX - UINT16_MAX);
    if (make_room(marks, size) != 0)
        return -1;
    if (!marks->narrow && marks_wide_at_hand())
        marks_wide_find(marks, data, size, delimiter);
    else
        find_narrow(marks, data, size, delimiter);
    return 0;
}

size_t marks_narrow_count_byte(const char *data, size_t size, char byte)
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

size_t marks_count_byte(const char *data, size_t size, char byte)
{
    return marks_wide_at_hand() ? marks_wide_count_byte(data, size, byte)
                                : marks_narrow_count_byte(data, size, byte);
}

void marks_release(struct marks *marks)
{
    free(marks->at);
    free(marks->odd);
    *marks = (struct marks){0};
}
