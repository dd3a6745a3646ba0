/* Any processor. Bytes are packed as 16-bit integers, as in narrow_avx2_int8.c. Sums are unsigned
 * here, since they wrap around. */
#include "narrow_words.h"
#define ELEMENT uint32_t
#define VECTOR pstk_words
#include "narrow_generic.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The products of two pairs of s16, added. */
static inline pstk_words multiply_pairs(pstk_words x, pstk_words y) {
#if defined(__SSE2__)
    return (pstk_words)_mm_madd_epi16((__m128i)x, (__m128i)y);
#else
    typedef int32_t integers __attribute__((vector_size(16)));
    const integers low = ((integers)(x << 16) >> 16) * ((integers)(y << 16) >> 16);
    const integers high = ((integers)x >> 16) * ((integers)y >> 16);
    return (pstk_words)(low + high);
#endif
}

#define SUFFIX int8
#define ROW_SUM(row, bytes) 0
#define START(v, shared, i) (v)
#define DOT(sum, left, right) ((sum) + multiply_pairs(left, right))
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

#define KERNEL(PACK_A, PACK_B)                                                                     \
    {                                                                                              \
        .name = "generic", .supported = supported, .mr = MAX_ROWS, .nr = NR, .group = 4,           \
        .parts = 2, .multiply = multiply_int8, .pack_a = PACK_A, .pack_b = PACK_B                  \
    }
const pstk_narrow_kernel pstk_generic_s8 = KERNEL(pack_a_s8, pack_b_s8);
const pstk_narrow_kernel pstk_generic_u8s8 = KERNEL(pack_a_u8, pack_b_s8);
const pstk_narrow_kernel pstk_generic_s8u8 = KERNEL(pack_a_s8, pack_b_u8);
