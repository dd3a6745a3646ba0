/* The kernels that narrow_table.c lists. x86 ones exist only there. */
#ifndef PENSTOCK_NARROW_TABLES_H
#define PENSTOCK_NARROW_TABLES_H

#include "narrow_words.h"
#include "penstock_narrow_kernels.h"

#pragma GCC visibility push(hidden)

extern const pstk_narrow_kernel pstk_generic_bf16, pstk_generic_s8;
extern const pstk_narrow_kernel pstk_generic_u8s8, pstk_generic_s8u8;
#if defined(__x86_64__)
extern const pstk_narrow_kernel pstk_avx2_bf16, pstk_avx2_s8, pstk_avx2_u8s8, pstk_avx2_s8u8;
extern const pstk_narrow_kernel pstk_avx512_bf16, pstk_avx512_s8;
extern const pstk_narrow_kernel pstk_avx512_u8s8, pstk_avx512_s8u8;
#endif

#pragma GCC visibility pop

#endif
