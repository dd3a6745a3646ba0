/* The engine keeps to what this process may use: prints "WORKERS QUOTA" and fails if a thread that
 * ran a callback was bound outside the process's own affinity. Run by capacity.sh under taskset and
 * in a control group with a quota. */
#include <penstock.h>
#include <sched.h>
#include <stdatomic.h>

static cpu_set_t own;
static atomic_int outside, unbound;

static void look(void) {
    cpu_set_t mine, both;
    sched_getaffinity(0, sizeof mine, &mine);
    CPU_AND(&both, &mine, &own);
    if (!CPU_EQUAL(&both, &mine))
        outside++;
    if (CPU_COUNT(&mine) != 1)
        unbound++;
}

static pst_status count_down(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t *left = pst_user(cx);
    look();
    while (*count < capacity && *left)
        ((uint64_t *)out)[(*count)++] = (*left)--;
    return *left ? PST_OK : PST_END;
}

static pst_status swallow(pst_context *cx, const void *in, size_t n) {
    (void)in;
    look();
    *(uint64_t *)pst_user(cx) += n;
    return PST_OK;
}

int main(void) {
    uint64_t left = 100000, arrived = 0;
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    pst_type u64 = PST_TYPE(uint64_t);
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    pst_edge_options apart = PST_EDGE_OPTIONS_INIT;
    apart.fusion = PST_FUSE_NEVER;
    sched_getaffinity(0, sizeof own, &own);
    if (pst_engine_create(NULL, &engine) || pst_graph_create("capacity", &graph))
        return pst_report(stderr);
    pst_stage source = pst_source(graph, "source", &u64, count_down, &left);
    pst_stage sink = pst_sink(graph, "sink", source, swallow, &arrived);
    pst_edge_configure(graph, source, sink, &apart);
    if (pst_graph_run(graph, engine) || pst_engine_get_info(engine, &info))
        return pst_report(stderr);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    printf("%u %.1f\n", info.workers, info.quota);
    if (arrived != 100000 || outside)
        return 2;
    /* Below a quota threads are bound to a cache group, else to their core. */
    return info.quota == 0 && unbound ? 3 : 0;
}
