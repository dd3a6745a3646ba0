/* Savina's own generator: 16 bits of state, so that no language needs more than a small integer. */
#ifndef ACTORS_RANDOM_H
#define ACTORS_RANDOM_H

#include <stdint.h>

static inline uint32_t random_next(uint32_t *state) {
    *state = (*state * 1309u + 13849u) & 65535u;
    return *state;
}

#endif
