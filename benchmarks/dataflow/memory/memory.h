/* Allocations between one quarter and three quarters of a long run. */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include "../harness.h"
#include "../elements.h"

#ifdef __cplusplus
extern "C" {
#endif

void memory_c_ring(struct bench_run *run);
void memory_c_strdup(struct bench_run *run);
void memory_tbb_flow(struct bench_run *run);
void memory_penstock_chain(struct bench_run *run);
void memory_penstock_farm(struct bench_run *run);
void memory_penstock_process(struct bench_run *run);

/* Called by every source: counts from the first quarter on and up to the third. */
void memory_watch(const struct numbers *numbers);
/* Sets allocations per element of that half. */
void memory_figure(struct bench_run *run);

#ifdef __cplusplus
}
#endif
#endif
