/* The inner loops of native operators, a file per instruction set: one loop for each operation and
 * type of number. Swift has neither functions for one instruction set nor conversions that do not
 * trap; what is around the loops is Swift (PenstockOperators). Pointers are aligned to their
 * number, results overlap nothing. Internal to Penstock; nothing here is exported. */
#ifndef PENSTOCK_OPERATORS_H
#define PENSTOCK_OPERATORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* The numbers of pst_scalar, pst_unary and pst_binary. */
enum { PSTO_SCALARS = 11, PSTO_UNARIES = 7, PSTO_BINARIES = 17 };

typedef void (*psto_unary)(const void *in, void *out, size_t n);
typedef void (*psto_binary)(const void *left, const void *right, void *out, size_t n);
/* Numbers of one size: left where chosen (0 or 1), else right. */
typedef void (*psto_select)(const uint8_t *chosen, const void *left, const void *right, void *out,
                            size_t n);
/* Numbers of one size: every step-th of those at from, which may go backwards. */
typedef void (*psto_strided)(const void *from, ptrdiff_t step, void *out, size_t n);
/* upper + (lower - upper) * weight for n numbers of two rows. */
typedef void (*psto_between)(const void *upper, const void *lower, float weight, float *out,
                             size_t n);

/* A pixel between two of a row: where they begin, in numbers, and how near it is to the right. */
typedef struct psto_tap {
    int32_t left, right;
    float weight;
} psto_tap;
/* n pixels of a row, left + (right - left) * weight each. The row may be read one vector of four
 * numbers behind its end. */
typedef void (*psto_blend)(const float *row, const psto_tap *taps, size_t channels, float *out,
                           size_t n);

/* n pixels of three bytes in the opposite order. */
typedef void (*psto_mirror)(const void *row, void *out, size_t n);

typedef struct psto_loops {
    const char *name;
    bool (*supported)(void);
    /* NULL: there is no such operation on such numbers. */
    psto_unary unary[PSTO_UNARIES][PSTO_SCALARS];
    psto_binary binary[PSTO_BINARIES][PSTO_SCALARS];
    psto_unary cast[PSTO_SCALARS][PSTO_SCALARS]; /* from, to */
    psto_select select[4];                       /* of 1, 2, 4, 8 bytes */
    psto_strided strided[4];
    psto_between between_u8, between_f32;
    psto_blend blend;
    psto_mirror mirror_triples;
} psto_loops;

/* The best that this processor can run; "generic" when that is asked for. */
const psto_loops *psto_loops_chosen(bool generic);

psto_unary psto_unary_of(const psto_loops *loops, uint32_t kind, uint32_t scalar);
psto_binary psto_binary_of(const psto_loops *loops, uint32_t kind, uint32_t scalar);
psto_unary psto_cast_of(const psto_loops *loops, uint32_t from, uint32_t to);
psto_select psto_select_of(const psto_loops *loops, uint32_t bytes);
psto_strided psto_strided_of(const psto_loops *loops, uint32_t bytes);

/* n pixels of so many bytes each, from the places that offsets (in bytes) name. */
void psto_copy_pixels(const void *row, const uint32_t *offsets, size_t bytes, void *out, size_t n);
/* Has these bytes brought into the first cache. */
void psto_prefetch(const void *from, size_t bytes);

#pragma GCC visibility pop
#endif
