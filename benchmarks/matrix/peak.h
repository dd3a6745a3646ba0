/* What the core's multiply-add units can do, from registers alone. */
#ifndef MATRIX_PEAK_H
#define MATRIX_PEAK_H

#include "product.h"

/* Chooses the widest instruction for each precision and calibrates the length of a sample. */
void peak_init(void);
/* NULL: this machine multiplies such numbers by no instruction of their own. */
const char *peak_instruction(enum precision precision);
/* One sample of about 0.3 ms, in GFLOP/s (integers: Gop/s). */
double peak_sample(enum precision precision);

#endif
