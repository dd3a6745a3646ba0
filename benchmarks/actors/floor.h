/* What a message costs when an engine does nothing but what it must. value[0]: ns a message. */
#ifndef ACTORS_FLOOR_H
#define ACTORS_FLOOR_H

#include "harness.h"

/* The shapes of the benchmarks of these names, on one thread. */
void floor_pingpong(struct bench_run *run);
void floor_counting(struct bench_run *run);
void floor_fjthrput(struct bench_run *run);
void floor_threadring(struct bench_run *run);
void floor_big(struct bench_run *run);

#endif
