#include "overlap.h"
#include "../penstock_rig.h"
#include "../timing.h"

static pst_status prepare(pst_context *cx, void *out, size_t capacity, size_t *count) {
    struct numbers *numbers = pst_user(cx);
    (void)capacity;
    spin_ns(OVERLAP_WORK_NS);
    *count = fill_numbers(numbers, out, 1); /* a batch is one element */
    return numbers->next < numbers->end ? PST_OK : PST_END;
}

static pst_status train(pst_context *cx, const void *in, size_t n) {
    for (size_t i = 0; i < n; i++) {
        spin_ns(OVERLAP_WORK_NS);
        add_one(pst_user(cx), ((const uint64_t *)in)[i]);
    }
    return PST_OK;
}

void overlap_penstock(struct bench_run *run) {
    struct numbers numbers = {0, 10};
    struct total total = {0};
    pst_type u64 = PST_TYPE(uint64_t);
    pst_edge_options queue = PST_EDGE_OPTIONS_INIT;
    queue.fusion = PST_FUSE_NEVER;
    queue.capacity = OVERLAP_QUEUE;
    struct rig rig;
    if (rig_open(&rig, run, "overlap", run->setting.threads)) {
        pst_stage source = pst_source(rig.graph, "prepare", &u64, prepare, &numbers);
        pst_stage sink = pst_sink(rig.graph, "train", source, train, &total);
        pst_edge_configure(rig.graph, source, sink, &queue);
        rig_run(&rig);
        numbers = (struct numbers){0, run->setting.elements};
        total = (struct total){0};
        overlap_figure(run, rig_time(&rig));
        bench_expect(run, total.count, total.sum, 0);
        if (total.disordered)
            bench_fault(run, "out of order");
    }
    rig_close(&rig);
}
