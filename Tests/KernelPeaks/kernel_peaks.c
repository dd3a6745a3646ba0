#include "kernel_peaks.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

double thread_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

#if defined(__x86_64__)

#include <immintrin.h>

#define UNROLL _Pragma("clang loop unroll(full)")

/* SUMS independent chains. The empty asm makes operands new to the compiler at each step, so that
 * it computes nothing once for all. */
#define PEAK(NAME, TARGET, VECTOR, SUMS, START, STEP)                                              \
    __attribute__((target(TARGET), noinline)) static void NAME(long rounds) {                      \
        VECTOR sum[SUMS], left = START, right = START;                                             \
        UNROLL for (int i = 0; i < SUMS; i++) sum[i] = START;                                      \
        for (long round = 0; round < rounds; round++) {                                            \
            UNROLL for (int i = 0; i < SUMS; i++) {                                                \
                sum[i] = STEP(sum[i], left, right);                                                \
                __asm__("" : "+v"(sum[i]), "+v"(left), "+v"(right));                               \
            }                                                                                      \
        }                                                                                          \
    }
#define BF16_STEP(s, x, y) (__m512i) _mm512_dpbf16_ps((__m512)(s), (__m512bh)(x), (__m512bh)(y))
#define PAIRS_STEP(s, x, y) _mm256_add_epi32(s, _mm256_madd_epi16(x, y))
#define FMA_STEP(s, x, y) _mm256_fmadd_ps(x, y, s)

PEAK(bf16_avx512, "avx512f,avx512bf16", __m512i, 28, _mm512_setzero_si512(), BF16_STEP)
PEAK(int8_avx512, "avx512f,avx512vnni", __m512i, 28, _mm512_setzero_si512(), _mm512_dpbusd_epi32)
PEAK(bf16_avx2, "avx2,fma", __m256, 12, _mm256_setzero_ps(), FMA_STEP)
PEAK(int8_avx2, "avx2,fma", __m256i, 12, _mm256_setzero_si256(), PAIRS_STEP)

static double measure(void (*loop)(long), double operations) {
    const long rounds = 20000;
    double best = 0;
    for (int i = 0; i < 40; i++) {
        const double start = thread_nanoseconds();
        loop(rounds);
        const double rate = operations * (double)rounds / (thread_nanoseconds() - start);
        if (rate > best)
            best = rate;
    }
    return best;
}

double kernel_peak(const char *kernel, int int8) {
    if (strcmp(kernel, "avx512_bf16") == 0)
        return measure(bf16_avx512, 28 * 64);
    if (strcmp(kernel, "avx512_vnni") == 0)
        return measure(int8_avx512, 28 * 128);
    if (strcmp(kernel, "avx2") == 0)
        return int8 ? measure(int8_avx2, 12 * 32) : measure(bf16_avx2, 12 * 16);
    return 0;
}

#else

double kernel_peak(const char *kernel, int int8) {
    (void)kernel;
    (void)int8;
    return 0;
}

#endif
