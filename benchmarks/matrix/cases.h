/* The shapes every system is measured on. */
#ifndef MATRIX_CASES_H
#define MATRIX_CASES_H

#include "product.h"

/* Both end with a NULL name. */
extern const struct shape shapes[];
extern const struct shape narrow_shapes[]; /* bf16 and int8 */

#endif
