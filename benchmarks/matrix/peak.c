/* Independent chains of fused multiply-adds: more than latency times units of any core we know
 * (10), no more than there are registers. Each chain is x = x / 2 + 1, which stays near 2. */
#include "peak.h"
#include "thread_clock.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { CHAINS = 12 };

/* The chains begin with different values, so that the compiler cannot take them for one. */
#define PEAK_LOOP(name, attributes, vector, set, multiply_add)                                     \
    attributes static void name(size_t steps) {                                                    \
        vector x[CHAINS], half = set(0.5), one = set(1);                                           \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) x[i] = set(1 + i * 0.125);       \
        for (size_t step = 0; step < steps; step++)                                                \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) x[i] =                       \
                multiply_add(x[i], half, one);                                                     \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS;                                       \
                                      i++) __asm__ volatile("" ::USE(x[i]));                       \
    }

struct peak {
    const char *instructions;
    void (*loop)(size_t steps);
    double operations; /* of a step */
};

#define LANES(vector, element) (2.0 * CHAINS * sizeof(vector) / sizeof(element))

#if defined(__x86_64__)
#define USE "v"
PEAK_LOOP(avx512_f32, __attribute__((target("avx512f"))), __m512, _mm512_set1_ps, _mm512_fmadd_ps)
PEAK_LOOP(avx512_f64, __attribute__((target("avx512f"))), __m512d, _mm512_set1_pd, _mm512_fmadd_pd)
#undef USE
#define USE "x"
PEAK_LOOP(avx2_f32, __attribute__((target("avx2,fma"))), __m256, _mm256_set1_ps, _mm256_fmadd_ps)
PEAK_LOOP(avx2_f64, __attribute__((target("avx2,fma"))), __m256d, _mm256_set1_pd, _mm256_fmadd_pd)

static struct peak best(enum precision precision) {
    if (__builtin_cpu_supports("avx512f"))
        return precision == F32 ? (struct peak){"AVX-512", avx512_f32, LANES(__m512, float)}
                                : (struct peak){"AVX-512", avx512_f64, LANES(__m512d, double)};
    return precision == F32 ? (struct peak){"AVX2", avx2_f32, LANES(__m256, float)}
                            : (struct peak){"AVX2", avx2_f64, LANES(__m256d, double)};
}
#elif defined(__aarch64__)
#define USE "w"
#define ADD_PRODUCT_F32(x, y, z) vfmaq_f32(z, x, y)
#define ADD_PRODUCT_F64(x, y, z) vfmaq_f64(z, x, y)
PEAK_LOOP(neon_f32, , float32x4_t, vdupq_n_f32, ADD_PRODUCT_F32)
PEAK_LOOP(neon_f64, , float64x2_t, vdupq_n_f64, ADD_PRODUCT_F64)

static struct peak best(enum precision precision) {
    return precision == F32 ? (struct peak){"NEON", neon_f32, LANES(float32x4_t, float)}
                            : (struct peak){"NEON", neon_f64, LANES(float64x2_t, double)};
}
#endif

static struct peak peaks[PRECISIONS];
static size_t steps_of_sample = 1000;

/* By the thread's CPU time: too short to be repeated when others have the CPU meanwhile. */
static double run(enum precision precision, size_t steps) {
    double start = thread_cpu_ns();
    peaks[precision].loop(steps);
    return thread_cpu_ns() - start;
}

void peak_init(void) {
    for (int p = 0; p < PRECISIONS; p++)
        peaks[p] = best((enum precision)p);
    while (run(F32, steps_of_sample) < 300000)
        steps_of_sample = steps_of_sample * 5 / 4;
}

const char *peak_instructions(void) {
    return peaks[F32].instructions;
}

double peak_sample(enum precision precision) {
    return (double)steps_of_sample * peaks[precision].operations / run(precision, steps_of_sample);
}
