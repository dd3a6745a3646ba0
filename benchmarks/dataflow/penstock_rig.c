#include "penstock_rig.h"
#include "machine.h"
#include "timing.h"

const char *penstock_version_text(void) {
    return pst_build_info();
}

static bool rig_fault(struct rig *rig, const char *what, pst_status status) {
    bench_fault(rig->run, "%s: %s: %s", what, pst_status_name(status), pst_last_error());
    return false;
}

bool rig_open(struct rig *rig, struct bench_run *run, const char *name, int workers) {
    *rig = (struct rig){.run = run};
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    options.topology = "live"; /* not what $PST_TOPOLOGY or $PST_EXECUTOR may say */
    options.executor = "threads";
    options.workers = (uint32_t)workers;
    pst_status status = pst_engine_create(&options, &rig->engine);
    if (status)
        return rig_fault(rig, "pst_engine_create", status);
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    status = pst_engine_get_info(rig->engine, &info);
    if (status)
        return rig_fault(rig, "pst_engine_get_info", status);
    /* A row that asks for two pinned workers must not quietly run on one, or unbound. */
    if ((int)info.workers != workers || !info.live) {
        bench_fault(run, "asked for %d pinned workers, got %u%s", workers, info.workers,
                    info.live ? "" : " that cannot be pinned");
        return false;
    }
    status = pst_graph_create(name, &rig->graph);
    return status ? rig_fault(rig, "pst_graph_create", status) : true;
}

void rig_cut(struct rig *rig, pst_stage from, pst_stage to) {
    pst_edge_options options = PST_EDGE_OPTIONS_INIT;
    options.fusion = PST_FUSE_NEVER;
    pst_edge_configure(rig->graph, from, to, &options);
}

static void show_plan(struct rig *rig) {
    char *text = NULL;
    if (pst_graph_render(rig->graph, PST_VIEW_PLAN, PST_TEXT, &text) == PST_OK)
        fprintf(stderr, "%s\n", text);
    else
        pst_report(stderr);
    pst_text_free(text);
}

bool rig_run(struct rig *rig) {
    if (rig->run->fault[0])
        return false;
    pst_status status = pst_graph_run(rig->graph, rig->engine);
    if (status)
        return rig_fault(rig, "pst_graph_run", status);
    if (rig->run->show_plan)
        show_plan(rig);
    rig->run->show_plan = false;
    return true;
}

double rig_time(struct rig *rig) {
    uint64_t start = now_ns();
    bool right = rig_run(rig);
    uint64_t end = now_ns();
    return right ? (double)(end - start) * 1e-9 : 0;
}

void rig_close(struct rig *rig) {
    pst_graph_destroy(rig->graph);
    pst_engine_destroy(rig->engine);
}

pst_status rig_fill(pst_context *cx, void *out, size_t capacity, size_t *count) {
    struct numbers *numbers = pst_user(cx);
    *count = fill_numbers(numbers, out, capacity);
    return numbers->next < numbers->end ? PST_OK : PST_END;
}

pst_status rig_increment(pst_context *cx, const void *in, void *out, size_t n) {
    (void)cx;
    increment(in, out, n);
    return PST_OK;
}

pst_status rig_add_up(pst_context *cx, const void *in, size_t n) {
    add_up(pst_user(cx), in, n);
    return PST_OK;
}
