/* Any processor. bf16 are packed as f32; a product of two is exact in f32, so only the sums round,
 * with or without fused multiply-add. */
typedef float vector_f32 __attribute__((vector_size(16)));
typedef int vector_s32 __attribute__((vector_size(16)));
#define ELEMENT float
#define VECTOR vector_f32
#include "narrow_generic.h"

#define MUL(x, y) ((x) * (y))
#define FMA(x, y, z) ((x) * (y) + (z))
#define RELU(v) MAX(ZERO(), v)
#define MAX(bound, v) select((v) < (bound), bound, v)
#define MIN(bound, v) select((v) > (bound), bound, v)

/* NaN is neither below nor above and passes through. */
static inline vector_f32 select(vector_s32 where, vector_f32 x, vector_f32 y) {
    return (vector_f32)((where & (vector_s32)x) | (~where & (vector_s32)y));
}

#define SUFFIX f32
#define ROW_SUM(row, bytes) 0
#define START(v, shared, i) (v)
#define DOT(sum, left, right) ((vector_f32)(left) * (vector_f32)(right) + (sum))
#include "narrow_tile.h"

#define SUFFIX f32
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
    .multiply = multiply_f32,
    .pack_a = pack_a_f32,
    .pack_b = pack_b_f32,
};
