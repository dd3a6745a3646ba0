/* What the generic narrow kernels share: 128-bit vectors by compiler extension, as generic.c. */
#ifndef PENSTOCK_NARROW_GENERIC_H
#define PENSTOCK_NARROW_GENERIC_H

#include "narrow_tables.h"

#define TARGET
#if defined(__aarch64__)
#define MAX_ROWS 12
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#else
#define MAX_ROWS 4
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4)
#endif
#define LANES 4
#define NR (2 * LANES)
#define MASK int
#define MASK_OF(n) ((int)(n))
#define LOAD(p) load(p, 4)
#define STORE(p, v) store(p, 4, v)
#define LOAD_MASKED(p, m) load(p, m)
#define STORE_MASKED(p, m, v) store(p, m, v)
#define WORDS pstk_words
#define LOAD_WORDS(p) load_words(p)
#define SPLAT_WORD(w) splat_word(w)
#define ZERO() ((VECTOR){0})
#define SPLAT(x) ((VECTOR){x, x, x, x})
#define ADD(x, y) ((x) + (y))

static inline pstk_words load_words(const char *from) {
    pstk_words words;
    __builtin_memcpy(&words, from, sizeof words);
    return words;
}

static inline pstk_words splat_word(uint32_t w) {
    return (pstk_words){w, w, w, w};
}

static inline VECTOR load(const ELEMENT *from, int count) {
    VECTOR v = {0};
    if (count == LANES)
        __builtin_memcpy(&v, from, sizeof v);
    else
        for (int i = 0; i < count; i++)
            v[i] = from[i];
    return v;
}

static inline void store(ELEMENT *to, int count, VECTOR v) {
    if (count == LANES)
        __builtin_memcpy(to, &v, sizeof v);
    else
        for (int i = 0; i < count; i++)
            to[i] = v[i];
}

static bool supported(void) {
    return true;
}

#endif
