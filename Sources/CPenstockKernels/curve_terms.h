/* The numbers in curves.h, for f32 and for f64. */
#ifndef PENSTOCK_KERNEL_CURVE_TERMS_H
#define PENSTOCK_KERNEL_CURVE_TERMS_H

#include <stdint.h>

/* Bits of the mantissa; exponents are spread by so many to stay in their range. */
enum { MANTISSA_f32 = 23, MANTISSA_f64 = 52, SPREAD_f32 = 64, SPREAD_f64 = 512 };
typedef int32_t pstk_bits_f32;
typedef int64_t pstk_bits_f64;

/* The exponent of 1 as it is stored. */
static const float bias_f32 = 127;
static const double bias_f64 = 1023;
/* What is added to this becomes an integer in the lowest bits. */
static const float round_f32 = 0x1.8p23f;
static const double round_f64 = 0x1.8p52;
/* 2^-SPREAD */
static const float shrink_f32 = 0x1p-64f;
static const double shrink_f64 = 0x1p-512;

/* log2(e), and ln 2 in two parts, the first so short that its multiples are exact (Cody and Waite,
 * "Software Manual for the Elementary Functions", 1980). */
static const float log2e_f32 = 0x1.715476p+0f;
static const float ln2_high_f32 = 0x1.62e4p-1f, ln2_low_f32 = 0x1.7f7d1cp-20f;
static const double log2e_f64 = 0x1.71547652b82fep+0;
static const double ln2_high_f64 = 0x1.62e42feep-1, ln2_low_f64 = 0x1.a39ef35793c76p-33;
static const float ln2_f32 = 0x1.62e43p-1f;
static const double ln2_f64 = 0x1.62e42fefa39efp-1;

/* (1 - e^-r) / r for |r| <= ln(2) / 2 and a little more, the lowest power first. Minimax with these
 * very bits (Sollya's fpminimax: Brisebarre and Chevillard 2007). Relative error 2^-26.1, 2^-55.5.
 */
static const float fall_terms_f32[] = {
    0x1p0f, -0x1.fffffep-2f, 0x1.5554bp-3f, -0x1.555716p-5f, 0x1.12279ep-7f, -0x1.6b7376p-10f,
};
static const double fall_terms_f64[] = {
    0x1p0,
    -0x1.0000000000005p-1,
    0x1.555555555553bp-3,
    -0x1.5555555552101p-5,
    0x1.1111111118834p-7,
    -0x1.6c16c17f336c1p-10,
    0x1.a01a0177f3cc2p-13,
    -0x1.a019a6914bae3p-16,
    0x1.71de80fa2d73bp-19,
    -0x1.28a2a1b436251p-22,
    0x1.ae77aa72707bfp-26,
};

/* e^(z*z/2) times the normal distribution's tail beyond z, for 0 <= z <= tail_limit: a rational
 * minimax approximation, as Cody ("Rational Chebyshev Approximations for the Error Function", Math.
 * Comp. 23, 1969) made them for parts of the range. All terms are positive, so nothing cancels.
 * Relative error 2^-26.7, 2^-59.9. */
static const float tail_above_f32[] = {
    0x1.b420ecp+1f, 0x1.7e4f72p+1f, 0x1.3fa9aap+0f, 0x1.1b8caap-2f, 0x1.cb99d2p-6f,
};
static const float tail_below_f32[] = {
    0x1.b420ecp+2f, 0x1.6d2538p+3f, 0x1.0639f4p+3f, 0x1.9981fp+1f, 0x1.636628p-1f, 0x1.20024p-4f,
};
static const double tail_above_f64[] = {
    0.5,
    0.8279439111492731478153914,
    0.6796399133100035400461483,
    0.3573694465752513061063574,
    0.132058566918095256057977,
    0.03567211989263361568595724,
    0.007123946901030819716584044,
    0.001039904346888451136323491,
    0.000106595658436079992761181,
    0.000006977733363133979934877711,
    0.0000002242499242595158499524181,
};
static const double tail_below_f64[] = {
    1.0,
    2.453772383101411863153422,
    2.817106926821069475717731,
    2.001540344908871979922959,
    0.9801708428519649480892566,
    0.3483500469753038017446779,
    0.09198841710253318660857591,
    0.01812315818905017528700257,
    0.002624144222767388858546871,
    0.0002677578025863544799586918,
    0.00001749058374089753692167816,
    0.000000562111200732634385559531,
};
/* Where the tail times z is less than half the least number. */
static const float tail_limit_f32 = 14.5f;
static const double tail_limit_f64 = 39;

/* Where tanh is 1 and sigmoid 0 or 1 after rounding. */
static const float tanh_limit_f32 = 9.1f;
static const double tanh_limit_f64 = 19.2;
static const float sigmoid_low_f32 = -110, sigmoid_high_f32 = 40;
static const double sigmoid_low_f64 = -750, sigmoid_high_f64 = 64;

/* -2 sqrt(2 / pi) log2(e), and that times 0.044715. */
static const float gelu_slope_f32 = -0x1.26aec2p+1f, gelu_bend_f32 = -0x1.a5a7dp-4f;
static const double gelu_slope_f64 = -0x1.26aec21bce759p+1, gelu_bend_f64 = -0x1.a5a7cf7572a98p-4;
/* Where its sigmoid is 0 or 1. */
static const float gelu_low_f32 = -11, gelu_high_f32 = 6;
static const double gelu_low_f64 = -22, gelu_high_f64 = 8;

#endif
