/* Order statistics of a few repetitions or of many samples. */
#ifndef BENCH_STATISTICS_H
#define BENCH_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/* Both sort the array in place. */
double median(double *values, size_t count);
/* Samples of a clock with coarse steps (10 ns here, a tenth of what is measured) come in ties; the
 * quantile is interpolated among them, as if they were spread evenly over their step. */
double quantile_u32(uint32_t *samples, size_t count, double fraction);

#endif
