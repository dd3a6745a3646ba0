/* 1 ms to prepare a batch, 1 ms to train on it: the ideal is one batch a millisecond. */
#ifndef BENCH_OVERLAP_H
#define BENCH_OVERLAP_H

#include "../harness.h"

#ifdef __cplusplus
extern "C" {
#endif

#define OVERLAP_WORK_NS 1000000u
#define OVERLAP_QUEUE 4 /* batches that may wait; every system alike */

void overlap_c(struct bench_run *run);
void overlap_tbb(struct bench_run *run);
void overlap_penstock(struct bench_run *run);

/* Sets the efficiency: batches times 1 ms, over the time taken. */
void overlap_figure(struct bench_run *run, double seconds);

#ifdef __cplusplus
}
#endif
#endif
