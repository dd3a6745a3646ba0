/* Part three: what a bias and an activation cost inside the product. */
#ifndef MATRIX_FUSED_H
#define MATRIX_FUSED_H

#include "options.h"
#include "product.h"

/* Returns how many results were wrong. */
int fused_run(enum precision precision, const struct options *options);

#endif
