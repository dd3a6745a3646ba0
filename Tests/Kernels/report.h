/* Which case runs, for messages; also printed when it crashes. */
#ifndef PENSTOCK_TESTS_KERNELS_REPORT_H
#define PENSTOCK_TESTS_KERNELS_REPORT_H

#include <stdbool.h>

extern char current[1024];
__attribute__((format(printf, 1, 2))) void describe(const char *format, ...);
/* Prints what is wrong with the current case; false. */
__attribute__((format(printf, 1, 2))) bool failed(const char *format, ...);

/* From now on a crash names the current case. */
void report_crashes(void);

#endif
