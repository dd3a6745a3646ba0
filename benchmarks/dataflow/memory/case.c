#define _GNU_SOURCE
#include "memory.h"
#include "../allocations.h"
#include "../spsc_ring.h"

#include <pthread.h>
#include <stdlib.h>

#define CHAIN "Penstock chain, 1 worker"
#define UNFUSED "Penstock chain, unfused, 2 workers"
#define FARM "Penstock, 2 ordered replicas"
#define PROCESS "Penstock filter, flat-map, fold"

static const struct bench_metric metrics[] = {{"allocations", "per element", false}, {0}};

static const struct bench_system systems[] = {
    {"C ring of 64", NULL, memory_c_ring, {.elements = 1 << 24}},
    {"control: strdup per element (must be 1)", NULL, memory_c_strdup, {.elements = 1 << 20}},
    {"TBB flow graph (tbbmalloc is not seen)",
     NULL,
     TBB_ROW(memory_tbb_flow),
     {.elements = 1 << 19, .threads = 1}},
    {CHAIN, NULL, PENSTOCK_ROW(memory_penstock_chain), {.elements = 1 << 26, .threads = 1}},
    {UNFUSED,
     NULL,
     PENSTOCK_ROW(memory_penstock_chain),
     {.elements = 1 << 26, .threads = 2, .split = BENCH_SPLIT_ALL}},
    {FARM, NULL, PENSTOCK_ROW(memory_penstock_farm), {.elements = 1 << 24, .threads = 2}},
    {PROCESS, NULL, PENSTOCK_ROW(memory_penstock_process), {.elements = 1 << 24, .threads = 2}},
    {0},
};

static const struct bench_goal goals[] = {
    {CHAIN, NULL, 0, false},
    {UNFUSED, NULL, 0, false},
    {FARM, NULL, 0, false},
    {PROCESS, NULL, 0, false},
    {0},
};

const struct bench_case memory_case = {
    "memory",
    "malloc, calloc, realloc and the aligned ones, by any library, in the middle half of "
    "a run",
    metrics,
    systems,
    goals,
};

void memory_watch(const struct numbers *numbers) {
    uint64_t quarter = numbers->end / 4;
    allocations_count(numbers->next >= quarter && numbers->next < 3 * quarter);
}

void memory_figure(struct bench_run *run) {
    allocations_count(false);
    run->value[0] = (double)allocations_counted() / ((double)run->setting.elements / 2);
}

struct floor {
    struct spsc_ring ring;
    struct total total;
};

static void *consume(void *argument) {
    struct floor *floor = argument;
    uint64_t batch[64];
    for (size_t n; (n = ring_pop(&floor->ring, batch, 64)) > 0;)
        add_up(&floor->total, batch, n);
    return NULL;
}

void memory_c_ring(struct bench_run *run) {
    static struct floor floor;
    struct numbers numbers = {0, run->setting.elements};
    uint64_t batch[64];
    pthread_t consumer;
    pthread_create(&consumer, NULL, consume, &floor);
    while (numbers.next < numbers.end) {
        ring_push(&floor.ring, batch, fill_numbers(&numbers, batch, 64));
        memory_watch(&numbers);
    }
    ring_close(&floor.ring);
    pthread_join(consumer, NULL);
    memory_figure(run);
    bench_expect(run, floor.total.count, floor.total.sum, 0);
}

/* Shows that the counter sees what another library allocates. */
void memory_c_strdup(struct bench_run *run) {
    static char *(*volatile duplicate)(const char *) = strdup;
    struct numbers numbers = {0, run->setting.elements};
    for (; numbers.next < numbers.end; numbers.next++) {
        memory_watch(&numbers);
        free(duplicate("element"));
    }
    memory_figure(run);
    if (run->value[0] < 0.999 || run->value[0] > 1.001)
        bench_fault(run, "the counter saw %.3f allocations per strdup", run->value[0]);
}
