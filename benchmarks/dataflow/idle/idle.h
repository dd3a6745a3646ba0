/* What an engine costs that has nothing to do. */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include "../harness.h"

#ifdef __cplusplus
extern "C" {
#endif

void idle_c(struct bench_run *run);
void idle_tbb(struct bench_run *run);
void idle_penstock_engine(struct bench_run *run);
void idle_penstock_feed(struct bench_run *run);

/* Sleeps 0.1 s, so that spinning may end, then sets the CPU time in ms that the process uses while
 * the calling thread sleeps for setting.elements milliseconds. */
void idle_measure(struct bench_run *run);

#ifdef __cplusplus
}
#endif
#endif
