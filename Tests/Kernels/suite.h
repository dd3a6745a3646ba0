/* What main.c and the tests of the two element types know of each other. */
#ifndef PENSTOCK_TESTS_KERNELS_SUITE_H
#define PENSTOCK_TESTS_KERNELS_SUITE_H

#include "region.h"

#include <penstock_kernels.h>

/* A kernel under test. */
typedef struct {
    const char *path, *element;
    const pstk_kernel *kernel;
    /* Whether a step of k rounds once, not twice. */
    bool fuses;
} tested;

/* Where operands lie. */
typedef struct {
    region a, b, c, bias, residual, a_packed, b_packed;
} memories;

typedef enum { EXACT, CHAIN, SPECIAL, CURVE, PACK, SCALE, KINDS } kind;

typedef struct {
    long cases[KINDS];
    long bounded; /* of the cases of CHAIN */
} tally;

/* Runs cases first ... end - 1. At the first failure it says why and returns false. */
typedef bool suite(const tested *one, memories *memory, kind what, long first, long end,
                   tally *done);
suite run_f32, run_f64;

/* The case that runs, for messages; also printed when it crashes. */
extern char current[1024];
__attribute__((format(printf, 1, 2))) void describe(const char *format, ...);
__attribute__((format(printf, 1, 2))) bool failed(const char *format, ...);

#endif
