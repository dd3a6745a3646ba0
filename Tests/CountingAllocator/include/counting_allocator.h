/* Counts the allocations of threads that ask for it. For tests on Linux with glibc. */
#ifndef COUNTING_ALLOCATOR_H
#define COUNTING_ALLOCATOR_H

#include <stdbool.h>

/* False where malloc cannot be replaced (sanitizers have their own). */
bool counting_is_possible(void);
/* Suites run side by side, so each counts by itself. */
enum counting_suite {
    COUNTING_NOTHING,
    COUNTING_RUNTIME,
    COUNTING_DATAFLOW,
    COUNTING_ACTORS,
    COUNTING_OPERATORS
};
/* From now on the calling thread's allocations are counted for the suite, or not at all. */
void counting_set(enum counting_suite suite);
/* Allocations counted so far for the suite, of all threads. */
long counting_total(enum counting_suite suite);

#endif
