/* AVX-512F: 14 rows by two 512-bit registers of C: 28 sums, two registers of B, one splat of A,
 * of 32. Rows of a row-major C, so edges of rows need no mask and edges of columns need one. */
#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define MAX_ROWS 14
#define TALL_ROWS 16
#define WIDE_ROWS 6
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#define TALL_COUNTS(X) X(15) X(16)

#define SUFFIX f32
#define ELEMENT float
#define VECTOR __m512
#define LANES 16
#define MASK __mmask16
#define MASK_OF(n) ((__mmask16)((1u << (n)) - 1))
#define ZERO() _mm512_setzero_ps()
#define SPLAT(x) _mm512_set1_ps(x)
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define LOAD_MASKED(p, m) _mm512_maskz_loadu_ps(m, p)
#define STORE_MASKED(p, m, v) _mm512_mask_storeu_ps(p, m, v)
#define MUL(x, y) _mm512_mul_ps(x, y)
#define ADD(x, y) _mm512_add_ps(x, y)
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)
/* The second operand wins when one is NaN, so NaN passes through. */
#define RELU(v) _mm512_max_ps(_mm512_setzero_ps(), v)
#define MAX(bound, v) _mm512_max_ps(bound, v)
#define MIN(bound, v) _mm512_min_ps(bound, v)
#include "tile.h"

#define SUFFIX f64
#define ELEMENT double
#define VECTOR __m512d
#define LANES 8
#define MASK __mmask8
#define MASK_OF(n) ((__mmask8)((1u << (n)) - 1))
#define ZERO() _mm512_setzero_pd()
#define SPLAT(x) _mm512_set1_pd(x)
#define LOAD(p) _mm512_loadu_pd(p)
#define STORE(p, v) _mm512_storeu_pd(p, v)
#define LOAD_MASKED(p, m) _mm512_maskz_loadu_pd(m, p)
#define STORE_MASKED(p, m, v) _mm512_mask_storeu_pd(p, m, v)
#define MUL(x, y) _mm512_mul_pd(x, y)
#define ADD(x, y) _mm512_add_pd(x, y)
#define FMA(x, y, z) _mm512_fmadd_pd(x, y, z)
#define RELU(v) _mm512_max_pd(_mm512_setzero_pd(), v)
#define MAX(bound, v) _mm512_max_pd(bound, v)
#define MIN(bound, v) _mm512_min_pd(bound, v)
#include "tile.h"

static bool supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f");
}

const pstk_kernels pstk_avx512 = {
    .name = "avx512",
    .supported = supported,
    .f32 = PSTK_KERNEL(f32, float, 32),
    .f64 = PSTK_KERNEL(f64, double, 16),
};

#endif
