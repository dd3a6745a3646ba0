#include "idle.h"
#include "../penstock_rig.h"
#include "../timing.h"

/* An engine that has run a graph on both workers and has nothing more to do. */
void idle_penstock_engine(struct bench_run *run) {
    struct numbers numbers = {0, 1000000};
    struct total total = {0};
    pst_type u64 = PST_TYPE(uint64_t);
    struct rig rig;
    if (rig_open(&rig, run, "idle", run->setting.threads)) {
        pst_stage source = pst_source(rig.graph, "numbers", &u64, rig_fill, &numbers);
        pst_stage sink = pst_sink(rig.graph, "sum", source, rig_add_up, &total);
        rig_cut(&rig, source, sink);
        if (rig_run(&rig))
            idle_measure(run);
        if (total.count != 1000000 || total.disordered)
            bench_fault(run, "wrong result");
    }
    rig_close(&rig);
}

/* Pushes x and waits until the sink has had it. */
static bool pass_one(struct rig *rig, pst_stage feed, uint64_t x) {
    uint64_t arrived = 0;
    pst_run_state state;
    if (pst_push(rig->graph, feed, &x, 1, 1000000000u, NULL))
        return false;
    for (int i = 0; i < 1000 && arrived <= x; i++) {
        if (pst_graph_get_state(rig->graph, &state, &arrived))
            return false;
        if (arrived <= x)
            sleep_ns(1000000);
    }
    return arrived == x + 1;
}

/* A started graph that waits for the host. It must still work before and after. */
void idle_penstock_feed(struct bench_run *run) {
    struct total total = {.offset = 1};
    pst_type u64 = PST_TYPE(uint64_t);
    struct rig rig;
    if (rig_open(&rig, run, "feed", run->setting.threads)) {
        pst_stage feed = pst_feed(rig.graph, "feed", &u64);
        pst_stage map = pst_map(rig.graph, "map", feed, &u64, rig_increment, NULL);
        pst_stage sink = pst_sink(rig.graph, "sum", map, rig_add_up, &total);
        rig_cut(&rig, map, sink);
        if (pst_graph_start(rig.graph, rig.engine)) {
            bench_fault(run, "pst_graph_start: %s", pst_last_error());
        } else {
            bool right = pass_one(&rig, feed, 0);
            if (right)
                idle_measure(run);
            right = right && pass_one(&rig, feed, 1);
            if (pst_close(rig.graph, feed) || pst_graph_wait(rig.graph, 1000000000u))
                bench_fault(run, "the feed did not end: %s", pst_last_error());
            if (!right || total.count != 2 || total.disordered)
                bench_fault(run, "wrong result: %s", pst_last_error());
        }
    }
    rig_close(&rig);
}
