/* The shapes every system is measured on. */
#ifndef MATRIX_CASES_H
#define MATRIX_CASES_H

#include "product.h"

extern const struct shape shapes[]; /* ends with a NULL name */

#endif
