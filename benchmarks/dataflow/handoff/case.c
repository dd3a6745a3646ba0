#include "handoff.h"

#define C_RING "C ring, batches of 64 copied in and out"
#define PENSTOCK "Penstock, unfused, 2 workers"

static const struct bench_metric metrics[] = {{"throughput", "elements/s", true}, {0}};

static const struct bench_system systems[] = {
    {C_RING, NULL, handoff_c_batches, {.elements = 1 << 27, .threads = 2, .batch = 64}},
    {"C ring, per item", NULL, handoff_c_items, {.elements = 1 << 25, .threads = 2, .batch = 1}},
    {"C ring, filled in place, spans <= 1024",
     NULL,
     handoff_c_in_place,
     {.elements = 1 << 30, .threads = 2, .batch = 1024}},
    {"TBB pipeline per item, 2 threads",
     NULL,
     TBB_ROW(handoff_tbb),
     {.elements = 1 << 22, .threads = 2, .tokens = 4, .batch = 1}},
    {"TBB pipeline, blocks of 64, 2 threads",
     NULL,
     TBB_ROW(handoff_tbb),
     {.elements = 1 << 27, .threads = 2, .tokens = 16, .batch = 64}},
    {PENSTOCK, NULL, PENSTOCK_ROW(handoff_penstock), {.elements = 1 << 30, .threads = 2}},
    {0},
};

static const struct bench_goal goals[] = {{PENSTOCK, C_RING, 1.5, true}, {0}};

const struct bench_case handoff_case = {
    "handoff", "source -> channel -> sink on two pinned threads, uint64", metrics, systems, goals,
};
