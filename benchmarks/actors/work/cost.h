/* What "bounded buffer" does with an item: Savina's sum of logarithms of random numbers. */
#ifndef ACTORS_COST_H
#define ACTORS_COST_H

#include <math.h>
#include <stdint.h>

#include "random.h"

static inline double cost_spend(double item, uint64_t cost) {
    uint32_t state = (uint32_t)cost;
    for (uint64_t i = 0; i < 100 * cost; i++)
        item += log((double)random_next(&state) / 65536.0 + 0.01);
    return item;
}

#endif
