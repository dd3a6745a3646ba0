/* What a message costs when an engine does nothing but what it must. */
#ifndef ACTORS_FLOOR_H
#define ACTORS_FLOOR_H

#include "harness.h"

/* Two actors on one thread that tell each other the same; value[0]: ns a message. */
void floor_two_actors(struct bench_run *run);

#endif
