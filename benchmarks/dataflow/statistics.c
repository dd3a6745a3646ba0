#include "statistics.h"

#include <stdlib.h>

static int compare_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

double median(double *values, size_t count) {
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, compare_double);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

double quantile_u32(uint32_t *samples, size_t count, double fraction) {
    if (count == 0)
        return 0;
    qsort(samples, count, sizeof *samples, compare_u32);
    size_t rank = (size_t)(fraction * (double)count);
    if (rank >= count)
        rank = count - 1;
    size_t first = rank, end = rank + 1;
    while (first > 0 && samples[first - 1] == samples[rank])
        first--;
    while (end < count && samples[end] == samples[rank])
        end++;
    double step = first > 0 ? samples[rank] - samples[first - 1] : 0;
    return samples[rank] + step * ((double)(rank - first) / (double)(end - first) - 0.5);
}
