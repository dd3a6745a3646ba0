/* What the hardware allows, measured in the same run. */
#ifndef ACTORS_LIMITS_H
#define ACTORS_LIMITS_H

#include "options.h"

/* Returns how many went wrong. */
int limits_run(const struct options *options);

#endif
