#include "tables.h"

#include <string.h>

static const pstk_kernels *const tables[] = {
#if defined(__x86_64__)
    &pstk_avx512,
    &pstk_avx2,
#elif defined(__aarch64__)
    &pstk_neon,
#endif
    &pstk_generic,
};

enum { TABLE_COUNT = sizeof tables / sizeof tables[0] };

const pstk_kernels *pstk_kernels_at(size_t index) {
    return index < TABLE_COUNT ? tables[index] : NULL;
}

const pstk_kernels *pstk_kernels_best(void) {
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (tables[i]->supported())
            return tables[i];
    }
    return &pstk_generic;
}

const pstk_kernels *pstk_kernels_named(const char *name) {
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (strcmp(tables[i]->name, name) == 0)
            return tables[i];
    }
    return NULL;
}
