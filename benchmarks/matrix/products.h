/* Part one: the products of cases.c, Penstock beside its peers. bf16 and int8 are part five. */
#ifndef MATRIX_PRODUCTS_H
#define MATRIX_PRODUCTS_H

#include "measure.h"
#include "options.h"

/* Returns how many results were wrong. */
int products_run(enum precision precision, const struct roster *roster,
                 const struct options *options);

#endif
