/* Counts the allocations of threads that ask for it. For tests on Linux with glibc. */
#ifndef COUNTING_ALLOCATOR_H
#define COUNTING_ALLOCATOR_H

#include <stdbool.h>

/* False where malloc cannot be replaced (sanitizers have their own). */
bool counting_is_possible(void);
/* From now on (or no longer) the calling thread's allocations are counted. */
void counting_set(bool on);
/* Allocations counted so far, of all threads. */
long counting_total(void);

#endif
