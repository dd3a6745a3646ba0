/* AVX2. Without FMA: a multiply-add rounded once would be another result. */
#include "tables.h"

#if defined(__x86_64__)

#define TARGET __attribute__((target("avx2")))
#define NAME "avx2"
#define LOOPS loops

static bool supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2");
}

#include "loops.h"

const psto_loops *psto_avx2(void) {
    return &loops;
}

#endif
