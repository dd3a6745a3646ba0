/* All systems on one product, sample by sample in turn. */
#ifndef MATRIX_MEASURE_H
#define MATRIX_MEASURE_H

#include "systems/roster.h"

struct effort {
    double sample_ns; /* length of a sample, at least */
    double budget_ns; /* for all samples of a case */
    int least_rounds, most_rounds;
};

struct figure {
    bool measured;
    double rate, best; /* GFLOP/s: the median and the best sample */
    double percent;    /* the median against the median of the peak's samples */
    double ratio;      /* Penstock's rate over this one's: the median of the rounds' */
    char fault[200];   /* empty: the result was right */
};

struct result {
    struct shape shape;
    enum precision precision;
    double peak; /* GFLOP/s */
    int rounds;
    struct figure figures[MOST_SYSTEMS]; /* in the order of the roster */
    int best_peer;                       /* its index, or 0: none */
};

struct result measure(const struct shape *shape, enum precision precision,
                      const struct roster *roster, const struct effort *effort);

#endif
