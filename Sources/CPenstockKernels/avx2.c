/* AVX2 with FMA: 6 rows by two 256-bit registers of C: 12 sums, two registers of B, one splat of A,
 * of 16. A mask is a register of lanes whose top bit is set. */
#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define MAX_ROWS 6
#define TALL_ROWS 8
#define WIDE_ROWS 2
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define TALL_COUNTS(X) X(7) X(8)

/* The mask of n lanes starts n entries before the first zero. */
static const int32_t lanes_f32[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
static const int64_t lanes_f64[8] = {-1, -1, -1, -1};

#define SUFFIX f32
#define ELEMENT float
#define VECTOR __m256
#define LANES 8
#define MASK __m256i
#define MASK_OF(n) _mm256_loadu_si256((const __m256i *)(lanes_f32 + 8 - (n)))
#define ZERO() _mm256_setzero_ps()
#define SPLAT(x) _mm256_set1_ps(x)
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define LOAD_MASKED(p, m) _mm256_maskload_ps(p, m)
#define STORE_MASKED(p, m, v) _mm256_maskstore_ps(p, m, v)
#define MUL(x, y) _mm256_mul_ps(x, y)
#define ADD(x, y) _mm256_add_ps(x, y)
#define FMA(x, y, z) _mm256_fmadd_ps(x, y, z)
/* The second operand wins when one is NaN, so NaN passes through. */
#define RELU(v) _mm256_max_ps(_mm256_setzero_ps(), v)
#define MAX(bound, v) _mm256_max_ps(bound, v)
#define MIN(bound, v) _mm256_min_ps(bound, v)
#include "tile.h"

#define SUFFIX f64
#define ELEMENT double
#define VECTOR __m256d
#define LANES 4
#define MASK __m256i
#define MASK_OF(n) _mm256_loadu_si256((const __m256i *)(lanes_f64 + 4 - (n)))
#define ZERO() _mm256_setzero_pd()
#define SPLAT(x) _mm256_set1_pd(x)
#define LOAD(p) _mm256_loadu_pd(p)
#define STORE(p, v) _mm256_storeu_pd(p, v)
#define LOAD_MASKED(p, m) _mm256_maskload_pd(p, m)
#define STORE_MASKED(p, m, v) _mm256_maskstore_pd(p, m, v)
#define MUL(x, y) _mm256_mul_pd(x, y)
#define ADD(x, y) _mm256_add_pd(x, y)
#define FMA(x, y, z) _mm256_fmadd_pd(x, y, z)
#define RELU(v) _mm256_max_pd(_mm256_setzero_pd(), v)
#define MAX(bound, v) _mm256_max_pd(bound, v)
#define MIN(bound, v) _mm256_min_pd(bound, v)
#include "tile.h"

static bool supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const pstk_kernels pstk_avx2 = {
    .name = "avx2",
    .supported = supported,
    .f32 = PSTK_KERNEL(f32, float, 16),
    .f64 = PSTK_KERNEL(f64, double, 8),
};

#endif
