/* Part two: every square size from 1 to 512, Penstock alone, in search of cliffs. */
#ifndef MATRIX_SWEEP_H
#define MATRIX_SWEEP_H

#include "options.h"
#include "product.h"

/* Returns how many results were wrong. */
int sweep_run(enum precision precision, const struct options *options);

#endif
