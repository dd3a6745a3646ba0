#define _GNU_SOURCE
#include "timing.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <time.h>

double work_steps_per_ns = 1.0;
double ns_per_tick = 1.0;

static int allowed_cpus[CPU_SETSIZE];
static int allowed_count;

static uint64_t read_clock(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}
uint64_t process_cpu_ns(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void sleep_ns(uint64_t ns) {
    struct timespec left = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    while (nanosleep(&left, &left) && errno == EINTR) {
    }
}

void spin_ns(uint64_t ns) {
    uint64_t end = now_ns() + ns;
    while (now_ns() < end) {
    }
}

int timing_init(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set))
        return 0;
    allowed_count = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set))
            allowed_cpus[allowed_count++] = cpu;

    uint64_t start_ticks = ticks(), start = now_ns();
    sleep_ns(50000000);
    uint64_t end_ticks = ticks(), end = now_ns();
    ns_per_tick = (double)(end - start) / (double)(end_ticks - start_ticks);
    return allowed_count;
}

void pin_to(int index) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(allowed_cpus[index % allowed_count], &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

/* Aligned, so that the loop does not depend on what the linker puts before it. */
__attribute__((noinline, aligned(64))) uint64_t work(uint64_t x, uint64_t steps) {
#if defined(__x86_64__)
    _mm_lfence();
#elif defined(__aarch64__)
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
#endif
    for (uint64_t i = 0; i < steps; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(x)); /* no unrolling into wider steps */
    }
    return x;
}

double serial_work_ns(uint64_t n, uint64_t steps) {
    uint64_t start = now_ns();
    for (uint64_t x = 0; x < n; x++) {
        uint64_t done = work(x, steps);
        __asm__ volatile("" ::"r"(done));
    }
    return (double)(now_ns() - start) / (double)n;
}

double timing_work_rate(void) {
    pin_to(0);
    const uint64_t steps = 10000;
    double best = 0;
    serial_work_ns(2000, steps);
    /* Slices of 2 ms: another process on this core leaves some of them alone. */
    for (int i = 0; i < 50; i++) {
        double rate = (double)steps / serial_work_ns(200, steps);
        if (rate > best)
            best = rate;
    }
    return best;
}
