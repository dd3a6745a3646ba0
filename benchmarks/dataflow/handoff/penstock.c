#include "handoff.h"
#include "../penstock_rig.h"

void handoff_penstock(struct bench_run *run) {
    uint64_t n = run->setting.elements;
    struct numbers numbers = {0, n / 16};
    struct total total = {0};
    pst_type u64 = PST_TYPE(uint64_t);
    struct rig rig;
    if (rig_open(&rig, run, "handoff", run->setting.threads)) {
        pst_stage source = pst_source(rig.graph, "numbers", &u64, rig_fill, &numbers);
        pst_stage sink = pst_sink(rig.graph, "sum", source, rig_add_up, &total);
        rig_cut(&rig, source, sink);
        rig_run(&rig);
        numbers = (struct numbers){0, n};
        total = (struct total){0};
        run->value[0] = (double)n / rig_time(&rig);
        bench_expect(run, total.count, total.sum, 0);
        if (total.disordered)
            bench_fault(run, "out of order");
    }
    rig_close(&rig);
}
