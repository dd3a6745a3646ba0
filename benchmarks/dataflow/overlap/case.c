#include "overlap.h"

#define PENSTOCK "Penstock, unfused, 2 workers"

static const struct bench_metric metrics[] = {{"efficiency", "of the ideal", true}, {0}};

static const struct bench_system systems[] = {
    {"C mutex and condition, 2 threads", NULL, overlap_c, {.elements = 300, .threads = 2}},
    {"TBB pipeline, 4 tokens, 2 threads",
     NULL,
     TBB_ROW(overlap_tbb),
     {.elements = 300, .threads = 2, .tokens = 4}},
    {PENSTOCK, NULL, PENSTOCK_ROW(overlap_penstock), {.elements = 300, .threads = 2}},
    {0},
};

static const struct bench_goal goals[] = {{PENSTOCK, NULL, 0.985, true}, {0}};

const struct bench_case overlap_case = {
    "overlap",
    "prepare 1 ms -> train 1 ms, both spinning, 300 batches; the first and last "
    "millisecond cannot overlap",
    metrics,
    systems,
    goals,
};

void overlap_figure(struct bench_run *run, double seconds) {
    run->value[0] = (double)run->setting.elements * OVERLAP_WORK_NS * 1e-9 / seconds;
}
