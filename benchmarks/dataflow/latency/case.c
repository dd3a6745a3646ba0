#include "latency.h"
#include "../statistics.h"
#include "../timing.h"

#include <stdlib.h>

#define C_RING "C ring, two spinning threads"
#define PENSTOCK "Penstock, source | map, sink, 2 workers"

static const struct bench_metric metrics[] = {
    {"round trip p50", "ns", false}, {"round trip p99", "ns", false}, {0}};

static const struct bench_system systems[] = {
    {C_RING, NULL, latency_c, {.elements = 400000, .threads = 2}},
    {"TBB flow graph, try_put, spin on flag",
     NULL,
     TBB_ROW(latency_tbb),
     {.elements = 200000, .threads = 2}},
    {PENSTOCK, NULL, PENSTOCK_ROW(latency_penstock), {.elements = 400000, .threads = 2}},
    {0},
};

static const struct bench_system parked_systems[] = {
    {"C ring, spins 50 us, then futex",
     NULL,
     latency_c,
     {.elements = 400, .threads = 2, .pause_ms = 2}},
    {PENSTOCK,
     NULL,
     PENSTOCK_ROW(latency_penstock),
     {.elements = 400, .threads = 2, .pause_ms = 2}},
    {0},
};

static const struct bench_goal goals[] = {{PENSTOCK, C_RING, 1.25, false}, {0}};

const struct bench_case latency_case = {
    "latency", "one element at a time, source -> x+1 -> sink -> acknowledgement", metrics, systems,
    goals,
};
const struct bench_case latency_parked_case = {
    "latency-parked",
    "the same, but the source sleeps 2 ms first, so the other thread is parked",
    metrics,
    parked_systems,
    NULL,
};

bool latency_init(struct latency *latency, struct bench_run *run) {
    *latency = (struct latency){.elements = run->setting.elements};
    latency->warm_up = run->setting.elements / 8;
    latency->pause_ns = (uint64_t)(run->setting.pause_ms * 1e6);
    latency->samples = malloc(latency->elements * sizeof *latency->samples);
    if (!latency->samples)
        bench_fault(run, "out of memory");
    return latency->samples != NULL;
}

bool latency_send(struct latency *latency, uint64_t *out, bool (*give_up)(void *), void *argument) {
    for (uint64_t turns = 1;
         atomic_load_explicit(&latency->acknowledged, memory_order_acquire) != latency->sent;
         turns++) {
        if (turns % 4096 == 0 && give_up && give_up(argument))
            return false;
        spin_pause();
    }
    if (latency->sent > 0) {
        double ns = (double)(ticks() - latency->stamp) * ns_per_tick;
        latency->samples[latency->sent - 1] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
    }
    if (latency->sent == latency->elements)
        return false;
    if (latency->pause_ns)
        sleep_ns(latency->pause_ns);
    latency->stamp = ticks();
    *out = latency->sent++;
    return true;
}

void latency_receive(struct latency *latency, uint64_t x) {
    if (x != latency->received + 1)
        latency->disordered = true;
    latency->received++;
    latency->sum += x;
    atomic_store_explicit(&latency->acknowledged, x, memory_order_release);
}

void latency_finish(struct latency *latency, struct bench_run *run) {
    bench_expect(run, latency->received, latency->sum, 1);
    if (latency->disordered)
        bench_fault(run, "out of order");
    if (!run->fault[0]) {
        uint32_t *samples = latency->samples + latency->warm_up;
        size_t count = (size_t)(latency->elements - latency->warm_up);
        run->value[0] = quantile_u32(samples, count, 0.50);
        run->value[1] = quantile_u32(samples, count, 0.99);
    }
    free(latency->samples);
    latency->samples = NULL;
}
