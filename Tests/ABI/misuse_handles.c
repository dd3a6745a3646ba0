/* Wrong engines and graphs for every function that takes one. */
#include "misuse.h"

static char garbage[4096];

static void with_bad_graph(pst_graph *g, pst_engine *engine) {
    uint64_t element = 0;
    size_t n = 77;
    char *text = garbage;
    pst_run_state state = PST_STOPPING;
    uint64_t elements = 77;
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    pst_stage s = {1ull << 32 | 1};
    const pst_matmul_options matmul = PST_MATMUL_OPTIONS_INIT;
    const pst_stage_options stage = PST_STAGE_OPTIONS_INIT;
    const pst_edge_options edge = PST_EDGE_OPTIONS_INIT;

    REPORTS(PST_EHANDLE, "graph", pst_source(g, "s", &u64, fill, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_map(g, "s", s, &u64, pass, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_filter(g, "s", s, keep_all, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_process(g, "s", s, &u64, 1, forward, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_fold(g, "s", s, &u64, NULL, 0, add, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_sink(g, "s", s, eat, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_merge(g, "s", &s, 1, PST_MERGE_ANY, NULL, NULL));
    REPORTS(PST_EHANDLE, "graph", (pst_feedback(g, s, s, 1), 0));
    REPORTS(PST_EHANDLE, "graph", pst_dead_letters(g, s));
    REPORTS(PST_EHANDLE, "graph", (pst_distribute(g, s, PST_BROADCAST, NULL, NULL), 0));
    REPORTS(PST_EHANDLE, "graph", pst_feed(g, "s", &u64));
    REPORTS(PST_EHANDLE, "graph", pst_drain(g, "s", s));
    REPORTS(PST_EHANDLE, "graph", pst_matmul(g, "s", s, &u64, &matmul));
    REPORTS(PST_EHANDLE, "graph", (pst_stage_configure(g, s, &stage), 0));
    REPORTS(PST_EHANDLE, "graph", (pst_edge_configure(g, s, s, &edge), 0));
    CHECK(pst_source(g, "s", &u64, fill, NULL).id == 0);
    CHECK(pst_dead_letters(g, s).id == 0);

    FAILS(PST_EHANDLE, "graph", pst_push(g, s, &element, 1, 0, &n));
    FAILS(PST_EHANDLE, "graph", pst_close(g, s));
    FAILS(PST_EHANDLE, "graph", pst_pull(g, s, &element, 1, 0, &n));
    FAILS(PST_EHANDLE, "graph", pst_graph_validate(g));
    FAILS(PST_EHANDLE, "graph", pst_graph_run(g, engine));
    FAILS(PST_EHANDLE, "graph", pst_graph_start(g, engine));
    FAILS(PST_EHANDLE, "graph", pst_graph_wait(g, PST_FOREVER));
    FAILS(PST_EHANDLE, "graph", pst_graph_poll(g, PST_FOREVER));
    FAILS(PST_EHANDLE, "graph", pst_graph_cancel(g));
    FAILS(PST_EHANDLE, "graph", pst_graph_pause(g));
    FAILS(PST_EHANDLE, "graph", pst_graph_resume(g));
    FAILS(PST_EHANDLE, "graph", pst_graph_wake(g, s));
    FAILS(PST_EHANDLE, "graph", pst_graph_learn(g));
    FAILS(PST_EHANDLE, "graph", pst_graph_get_state(g, &state, &elements));
    FAILS(PST_EHANDLE, "graph", pst_stage_get_stats(g, s, &stats));
    FAILS(PST_EHANDLE, "graph", pst_graph_render(g, PST_VIEW_GRAPH, PST_TEXT, &text));
    FAILS(PST_EHANDLE, "graph", pst_graph_save(g, PST_VIEW_GRAPH, PST_TEXT, "/dev/null"));
    /* On an error the out-parameters are untouched. */
    CHECK(text == garbage && state == PST_STOPPING && elements == 77);
}

static void with_bad_engine(pst_engine *e) {
    pst_graph *g = new_graph();
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    char *text = garbage;
    new_sink(g, new_source(g));
    info.workers = 77;
    FAILS(PST_EHANDLE, "engine", pst_engine_get_info(e, &info));
    FAILS(PST_EHANDLE, "engine", pst_engine_render(e, PST_VIEW_TOPOLOGY, PST_TEXT, &text));
    FAILS(PST_EHANDLE, "engine", pst_graph_run(g, e));
    FAILS(PST_EHANDLE, "engine", pst_graph_start(g, e));
    CHECK(text == garbage && info.workers == 77);
    /* The graph is none the worse for it. */
    SUCCEEDS(pst_graph_validate(g));
    pst_graph_destroy(g);
}

int main(void) {
    begin(60);
    CHECK(pst_last_error()[0] == 0 && pst_report(devnull) == PST_OK && pst_report(NULL) == PST_OK);

    pst_engine *engine = new_engine(2), *dead_engine = new_engine(1);
    pst_graph *graph = new_graph(), *dead_graph = new_graph();
    pst_engine_destroy(dead_engine);
    pst_graph_destroy(dead_graph);
    memset(garbage, 0x5a, sizeof(garbage));

    void *graphs[] = {NULL,
                      engine,
                      garbage,
                      (void *)1,
                      (void *)8,
                      (void *)-1,
                      dead_graph,
                      dead_engine,
                      (char *)graph + 1,
                      (char *)graph + 4,
                      (char *)graph + (1 << 26)};
    for (size_t i = 0; i < sizeof(graphs) / sizeof(*graphs); i++)
        with_bad_graph(graphs[i], engine);
    void *engines[] = {NULL,       graph,      garbage,     (void *)1,          (void *)8,
                       (void *)-1, dead_graph, dead_engine, (char *)engine + 1, (char *)engine + 4};
    for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++)
        with_bad_engine(engines[i]);

    /* Destroying keeps the last error and does nothing to what it does not know. */
    canary();
    pst_engine_destroy(NULL);
    pst_graph_destroy(NULL);
    CHECK(strstr(pst_last_error(), "canary") != NULL);
    for (size_t i = 1; i < sizeof(graphs) / sizeof(*graphs); i++) {
        if (graphs[i] == engine)
            continue;
        pst_graph_destroy(graphs[i]);
        pst_engine_destroy(graphs[i]);
    }
    pst_graph_destroy((pst_graph *)engine);
    pst_engine_destroy((pst_engine *)graph);

    /* Both are still alive. */
    new_sink(graph, new_source(graph));
    SUCCEEDS(pst_graph_run(graph, engine));
    pst_graph_destroy(graph);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    pst_engine_destroy(engine);
    FAILS(PST_EHANDLE, "graph", pst_graph_validate(graph));

    /* A handle that took the place of another is not mistaken for it. */
    for (int i = 0; i < 1000; i++) {
        pst_graph *next = new_graph();
        if (pst_graph_validate(graph) != PST_EHANDLE || next == graph)
            CHECK(!"handle used again");
        pst_graph_destroy(graph);
        graph = next;
        new_sink(graph, new_source(graph));
        if (pst_graph_validate(graph))
            CHECK(!"destroying a dead handle hit a live one");
        pst_graph_destroy(graph);
    }
    return end("misuse_handles");
}
