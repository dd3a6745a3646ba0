/* Memory for operands, between two pages that cannot be touched. An operand starts right behind the
 * one, ends right before the other, or lies anywhere, so that every access outside it is found. */
#ifndef PENSTOCK_TESTS_KERNELS_REGION_H
#define PENSTOCK_TESTS_KERNELS_REGION_H

#include "random.h"

typedef struct {
    unsigned char *base;
    size_t bytes;
    /* The operand, and the bytes around it that are watched as well. */
    unsigned char *start, *end, *low, *high;
    unsigned char *copy; /* of low ... high */
} region;

region region_make(size_t bytes);

/* Room for an operand, filled with NaN (ones), which also surround it. Takes the room of the
 * operand before. Aligned like an element only. */
void *region_reserve(region *memory, size_t count, size_t element_size, generator *random);

void region_remember(region *memory);
/* Whether all is as it was when it was remembered. */
bool region_is_intact(const region *memory);
/* Whether nothing was written outside the operand. */
bool region_is_intact_outside(const region *memory);

#endif
