/* CPU time of pst_graph_start (validate, compile, plan, make the memory) for 256 stages, none
 * fused, on a machine that need not be this one: usage: penstock-bench-placement [TOPOLOGY].
 * Simulated, so that no threads start. An upper bound on the planner's share. */
#define _GNU_SOURCE
#include <penstock.h>
#include <time.h>

enum { STAGES = 256, ROUNDS = 12 };

static double cpu_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static pst_status end(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx, (void)out, (void)capacity, (void)count;
    return PST_END;
}

static pst_status take(pst_context *cx, const void *in, size_t n) {
    (void)cx, (void)in, (void)n;
    return PST_OK;
}

static pst_status pass(pst_context *cx, const void *in, void *out, size_t n) {
    (void)cx, (void)in, (void)out, (void)n;
    return PST_OK;
}

/* Maps one after the other. */
static pst_stage chain(pst_graph *graph, pst_stage last, const pst_type *type) {
    pst_edge_options apart = PST_EDGE_OPTIONS_INIT;
    apart.fusion = PST_FUSE_NEVER;
    for (int i = 1; i < STAGES - 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "map %d", i);
        pst_stage next = pst_map(graph, name, last, type, pass, NULL);
        pst_edge_configure(graph, last, next, &apart);
        last = next;
    }
    return last;
}

/* Process stages with three ports, each joined again by a merge. */
static pst_stage braid(pst_graph *graph, pst_stage last, const pst_type *type) {
    pst_type types[3] = {*type, *type, *type};
    for (int i = 1; i < STAGES - 1; i += 2) {
        char name[16];
        snprintf(name, sizeof name, "part %d", i);
        pst_stage part = pst_process(graph, name, last, types, 3, take, NULL);
        pst_stage ports[3] = {part, pst_port(part, 1), pst_port(part, 2)};
        snprintf(name, sizeof name, "join %d", i);
        last = pst_merge(graph, name, ports, 3, PST_MERGE_ANY, NULL, NULL);
    }
    return last;
}

/* The best of some rounds in ms, or a negative number. */
static double best_start(pst_engine *engine,
                         pst_stage (*middle)(pst_graph *, pst_stage, const pst_type *)) {
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        pst_graph *graph = NULL;
        pst_type u64 = PST_TYPE(uint64_t);
        if (pst_graph_create("placement", &graph))
            return -1;
        pst_stage last = middle(graph, pst_source(graph, "source", &u64, end, NULL), &u64);
        pst_sink(graph, "sink", last, take, NULL);
        double before = cpu_ms();
        if (pst_graph_start(graph, engine))
            return -1;
        double spent = cpu_ms() - before;
        if (pst_graph_wait(graph, PST_FOREVER))
            return -1;
        if (spent < best)
            best = spent;
        pst_graph_destroy(graph);
    }
    return best;
}

int main(int count, char **arguments) {
    pst_engine *engine = NULL;
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    options.topology = count > 1 ? arguments[1] : "synthetic:package:2 l3:12 core:8 pu:2";
    options.executor = "simulated:1";
    if (pst_engine_create(&options, &engine) || pst_engine_get_info(engine, &info))
        return pst_report(stderr);
    double line = best_start(engine, chain), net = best_start(engine, braid);
    if (line < 0 || net < 0)
        return pst_report(stderr);
    printf("%u PU, pst_graph_start of %d stages, CPU time, best of %d: chain %.2f ms, three edges "
           "between neighbours %.2f ms (goal 10)\n",
           info.processors, STAGES, ROUNDS, line, net);
    pst_engine_destroy(engine);
    return 0;
}
