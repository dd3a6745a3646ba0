/* Two ways to the same product in turn. */
#ifndef MATRIX_PAIR_H
#define MATRIX_PAIR_H

#include "measure.h"
#include "sample.h"

struct pair_figures {
    double first, second; /* GFLOP/s, medians */
    double ratio;         /* second over first: the median of the rounds' */
    int rounds;
};

/* all_threads: of the process may work on the product. */
struct pair_figures pair_measure(const struct product *product, multiply_fn first,
                                 multiply_fn second, bool all_threads, const struct effort *effort);

#endif
