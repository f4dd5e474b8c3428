/*
 * Owns the search for marks with AVX-512. Must not know what the marks mean together.
 */
#include "readers/marks_wide.h"

#ifdef __x86_64__

#include <immintrin.h>

#define WITH_AVX_512 __attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt")))

static const unsigned char NUMBERS[MARKS_STRIDE] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};

bool marks_wide_at_hand(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("popcnt");
}

/* The bytes of a stride, as far as there are any. */
static inline WITH_AVX_512 __mmask64 bytes_of_stride(size_t left)
{
    return left >= MARKS_STRIDE ? ~UINT64_C(0) : (UINT64_C(1) << left) - 1;
}

/* Writes the marks' offsets and returns the place behind them. */
static inline WITH_AVX_512 uint32_t *put_marks(uint32_t *to, __mmask64 marks, uint32_t base)
{
    const unsigned count = (unsigned)_mm_popcnt_u64(marks);
    const __m512i bases = _mm512_set1_epi32((int)base);
    __m512i numbers = _mm512_maskz_compress_epi8(marks, _mm512_loadu_si512(NUMBERS));
    unsigned put = 0;

    do {
        const __m512i next = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(numbers));

        _mm512_storeu_si512(to + put, _mm512_add_epi32(next, bases));
        numbers = _mm512_shuffle_i64x2(numbers, numbers, _MM_SHUFFLE(0, 3, 2, 1));
        put += MARKS_WIDE_AT_ONCE;
    } while (put < count);
    return to + count;
}

WITH_AVX_512 void marks_wide_find(struct marks *marks, const char *data, size_t size,
                                  char delimiter)
{
    uint32_t *to = marks->at;
    /* Of the stride before: its last byte, and of the text's start, which is as behind a mark. */
    uint64_t last_mark = 1;
    uint64_t last_blank = 0;
    uint64_t blanks_beside = 0;

    for (size_t base = 0; base < size; base += MARKS_STRIDE) {
        const __mmask64 there = bytes_of_stride(size - base);
        const __m512i bytes = _mm512_loadu_si512(data + base);
        const __mmask64 ends = _mm512_mask_cmpeq_epi8_mask(there, bytes, _mm512_set1_epi8('\n')) |
                               _mm512_mask_cmpeq_epi8_mask(there, bytes, _mm512_set1_epi8('\r'));
        const __mmask64 found =
            ends | _mm512_mask_cmpeq_epi8_mask(there, bytes, _mm512_set1_epi8('"')) |
            _mm512_mask_cmpeq_epi8_mask(there, bytes, _mm512_set1_epi8(delimiter));
        /* Compared as signed bytes, what is beyond ASCII is less than a space too. */
        const __mmask64 odd = _mm512_mask_cmplt_epi8_mask(there, bytes, _mm512_set1_epi8(' ')) |
                              _mm512_mask_cmpeq_epi8_mask(there, bytes, _mm512_set1_epi8(0x7F));
        const __mmask64 blanks = _mm512_mask_cmpeq_epi8_mask(there, bytes, _mm512_set1_epi8(' ')) |
                                 _mm512_mask_cmpeq_epi8_mask(there, bytes, _mm512_set1_epi8('\t'));

        blanks_beside |= (blanks & (found << 1 | last_mark)) | (found & (blanks << 1 | last_blank));
        last_mark = found >> (MARKS_STRIDE - 1);
        last_blank = blanks >> (MARKS_STRIDE - 1);
        marks->odd[base / MARKS_STRIDE] = (odd & ~ends) != 0;
        to = put_marks(to, found, (uint32_t)base);
    }
    marks->count = (size_t)(to - marks->at);
    marks->blanks_beside = blanks_beside != 0;
}

WITH_AVX_512 size_t marks_wide_count_byte(const char *data, size_t size, char byte)
{
    const __m512i wanted = _mm512_set1_epi8(byte);
    size_t count = 0;

    for (size_t base = 0; base < size; base += MARKS_STRIDE) {
        const __mmask64 there = bytes_of_stride(size - base);
        const __m512i bytes = _mm512_maskz_loadu_epi8(there, data + base);

        count += (size_t)_mm_popcnt_u64(_mm512_mask_cmpeq_epi8_mask(there, bytes, wanted));
    }
    return count;
}

#else

#include <assert.h>

bool marks_wide_at_hand(void)
{
    return false;
}

void marks_wide_find(struct marks *marks, const char *data, size_t size, char delimiter)
{
    (void)marks, (void)data, (void)size, (void)delimiter;
    assert(false);
}

size_t marks_wide_count_byte(const char *data, size_t size, char byte)
{
    (void)data, (void)size, (void)byte;
    assert(false);
    return 0;
}

#endif
