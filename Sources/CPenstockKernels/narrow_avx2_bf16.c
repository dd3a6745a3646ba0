/* AVX2 with FMA: 6 rows by two 256-bit registers of C, as avx2.c. bf16 are packed as f32; a product
 * of two is exact in f32, so only the sums round. */
#include "narrow_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define MAX_ROWS 6
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define LANES 8
#define NR (2 * LANES)
#define MASK __m256i
#define MASK_OF(n) _mm256_loadu_si256((const __m256i *)(lanes + 8 - (n)))
#define WORDS __m256i
#define LOAD_WORDS(p) _mm256_loadu_si256((const __m256i *)(p))
#define SPLAT_WORD(w) _mm256_set1_epi32((int)(w))

/* The mask of n lanes starts n entries before the first zero. */
static const int32_t lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

#define ELEMENT float
#define VECTOR __m256
#define ZERO() _mm256_setzero_ps()
#define SPLAT(x) _mm256_set1_ps(x)
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define LOAD_MASKED(p, m) _mm256_maskload_ps(p, m)
#define STORE_MASKED(p, m, v) _mm256_maskstore_ps(p, m, v)
#define ADD(x, y) _mm256_add_ps(x, y)
#define MUL(x, y) _mm256_mul_ps(x, y)
#define FMA(x, y, z) _mm256_fmadd_ps(x, y, z)
/* The second operand wins when one is NaN, so NaN passes through. */
#define RELU(v) _mm256_max_ps(ZERO(), v)
#define MAX(bound, v) _mm256_max_ps(bound, v)
#define MIN(bound, v) _mm256_min_ps(bound, v)

#define SUFFIX f32
#define ROW_SUM(row, bytes) 0
#define START(v, shared, i) (v)
#define DOT(sum, left, right)                                                                      \
    _mm256_fmadd_ps(_mm256_castsi256_ps(left), _mm256_castsi256_ps(right), sum)
#include "narrow_tile.h"

#define SUFFIX f32
#define GROUP 2
#define PARTS 2
#define FIRST(v) pstk_odd_bf16(v)
#define SECOND(v) pstk_even_bf16(v)
#include "narrow_pack.h"

static bool supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

const pstk_narrow_kernel pstk_avx2_bf16 = {
    .name = "avx2",
    .supported = supported,
    .mr = MAX_ROWS,
    .nr = NR,
    .group = 2,
    .parts = 2,
    .multiply = multiply_f32,
    .pack_a = pack_a_f32,
    .pack_b = pack_b_f32,
};

#endif
