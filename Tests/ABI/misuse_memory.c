/* Allocations that fail, chosen by a seed: a run gives PST_OK or PST_ENOMEM, and leaves nothing. */
#include "misuse.h"

typedef struct counts {
    int ok, no_memory;
} counts;

static pst_status halve(pst_context *cx, const void *in, size_t n) {
    const uint64_t *numbers = in;
    for (size_t i = 0; i < n; i++) {
        uint64_t less = numbers[i] / 2;
        if (pst_emit(cx, numbers[i] < 2, &less, 1) != 1)
            return PST_EINTERNAL;
    }
    return PST_OK;
}

static pst_status set_up(pst_context *cx) {
    pst_set_state(cx, cx);
    return PST_OK;
}

/* Something of everything. */
static void describe(pst_graph *g) {
    static const float weights[4] = {1, 2, 3, 4};
    pst_stage_options o = PST_STAGE_OPTIONS_INIT;
    pst_edge_options e = PST_EDGE_OPTIONS_INIT;
    pst_matmul_options layer = PST_MATMUL_OPTIONS_INIT;
    pst_type two[2] = {u64, u64};
    pst_type f2 = PST_ROW_TYPE(float, 2);
    e.fusion = PST_FUSE_NEVER;

    pst_stage s = new_source(g);
    pst_stage m = pst_map(g, "map", s, &u64, pass, NULL);
    o.replicas = 3;
    o.setup = set_up;
    o.on_failure = PST_DEAD_LETTER;
    pst_stage_configure(g, m, &o);
    pst_edge_configure(g, s, m, &e);
    pst_sink(g, "dead", pst_dead_letters(g, m), eat, NULL);
    pst_stage entry = pst_merge(g, "entry", &m, 1, PST_MERGE_ANY, NULL, NULL);
    pst_stage step = pst_process(g, "step", entry, two, 2, halve, NULL);
    pst_feedback(g, step, entry, 16);
    pst_stage kept = pst_filter(g, "filter", pst_port(step, 1), keep_all, NULL);
    pst_stage folds[2] = {pst_fold(g, "even", kept, &u64, NULL, 0, add, NULL),
                          pst_fold(g, "odd", kept, &u64, NULL, 10, add, NULL)};
    pst_distribute(g, kept, PST_BY_KEY, own_key, NULL);
    pst_stage joined = pst_merge(g, "join", folds, 2, PST_MERGE_ANY, NULL, NULL);
    pst_stage rows = pst_map(g, "rows", joined, &f2, pass, NULL);
    layer.k = layer.n = 2;
    layer.weights = weights;
    pst_stage out = pst_matmul(g, "layer", rows, &f2, &layer);
    o = (pst_stage_options)PST_STAGE_OPTIONS_INIT;
    o.batch = 5;
    o.linger_ns = 1000;
    o.thread = PST_BLOCKING;
    pst_stage_configure(g, out, &o);
    new_sink(g, out);
}

static void with_seed(unsigned seed, const char *p, counts *c) {
    char executor[64];
    pst_engine_options o = PST_ENGINE_OPTIONS_INIT;
    pst_engine *engine = NULL;
    pst_graph *g = NULL;
    snprintf(executor, sizeof(executor), "simulated:%u,alloc=%s", seed, p);
    setenv("PST_EXECUTOR", executor, 1);
    o.workers = 1 + seed % 4;
    o.trace_capacity = seed % 2 * 100;
    pst_status status = pst_engine_create(&o, &engine);
    if (status == PST_OK)
        status = pst_graph_create("g", &g);
    if (status == PST_OK) {
        describe(g);
        status = pst_graph_run(g, engine);
        for (int view = PST_VIEW_PLAN; view <= PST_VIEW_STALL; view++) {
            char *text = NULL;
            pst_status drawn = pst_graph_render(g, (pst_view)view, PST_TEXT, &text);
            CHECK(drawn == PST_OK || drawn == PST_ENOMEM || drawn == PST_ESTATE);
            pst_text_free(text);
        }
    }
    if (status == PST_OK)
        c->ok++;
    if (status == PST_ENOMEM)
        c->no_memory++;
    if (!CHECK(status == PST_OK || status == PST_ENOMEM))
        printf("    %s: %s \"%s\"\n", executor, pst_status_name(status), pst_last_error());
    /* Again: what failed once may work now. */
    if (g && engine && status == PST_ENOMEM) {
        status = pst_graph_run(g, engine);
        if (!CHECK(status == PST_OK || status == PST_ENOMEM))
            printf("    %s, again: %s \"%s\"\n", executor, pst_status_name(status),
                   pst_last_error());
    }
    pst_graph_destroy(g);
    pst_engine_destroy(engine);
    unsetenv("PST_EXECUTOR");
}

int main(void) {
    begin(60);
    counts often = {0, 0}, seldom = {0, 0}, always = {0, 0}, never = {0, 0};
    for (unsigned seed = 0; seed < 200; seed++) {
        with_seed(seed, "0.3", &often);
        with_seed(seed, "0.01", &seldom);
    }
    for (unsigned seed = 0; seed < 20; seed++) {
        with_seed(seed, "1", &always);
        with_seed(seed, "0", &never);
    }
    CHECK(often.no_memory > 0 && seldom.no_memory > 0 && seldom.ok > 0);
    CHECK(always.no_memory == 20 && never.ok == 20);
    printf("0.3: %d of 200 ran; 0.01: %d of 200 ran\n", often.ok, seldom.ok);
    return end("misuse_memory");
}
