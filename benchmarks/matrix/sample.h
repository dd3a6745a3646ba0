/* How long a product takes, and whether anything else ran meanwhile. */
#ifndef MATRIX_SAMPLE_H
#define MATRIX_SAMPLE_H

#include "systems/system.h"

#include <stdint.h>

/* The calls of one system that are timed together, so that a sample is long against the clock. */
struct sampler {
    multiply_fn multiply;
    const struct product *product;
    uint64_t calls;
    bool warm_up;     /* one call before the clock starts */
    bool all_threads; /* of the process work, not the calling one alone */
};

/* What the samples of the run met. */
struct sample_counts {
    uint64_t taken, repeated;
    uint64_t disturbed; /* time and again */
};
extern struct sample_counts sample_counts;

/* Time means the thread's CPU time, for a look while others use the machine. */
extern bool sample_by_cpu_time;

/* Warms up, and finds how many calls take at least ns. */
struct sampler sampler_make(multiply_fn multiply, const struct product *product, double ns,
                            bool all_threads);
/* Nanoseconds per call, by the monotonic clock. A sample is repeated when others had the CPU for
 * more than 1 % of it. If that goes on, the CPU time counts, or, of more than one thread, the
 * sample that was disturbed least. */
double sampler_run(const struct sampler *sampler);

#endif
