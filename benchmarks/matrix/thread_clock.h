#ifndef MATRIX_THREAD_CLOCK_H
#define MATRIX_THREAD_CLOCK_H

#include <time.h>

/* CPU time of the calling thread, in nanoseconds. */
static inline double thread_cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

#endif
