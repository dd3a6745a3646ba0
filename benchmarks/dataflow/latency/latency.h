/* One element at a time through source -> x + 1 -> sink: the source waits until the sink has
 * acknowledged the last one, stamps the time and lets the next one go. */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "../harness.h"

#include <stdalign.h>
#ifndef __cplusplus
#include <stdatomic.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

void latency_c(struct bench_run *run);
void latency_tbb(struct bench_run *run);
void latency_penstock(struct bench_run *run);

#ifndef __cplusplus
struct latency {
    alignas(128) _Atomic uint64_t acknowledged; /* by the sink, as elements */
    alignas(128) uint64_t sent;                 /* from here on: the source's own */
    uint64_t stamp;                             /* in ticks */
    uint64_t elements, warm_up;
    uint64_t pause_ns;
    uint32_t *samples;                   /* ns of elements after the warm-up */
    alignas(128) uint64_t received, sum; /* the sink's own */
    bool disordered;
};

bool latency_init(struct latency *latency, struct bench_run *run);
/* The bodies; every system calls the same. give_up is asked now and then (NULL: never) while the
 * source waits; then, and when all were sent, latency_send returns false. */
bool latency_send(struct latency *latency, uint64_t *out, bool (*give_up)(void *), void *argument);
void latency_receive(struct latency *latency, uint64_t x);
/* Sets p50 and p99 and verifies. Frees the samples. */
void latency_finish(struct latency *latency, struct bench_run *run);
#endif

#ifdef __cplusplus
}
#endif
#endif
