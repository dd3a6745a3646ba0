#include "grain.h"
#include "../timing.h"

static const struct bench_metric metrics[] = {
    {"overhead", "ns", false}, {"serial loop", "ns", false}, {0}};

#define GRAIN_SYSTEMS(count, nanoseconds)                                                          \
    {                                                                                              \
        {"C ring of 64: source | work, sink",                                                      \
         NULL,                                                                                     \
         grain_c_ring,                                                                             \
         {.elements = count, .threads = 2, .batch = 64, .work_ns = nanoseconds}},                  \
            {"C ring per item: source | work, sink",                                               \
             NULL,                                                                                 \
             grain_c_ring,                                                                         \
             {.elements = count, .threads = 2, .batch = 1, .work_ns = nanoseconds}},               \
            {"C blocks of 64, 1 thread",                                                           \
             NULL,                                                                                 \
             grain_c_blocks,                                                                       \
             {.elements = count, .threads = 1, .batch = 64, .work_ns = nanoseconds}},              \
            {"TBB pipeline, 16 tokens, 1 thread",                                                  \
             NULL,                                                                                 \
             TBB_ROW(grain_tbb_pipeline),                                                          \
             {.elements = count, .threads = 1, .tokens = 16, .work_ns = nanoseconds}},             \
            {"TBB pipeline, 4 tokens, 2 threads",                                                  \
             NULL,                                                                                 \
             TBB_ROW(grain_tbb_pipeline),                                                          \
             {.elements = count, .threads = 2, .tokens = 4, .work_ns = nanoseconds}},              \
            {"TBB flow graph, 1 thread",                                                           \
             NULL,                                                                                 \
             TBB_ROW(grain_tbb_flow),                                                              \
             {.elements = count, .threads = 1, .tokens = 1024, .work_ns = nanoseconds}},           \
            {"Penstock fused, 1 worker",                                                           \
             NULL,                                                                                 \
             PENSTOCK_ROW(grain_penstock),                                                         \
             {.elements = count, .threads = 1, .work_ns = nanoseconds}},                           \
            {"Penstock source | work, sink, 2 workers",                                            \
             NULL,                                                                                 \
             PENSTOCK_ROW(grain_penstock),                                                         \
             {.elements = count, .threads = 2, .split = 1, .work_ns = nanoseconds}},               \
            {0},                                                                                   \
    }

static const struct bench_system systems_100ns[] = GRAIN_SYSTEMS(4000000, 100);
static const struct bench_system systems_1us[] = GRAIN_SYSTEMS(400000, 1000);
static const struct bench_system systems_10us[] = GRAIN_SYSTEMS(40000, 10000);

const struct bench_case grain_100ns_case = {
    "grain-0.1us", "source -> 0.1 us of work -> sink: what an element costs more than the work",
    metrics,       systems_100ns,
    NULL,
};
const struct bench_case grain_1us_case = {
    "grain-1us", "source -> 1 us of work -> sink: what an element costs more than the work",
    metrics,     systems_1us,
    NULL,
};
const struct bench_case grain_10us_case = {
    "grain-10us", "source -> 10 us of work -> sink: what an element costs more than the work",
    metrics,      systems_10us,
    NULL,
};

void grain_measure(struct bench_run *run, double (*once)(void *, uint64_t), void *argument) {
    uint64_t n = run->setting.elements, steps = work_steps(run->setting.work_ns);
    once(argument, n / 16);
    double before = serial_work_ns(n / 4, steps);
    double seconds = once(argument, n);
    double after = serial_work_ns(n / 4, steps);
    double serial = (before + after) / 2;
    run->value[0] = seconds * 1e9 / (double)n - serial;
    run->value[1] = serial;
}
