/* Counts the allocations of the whole process: the program's malloc and its kin stand before
 * libc's for every library that is loaded. */
#ifndef BENCH_ALLOCATIONS_H
#define BENCH_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Off at the start; then an allocation costs one more load of a line that nobody writes. */
void allocations_count(bool on);
uint64_t allocations_counted(void);

#ifdef __cplusplus
}
#endif
#endif
