/* Gathers the figures of a case, prints its tables, judges its goals, appends JSON lines. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "harness.h"

#include <stdio.h>

enum { REPORT_MOST_SYSTEMS = 32, REPORT_MOST_REPETITIONS = 64 };

struct report_system {
    double values[BENCH_METRICS][REPORT_MOST_REPETITIONS];
    int repetitions; /* none, or one for each round */
    char fault[400]; /* of the first wrong run, after which the system is left out */
};

struct report_case {
    const struct bench_case *which;
    struct report_system systems[REPORT_MOST_SYSTEMS];
    double core_distance[REPORT_MOST_REPETITIONS]; /* ns, of each round */
    int rounds, discarded;
};

struct report_verdict {
    int passed, missed, not_run, faults;
};

/* runs: one for each system of the case; those that did not run are not finished. */
void report_add(struct report_case *report, const struct bench_run *runs, double core_distance);
/* Keeps only the faults. */
void report_discard(struct report_case *report, const struct bench_run *runs);
/* Prints the case on out, its figures on json (may be NULL), and adds to the verdict. */
void report_print(const struct report_case *report, FILE *out, FILE *json,
                  struct report_verdict *verdict);

#endif
