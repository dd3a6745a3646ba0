/* Every case there is, in the order they run. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H

#include "harness.h"

extern const struct bench_case chain_case, handoff_case, farm_case;
extern const struct bench_case grain_100ns_case, grain_1us_case, grain_10us_case;
extern const struct bench_case latency_case, latency_parked_case;
extern const struct bench_case overlap_case, idle_case, memory_case;

#endif
