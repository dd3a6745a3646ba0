/* Savina's benchmarks, in both sizes. */
#ifndef ACTORS_SAVINA_H
#define ACTORS_SAVINA_H

#include "options.h"

/* Returns how many results were wrong. */
int savina_run(const struct options *options);

#endif
