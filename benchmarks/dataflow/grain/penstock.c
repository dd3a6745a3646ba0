#include "grain.h"
#include "../penstock_rig.h"
#include "../timing.h"

struct grain {
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
    struct grain *grain = argument;
    grain->numbers = (struct numbers){0, elements};
    grain->total = (struct total){.offset = 1};
    return rig_time(&grain->rig);
}

void grain_penstock(struct bench_run *run) {
    struct grain grain = {0};
    uint64_t steps = work_steps(run->setting.work_ns);
    pst_type u64 = PST_TYPE(uint64_t);
    if (rig_open(&grain.rig, run, "grain", run->setting.threads)) {
        pst_graph *graph = grain.rig.graph;
        pst_stage source = pst_source(graph, "numbers", &u64, rig_fill, &grain.numbers);
        pst_stage busy = pst_map(graph, "work", source, &u64, work_span, &steps);
        pst_sink(graph, "sum", busy, rig_add_up, &grain.total);
        if (run->setting.split)
            rig_cut(&grain.rig, source, busy);
        grain_measure(run, once, &grain);
        bench_expect(run, grain.total.count, grain.total.sum, 1);
        if (grain.total.disordered)
            bench_fault(run, "out of order");
    }
    rig_close(&grain.rig);
}
