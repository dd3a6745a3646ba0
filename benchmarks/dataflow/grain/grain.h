/* source -> work -> sink with little, some and much work per element. */
#ifndef BENCH_GRAIN_H
#define BENCH_GRAIN_H

#include "../harness.h"

#ifdef __cplusplus
extern "C" {
#endif

void grain_c_blocks(struct bench_run *run);
void grain_c_ring(struct bench_run *run);
void grain_tbb_pipeline(struct bench_run *run);
void grain_tbb_flow(struct bench_run *run);
void grain_penstock(struct bench_run *run);

/* Runs once(elements), which returns seconds, after a warm-up; sets what an element took more than
 * in a serial loop over the same work, and that loop's own time, measured before and after. */
void grain_measure(struct bench_run *run, double (*once)(void *, uint64_t), void *argument);

#ifdef __cplusplus
}
#endif
#endif
