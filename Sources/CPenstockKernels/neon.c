/* NEON: 12 rows by two 128-bit registers of C: 24 sums, two registers of B, one element of A,
 * of 32. */
#include "tables.h"

#if defined(__aarch64__)

#if !defined(__clang__)
/* GCC 12 moves the loads of A up so far that it spills sums in the loops over k, and at -O3 it may
 * make one rounding of the scale's and the residual's. */
#pragma GCC optimize("no-schedule-insns", "fp-contract=off")
#endif

#include <arm_neon.h>

#define TARGET
#define MAX_ROWS 12
#define TALL_ROWS 16
#define WIDE_ROWS 6
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define TALL_COUNTS(X) X(13) X(14) X(15) X(16)

#define HELPER static inline __attribute__((always_inline))

/* The compiler must not see that x was in memory: it would load and splat it by one LD1R, which
 * takes a turn of the multiply-add units on Neoverse N1 and V1. Like this it is a plain load, and
 * FMLA takes the element for all lanes. */
HELPER float32x4_t splat_f32(float x) {
    __asm__("" : "+w"(x));
    return vdupq_n_f32(x);
}

HELPER float64x2_t splat_f64(double x) {
    __asm__("" : "+w"(x));
    return vdupq_n_f64(x);
}

/* No masked loads and stores exist. Loads are in the loops over k, where branches made clang spill
 * half of the sums: each lane comes from its own element or, past the count, from the first one,
 * and is cleared. Of no lanes there is a mask, but nothing can be loaded. */
typedef struct {
    int count;
    ptrdiff_t second, third, fourth;
    uint32x4_t lanes;
} mask_f32;

HELPER mask_f32 mask_of_f32(ptrdiff_t count) {
    static const int32_t numbers[4] = {0, 1, 2, 3};
    mask_f32 mask;
    mask.count = (int)count;
    mask.second = count > 1 ? 1 : 0;
    mask.third = count > 2 ? 2 : 0;
    mask.fourth = count > 3 ? 3 : 0;
    mask.lanes = vcgtq_s32(vdupq_n_s32((int32_t)count), vld1q_s32(numbers));
    return mask;
}

HELPER float32x4_t load_f32(const float *from, mask_f32 mask) {
    const float32x4_t v = {from[0], from[mask.second], from[mask.third], from[mask.fourth]};
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), mask.lanes));
}

HELPER void store_f32(float *to, int count, float32x4_t v) {
    if (count == 4) {
        vst1q_f32(to, v);
    } else if (count & 2) {
        vst1_f32(to, vget_low_f32(v));
        if (count & 1)
            vst1q_lane_f32(to + 2, v, 2);
    } else if (count & 1) {
        vst1q_lane_f32(to, v, 0);
    }
}

HELPER float64x2_t load_f64(const double *from, int count) {
    if (count == 2)
        return vld1q_f64(from);
    return vcombine_f64(count ? vld1_f64(from) : vdup_n_f64(0), vdup_n_f64(0));
}

HELPER void store_f64(double *to, int count, float64x2_t v) {
    if (count == 2)
        vst1q_f64(to, v);
    else if (count)
        vst1_f64(to, vget_low_f64(v));
}

/* A comparison with NaN is false, so NaN passes through, and so does a zero's sign: the bits of the
 * x86 kernels. FMAX would make +0 of -0. */
HELPER float32x4_t relu_f32(float32x4_t v) {
    const uint32x4_t bits = vreinterpretq_u32_f32(v);
    return vreinterpretq_f32_u32(vbicq_u32(bits, vcltzq_f32(v)));
}

HELPER float64x2_t relu_f64(float64x2_t v) {
    const uint64x2_t bits = vreinterpretq_u64_f64(v);
    return vreinterpretq_f64_u64(vbicq_u64(bits, vcltzq_f64(v)));
}

HELPER float32x4_t max_f32(float32x4_t bound, float32x4_t v) {
    return vbslq_f32(vcltq_f32(v, bound), bound, v);
}

HELPER float32x4_t min_f32(float32x4_t bound, float32x4_t v) {
    return vbslq_f32(vcgtq_f32(v, bound), bound, v);
}

HELPER float64x2_t max_f64(float64x2_t bound, float64x2_t v) {
    return vbslq_f64(vcltq_f64(v, bound), bound, v);
}

HELPER float64x2_t min_f64(float64x2_t bound, float64x2_t v) {
    return vbslq_f64(vcgtq_f64(v, bound), bound, v);
}

#define SUFFIX f32
#define ELEMENT float
#define VECTOR float32x4_t
#define LANES 4
#define MASK mask_f32
#define MASK_OF(n) mask_of_f32(n)
#define ZERO() vdupq_n_f32(0)
#define SPLAT(x) splat_f32(x)
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define LOAD_MASKED(p, m) load_f32(p, m)
#define STORE_MASKED(p, m, v) store_f32(p, (m).count, v)
#define MUL(x, y) vmulq_f32(x, y)
#define ADD(x, y) vaddq_f32(x, y)
#define FMA(x, y, z) vfmaq_f32(z, y, x)
#define RELU(v) relu_f32(v)
#define MAX(bound, v) max_f32(bound, v)
#define MIN(bound, v) min_f32(bound, v)
#include "tile.h"

#define SUFFIX f64
#define ELEMENT double
#define VECTOR float64x2_t
#define LANES 2
#define MASK int
#define MASK_OF(n) ((int)(n))
#define ZERO() vdupq_n_f64(0)
#define SPLAT(x) splat_f64(x)
#define LOAD(p) vld1q_f64(p)
#define STORE(p, v) vst1q_f64(p, v)
#define LOAD_MASKED(p, m) load_f64(p, m)
#define STORE_MASKED(p, m, v) store_f64(p, m, v)
#define MUL(x, y) vmulq_f64(x, y)
#define ADD(x, y) vaddq_f64(x, y)
#define FMA(x, y, z) vfmaq_f64(z, y, x)
#define RELU(v) relu_f64(v)
#define MAX(bound, v) max_f64(bound, v)
#define MIN(bound, v) min_f64(bound, v)
#include "tile.h"

static bool supported(void) {
    return true;
}

const pstk_kernels pstk_neon = {
    .name = "neon",
    .supported = supported,
    .f32 = PSTK_KERNEL(f32, float, 8),
    .f64 = PSTK_KERNEL(f64, double, 4),
};

#endif
