/* Narrow operands: rows of A or columns of B, whose elements go along k. */
#ifndef PENSTOCK_TESTS_KERNELS_NARROW_LINES_H
#define PENSTOCK_TESTS_KERNELS_NARROW_LINES_H

#include "region.h"

#include <penstock_narrow_kernels.h>

typedef enum { BF16 /* small whole numbers */, BF16_NOISE, S8, U8 } content;

typedef struct {
    content of;
    const char *origin;
    ptrdiff_t line, step; /* bytes, as in pstk_narrow_lines */
} lines;

ptrdiff_t lines_size(content of);
/* Next to each other along k or across it, or neither, also backwards; what is between is NaN or
 * -1. */
lines lines_place(region *memory, content of, ptrdiff_t count, ptrdiff_t k, generator *random);
const char *lines_at(const lines *x, ptrdiff_t line, ptrdiff_t step);
double lines_value(const lines *x, ptrdiff_t line, ptrdiff_t step);

/* A bf16 between -1 and 1, with all its bits. */
float noise(generator *random);

#endif
