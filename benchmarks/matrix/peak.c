/* Independent chains of multiply-adds: more than latency times units of any core we know (10), no
 * more than there are registers. In f32 and f64 each chain is x = x / 2 + 1, which stays near 2. */
#include "peak.h"
#include "thread_clock.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { CHAINS = 12 };

/* The chains begin with different values, so that the compiler cannot take them for one. */
#define PEAK_LOOP(name, isa, vector, set, operand, first, second, multiply_add)                    \
    isa static void name(size_t steps) {                                                           \
        vector x[CHAINS];                                                                          \
        operand a = (operand)first, b = (operand)second;                                           \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) x[i] = set(8 + i);               \
        for (size_t step = 0; step < steps; step++)                                                \
            _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) x[i] =                       \
                multiply_add(x[i], a, b);                                                          \
        _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS;                                       \
                                      i++) __asm__ volatile("" ::USE(x[i]));                       \
    }

struct peak {
    const char *instruction; /* NULL: this machine has none */
    void (*loop)(size_t steps);
    double operations; /* of a step */
};

#define OPERATIONS(vector, element) (2.0 * CHAINS * sizeof(vector) / (element))

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f")))
#define AVX512_BF16 __attribute__((target("avx512f,avx512bf16")))
#define AVX512_VNNI __attribute__((target("avx512f,avx512vnni")))
#define AVX2 __attribute__((target("avx2,fma")))

#define USE "v"
PEAK_LOOP(avx512_f32, AVX512, __m512, _mm512_set1_ps, __m512, _mm512_set1_ps(0.5),
          _mm512_set1_ps(1), _mm512_fmadd_ps)
PEAK_LOOP(avx512_f64, AVX512, __m512d, _mm512_set1_pd, __m512d, _mm512_set1_pd(0.5),
          _mm512_set1_pd(1), _mm512_fmadd_pd)
PEAK_LOOP(avx512_bf16, AVX512_BF16, __m512, _mm512_set1_ps, __m512bh, _mm512_set1_epi32(0x3f003f00),
          _mm512_set1_epi32(0x3f803f80), _mm512_dpbf16_ps)
PEAK_LOOP(avx512_s8, AVX512_VNNI, __m512i, _mm512_set1_epi32, __m512i, _mm512_set1_epi8(3),
          _mm512_set1_epi8(5), _mm512_dpbusd_epi32)
#undef USE
#define USE "x"
PEAK_LOOP(avx2_f32, AVX2, __m256, _mm256_set1_ps, __m256, _mm256_set1_ps(0.5), _mm256_set1_ps(1),
          _mm256_fmadd_ps)
PEAK_LOOP(avx2_f64, AVX2, __m256d, _mm256_set1_pd, __m256d, _mm256_set1_pd(0.5), _mm256_set1_pd(1),
          _mm256_fmadd_pd)

static struct peak best(enum precision precision) {
    bool wide = __builtin_cpu_supports("avx512f");
    switch (precision) {
    case F32:
        return wide ? (struct peak){"AVX-512 vfmadd", avx512_f32, OPERATIONS(__m512, 4)}
                    : (struct peak){"AVX2 vfmadd", avx2_f32, OPERATIONS(__m256, 4)};
    case F64:
        return wide ? (struct peak){"AVX-512 vfmadd", avx512_f64, OPERATIONS(__m512, 8)}
                    : (struct peak){"AVX2 vfmadd", avx2_f64, OPERATIONS(__m256, 8)};
    case BF16:
        if (__builtin_cpu_supports("avx512bf16"))
            return (struct peak){"AVX-512 vdpbf16ps", avx512_bf16, OPERATIONS(__m512, 2)};
        break;
    case S8: /* one operand is unsigned in every such instruction of AVX-512 */
    case U8S8:
        if (__builtin_cpu_supports("avx512vnni"))
            return (struct peak){"AVX-512 vpdpbusd", avx512_s8, OPERATIONS(__m512, 1)};
        break;
    case PRECISIONS:
        break;
    }
    return (struct peak){0};
}
#elif defined(__aarch64__)
#define USE "w"
#define ADD_PRODUCT_F32(x, y, z) vfmaq_f32(z, x, y)
#define ADD_PRODUCT_F64(x, y, z) vfmaq_f64(z, x, y)
PEAK_LOOP(neon_f32, , float32x4_t, vdupq_n_f32, float32x4_t, vdupq_n_f32(0.5), vdupq_n_f32(1),
          ADD_PRODUCT_F32)
PEAK_LOOP(neon_f64, , float64x2_t, vdupq_n_f64, float64x2_t, vdupq_n_f64(0.5), vdupq_n_f64(1),
          ADD_PRODUCT_F64)

static struct peak best(enum precision precision) {
    if (precision == F32)
        return (struct peak){"NEON fmla", neon_f32, OPERATIONS(float32x4_t, 4)};
    if (precision == F64)
        return (struct peak){"NEON fmla", neon_f64, OPERATIONS(float64x2_t, 8)};
    return (struct peak){0};
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

const char *peak_instruction(enum precision precision) {
    return peaks[precision].instruction;
}

double peak_sample(enum precision precision) {
    return (double)steps_of_sample * peaks[precision].operations / run(precision, steps_of_sample);
}
