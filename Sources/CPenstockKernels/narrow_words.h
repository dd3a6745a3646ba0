/* What packing does with the groups of lines (rows of A, columns of B), four or more at a time by
 * compiler extension. The functions are inlined into callers of any target and take its
 * instructions; `group` is a constant there: 2 steps of bf16 or 4 of int8. */
#ifndef PENSTOCK_NARROW_WORDS_H
#define PENSTOCK_NARROW_WORDS_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t pstk_words __attribute__((vector_size(16)));
typedef uint16_t pstk_halves __attribute__((vector_size(16)));
typedef int16_t pstk_shorts __attribute__((vector_size(16)));
typedef uint8_t pstk_bytes __attribute__((vector_size(16)));

#define PSTK_ZIP_LOW_BYTES(x, y)                                                                   \
    __builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define PSTK_ZIP_HIGH_BYTES(x, y)                                                                  \
    __builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define PSTK_ZIP_LOW_HALVES(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11)
#define PSTK_ZIP_HIGH_HALVES(x, y) __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
#define PSTK_INLINE static inline __attribute__((always_inline))

/* A group of one line; zeros after `count` elements. */
PSTK_INLINE uint32_t pstk_gather(const char *from, ptrdiff_t step, ptrdiff_t count,
                                 const int group) {
    const size_t size = 4 / group;
    uint32_t word = 0;
    for (int p = 0; p < group && p < count; p++)
        __builtin_memcpy((char *)&word + p * size, from + p * step, size);
    return word;
}

/* Four groups of a line whose elements are contiguous; zeros after `bytes` > 0. */
PSTK_INLINE pstk_words pstk_load_words(const char *from, ptrdiff_t bytes) {
    pstk_words words = {0};
    if (bytes >= 16)
        __builtin_memcpy(&words, from, 16);
    else
        __builtin_memcpy(&words, from, (size_t)bytes);
    return words;
}

PSTK_INLINE void pstk_store_words(void *to, pstk_words words) {
    __builtin_memcpy(to, &words, 16);
}

/* A group of each of four neighbouring lines. */
PSTK_INLINE pstk_words pstk_interleave4(const char *from, ptrdiff_t step, ptrdiff_t count,
                                        const int group) {
    pstk_words row[4] = {{0}};
    for (int p = 0; p < group && p < count; p++)
        __builtin_memcpy(&row[p], from + p * step, group == 2 ? 8 : 4);
    if (group == 2)
        return (pstk_words)PSTK_ZIP_LOW_HALVES((pstk_halves)row[0], (pstk_halves)row[1]);
    const pstk_bytes low = PSTK_ZIP_LOW_BYTES((pstk_bytes)row[0], (pstk_bytes)row[1]);
    const pstk_bytes high = PSTK_ZIP_LOW_BYTES((pstk_bytes)row[2], (pstk_bytes)row[3]);
    return (pstk_words)PSTK_ZIP_LOW_HALVES((pstk_halves)low, (pstk_halves)high);
}

/* A group of each of 4 * group neighbouring lines, whose elements fill a register. */
PSTK_INLINE void pstk_interleave_many(pstk_words *to, const char *from, ptrdiff_t step,
                                      ptrdiff_t count, const int group) {
    pstk_words row[4] = {{0}};
    for (int p = 0; p < group && p < count; p++)
        __builtin_memcpy(&row[p], from + p * step, 16);
    if (group == 2) {
        to[0] = (pstk_words)PSTK_ZIP_LOW_HALVES((pstk_halves)row[0], (pstk_halves)row[1]);
        to[1] = (pstk_words)PSTK_ZIP_HIGH_HALVES((pstk_halves)row[0], (pstk_halves)row[1]);
        return;
    }
    const pstk_bytes a = (pstk_bytes)row[0], b = (pstk_bytes)row[1];
    const pstk_bytes c = (pstk_bytes)row[2], d = (pstk_bytes)row[3];
    const pstk_halves low1 = (pstk_halves)PSTK_ZIP_LOW_BYTES(a, b);
    const pstk_halves low2 = (pstk_halves)PSTK_ZIP_LOW_BYTES(c, d);
    const pstk_halves high1 = (pstk_halves)PSTK_ZIP_HIGH_BYTES(a, b);
    const pstk_halves high2 = (pstk_halves)PSTK_ZIP_HIGH_BYTES(c, d);
    to[0] = (pstk_words)PSTK_ZIP_LOW_HALVES(low1, low2);
    to[1] = (pstk_words)PSTK_ZIP_HIGH_HALVES(low1, low2);
    to[2] = (pstk_words)PSTK_ZIP_LOW_HALVES(high1, high2);
    to[3] = (pstk_words)PSTK_ZIP_HIGH_HALVES(high1, high2);
}

/* Exchanges rows and columns of four by four words. */
PSTK_INLINE void pstk_transpose(pstk_words v[4]) {
    const pstk_words low1 = __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5);
    const pstk_words low2 = __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5);
    const pstk_words high1 = __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
    const pstk_words high2 = __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
    v[0] = __builtin_shufflevector(low1, low2, 0, 1, 4, 5);
    v[1] = __builtin_shufflevector(low1, low2, 2, 3, 6, 7);
    v[2] = __builtin_shufflevector(high1, high2, 0, 1, 4, 5);
    v[3] = __builtin_shufflevector(high1, high2, 2, 3, 6, 7);
}

/* The parts of groups: two bf16 as f32, the odd and the even bytes as 16-bit integers. */
PSTK_INLINE pstk_words pstk_odd_bf16(pstk_words v) {
    return v & 0xffff0000u;
}
PSTK_INLINE pstk_words pstk_even_bf16(pstk_words v) {
    return v << 16;
}
PSTK_INLINE pstk_words pstk_odd_s8(pstk_words v) {
    return (pstk_words)((pstk_shorts)v >> 8);
}
PSTK_INLINE pstk_words pstk_even_s8(pstk_words v) {
    return (pstk_words)((pstk_shorts)((pstk_halves)v << 8) >> 8);
}
PSTK_INLINE pstk_words pstk_odd_u8(pstk_words v) {
    return (pstk_words)((pstk_halves)v >> 8);
}
PSTK_INLINE pstk_words pstk_even_u8(pstk_words v) {
    return v & 0x00ff00ffu;
}

#endif
