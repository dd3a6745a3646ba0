/* Memory for A, B and C, what stands in it, and whether a result is right. */
#ifndef MATRIX_OPERANDS_H
#define MATRIX_OPERANDS_H

#include "product.h"

/* A and B filled with numbers in [-0.5, 0.5), integers with all of theirs, the same in each run.
 * Valid until the next call. */
struct product operands_for(const struct shape *shape, enum precision precision);

/* C becomes NaN (an integer -1), so that a product that reads it, or leaves a part out, is found
 * out. */
void operands_spoil(const struct product *product);

/* Compares 300 entries, corners and edges among them, with sums in long double. Each must be
 * within (k + 2) u |A||B|, which any order of summation keeps. False: fault says where. */
bool operands_check(const struct product *product, char *fault, size_t size);

/* Of C, counted through without gaps. */
long double result_entry(const struct product *product, size_t index);

#endif
