/* What the core's multiply-add units can do, from registers alone. */
#ifndef MATRIX_PEAK_H
#define MATRIX_PEAK_H

#include "product.h"

/* Chooses the widest instructions of this machine and calibrates the length of a sample. */
void peak_init(void);
const char *peak_instructions(void);
/* One sample of about 0.3 ms, in GFLOP/s. */
double peak_sample(enum precision precision);

#endif
