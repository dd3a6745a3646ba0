#include "narrow_tables.h"

#include <string.h>

static const struct {
    const char *path; /* what PST_ISA says */
    const pstk_narrow_kernel *kernels[PSTK_NARROW_TYPES];
} tables[] = {
/* Kernels in the order of pstk_narrow_type. */
#if defined(__x86_64__)
    {"avx512", {&pstk_avx512_bf16, &pstk_avx512_s8, &pstk_avx512_u8s8, &pstk_avx512_s8u8}},
    {"avx2", {&pstk_avx2_bf16, &pstk_avx2_s8, &pstk_avx2_u8s8, &pstk_avx2_s8u8}},
#endif
    /* Also for paths that have no kernels of their own. */
    {"generic", {&pstk_generic_bf16, &pstk_generic_s8, &pstk_generic_u8s8, &pstk_generic_s8u8}},
};

enum { TABLE_COUNT = sizeof tables / sizeof tables[0] };

const pstk_narrow_kernel *pstk_narrow_kernel_of(const char *path, pstk_narrow_type type) {
    const size_t last = TABLE_COUNT - 1;
    size_t i = 0;
    while (i < last && strcmp(tables[i].path, path) != 0)
        i++;
    while (i < last && !tables[i].kernels[type]->supported())
        i++;
    return tables[i].kernels[type];
}
