/* source -> x + 1 -> x + 1 -> x + 1 -> sink. */
#ifndef BENCH_CHAIN_H
#define BENCH_CHAIN_H

#include "../harness.h"

#ifdef __cplusplus
extern "C" {
#endif

void chain_c_blocks(struct bench_run *run);
void chain_c_ring(struct bench_run *run);
void chain_tbb_pipeline(struct bench_run *run);
void chain_tbb_pipeline_blocks(struct bench_run *run);
void chain_tbb_flow(struct bench_run *run);
void chain_tbb_flow_blocks(struct bench_run *run);
void chain_penstock(struct bench_run *run);

#ifdef __cplusplus
}
#endif
#endif
