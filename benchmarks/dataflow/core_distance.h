/* How far apart the two cores are, now. */
#ifndef BENCH_CORE_DISTANCE_H
#define BENCH_CORE_DISTANCE_H

#include "harness.h"

/* value[0]: nanoseconds for a word to go to the second core and back, the median of many tries.
 * A hypervisor may move a virtual core to another cache domain at any time, which makes every
 * hand-over several times slower (seen here: 90 ns and 450 ns, minutes apart). */
void core_distance(struct bench_run *run);

#endif
