/* source -> sink, on two threads. */
#ifndef BENCH_HANDOFF_H
#define BENCH_HANDOFF_H

#include "../harness.h"

#ifdef __cplusplus
extern "C" {
#endif

void handoff_c_batches(struct bench_run *run);
void handoff_c_items(struct bench_run *run);
void handoff_c_in_place(struct bench_run *run);
void handoff_tbb(struct bench_run *run);
void handoff_penstock(struct bench_run *run);

#ifdef __cplusplus
}
#endif
#endif
