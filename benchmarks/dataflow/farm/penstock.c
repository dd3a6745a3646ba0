#include "farm.h"
#include "../penstock_rig.h"
#include "../timing.h"

struct farm {
    struct rig rig;
    struct numbers numbers;
    struct total total;
};

static pst_status work_span(pst_context *cx, const void *in, void *out, size_t n) {
    uint64_t steps = *(uint64_t *)pst_user(cx);
    for (size_t i = 0; i < n; i++) {
        uint64_t x = ((const uint64_t *)in)[i], done = work(x, steps);
        __asm__ volatile("" ::"r"(done));
        ((uint64_t *)out)[i] = x + 1;
    }
    return PST_OK;
}

static double once(void *argument, uint64_t elements) {
    struct farm *farm = argument;
    farm->numbers = (struct numbers){0, elements};
    farm->total = (struct total){.offset = 1};
    double seconds = rig_time(&farm->rig);
    if (farm->rig.run->setting.learn)
        pst_graph_learn(farm->rig.graph);
    return seconds;
}

void farm_penstock(struct bench_run *run) {
    struct farm farm = {0};
    uint64_t steps = work_steps(run->setting.work_ns);
    pst_type u64 = PST_TYPE(uint64_t);
    pst_stage_options two = PST_STAGE_OPTIONS_INIT;
    two.replicas = 2; /* ordered unless said otherwise */
    if (rig_open(&farm.rig, run, "farm", run->setting.threads)) {
        pst_graph *graph = farm.rig.graph;
        pst_stage source = pst_source(graph, "numbers", &u64, rig_fill, &farm.numbers);
        pst_stage busy = pst_map(graph, "work", source, &u64, work_span, &steps);
        pst_sink(graph, "sum", busy, rig_add_up, &farm.total);
        pst_stage_configure(graph, busy, &two);
        farm_measure(run, once, &farm);
        bench_expect(run, farm.total.count, farm.total.sum, 1);
        if (farm.total.disordered)
            bench_fault(run, "out of order");
    }
    rig_close(&farm.rig);
}
