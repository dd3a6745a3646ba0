/* Actors that have handled a message each and wait for the next: their memory, their CPU time. */
#ifndef ACTORS_AT_REST_H
#define ACTORS_AT_REST_H

#include "options.h"

/* Return how many systems went wrong. */
int memory_run(const struct options *options);
int idle_run(const struct options *options);

#endif
