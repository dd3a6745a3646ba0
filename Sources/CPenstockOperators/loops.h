/* All loops of one instruction set. Included by a file that defines TARGET, the functions' target
 * attribute (may be empty), and LOOPS, the name of the table. A result is that of NumPy 2 for the
 * same types, bit for bit. Sums and products of integers are modulo 2^bits, so they are taken
 * without a sign. */
#include "penstock_operators.h"

#include <math.h>

/* A multiply-add rounded once would be another result. */
#pragma STDC FP_CONTRACT OFF

#define LOOP1(name, T, R, value)                                                                   \
    TARGET static void name(const void *from, void *to, size_t n) {                                \
        const T *restrict in = from;                                                               \
        R *restrict out = to;                                                                      \
        for (size_t i = 0; i < n; i++) {                                                           \
            const T x = in[i];                                                                     \
            out[i] = (R)(value);                                                                   \
        }                                                                                          \
    }
#define LOOP2(name, T, R, value)                                                                   \
    TARGET static void name(const void *left, const void *right, void *to, size_t n) {             \
        const T *restrict a = left, *restrict b = right;                                           \
        R *restrict out = to;                                                                      \
        for (size_t i = 0; i < n; i++) {                                                           \
            const T x = a[i], y = b[i];                                                            \
            out[i] = (R)(value);                                                                   \
        }                                                                                          \
    }

/* X(suffix, type, type without sign that is at least an unsigned) */
#define SIGNED_NUMBERS(X)                                                                          \
    X(i8, int8_t, unsigned)                                                                        \
    X(i16, int16_t, unsigned)                                                                      \
    X(i32, int32_t, unsigned)                                                                      \
    X(i64, int64_t, uint64_t)
#define UNSIGNED_NUMBERS(X)                                                                        \
    X(u8, uint8_t, unsigned)                                                                       \
    X(u16, uint16_t, unsigned)                                                                     \
    X(u32, uint32_t, unsigned)                                                                     \
    X(u64, uint64_t, uint64_t)
#define FLOATS(X)                                                                                  \
    X(f32, float, f)                                                                               \
    X(f64, double, )
#define ALL_NUMBERS(X) SIGNED_NUMBERS(X) UNSIGNED_NUMBERS(X) FLOATS(X)

/* ---- Arithmetic ---- */

#define INTEGER_LOOPS(s, T, U)                                                                     \
    LOOP2(add_##s, T, T, (U)x + (U)y)                                                              \
    LOOP2(subtract_##s, T, T, (U)x - (U)y)                                                         \
    LOOP2(multiply_##s, T, T, (U)x *(U)y)                                                          \
    LOOP2(minimum_##s, T, T, x < y ? x : y)                                                        \
    LOOP2(maximum_##s, T, T, x > y ? x : y)                                                        \
    LOOP2(and_##s, T, T, x &y)                                                                     \
    LOOP2(or_##s, T, T, x | y)                                                                     \
    LOOP2(xor_##s, T, T, x ^ y)                                                                    \
    LOOP1(negative_##s, T, T, 0 - (U)x)                                                            \
    LOOP1(not_##s, T, T, ~x)                                                                       \
    LOOP1(same_##s, T, T, x)
/* Towards minus infinity; by zero: 0. The lowest number by -1 is itself, and would trap. */
#define SIGNED_LOOPS(s, T, U)                                                                      \
    LOOP1(absolute_##s, T, T, x < 0 ? 0 - (U)x : (U)x)                                             \
    LOOP2(floor_divide_##s, T, T,                                                                  \
          y == 0    ? 0                                                                            \
          : y == -1 ? (T)(0 - (U)x)                                                                \
                    : x / y - (x % y != 0 && (x % y < 0) != (y < 0)))                              \
    LOOP2(remainder_##s, T, T,                                                                     \
          y == 0 || y == -1 ? 0 : x % y + (x % y != 0 && (x % y < 0) != (y < 0) ? y : 0))
#define UNSIGNED_LOOPS(s, T, U)                                                                    \
    LOOP2(floor_divide_##s, T, T, y == 0 ? 0 : x / y)                                              \
    LOOP2(remainder_##s, T, T, y == 0 ? 0 : x % y)

/* Quotient and remainder as Python has them. The quotient is that of the remainder, rounded to a
 * whole number; zeros have the sign of the exact quotient, or of the divisor. */
#define DIVIDED(s, T, f)                                                                           \
    TARGET static T remainder_of_##s(T x, T y) {                                                   \
        const T rest = fmod##f(x, y);                                                              \
        if (y == 0)                                                                                \
            return rest;                                                                           \
        if (rest == 0)                                                                             \
            return copysign##f(0, y);                                                              \
        return (y < 0) != (rest < 0) ? rest + y : rest;                                            \
    }                                                                                              \
    TARGET static T quotient_of_##s(T x, T y) {                                                    \
        if (y == 0)                                                                                \
            return x / y;                                                                          \
        const T rest = fmod##f(x, y);                                                              \
        T quotient = (x - rest) / y;                                                               \
        if (rest != 0 && (y < 0) != (rest < 0))                                                    \
            quotient -= 1;                                                                         \
        if (quotient == 0)                                                                         \
            return copysign##f(0, x / y);                                                          \
        const T whole = floor##f(quotient);                                                        \
        return quotient - whole > (T)0.5 ? whole + 1 : whole;                                      \
    }
#define FLOAT_LOOPS(s, T, f)                                                                       \
    DIVIDED(s, T, f)                                                                               \
    LOOP2(add_##s, T, T, x + y)                                                                    \
    LOOP2(subtract_##s, T, T, x - y)                                                               \
    LOOP2(multiply_##s, T, T, x *y)                                                                \
    LOOP2(divide_##s, T, T, x / y)                                                                 \
    LOOP2(floor_divide_##s, T, T, quotient_of_##s(x, y))                                           \
    LOOP2(remainder_##s, T, T, remainder_of_##s(x, y))                                             \
    LOOP2(minimum_##s, T, T, x < y || x != x ? x : y)                                              \
    LOOP2(maximum_##s, T, T, x > y || x != x ? x : y)                                              \
    LOOP1(negative_##s, T, T, -x)                                                                  \
    LOOP1(absolute_##s, T, T, fabs##f(x))                                                          \
    LOOP1(square_root_##s, T, T, __builtin_elementwise_sqrt(x))                                    \
    LOOP1(floor_##s, T, T, floor##f(x))                                                            \
    LOOP1(ceil_##s, T, T, ceil##f(x))                                                              \
    LOOP1(round_##s, T, T, rint##f(x))

#define COMPARISONS(s, T, _)                                                                       \
    LOOP2(equal_##s, T, uint8_t, x == y)                                                           \
    LOOP2(not_equal_##s, T, uint8_t, x != y)                                                       \
    LOOP2(less_##s, T, uint8_t, x < y)                                                             \
    LOOP2(less_equal_##s, T, uint8_t, x <= y)                                                      \
    LOOP2(greater_##s, T, uint8_t, x > y)                                                          \
    LOOP2(greater_equal_##s, T, uint8_t, x >= y)

SIGNED_NUMBERS(INTEGER_LOOPS)
UNSIGNED_NUMBERS(INTEGER_LOOPS)
SIGNED_NUMBERS(SIGNED_LOOPS)
UNSIGNED_NUMBERS(UNSIGNED_LOOPS)
FLOATS(FLOAT_LOOPS)
ALL_NUMBERS(COMPARISONS)
LOOP1(not_b8, uint8_t, uint8_t, x == 0)

/* ---- Conversions ---- */

/* Towards zero. What does not fit becomes the lowest number of the 32 or 64 bits that NumPy
 * converts by (x86-64), of which the narrower types keep the lowest. */
#define TO_INTEGER(s, T, limit32, limit64)                                                         \
    TARGET static inline int32_t word_of_##s(T x) {                                                \
        return (int32_t)(x >= -limit32 && x < limit32 ? x : -limit32);                             \
    }                                                                                              \
    TARGET static inline int64_t long_of_##s(T x) {                                                \
        return (int64_t)(x >= -limit64 && x < limit64 ? x : -limit64);                             \
    }                                                                                              \
    TARGET static inline uint64_t unsigned_of_##s(T x) {                                           \
        return x >= limit64 ? (uint64_t)long_of_##s(x - limit64) ^ (uint64_t)1 << 63               \
                            : (uint64_t)long_of_##s(x);                                            \
    }
TO_INTEGER(f32, float, 2147483648.0f, 9223372036854775808.0f)
TO_INTEGER(f64, double, 2147483648.0, 9223372036854775808.0)

#define INTEGER_CASTS(s, T, _)                                                                     \
    LOOP1(s##_to_b8, T, uint8_t, x != 0)                                                           \
    LOOP1(s##_to_8, T, uint8_t, x)                                                                 \
    LOOP1(s##_to_16, T, uint16_t, x)                                                               \
    LOOP1(s##_to_32, T, uint32_t, x)                                                               \
    LOOP1(s##_to_64, T, uint64_t, x)                                                               \
    LOOP1(s##_to_f32, T, float, x)                                                                 \
    LOOP1(s##_to_f64, T, double, x)
#define FLOAT_CASTS(s, T, _)                                                                       \
    LOOP1(s##_to_b8, T, uint8_t, x != 0)                                                           \
    LOOP1(s##_to_8, T, uint8_t, word_of_##s(x))                                                    \
    LOOP1(s##_to_16, T, uint16_t, word_of_##s(x))                                                  \
    LOOP1(s##_to_i32, T, int32_t, word_of_##s(x))                                                  \
    LOOP1(s##_to_u32, T, uint32_t, long_of_##s(x))                                                 \
    LOOP1(s##_to_i64, T, int64_t, long_of_##s(x))                                                  \
    LOOP1(s##_to_u64, T, uint64_t, unsigned_of_##s(x))                                             \
    LOOP1(s##_to_f32, T, float, x)                                                                 \
    LOOP1(s##_to_f64, T, double, x)
SIGNED_NUMBERS(INTEGER_CASTS)
UNSIGNED_NUMBERS(INTEGER_CASTS)
FLOATS(FLOAT_CASTS)

/* ---- Choices ---- */

#define SELECT(bits)                                                                               \
    TARGET static void select_##bits(const uint8_t *restrict chosen, const void *left,             \
                                     const void *right, void *to, size_t n) {                      \
        const uint##bits##_t *restrict a = left, *restrict b = right;                              \
        uint##bits##_t *restrict out = to;                                                         \
        for (size_t i = 0; i < n; i++) {                                                           \
            const uint##bits##_t x = a[i], y = b[i];                                               \
            out[i] = chosen[i] ? x : y;                                                            \
        }                                                                                          \
    }
SELECT(8)
SELECT(16)
SELECT(32)
SELECT(64)

/* ---- Places ---- */

/* A step that is known becomes loads of whole registers and shuffles. */
#define STEP(known)                                                                                \
    case known:                                                                                    \
        for (size_t i = 0; i < n; i++)                                                             \
            out[i] = in[i * (known)];                                                              \
        return;
#define STRIDED(bits)                                                                              \
    TARGET static void strided_##bits(const void *from, ptrdiff_t step, void *to, size_t n) {      \
        const uint##bits##_t *restrict in = from;                                                  \
        uint##bits##_t *restrict out = to;                                                         \
        switch (step) {                                                                            \
            STEP(1)                                                                                \
            STEP(2)                                                                                \
            STEP(3)                                                                                \
            STEP(4)                                                                                \
        default:                                                                                   \
            for (size_t i = 0; i < n; i++)                                                         \
                out[i] = in[(ptrdiff_t)i * step];                                                  \
        }                                                                                          \
    }
STRIDED(8)
STRIDED(16)
STRIDED(32)
STRIDED(64)

/* ---- Images ---- */

#define BETWEEN(s, T)                                                                              \
    TARGET static void between_##s(const void *upper, const void *lower, float weight, float *to,  \
                                   size_t n) {                                                     \
        const T *restrict a = upper, *restrict b = lower;                                          \
        float *restrict out = to;                                                                  \
        for (size_t i = 0; i < n; i++) {                                                           \
            const float x = a[i], y = b[i];                                                        \
            out[i] = x + (y - x) * weight;                                                         \
        }                                                                                          \
    }
BETWEEN(u8, uint8_t)
BETWEEN(f32, float)

typedef float quad __attribute__((vector_size(16)));

TARGET static inline quad blended_quad(const float *row, const psto_tap *tap) {
    quad x, y;
    __builtin_memcpy(&x, row + tap->left, sizeof x);
    __builtin_memcpy(&y, row + tap->right, sizeof y);
    return x + (y - x) * tap->weight;
}

/* Of up to four channels: a vector that reaches into the next pixel, which is written later. */
TARGET static inline void blend_quads(const float *restrict row, const psto_tap *restrict taps,
                                      const size_t channels, float *restrict out, size_t n) {
    size_t i = 0;
    for (; i * channels + 4 <= n * channels; i++) {
        const quad pixel = blended_quad(row, taps + i);
        __builtin_memcpy(out + i * channels, &pixel, sizeof pixel);
    }
    for (; i < n; i++) {
        const quad pixel = blended_quad(row, taps + i);
        for (size_t c = 0; c < channels; c++)
            out[i * channels + c] = pixel[c];
    }
}

TARGET static void blend(const float *restrict row, const psto_tap *restrict taps, size_t channels,
                         float *restrict out, size_t n) {
    switch (channels) {
    case 1:
        for (size_t i = 0; i < n; i++) {
            const float x = row[taps[i].left], y = row[taps[i].right];
            out[i] = x + (y - x) * taps[i].weight;
        }
        return;
    case 3:
        blend_quads(row, taps, 3, out, n);
        return;
    case 4:
        blend_quads(row, taps, 4, out, n);
        return;
    default:
        for (size_t i = 0; i < n; i++) {
            const float *left = row + taps[i].left, *right = row + taps[i].right;
            for (size_t c = 0; c < channels; c++)
                out[i * channels + c] = left[c] + (right[c] - left[c]) * taps[i].weight;
        }
    }
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

/* Five pixels at once, of a register that begins a byte before them; what is written behind them is
 * where the next ones go. */
TARGET static void mirror_triples(const void *row, void *to, size_t n) {
    const uint8_t *end = (const uint8_t *)row + 3 * n;
    uint8_t *out = to;
    for (; n >= 6; n -= 5, end -= 15, out += 15) {
        sixteen pixels;
        __builtin_memcpy(&pixels, end - 16, sizeof pixels);
        pixels = __builtin_shufflevector(pixels, pixels, 13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6,
                                         1, 2, 3, 0);
        __builtin_memcpy(out, &pixels, sizeof pixels);
    }
    for (; n > 0; n--, out += 3) {
        end -= 3;
        __builtin_memcpy(out, end, 3);
    }
}

/* ---- The table ---- */

/* In the order of pst_scalar: bool, i8 to i64, u8 to u64, f32, f64. */
#define EVERY_INTEGER(name)                                                                        \
    name##_i8, name##_i16, name##_i32, name##_i64, name##_u8, name##_u16, name##_u32, name##_u64
#define EVERY_NUMBER(name) EVERY_INTEGER(name), name##_f32, name##_f64
#define ARITHMETIC(name)                                                                           \
    { NULL, EVERY_NUMBER(name) }
#define BITWISE(name)                                                                              \
    { name##_u8, EVERY_INTEGER(name) }
#define COMPARISON(name)                                                                           \
    { name##_u8, EVERY_NUMBER(name) }
#define OF_FLOATS(name)                                                                            \
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, name##_f32, name##_f64 }
/* The integers are whole already. */
#define WHOLE(name)                                                                                \
    { same_u8, EVERY_INTEGER(same), name##_f32, name##_f64 }
#define CASTS_OF_INTEGER(s)                                                                        \
    {                                                                                              \
        s##_to_b8, s##_to_8, s##_to_16, s##_to_32, s##_to_64, s##_to_8, s##_to_16, s##_to_32,      \
            s##_to_64, s##_to_f32, s##_to_f64                                                      \
    }
#define CASTS_OF_FLOAT(s)                                                                          \
    {                                                                                              \
        s##_to_b8, s##_to_8, s##_to_16, s##_to_i32, s##_to_i64, s##_to_8, s##_to_16, s##_to_u32,   \
            s##_to_u64, s##_to_f32, s##_to_f64                                                     \
    }

static const psto_loops LOOPS = {
    .unary = {ARITHMETIC(negative),
              {NULL, absolute_i8, absolute_i16, absolute_i32, absolute_i64, same_u8, same_u16,
               same_u32, same_u64, absolute_f32, absolute_f64},
              OF_FLOATS(square_root),
              WHOLE(floor),
              WHOLE(ceil),
              WHOLE(round),
              {not_b8, EVERY_INTEGER(not )}},
    .binary = {ARITHMETIC(add), ARITHMETIC(subtract), ARITHMETIC(multiply), OF_FLOATS(divide),
               ARITHMETIC(floor_divide), ARITHMETIC(remainder), ARITHMETIC(minimum),
               ARITHMETIC(maximum), BITWISE(and), BITWISE(or), BITWISE(xor), COMPARISON(equal),
               COMPARISON(not_equal), COMPARISON(less), COMPARISON(less_equal), COMPARISON(greater),
               COMPARISON(greater_equal)},
    .cast = {CASTS_OF_INTEGER(u8), CASTS_OF_INTEGER(i8), CASTS_OF_INTEGER(i16),
             CASTS_OF_INTEGER(i32), CASTS_OF_INTEGER(i64), CASTS_OF_INTEGER(u8),
             CASTS_OF_INTEGER(u16), CASTS_OF_INTEGER(u32), CASTS_OF_INTEGER(u64),
             CASTS_OF_FLOAT(f32), CASTS_OF_FLOAT(f64)},
    .select = {select_8, select_16, select_32, select_64},
    .strided = {strided_8, strided_16, strided_32, strided_64},
    .between_u8 = between_u8,
    .between_f32 = between_f32,
    .blend = blend,
    .mirror_triples = mirror_triples,
    .name = NAME,
    .supported = supported,
};
