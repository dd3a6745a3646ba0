#ifndef MATRIX_PRODUCTS_GOALS_H
#define MATRIX_PRODUCTS_GOALS_H

#include "measure.h"

enum { MOST_RESULTS = 64 };

/* Holds Penstock's figures against its peers' and against the multiply-add peak. */
void products_judge(enum precision precision, const struct roster *roster,
                    const struct result *results, int count);

#endif
