/* The activations that are curves; part of tile.h, whose macros it uses.
 *
 * All rest on e^t = 2^n (1 - r fall(r)), where n = round(t / ln 2), r = n ln 2 - t and fall is a
 * polynomial. There are no branches, no tables and no other arithmetic for the last lanes: the bits
 * of a result depend on its argument alone. NaN passes through.
 *
 * The largest errors found, in units of the last place of the result (below the normal range, of
 * the least number), and after the slash those without fused multiply-add:
 *
 *                           f32                   f64
 *   tanh                    2.7                   2.9
 *   sigmoid                 2.5                   2.4
 *   gelu                    6.4 / 4.5 + x^2 / 2   9.0 / 4.5 + x^2 / 2
 *   gelu by tanh, x >= -1   2.6 / 3               2.6 / 3
 *   gelu by tanh, left      2.6 + 1.7 y / 3 + 2.6 y
 *
 * with e^-y the factor that the left tail falls by, y = -2 sqrt(2/pi) (x + 0.044715 x^3). It falls
 * so fast that rounding x itself would cost as much. */
#include "curve_terms.h"

/* A number in each lane, for the compiler to see: NEON's SPLAT hides it. */
INLINE VECTOR NAME(every)(const ELEMENT x) {
    return x - ZERO();
}
#define EACH(x) NAME(every)(NAME(x))

typedef NAME(pstk_bits) NAME(bits) __attribute__((vector_size(sizeof(VECTOR))));

INLINE VECTOR NAME(magnitude)(const VECTOR x) {
    const NAME(bits) sign = (NAME(bits))(-ZERO());
    return (VECTOR)((NAME(bits))x & ~sign);
}

/* x, which has no sign, with that of another number. */
INLINE VECTOR NAME(with_sign)(const VECTOR x, const VECTOR of) {
    const NAME(bits) sign = (NAME(bits))(-ZERO());
    return (VECTOR)((NAME(bits))x | ((NAME(bits))of & sign));
}

/* A number to which this was added is rounded to an integer n, and ends in the exponent of
 * 2^(n + shift) as it is stored. */
INLINE VECTOR NAME(rounding)(const ELEMENT shift) {
    return NAME(every)(NAME(round) + NAME(bias) + shift);
}

INLINE VECTOR NAME(power)(const VECTOR rounded) {
    return (VECTOR)((NAME(bits))rounded << NAME(MANTISSA));
}

/* terms[0] + x * (terms[1] + x * ...) */
INLINE VECTOR NAME(polynomial)(const VECTOR x, const ELEMENT *const terms, const int count) {
    VECTOR sum = NAME(every)(terms[count - 1]);
    UNROLL for (int i = count - 2; i >= 0; i--) sum = FMA(x, sum, NAME(every)(terms[i]));
    return sum;
}
#define POLYNOMIAL(x, terms) NAME(polynomial)(x, NAME(terms), sizeof NAME(terms) / sizeof(ELEMENT))

/* n ln 2 - t where minus_t is -t. */
INLINE VECTOR NAME(rest)(const VECTOR n, const VECTOR minus_t) {
    return FMA(n, EACH(ln2_low), FMA(n, EACH(ln2_high), minus_t));
}

/* 1 - r fall(r) = e^-r */
INLINE VECTOR NAME(fallen)(const VECTOR r) {
    return FMA(-r, POLYNOMIAL(r, fall_terms), NAME(every)(1));
}

/* 1 / (1 + e^-x) = s / (s + s e^-x): with s = 2^-SPREAD nothing overflows, and a result below the
 * normal range is rounded once. */
INLINE VECTOR NAME(sigmoid)(VECTOR x) {
    x = MIN(EACH(sigmoid_high), MAX(EACH(sigmoid_low), x));
    const VECTOR rounding = NAME(rounding)(-NAME(SPREAD));
    const VECTOR rounded = FMA(x, -EACH(log2e), rounding);
    const VECTOR r = NAME(rest)(rounded - rounding, x);
    const VECTOR s = EACH(shrink);
    return s / FMA(NAME(power)(rounded), NAME(fallen)(r), s);
}

/* (1 - e^-2|x|) / (1 + e^-2|x|); where |x| is small n is 0, and the numerator r fall(r) itself. */
INLINE VECTOR NAME(tanh)(const VECTOR x) {
    const VECTOR half = MIN(EACH(tanh_limit), NAME(magnitude)(x)), t = half + half;
    const VECTOR rounding = NAME(rounding)(0);
    const VECTOR rounded = FMA(t, -EACH(log2e), rounding);
    const VECTOR r = NAME(rest)(rounded - rounding, t);
    const VECTOR power = NAME(power)(rounded), one = NAME(every)(1);
    const VECTOR rise = FMA(power, r * POLYNOMIAL(r, fall_terms), one - power);
    return NAME(with_sign)(rise / (one + one - rise), x);
}

/* x Phi(x) = max(x, 0) - |x| Phi(-|x|), so the negative side keeps its digits:
 * Phi(-z) = e^(-z*z/2) above(z) / below(z). */
INLINE VECTOR NAME(gelu)(const VECTOR x) {
    const VECTOR z = MIN(EACH(tail_limit), NAME(magnitude)(x));
    /* z*z/2 and what rounding took from it; without fused multiply-add that is 0. */
    const VECTOR half = NAME(every)(0.5) * z, square = z * half, lost = FMA(z, half, -square);
    const VECTOR rounding = NAME(rounding)(NAME(SPREAD));
    const VECTOR rounded = FMA(square, -EACH(log2e), rounding);
    const VECTOR r = NAME(rest)(rounded - rounding, square) + lost;
    const VECTOR spread = NAME(power)(rounded) * z * NAME(fallen)(r);
    const VECTOR tail = spread * POLYNOMIAL(z, tail_above) / POLYNOMIAL(z, tail_below);
    return FMA(tail, -EACH(shrink), RELU(x));
}

/* 0.5 x (1 + tanh(y)) = x sigmoid(2 y), here with 2 y in units of ln 2. */
INLINE VECTOR NAME(gelu_tanh)(VECTOR x) {
    x = MAX(EACH(gelu_low), x);
    const VECTOR near = MIN(EACH(gelu_high), x);
    const VECTOR factor = FMA(near * near, EACH(gelu_bend), EACH(gelu_slope));
    const VECTOR rounding = NAME(rounding)(-NAME(SPREAD));
    const VECTOR rounded = FMA(near, factor, rounding);
    const VECTOR r = FMA(-near, factor, rounded - rounding) * EACH(ln2);
    const VECTOR s = EACH(shrink);
    return x * (s / FMA(NAME(power)(rounded), NAME(fallen)(r), s));
}

INLINE VECTOR NAME(activate)(const int activation, const VECTOR x) {
    switch (activation) {
    case PSTK_RELU:
        return RELU(x);
    case PSTK_GELU:
        return NAME(gelu)(x);
    case PSTK_GELU_TANH:
        return NAME(gelu_tanh)(x);
    case PSTK_SIGMOID:
        return NAME(sigmoid)(x);
    case PSTK_TANH:
        return NAME(tanh)(x);
    default:
        return x;
    }
}

#undef EACH
#undef POLYNOMIAL
