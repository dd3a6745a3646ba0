/* Clocks, pinning, and the calibrated work that stands for "something useful" in a stage. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stdint.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the affinity mask and measures the tick rate. Returns how many CPUs we may use. */
int timing_init(void);
/* Measures how many steps of work() take a nanosecond; runs on one pinned core. */
double timing_work_rate(void);
/* Set once in the parent from timing_work_rate() and inherited by every repetition. */
extern double work_steps_per_ns;
extern double ns_per_tick;

uint64_t now_ns(void);
uint64_t process_cpu_ns(void);
void sleep_ns(uint64_t ns);
/* Reads the clock until ns have passed: work whose length does not depend on the core's speed. */
void spin_ns(uint64_t ns);

/* Binds the calling thread to the index-th CPU of those we may use (modulo their number). */
void pin_to(int index);

static inline void spin_pause(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

/* A few nanoseconds a read, against 20 of clock_gettime: a round trip is only 100. */
static inline uint64_t ticks(void) {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return now_ns();
#endif
}

/* steps dependent multiplications, starting from x. One function for every system, so that all
 * run the same machine code; a fence at the start keeps neighbouring elements from overlapping. */
uint64_t work(uint64_t x, uint64_t steps);
static inline uint64_t work_steps(double ns) {
    return (uint64_t)(ns * work_steps_per_ns);
}
/* Nanoseconds per element of `for (x < n) work(x, steps)` on this thread. */
double serial_work_ns(uint64_t n, uint64_t steps);

#ifdef __cplusplus
}
#endif
#endif
