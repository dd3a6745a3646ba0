/* Not a measurement: Penstock's programs with every message numbered, by each pair of sender and
 * receiver, and checked where it arrives. */
#ifndef ACTORS_CHECK_H
#define ACTORS_CHECK_H

#include "options.h"

/* Returns how many runs went wrong; prints how to repeat them. */
int check_run(const struct options *options);

#endif
