/* The tables that table.c lists. x86 ones exist only there. */
#ifndef PENSTOCK_KERNEL_TABLES_H
#define PENSTOCK_KERNEL_TABLES_H

#include "penstock_kernels.h"

#pragma GCC visibility push(hidden)

extern const pstk_kernels pstk_generic;
#if defined(__x86_64__)
extern const pstk_kernels pstk_avx2;
extern const pstk_kernels pstk_avx512;
#endif

#pragma GCC visibility pop

#endif
