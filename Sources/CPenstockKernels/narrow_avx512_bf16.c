/* AVX-512 BF16: 14 rows by two 512-bit registers of C, as avx512.c. VDPBF16PS multiplies groups of
 * A and B as they lie, so A is read in place. It takes subnormal inputs for zero and makes zero of
 * subnormal sums. */
#include "narrow_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512bf16")))
#define MAX_ROWS 14
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#define LANES 16
#define NR (2 * LANES)
#define MASK __mmask16
#define MASK_OF(n) ((__mmask16)((1u << (n)) - 1))
#define WORDS __m512i
#define LOAD_WORDS(p) _mm512_loadu_si512(p)
#define SPLAT_WORD(w) _mm512_set1_epi32((int)(w))
#define ELEMENT float
#define VECTOR __m512
#define ZERO() _mm512_setzero_ps()
#define SPLAT(x) _mm512_set1_ps(x)
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define LOAD_MASKED(p, m) _mm512_maskz_loadu_ps(m, p)
#define STORE_MASKED(p, m, v) _mm512_mask_storeu_ps(p, m, v)
#define ADD(x, y) _mm512_add_ps(x, y)
#define MUL(x, y) _mm512_mul_ps(x, y)
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)
/* The second operand wins when one is NaN, so NaN passes through. */
#define RELU(v) _mm512_max_ps(ZERO(), v)
#define MAX(bound, v) _mm512_max_ps(bound, v)
#define MIN(bound, v) _mm512_min_ps(bound, v)

#define SUFFIX f32
#define ROW_SUM(row, bytes) 0
#define START(v, shared, i) (v)
#define DOT(sum, left, right) _mm512_dpbf16_ps(sum, (__m512bh)(left), (__m512bh)(right))
#include "narrow_tile.h"

#define SUFFIX f32
#define GROUP 2
#define PARTS 1
#include "narrow_pack.h"

static bool supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512bf16");
}

const pstk_narrow_kernel pstk_avx512_bf16 = {
    .name = "avx512_bf16",
    .supported = supported,
    .mr = MAX_ROWS,
    .nr = NR,
    .group = 2,
    .parts = 1,
    .multiply = multiply_f32,
    .pack_a = pack_a_f32,
    .pack_b = pack_b_f32,
};

#endif
