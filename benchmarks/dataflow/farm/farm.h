/* source -> 1 us of work on two threads at once -> sink, in order. */
#ifndef BENCH_FARM_H
#define BENCH_FARM_H

#include "../harness.h"

#ifdef __cplusplus
extern "C" {
#endif

void farm_c(struct bench_run *run);
void farm_tbb(struct bench_run *run);
void farm_penstock(struct bench_run *run);

/* Runs once(elements) after a warm-up and sets the efficiency: the time that two cores would need
 * for the work alone, over the time taken. The work is timed serially before and after. */
void farm_measure(struct bench_run *run, double (*once)(void *, uint64_t), void *argument);

#ifdef __cplusplus
}
#endif
#endif
