/* Runs one repetition of one system in a forked child. */
#ifndef BENCH_REPETITION_H
#define BENCH_REPETITION_H

#include "harness.h"

/* Blocks SIGCHLD, which repetition_run waits for. Call before any thread exists. */
void repetition_init(void);

/* A child per repetition: no system sees the heap, the threads or the affinity that another one
 * left, and Penstock, which cannot be used across fork, makes its engine in the child. A child that
 * crashes or takes longer than timeout_ns is a fault of the run, not of the harness. */
void repetition_run(bench_run_fn function, struct bench_run *run, uint64_t timeout_ns);

#endif
