/* Any processor: 128-bit vectors by compiler extension, which are SSE2 on x86-64 and NEON on arm64.
 * SSE2 has 16 registers and needs one for each product: 4 rows by two. NEON has 32: 12 rows by two.
 * Where the target has fused multiply-add (arm64) the compiler contracts `x * y + z`. */
#include "tables.h"

#define TARGET
#if defined(__aarch64__)
#define MAX_ROWS 12
#define TALL_ROWS 16
#define WIDE_ROWS 6
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define TALL_COUNTS(X) X(13) X(14) X(15) X(16)
#else
#define MAX_ROWS 4
#define TALL_ROWS 4
#define WIDE_ROWS 2
#define ROW_COUNTS(X) X(1) X(2) X(3) X(4)
#define TALL_COUNTS(X)
#endif

typedef float vector_f32 __attribute__((vector_size(16)));
typedef int32_t lanes_f32 __attribute__((vector_size(16)));
typedef double vector_f64 __attribute__((vector_size(16)));
typedef int64_t lanes_f64 __attribute__((vector_size(16)));

#define DEFINE_ACCESS(SUFFIX, ELEMENT, VECTOR, LANES)                                              \
    static inline VECTOR load_##SUFFIX(const ELEMENT *from, int count) {                           \
        VECTOR v = {0};                                                                            \
        if (count == LANES)                                                                        \
            __builtin_memcpy(&v, from, sizeof v);                                                  \
        else                                                                                       \
            for (int i = 0; i < count; i++)                                                        \
                v[i] = from[i];                                                                    \
        return v;                                                                                  \
    }                                                                                              \
    static inline void store_##SUFFIX(ELEMENT *to, int count, VECTOR v) {                          \
        if (count == LANES)                                                                        \
            __builtin_memcpy(to, &v, sizeof v);                                                    \
        else                                                                                       \
            for (int i = 0; i < count; i++)                                                        \
                to[i] = v[i];                                                                      \
    }

/* NaN is neither below nor above a bound and passes through. */
#define DEFINE_BOUNDS(SUFFIX, VECTOR, MASKS)                                                       \
    static inline VECTOR max_##SUFFIX(VECTOR bound, VECTOR v) {                                    \
        const MASKS below = v < bound;                                                             \
        return (VECTOR)(((MASKS)v & ~below) | ((MASKS)bound & below));                             \
    }                                                                                              \
    static inline VECTOR min_##SUFFIX(VECTOR bound, VECTOR v) {                                    \
        const MASKS above = v > bound;                                                             \
        return (VECTOR)(((MASKS)v & ~above) | ((MASKS)bound & above));                             \
    }
DEFINE_BOUNDS(f32, vector_f32, lanes_f32)
DEFINE_BOUNDS(f64, vector_f64, lanes_f64)

DEFINE_ACCESS(f32, float, vector_f32, 4)
DEFINE_ACCESS(f64, double, vector_f64, 2)

#define SUFFIX f32
#define ELEMENT float
#define VECTOR vector_f32
#define LANES 4
#define MASK int
#define MASK_OF(n) ((int)(n))
#define ZERO() ((vector_f32){0})
#define SPLAT(x) ((vector_f32){x, x, x, x})
#define LOAD(p) load_f32(p, 4)
#define STORE(p, v) store_f32(p, 4, v)
#define LOAD_MASKED(p, m) load_f32(p, m)
#define STORE_MASKED(p, m, v) store_f32(p, m, v)
#define MUL(x, y) ((x) * (y))
#define ADD(x, y) ((x) + (y))
#define FMA(x, y, z) ((x) * (y) + (z))
/* Clears the lanes below zero; NaN is not below zero and passes through. */
#define RELU(v) ((vector_f32)((lanes_f32)(v) & ~((v) < (vector_f32){0})))
#define MAX(bound, v) max_f32(bound, v)
#define MIN(bound, v) min_f32(bound, v)
#include "tile.h"

#define SUFFIX f64
#define ELEMENT double
#define VECTOR vector_f64
#define LANES 2
#define MASK int
#define MASK_OF(n) ((int)(n))
#define ZERO() ((vector_f64){0})
#define SPLAT(x) ((vector_f64){x, x})
#define LOAD(p) load_f64(p, 2)
#define STORE(p, v) store_f64(p, 2, v)
#define LOAD_MASKED(p, m) load_f64(p, m)
#define STORE_MASKED(p, m, v) store_f64(p, m, v)
#define MUL(x, y) ((x) * (y))
#define ADD(x, y) ((x) + (y))
#define FMA(x, y, z) ((x) * (y) + (z))
#define RELU(v) ((vector_f64)((lanes_f64)(v) & ~((v) < (vector_f64){0})))
#define MAX(bound, v) max_f64(bound, v)
#define MIN(bound, v) min_f64(bound, v)
#include "tile.h"

static bool supported(void) {
    return true;
}

const pstk_kernels pstk_generic = {
    .name = "generic",
    .supported = supported,
    .f32 = PSTK_KERNEL(f32, float, 8),
    .f64 = PSTK_KERNEL(f64, double, 4),
};
