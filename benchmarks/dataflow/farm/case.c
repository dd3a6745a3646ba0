#include "farm.h"
#include "../timing.h"

#define PENSTOCK "Penstock farm"

static const struct bench_metric metrics[] = {{"efficiency", "of two cores", true}, {0}};

static const struct bench_system systems[] = {
    {"C tickets and slots",
     NULL,
     farm_c,
     {.elements = 800000, .threads = 2, .batch = 1, .work_ns = 1000}},
    {"C tickets and slots, 8 a ticket",
     NULL,
     farm_c,
     {.elements = 800000, .threads = 2, .batch = 8, .work_ns = 1000}},
    {"TBB pipeline, 4 tokens",
     NULL,
     TBB_ROW(farm_tbb),
     {.elements = 800000, .threads = 2, .tokens = 4, .batch = 1, .work_ns = 1000}},
    {"TBB pipeline, 16 tokens",
     NULL,
     TBB_ROW(farm_tbb),
     {.elements = 800000, .threads = 2, .tokens = 16, .batch = 1, .work_ns = 1000}},
    {"TBB pipeline, 16 tokens, blocks of 64",
     NULL,
     TBB_ROW(farm_tbb),
     {.elements = 800000, .threads = 2, .tokens = 16, .batch = 64, .work_ns = 1000}},
    {"Penstock, 2 ordered replicas",
     PENSTOCK,
     PENSTOCK_ROW(farm_penstock),
     {.elements = 800000, .threads = 2, .work_ns = 1000}},
    {"Penstock, 2 ordered replicas, learned",
     PENSTOCK,
     PENSTOCK_ROW(farm_penstock),
     {.elements = 800000, .threads = 2, .learn = true, .work_ns = 1000}},
    {0},
};

static const struct bench_goal goals[] = {{PENSTOCK, NULL, 0.96, true}, {0}};

const struct bench_case farm_case = {
    "farm", "source -> 1 us of work, two at once -> sink that checks the order", metrics, systems,
    goals,
};

void farm_measure(struct bench_run *run, double (*once)(void *, uint64_t), void *argument) {
    uint64_t n = run->setting.elements, steps = work_steps(run->setting.work_ns);
    once(argument, n / 16);
    double before = serial_work_ns(n / 8, steps);
    double seconds = once(argument, n);
    double after = serial_work_ns(n / 8, steps);
    run->value[0] = (double)n * (before + after) / 2 * 1e-9 / 2 / seconds;
}
