/* The tables that table.c lists. A processor family's exist only there. */
#ifndef PENSTOCK_KERNEL_TABLES_H
#define PENSTOCK_KERNEL_TABLES_H

#include "penstock_kernels.h"

/* The fullest unrolling: arrays of registers must vanish. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* The table entry of an element type that tile.h made. */
#define PSTK_KERNEL(suffix, element, width)                                                        \
    {                                                                                              \
        .mr = MAX_ROWS, .nr = width, .tall_rows = TALL_ROWS, .wide_rows = WIDE_ROWS,               \
        .element_size = sizeof(element), .multiply = multiply_##suffix, .run = runs_##suffix,      \
        .pack = pack_##suffix, .scale = scale_##suffix, .packed_a_count = packed_a_count_##suffix  \
    }

#pragma GCC visibility push(hidden)

extern const pstk_kernels pstk_generic;
#if defined(__x86_64__)
extern const pstk_kernels pstk_avx2;
extern const pstk_kernels pstk_avx512;
#elif defined(__aarch64__)
extern const pstk_kernels pstk_neon;
#endif

#pragma GCC visibility pop

#endif
