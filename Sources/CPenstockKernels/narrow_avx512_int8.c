/* AVX-512 VNNI: 14 rows by two 512-bit registers of C, as avx512.c. VPDPBUSD multiplies groups of A
 * and B as they lie, unsigned bytes of one by signed bytes of the other, and adds them without
 * saturation. So A is read in place, and two signed operands become one of each kind. */
#include "narrow_tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define MAX_ROWS 14
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
#define LANES 16
#define NR (2 * LANES)
#define MASK __mmask16
#define MASK_OF(n) ((__mmask16)((1u << (n)) - 1))
#define WORDS __m512i
#define LOAD_WORDS(p) _mm512_loadu_si512(p)
#define SPLAT_WORD(w) _mm512_set1_epi32((int)(w))
#define ELEMENT int32_t
#define VECTOR __m512i
#define ZERO() _mm512_setzero_si512()
#define SPLAT(x) _mm512_set1_epi32(x)
#define LOAD(p) _mm512_loadu_si512(p)
#define STORE(p, v) _mm512_storeu_si512(p, v)
#define LOAD_MASKED(p, m) _mm512_maskz_loadu_epi32(m, p)
#define STORE_MASKED(p, m, v) _mm512_mask_storeu_epi32(p, m, v)
#define ADD(x, y) _mm512_add_epi32(x, y)

/* The sum of a row of s8. */
static TARGET int32_t row_sum(const char *row, ptrdiff_t bytes) {
    const __m512i ones = _mm512_set1_epi8(1);
    __m512i sum = _mm512_setzero_si512();
    for (; bytes >= 64; bytes -= 64, row += 64)
        sum = _mm512_dpbusd_epi32(sum, ones, _mm512_loadu_si512(row));
    if (bytes > 0) {
        const __mmask64 mask = ~0ull >> (64 - bytes);
        sum = _mm512_dpbusd_epi32(sum, ones, _mm512_maskz_loadu_epi8(mask, row));
    }
    return _mm512_reduce_add_epi32(sum);
}

#define SUFFIX u8s8
#define ROW_SUM(row, bytes) 0
#define START(v, shared, i) (v)
#define DOT(sum, left, right) _mm512_dpbusd_epi32(sum, left, right)
#include "narrow_tile.h"

#define SUFFIX s8u8
#define ROW_SUM(row, bytes) row_sum(row, bytes)
#define START(v, shared, i) ADD(v, SPLAT((shared)->start[i]))
#define DOT(sum, left, right) _mm512_dpbusd_epi32(sum, right, left)
#include "narrow_tile.h"

#define SUFFIX int8
#define GROUP 4
#define PARTS 1
#include "narrow_pack.h"

static bool supported(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
}

#define KERNEL(...)                                                                                \
    {                                                                                              \
        .name = "avx512_vnni", .supported = supported, .mr = MAX_ROWS, .nr = NR, .group = 4,       \
        .parts = 1, .pack_a = pack_a_int8, .pack_b = pack_b_int8, __VA_ARGS__                      \
    }
const pstk_narrow_kernel pstk_avx512_u8s8 = KERNEL(.multiply = multiply_u8s8);
const pstk_narrow_kernel pstk_avx512_s8u8 = KERNEL(.multiply = multiply_s8u8);
/* 128 is added to B, and what that adds to the sums is taken off at their start. */
const pstk_narrow_kernel pstk_avx512_s8 =
    KERNEL(.multiply = multiply_s8u8, .flip = 0x80808080u, .row_scale = -128);

#endif
