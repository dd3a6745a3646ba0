/* Any processor. bf16 are packed as f32; a product of two is exact in f32, so only the sums round,
 * with or without fused multiply-add. */
typedef float vector_f32 __attribute__((vector_size(16)));
typedef int vector_s32 __attribute__((vector_size(16)));
#define ELEMENT float
#define VECTOR vector_f32
#include "narrow_generic.h"

#define UPDATE(beta, c, v) ((beta) * (c) + (v))
#define SCALE(alpha, v) ((alpha) * (v))
#define CLAMP(v, low, high) clamp(v, low, high)

/* NaN is neither below nor above and passes through. */
static inline vector_f32 clamp(vector_f32 v, float low, float high) {
    const vector_f32 least = SPLAT(low), most = SPLAT(high);
    const vector_s32 below = v < least;
    v = (vector_f32)((below & (vector_s32)least) | (~below & (vector_s32)v));
    const vector_s32 above = v > most;
    return (vector_f32)((above & (vector_s32)most) | (~above & (vector_s32)v));
}

#define SUFFIX bf16
#define ROW_SUM(row, bytes) 0
#define START(shared, i) ZERO()
#define DOT(sum, left, right) ((vector_f32)(left) * (vector_f32)(right) + (sum))
#include "narrow_tile.h"

#define SUFFIX bf16
#define GROUP 2
#define PARTS 2
#define FIRST(v) pstk_odd_bf16(v)
#define SECOND(v) pstk_even_bf16(v)
#include "narrow_pack.h"

const pstk_narrow_kernel pstk_generic_bf16 = {
    .name = "generic",
    .supported = supported,
    .mr = MAX_ROWS,
    .nr = NR,
    .group = 2,
    .parts = 2,
    .multiply = multiply_bf16,
    .pack_a = pack_a_bf16,
    .pack_b = pack_b_bf16,
};
