#include "chain.h"
#include "../penstock_rig.h"

void chain_penstock(struct bench_run *run) {
    uint64_t n = run->setting.elements;
    struct numbers numbers = {0, n / 16};
    struct total total = {.offset = 3};
    pst_type u64 = PST_TYPE(uint64_t);
    struct rig rig;
    if (rig_open(&rig, run, "chain", run->setting.threads)) {
        pst_stage stages[5];
        stages[0] = pst_source(rig.graph, "numbers", &u64, rig_fill, &numbers);
        stages[1] = pst_map(rig.graph, "map1", stages[0], &u64, rig_increment, NULL);
        stages[2] = pst_map(rig.graph, "map2", stages[1], &u64, rig_increment, NULL);
        stages[3] = pst_map(rig.graph, "map3", stages[2], &u64, rig_increment, NULL);
        stages[4] = pst_sink(rig.graph, "sum", stages[3], rig_add_up, &total);
        for (int edge = 1; edge <= 4; edge++)
            if (run->setting.split == edge || run->setting.split == BENCH_SPLIT_ALL)
                rig_cut(&rig, stages[edge - 1], stages[edge]);
        rig_run(&rig);
        numbers = (struct numbers){0, n};
        total = (struct total){.offset = 3};
        run->value[0] = (double)n / rig_time(&rig);
        bench_expect(run, total.count, total.sum, 3);
        if (total.disordered)
            bench_fault(run, "out of order");
    }
    rig_close(&rig);
}
