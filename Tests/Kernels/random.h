/* SplitMix64: the same cases in every run and on every machine. */
#ifndef PENSTOCK_TESTS_KERNELS_RANDOM_H
#define PENSTOCK_TESTS_KERNELS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} generator;

static inline uint64_t next(generator *random) {
    uint64_t z = random->state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* low ... high */
static inline ptrdiff_t pick(generator *random, ptrdiff_t low, ptrdiff_t high) {
    return low + (ptrdiff_t)(next(random) % (uint64_t)(high - low + 1));
}

static inline bool one_in(generator *random, int count) {
    return pick(random, 1, count) == 1;
}

#endif
