/* Arguments of the functions that describe nothing: status, options of the engine, names, views,
 * texts, contexts, pushes and pulls. */
#include "misuse.h"

static void statuses(void) {
    const int values[] = {-1, 21, 999, 1000, 123456, 0x7fffffff, (int)0x80000000};
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        CHECK(pst_status_name((pst_status)values[i])[0] != 0);
        CHECK(pst_status_text((pst_status)values[i])[0] != 0);
    }
#define NAMED(name, value, text_)                                                                  \
    CHECK(PST_##name == value && strcmp(pst_status_name(PST_##name), "PST_" #name) == 0 &&         \
          strcmp(pst_status_text(PST_##name), text_) == 0);
    PST_STATUS_MAP(NAMED)
    CHECK(pst_version() == PST_VERSION_MAJOR * 10000 + PST_VERSION_MINOR * 100 + PST_VERSION_PATCH);
    CHECK(strlen(pst_build_info()) > 10 && strchr(pst_build_info(), '\n') == NULL);
    /* Types the library gives: usable as they are. */
    CHECK(pst_bytes_type().size == sizeof(pst_bytes) && pst_bytes_type().name != NULL);
    CHECK(pst_tensor_type().size == sizeof(void *) && pst_tensor_type().destroy != NULL);
    pst_text_free(NULL);
}

static void engines(void) {
    pst_engine *const untouched = (pst_engine *)77;
    pst_engine *engine = untouched;
    pst_engine_options o = PST_ENGINE_OPTIONS_INIT;
#define ENGINE(want, part, change)                                                                 \
    do {                                                                                           \
        o = (pst_engine_options)PST_ENGINE_OPTIONS_INIT;                                           \
        change;                                                                                    \
        FAILS(want, part, pst_engine_create(&o, &engine));                                         \
        CHECK(engine == untouched);                                                                \
    } while (0)
    FAILS(PST_EINVAL, "engine", pst_engine_create(NULL, NULL));
    ENGINE(PST_EINVAL, "struct_size", o.struct_size = 0);
    ENGINE(PST_EINVAL, "struct_size", o.struct_size = 1);
    ENGINE(PST_EINVAL, "struct_size", o.struct_size = SIZE_MAX);
    ENGINE(PST_EINVAL, "policy", o.policy = (pst_policy)4);
    ENGINE(PST_EINVAL, "policy", o.policy = (pst_policy)-1);
    ENGINE(PST_EINVAL, "workers", o.workers = UINT32_MAX);
    ENGINE(PST_EINVAL, "executor", o.executor = "nonsense");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:x");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:-1");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:99999999999999999999999999");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:1,alloc=2");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:1,alloc=nan");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:1,alloc=-1");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:1,alloc=");
    ENGINE(PST_EINVAL, "executor", o.executor = "simulated:1,");
    ENGINE(PST_EINVAL, "executor", o.executor = "threads,alloc=0.5");
    ENGINE(PST_EINVAL, "executor", o.executor = "\xff\xfe");
    ENGINE(PST_EINVAL, "topology", o.topology = "nonsense");
    ENGINE(PST_ETOPOLOGY, "topology", o.topology = "xml:");
    ENGINE(PST_ETOPOLOGY, "/no/such/file", o.topology = "xml:/no/such/file");
    ENGINE(PST_ETOPOLOGY, "topology", o.topology = "xml:/dev/null");
    ENGINE(PST_ETOPOLOGY, "topology", o.topology = "synthetic:");
    ENGINE(PST_ETOPOLOGY, "topology", o.topology = "synthetic:nonsense:x");
    ENGINE(PST_EINVAL, "topology", o.topology = "live:1");
    ENGINE(PST_ETOPOLOGY, "topology", o.topology = "synthetic:\xff");

    static const char *const good[][2] = {{"live", "threads"},
                                          {"", ""},
                                          {"synthetic:package:1 core:1 pu:1", "simulated:0"},
                                          {"live", "simulated:18446744073709551615,alloc=0"},
                                          {NULL, "simulated:1,alloc=0.0"}};
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        o = (pst_engine_options)PST_ENGINE_OPTIONS_INIT;
        o.topology = good[i][0];
        o.executor = good[i][1];
        o.reserve = UINT32_MAX; /* one worker is always left */
        SUCCEEDS(pst_engine_create(&o, &engine));
        pst_engine_info info = PST_ENGINE_INFO_INIT;
        SUCCEEDS(pst_engine_get_info(engine, &info));
        CHECK(info.workers >= 1);
        pst_engine_destroy(engine);
    }
    engine = new_engine(1);
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    FAILS(PST_EINVAL, "info", pst_engine_get_info(engine, NULL));
    info.struct_size = 0;
    FAILS(PST_EINVAL, "struct_size", pst_engine_get_info(engine, &info));
    info.struct_size = SIZE_MAX;
    FAILS(PST_EINVAL, "struct_size", pst_engine_get_info(engine, &info));
    pst_engine_destroy(engine);
}

/* Options of a later version, whose end this library does not know: accepted when it is zero. */
static void later_options(void) {
    struct {
        pst_engine_options known;
        char added[64];
    } later = {PST_ENGINE_OPTIONS_INIT, {0}};
    pst_engine *engine = NULL;
    later.known.struct_size = sizeof(later);
    SUCCEEDS(pst_engine_create(&later.known, &engine));
    pst_engine_destroy(engine);
}

static void environment(void) {
    static const char *const names[] = {"PST_EXECUTOR", "PST_TOPOLOGY", "PST_SPIN_NS"};
    static const char *const values[] = {"nonsense", "simulated:", "-1",
                                         "\xff\xff", "1e9",        "99999999999999999999999999"};
    for (size_t i = 0; i < 3; i++) {
        const char *old = getenv(names[i]);
        char *kept = old ? strdup(old) : NULL;
        for (size_t k = 0; k < sizeof(values) / sizeof(*values); k++) {
            pst_engine *engine = NULL;
            setenv(names[i], values[k], 1);
            /* The canary has its own options, so that the variable plays no part in it. */
            FAILS(PST_EINVAL, names[i], pst_engine_create(NULL, &engine));
            CHECK(engine == NULL);
        }
        pst_engine *engine = NULL;
        setenv(names[i], "", 1); /* as if it were not there */
        SUCCEEDS(pst_engine_create(NULL, &engine));
        pst_engine_destroy(engine);
        if (kept)
            setenv(names[i], kept, 1);
        else
            unsetenv(names[i]);
        free(kept);
    }
}

static void graph_names(void) {
    pst_graph *const untouched = (pst_graph *)77;
    pst_graph *graph = untouched;
    char *longest = malloc(10001);
    memset(longest, 'a', 10000);
    longest[10000] = 0;
    FAILS(PST_EINVAL, "graph", pst_graph_create("g", NULL));
    FAILS(PST_EINVAL, "name", pst_graph_create(NULL, &graph));
    FAILS(PST_EINVAL, "name", pst_graph_create("", &graph));
    CHECK(graph == untouched);
    /* What is not UTF-8 is shown repaired. */
    SUCCEEDS(pst_graph_create("\xff\xfe", &graph));
    pst_graph_destroy(graph);
    SUCCEEDS(pst_graph_create("\xc3", &graph));
    pst_graph_destroy(graph);
    SUCCEEDS(pst_graph_create(longest, &graph));
    FAILS(PST_EINVAL, "aaaa", pst_graph_validate(graph));
    pst_graph_destroy(graph);
    SUCCEEDS(pst_graph_create("K\xc3\xb6ln <&\"'\\\n>", &graph));
    pst_graph_destroy(graph);
    free(longest);
}

/* For the callback that was given it: NULL is no context, and what is not a context is not read
 * beyond its mark. */
static void contexts(void) {
    uint64_t mistaken[64];
    memset(mistaken, 0x5a, sizeof(mistaken));
    pst_context *bad[] = {NULL, (pst_context *)mistaken};
    for (size_t i = 0; i < 2; i++) {
        pst_context *cx = bad[i];
        size_t room = 77;
        CHECK(pst_user(cx) == NULL);
        CHECK(pst_state(cx) == NULL);
        pst_set_state(cx, &room);
        CHECK(pst_replica(cx) == 0);
        CHECK(pst_position(cx) == 0);
        (void)pst_should_stop(cx);
        (void)pst_now(cx);
        CHECK(pst_fail(cx, PST_EINVAL, 0, "text") == PST_EINVAL);
        CHECK(pst_fail(cx, PST_OK, SIZE_MAX, NULL) == PST_ESTAGE);
        CHECK(pst_emit(cx, 0, &room, 1) == 0);
        CHECK(pst_reserve(cx, 0, 1, &room) == NULL && room == 0);
        CHECK(pst_reserve(cx, 0, 1, NULL) == NULL);
        FAILS(PST_EPORT, "pst_commit", pst_commit(cx, 0, 1));
    }
    for (size_t i = 0; i < 64; i++)
        CHECK(mistaken[i] == 0x5a5a5a5a5a5a5a5au);
}

static void moving(void) {
    pst_engine *engine = new_engine(1);
    pst_graph *g = new_graph();
    uint64_t elements[4] = {1, 2, 3, 4};
    size_t n = 77;
    pst_stage feed = pst_feed(g, "feed", &u64);
    pst_stage map = pst_map(g, "map", feed, &u64, pass, NULL);
    pst_stage drain = pst_drain(g, "drain", map);
    const pst_stage invented[] = {none, {1}, {UINT64_MAX}, {feed.id + (1ull << 40)}};

    FAILS(PST_ESTATE, "g: ", pst_push(g, feed, elements, 1, 0, &n));
    FAILS(PST_ESTATE, "g: ", pst_close(g, feed));
    FAILS(PST_ESTATE, "g: ", pst_pull(g, drain, elements, 1, 0, &n));
    FAILS(PST_ESTATE, "g", pst_graph_wait(g, 0));
    FAILS(PST_ESTATE, "g", pst_graph_poll(g, 0));
    SUCCEEDS(pst_graph_start(g, engine));
    FAILS(PST_EAGAIN, "drain", pst_pull(g, drain, elements, 1, 0, &n));
    FAILS(PST_ETIMEDOUT, "drain", pst_pull(g, drain, elements, 1, 1, &n));
    FAILS(PST_EINVAL, "elements", pst_push(g, feed, NULL, 1, 0, &n));
    FAILS(PST_EINVAL, "elements", pst_pull(g, drain, NULL, 1, 0, &n));
    FAILS(PST_EINVAL, "capacity", pst_pull(g, drain, elements, 0, 0, &n));
    FAILS(PST_EINVAL, "count", pst_pull(g, drain, elements, 1, 0, NULL));
    FAILS(PST_EINVAL, "count", pst_push(g, feed, elements, SIZE_MAX, 0, &n));
    FAILS(PST_EINVAL, "count", pst_push(g, feed, elements, SIZE_MAX / 2, 0, &n));
    for (size_t i = 0; i < sizeof(invented) / sizeof(*invented); i++) {
        pst_stage_stats stats = PST_STAGE_STATS_INIT;
        FAILS(PST_EHANDLE, "stage", pst_push(g, invented[i], elements, 1, 0, &n));
        FAILS(PST_EHANDLE, "stage", pst_close(g, invented[i]));
        FAILS(PST_EHANDLE, "stage", pst_pull(g, invented[i], elements, 1, 0, &n));
        FAILS(PST_EHANDLE, "stage", pst_graph_wake(g, invented[i]));
        FAILS(PST_EHANDLE, "stage", pst_stage_get_stats(g, invented[i], &stats));
    }
    FAILS(PST_EINVAL, "'map'", pst_push(g, map, elements, 1, 0, &n));
    FAILS(PST_EINVAL, "'map'", pst_close(g, map));
    FAILS(PST_EINVAL, "'map'", pst_pull(g, map, elements, 1, 0, &n));
    FAILS(PST_EINVAL, "'map'", pst_graph_wake(g, map));
    FAILS(PST_EINVAL, "feed", pst_push(g, drain, elements, 1, 0, &n));
    FAILS(PST_EINVAL, "drain", pst_pull(g, feed, elements, 1, 0, &n));
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    FAILS(PST_EINVAL, "stats", pst_stage_get_stats(g, map, NULL));
    stats.struct_size = 0;
    FAILS(PST_EINVAL, "struct_size", pst_stage_get_stats(g, map, &stats));
    stats.struct_size = SIZE_MAX;
    FAILS(PST_EINVAL, "struct_size", pst_stage_get_stats(g, map, &stats));
    FAILS(PST_EINVAL, "state", pst_graph_get_state(g, NULL, NULL));

    SUCCEEDS(pst_push(g, feed, elements, 0, 0, &n));
    CHECK(n == 0);
    SUCCEEDS(pst_push(g, feed, NULL, 0, 0, NULL));
    SUCCEEDS(pst_push(g, feed, elements, 4, PST_FOREVER, &n));
    CHECK(n == 4);
    size_t pulled = 0;
    while (pulled < 4 && pst_pull(g, drain, elements, 4, PST_FOREVER, &n) == PST_OK)
        pulled += n;
    CHECK(pulled == 4);
    SUCCEEDS(pst_close(g, feed));
    pst_status again = pst_close(g, feed); /* closed is closed */
    CHECK(again == PST_OK || again == PST_ECLOSED || again == PST_ESTATE);
    FAILS(PST_ECLOSED, "feed", pst_push(g, feed, elements, 1, PST_FOREVER, &n));
    CHECK(n == 0);
    CHECK(pst_pull(g, drain, elements, 4, PST_FOREVER, &n) == PST_END);
    SUCCEEDS(pst_graph_wait(g, PST_FOREVER));
    SUCCEEDS(pst_graph_wait(g, 0));
    CHECK(pst_pull(g, drain, elements, 4, PST_FOREVER, &n) == PST_END);
    CHECK(pst_graph_poll(g, 0) == PST_END);
    pst_graph_destroy(g);
    pst_engine_destroy(engine);
}

static void views(void) {
    static const char *const legal[] = {"tj", "tjds", "tjds", "tj", "t", "js"};
    pst_engine_options o = PST_ENGINE_OPTIONS_INIT;
    pst_engine *engine = NULL;
    o.workers = 1;
    o.trace_capacity = 100;
    SUCCEEDS(pst_engine_create(&o, &engine));
    for (int state = 0; state < 3; state++) {
        pst_graph *g = new_graph();
        pst_stage feed = pst_feed(g, "feed", &u64);
        new_sink(g, feed);
        if (state > 0)
            SUCCEEDS(pst_graph_start(g, engine));
        if (state > 1) {
            SUCCEEDS(pst_close(g, feed));
            SUCCEEDS(pst_graph_wait(g, PST_FOREVER));
        }
        for (int v = -1; v <= 6; v++)
            for (int f = -1; f <= 4; f++) {
                char *text = NULL;
                bool known = v >= 0 && v < 6 && f >= 0 && f < 4;
                bool has = known && strchr(legal[v], "tjds"[f]);
                pst_status s = pst_graph_render(g, (pst_view)v, (pst_format)f, &text);
                if (!known)
                    CHECK(s == PST_EINVAL && text == NULL);
                else if (v == 0 || !has)
                    CHECK(s == PST_ENOTSUP && text == NULL);
                else
                    CHECK((s == PST_OK && text && text[0]) || (s == PST_ESTATE && !text));
                if (has && state == 2 && v != 0 && v != 4)
                    CHECK(s == PST_OK);
                CHECK(s != PST_ESTATE || state == 0 || v >= 4);
                if (s)
                    CHECK(pst_report(devnull) == s);
                pst_text_free(text);
                text = NULL;
                s = pst_engine_render(engine, (pst_view)v, (pst_format)f, &text);
                CHECK(s == (!known ? PST_EINVAL : v == 0 && has ? PST_OK : PST_ENOTSUP));
                CHECK((s == PST_OK) == (text != NULL));
                pst_text_free(text);
                s = pst_graph_save(g, (pst_view)v, (pst_format)f, "/no/such/directory/file");
                CHECK(s != PST_OK);
            }
        FAILS(PST_EINVAL, "text", pst_graph_render(g, PST_VIEW_GRAPH, PST_TEXT, NULL));
        FAILS(PST_EINVAL, "text", pst_engine_render(engine, PST_VIEW_TOPOLOGY, PST_TEXT, NULL));
        FAILS(PST_EINVAL, "path", pst_graph_save(g, PST_VIEW_GRAPH, PST_TEXT, NULL));
        FAILS(PST_ESYSTEM, "path", pst_graph_save(g, PST_VIEW_GRAPH, PST_TEXT, ""));
        FAILS(PST_ESYSTEM, "/no/such", pst_graph_save(g, PST_VIEW_GRAPH, PST_TEXT, "/no/such/f"));
        FAILS(PST_ESYSTEM, "/tmp", pst_graph_save(g, PST_VIEW_GRAPH, PST_TEXT, "/tmp"));
        FAILS(PST_ESYSTEM, "/dev/full", pst_graph_save(g, PST_VIEW_GRAPH, PST_TEXT, "/dev/full"));
        pst_graph_destroy(g);
    }
    pst_engine_destroy(engine);
}

int main(void) {
    begin(60);
    statuses();
    engines();
    later_options();
    environment();
    graph_names();
    contexts();
    moving();
    views();
    return end("misuse_arguments");
}
