/* AVX2: 6 rows by two 256-bit registers of C, as avx2.c. Bytes are packed as 16-bit integers, the
 * odd ones of a group in one word and the even ones in the next: VPMADDWD adds their products in
 * pairs without loss, where VPMADDUBSW would saturate. */
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

#define ELEMENT int32_t
#define VECTOR __m256i
#define ZERO() _mm256_setzero_si256()
#define SPLAT(x) _mm256_set1_epi32(x)
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define STORE(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define LOAD_MASKED(p, m) _mm256_maskload_epi32(p, m)
#define STORE_MASKED(p, m, v) _mm256_maskstore_epi32(p, m, v)
#define ADD(x, y) _mm256_add_epi32(x, y)

static inline __attribute__((always_inline)) TARGET __m256i multiply_add(__m256i sum, __m256i left,
                                                                         __m256i right) {
    sum = ADD(sum, _mm256_madd_epi16(left, right));
    /* Else the compiler adds products to products first, and runs out of registers. */
    __asm__("" : "+x"(sum));
    return sum;
}

#define SUFFIX int8
#define ROW_SUM(row, bytes) 0
#define START(v, shared, i) (v)
#define DOT(sum, left, right) multiply_add(sum, left, right)
#include "narrow_tile.h"

#define SUFFIX s8
#define GROUP 4
#define PARTS 2
#define FIRST(v) pstk_odd_s8(v)
#define SECOND(v) pstk_even_s8(v)
#include "narrow_pack.h"

#define SUFFIX u8
#define GROUP 4
#define PARTS 2
#define FIRST(v) pstk_odd_u8(v)
#define SECOND(v) pstk_even_u8(v)
#include "narrow_pack.h"

static bool supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

#define KERNEL(PACK_A, PACK_B)                                                                     \
    {                                                                                              \
        .name = "avx2", .supported = supported, .mr = MAX_ROWS, .nr = NR, .group = 4, .parts = 2,  \
        .multiply = multiply_int8, .pack_a = PACK_A, .pack_b = PACK_B                              \
    }
const pstk_narrow_kernel pstk_avx2_s8 = KERNEL(pack_a_s8, pack_b_s8);
const pstk_narrow_kernel pstk_avx2_u8s8 = KERNEL(pack_a_u8, pack_b_s8);
const pstk_narrow_kernel pstk_avx2_s8u8 = KERNEL(pack_a_s8, pack_b_u8);

#endif
