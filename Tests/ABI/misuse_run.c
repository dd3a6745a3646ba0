/* Calls at the wrong time or from the wrong place: from inside callbacks, before and after a run,
 * twice, from many threads, and in a child process. */
#include "misuse.h"

/* ---- From inside a callback ---- */

typedef struct inside {
    pst_engine *engine, *other_engine;
    pst_graph *graph, *other, *running;
    pst_stage feed, drain, source;
    atomic_int calls;
} inside;

static void call_everything(pst_context *cx, inside *c) {
    uint64_t element = 0;
    size_t n = 0;
    pst_run_state state;
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    char *text = NULL;
    if (c->calls++ > 0)
        return;

    FAILS(PST_EDEADLK, "g", pst_graph_run(c->graph, c->engine));
    FAILS(PST_EDEADLK, "g", pst_graph_run(c->other, c->engine));
    FAILS(PST_EDEADLK, "g", pst_graph_run(c->other, c->other_engine));
    FAILS(PST_EBUSY, "g", pst_graph_start(c->graph, c->engine));
    FAILS(PST_EDEADLK, "g", pst_graph_wait(c->graph, PST_FOREVER));
    FAILS(PST_EDEADLK, "g", pst_graph_wait(c->graph, 0));
    FAILS(PST_EDEADLK, "g", pst_graph_poll(c->graph, 0));
    FAILS(PST_EDEADLK, "g", pst_graph_poll(c->graph, PST_FOREVER));
    FAILS(PST_EBUSY, "g", pst_graph_learn(c->graph));
    REPORTS(PST_EDEADLK, "g", (pst_graph_destroy(c->graph), 0));
    REPORTS(PST_EDEADLK, "engine", (pst_engine_destroy(c->engine), 0));
    /* Reading and asking is allowed. */
    SUCCEEDS(pst_graph_validate(c->graph));
    SUCCEEDS(pst_graph_get_state(c->graph, &state, NULL));
    CHECK(state == PST_RUNNING);
    SUCCEEDS(pst_stage_get_stats(c->graph, c->source, &stats));
    SUCCEEDS(pst_engine_get_info(c->engine, &info));
    SUCCEEDS(pst_graph_render(c->graph, PST_VIEW_STALL, PST_TEXT, &text));
    pst_text_free(text);
    SUCCEEDS(pst_graph_render(c->graph, PST_VIEW_PLAN, PST_TEXT, &text));
    pst_text_free(text);
    SUCCEEDS(pst_graph_save(c->graph, PST_VIEW_STATS, PST_JSON, "/dev/null"));
    SUCCEEDS(pst_graph_wake(c->graph, c->source));
    SUCCEEDS(pst_graph_pause(c->graph));
    SUCCEEDS(pst_graph_resume(c->graph));
    CHECK(!pst_should_stop(cx));
    /* Its own feed and drain: as long as it need not wait. */
    SUCCEEDS(pst_push(c->graph, c->feed, &element, 1, 0, NULL));
    pst_status status = PST_OK;
    for (int i = 0; i < 1 << 24 && status == PST_OK; i++)
        status = pst_push(c->graph, c->feed, &element, 1, PST_FOREVER, &n);
    CHECK(status == PST_EDEADLK && n == 0);
    do
        status = pst_pull(c->graph, c->drain, &element, 1, PST_FOREVER, &n);
    while (status == PST_OK);
    CHECK(status == PST_EDEADLK);
    /* Another graph may be started here, and ended by somebody else. */
    SUCCEEDS(pst_graph_start(c->other, c->engine));
    SUCCEEDS(pst_graph_cancel(c->other));
    SUCCEEDS(pst_graph_cancel(c->graph));
    SUCCEEDS(pst_graph_cancel(c->graph));
    CHECK(pst_should_stop(cx));
}

static pst_status source_calls(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)out, (void)capacity, (void)count;
    call_everything(cx, pst_user(cx));
    return PST_OK;
}
static pst_status map_calls(pst_context *cx, const void *in, void *out, size_t n) {
    call_everything(cx, pst_user(cx));
    return pass(cx, in, out, n);
}
static pst_status sink_calls(pst_context *cx, const void *in, size_t n) {
    (void)in, (void)n;
    call_everything(cx, pst_user(cx));
    return PST_OK;
}
static pst_status setup_calls(pst_context *cx) {
    call_everything(cx, pst_user(cx));
    return PST_OK;
}
static void key_calls(const void *in, uint64_t *keys, size_t n, void *user) {
    inside *c = user;
    own_key(in, keys, n, NULL);
    if (c->calls++ == 0) {
        FAILS(PST_EDEADLK, "g", pst_graph_wait(c->graph, PST_FOREVER));
        SUCCEEDS(pst_graph_cancel(c->graph));
    }
}

static void reentrant(int place, pst_thread thread) {
    inside c = {new_engine(2), new_engine(1), new_graph(), new_graph(), NULL, none, none, none, 0};
    pst_stage_options o = PST_STAGE_OPTIONS_INIT;
    pst_graph *g = c.graph;
    new_sink(c.other, pst_source(c.other, "for ever", &u64, fill_for_ever, NULL));

    c.feed = pst_feed(g, "feed", &u64);
    c.drain = pst_drain(g, "drain", c.feed);
    c.source = place == 0 ? pst_source(g, "source", &u64, source_calls, &c)
                          : pst_source(g, "source", &u64, fill_for_ever, NULL);
    pst_stage m = place == 1 ? pst_map(g, "map", c.source, &u64, map_calls, &c)
                             : pst_map(g, "map", c.source, &u64, pass, &c);
    pst_stage s = pst_sink(g, "sink", m, place == 2 ? sink_calls : eat, place == 2 ? &c : NULL);
    o.thread = thread;
    if (place == 3)
        o.setup = setup_calls;
    if (place == 4) {
        pst_sink(g, "second", m, eat, NULL);
        pst_distribute(g, m, PST_BY_KEY, key_calls, &c);
    }
    pst_stage_configure(g, place == 0 ? c.source : place == 2 ? s : m, &o);

    FAILS(PST_ECANCELED, "g", pst_graph_run(g, c.engine));
    CHECK(c.calls > 0);
    pst_graph_destroy(g);
    /* Waits for the other graph, too. */
    pst_engine_destroy(c.engine);
    if (place < 4)
        FAILS(PST_ECANCELED, "g", pst_graph_wait(c.other, PST_FOREVER));
    pst_graph_destroy(c.other);
    pst_engine_destroy(c.other_engine);
}

/* ---- States ---- */

static void states(pst_engine *engine) {
    pst_graph *g = new_graph();
    pst_stage s = pst_source(g, "for ever", &u64, fill_for_ever, NULL);
    pst_stage m = pst_map(g, "map", s, &u64, pass, NULL);
    new_sink(g, m);
    pst_run_state state = PST_ENDED;
    uint64_t elements = 77;
    pst_stage_stats stats = PST_STAGE_STATS_INIT;

    /* Never started. */
    SUCCEEDS(pst_graph_get_state(g, &state, &elements));
    CHECK(state == PST_IDLE && elements == 0);
    FAILS(PST_ESTATE, "g: ", pst_graph_wait(g, 0));
    FAILS(PST_ESTATE, "g: ", pst_graph_wait(g, PST_FOREVER));
    FAILS(PST_ESTATE, "g: ", pst_graph_poll(g, 0));
    FAILS(PST_ESTATE, "g: ", pst_graph_pause(g));
    FAILS(PST_ESTATE, "g: ", pst_graph_resume(g));
    FAILS(PST_ESTATE, "g: ", pst_graph_wake(g, s));
    FAILS(PST_ESTATE, "g: ", pst_graph_learn(g));
    FAILS(PST_ESTATE, "g: ", pst_stage_get_stats(g, s, &stats));
    SUCCEEDS(pst_graph_cancel(g)); /* also when nothing runs */

    /* Running. */
    SUCCEEDS(pst_graph_start(g, engine));
    FAILS(PST_EBUSY, "g: ", pst_graph_start(g, engine));
    FAILS(PST_EBUSY, "g: ", pst_graph_run(g, engine));
    FAILS(PST_EBUSY, "g: ", pst_graph_learn(g));
    FAILS(PST_ETIMEDOUT, "g: ", pst_graph_wait(g, 0));
    FAILS(PST_ETIMEDOUT, "g: ", pst_graph_wait(g, 1));
    SUCCEEDS(pst_graph_poll(g, 0));
    SUCCEEDS(pst_graph_wake(g, s));
    FAILS(PST_EINVAL, "'map'", pst_graph_wake(g, m));
    SUCCEEDS(pst_graph_resume(g)); /* was not paused */
    SUCCEEDS(pst_graph_pause(g));
    SUCCEEDS(pst_graph_pause(g));
    SUCCEEDS(pst_graph_get_state(g, &state, NULL));
    CHECK(state == PST_PAUSED);
    FAILS(PST_ETIMEDOUT, "g: ", pst_graph_wait(g, 1000));
    SUCCEEDS(pst_graph_resume(g));
    SUCCEEDS(pst_graph_get_state(g, &state, NULL));
    CHECK(state == PST_RUNNING);
    SUCCEEDS(pst_graph_pause(g));
    SUCCEEDS(pst_graph_cancel(g)); /* ends it, paused or not */
    SUCCEEDS(pst_graph_cancel(g));
    FAILS(PST_ECANCELED, "g: ", pst_graph_wait(g, PST_FOREVER));
    FAILS(PST_ECANCELED, "g: ", pst_graph_wait(g, 0));

    /* Ended. */
    SUCCEEDS(pst_graph_get_state(g, &state, NULL));
    CHECK(state == PST_ENDED);
    CHECK(pst_graph_poll(g, PST_FOREVER) == PST_END);
    SUCCEEDS(pst_graph_pause(g));
    SUCCEEDS(pst_graph_get_state(g, &state, NULL));
    CHECK(state == PST_ENDED);
    SUCCEEDS(pst_graph_resume(g));
    SUCCEEDS(pst_graph_wake(g, s));
    SUCCEEDS(pst_graph_cancel(g));
    SUCCEEDS(pst_graph_learn(g));
    SUCCEEDS(pst_graph_learn(g));
    SUCCEEDS(pst_stage_get_stats(g, s, &stats));

    /* A pause of the last run is not one of the next; nor is its cancellation. */
    SUCCEEDS(pst_graph_pause(g));
    SUCCEEDS(pst_graph_start(g, engine));
    SUCCEEDS(pst_graph_get_state(g, &state, NULL));
    CHECK(state == PST_RUNNING);

    /* Destroyed while it runs. */
    pst_graph_destroy(g);
    FAILS(PST_EHANDLE, "graph", pst_graph_wait(g, PST_FOREVER));

    /* Its engine is destroyed while it runs; then it may run on another. */
    pst_engine *second = new_engine(1);
    g = new_graph();
    s = pst_source(g, "for ever", &u64, fill_for_ever, NULL);
    new_sink(g, s);
    SUCCEEDS(pst_graph_start(g, second));
    pst_engine_destroy(second);
    FAILS(PST_ECANCELED, "g: ", pst_graph_wait(g, PST_FOREVER));
    for (int view = PST_VIEW_PLAN; view <= PST_VIEW_STALL; view++) {
        char *text = NULL;
        SUCCEEDS(pst_graph_render(g, (pst_view)view, PST_TEXT, &text));
        pst_text_free(text);
    }
    SUCCEEDS(pst_stage_get_stats(g, s, &stats));
    SUCCEEDS(pst_graph_learn(g));
    FAILS(PST_EHANDLE, "engine", pst_graph_start(g, second));
    SUCCEEDS(pst_graph_start(g, engine));
    pst_graph_destroy(g);

    /* Described further after a run. */
    g = new_graph();
    s = new_source(g);
    new_sink(g, s);
    RUNS(pst_graph_run(g, engine));
    pst_sink(g, "second", s, eat, NULL);
    RUNS(pst_graph_run(g, engine));
    pst_stage late = pst_map(g, "late", s, &u64, pass, NULL);
    FAILS(PST_EPORT, "'late'", pst_graph_run(g, engine));
    CHECK(pst_stage_get_stats(g, late, &stats) != PST_EINTERNAL);
    CHECK(pst_graph_learn(g) != PST_EINTERNAL);
    pst_stage feed = pst_feed(g, "feed", &u64);
    pst_stage drain = pst_drain(g, "drain", feed);
    uint64_t element = 0;
    size_t n;
    CHECK(pst_push(g, feed, &element, 1, 0, NULL) != PST_OK);
    CHECK(pst_pull(g, drain, &element, 1, 0, &n) != PST_OK);
    CHECK(pst_close(g, feed) != PST_OK);
    pst_graph_destroy(g);
}

/* A type's destroy function is a callback like any other, also the one that destroying calls. */
static void destroy_calls(void *elements, size_t n, void *user) {
    pst_graph *g = new_graph();
    (void)elements;
    SUCCEEDS(pst_graph_validate(*(pst_graph **)user));
    pst_graph_destroy(g);
    *(pst_graph **)user = NULL;
    (void)n;
}

static void reentrant_destroy(pst_engine *engine) {
    pst_graph *g = new_graph(), *other = new_graph(), *used = other;
    pst_type type = u64;
    uint64_t element = 0;
    new_sink(other, new_source(other));
    type.destroy = destroy_calls;
    type.user = &used;
    pst_stage feed = pst_feed(g, "feed", &type);
    pst_drain(g, "drain", feed);
    SUCCEEDS(pst_graph_start(g, engine));
    SUCCEEDS(pst_push(g, feed, &element, 1, PST_FOREVER, NULL));
    SUCCEEDS(pst_close(g, feed));
    RUNS(pst_graph_wait(g, PST_FOREVER));
    pst_graph_destroy(g);
    CHECK(used == NULL); /* it was called */
    pst_graph_destroy(other);
}

/* ---- Many threads ---- */

static pst_engine *shared;
static atomic_bool enough;

static void *create_and_destroy(void *unused) {
    (void)unused;
    for (int i = 0; i < 30; i++) {
        pst_engine *engine = i % 3 == 0 ? new_engine(1 + (unsigned)i % 3) : NULL;
        pst_graph *g = new_graph();
        uint64_t eaten = 0;
        pst_sink(g, "sink", new_source(g), eat, &eaten);
        RUNS(pst_graph_run(g, engine ? engine : shared));
        CHECK(eaten == 1000);
        if (i % 2)
            RUNS(pst_graph_start(g, engine ? engine : shared));
        if (i % 4 < 2)
            pst_engine_destroy(engine);
        pst_graph_destroy(g);
        pst_engine_destroy(engine);
    }
    return NULL;
}

static void *destroy_graph(void *graph) {
    pst_graph_destroy(graph);
    return NULL;
}
static void *destroy_engine(void *engine) {
    pst_engine_destroy(engine);
    return NULL;
}
static void *start_graph(void *graph) {
    pst_status status = pst_graph_start(graph, shared);
    CHECK(status == PST_OK || status == PST_EBUSY || status == PST_EHANDLE);
    return NULL;
}
static void *wait_graph(void *graph) {
    pst_status status = pst_graph_wait(graph, PST_FOREVER);
    CHECK(status == PST_ECANCELED || status == PST_ESTATE || status == PST_EHANDLE);
    return NULL;
}
static void *look(void *graph) {
    while (!enough) {
        pst_run_state state;
        char *text = NULL;
        CHECK(pst_graph_get_state(graph, &state, NULL) == PST_OK);
        if (pst_graph_render(graph, PST_VIEW_PLAN, PST_JSON, &text) == PST_OK)
            pst_text_free(text);
        if (pst_graph_render(graph, PST_VIEW_STATS, PST_TEXT, &text) == PST_OK)
            pst_text_free(text);
        if (pst_graph_render(graph, PST_VIEW_STALL, PST_TEXT, &text) == PST_OK)
            pst_text_free(text);
        pst_graph_pause(graph);
        pst_graph_resume(graph);
    }
    return NULL;
}

static void many_threads(void) {
    pthread_t threads[8];
    shared = new_engine(2);
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, create_and_destroy, NULL);
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);

    /* Destroyed, started and waited for by several at once. */
    for (int round = 0; round < 50; round++) {
        static void *(*const acts[])(void *) = {destroy_graph, wait_graph,  start_graph,
                                                destroy_graph, start_graph, wait_graph};
        pst_graph *g = new_graph();
        new_sink(g, pst_source(g, "for ever", &u64, fill_for_ever, NULL));
        if (round % 2)
            SUCCEEDS(pst_graph_start(g, shared));
        for (int i = 0; i < 6; i++)
            pthread_create(&threads[i], NULL, acts[i], g);
        for (int i = 0; i < 6; i++)
            pthread_join(threads[i], NULL);
        FAILS(PST_EHANDLE, "graph", pst_graph_validate(g));
    }
    for (int round = 0; round < 20; round++) {
        pst_engine *engine = new_engine(2);
        pst_graph *g = new_graph();
        new_sink(g, pst_source(g, "for ever", &u64, fill_for_ever, NULL));
        SUCCEEDS(pst_graph_start(g, engine));
        for (int i = 0; i < 3; i++)
            pthread_create(&threads[i], NULL, destroy_engine, engine);
        for (int i = 3; i < 5; i++)
            pthread_create(&threads[i], NULL, wait_graph, g);
        for (int i = 0; i < 5; i++)
            pthread_join(threads[i], NULL);
        FAILS(PST_ECANCELED, "g", pst_graph_wait(g, PST_FOREVER));
        pst_graph_destroy(g);
    }
    /* Watched while it starts and ends again and again. */
    pst_graph *g = new_graph();
    new_sink(g, new_source(g));
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, look, g);
    for (int i = 0; i < 200; i++)
        RUNS(pst_graph_run(g, shared));
    enough = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    pst_graph_destroy(g);
    pst_engine_destroy(shared);
}

/* ---- Two threads at one feed, two at one drain ---- */

typedef struct ends {
    pst_graph *graph;
    pst_stage feed, drain;
    atomic_int busy, moved;
} ends;

static void *push_many(void *argument) {
    ends *e = argument;
    for (uint64_t i = 0; i < 5000;) {
        pst_status status = pst_push(e->graph, e->feed, &i, 1, PST_FOREVER, NULL);
        if (status == PST_EBUSY)
            e->busy++;
        else if (!CHECK(status == PST_OK))
            break;
        else
            i++;
    }
    return NULL;
}

static void *pull_all(void *argument) {
    ends *e = argument;
    uint64_t elements[16];
    size_t n;
    for (;;) {
        pst_status status = pst_pull(e->graph, e->drain, elements, 16, PST_FOREVER, &n);
        if (status == PST_EBUSY)
            continue;
        if (status == PST_END)
            return NULL;
        if (!CHECK(status == PST_OK && n >= 1 && n <= 16))
            return NULL;
        e->moved += (int)n;
    }
}

static void shared_ends(pst_engine *engine) {
    ends e = {new_graph(), none, none, 0, 0};
    pthread_t pushers[2], pullers[2];
    e.feed = pst_feed(e.graph, "feed", &u64);
    e.drain = pst_drain(e.graph, "drain", e.feed);
    SUCCEEDS(pst_graph_start(e.graph, engine));
    for (int i = 0; i < 2; i++) {
        pthread_create(&pushers[i], NULL, push_many, &e);
        pthread_create(&pullers[i], NULL, pull_all, &e);
    }
    for (int i = 0; i < 2; i++)
        pthread_join(pushers[i], NULL);
    SUCCEEDS(pst_close(e.graph, e.feed));
    for (int i = 0; i < 2; i++)
        pthread_join(pullers[i], NULL);
    CHECK(e.moved == 10000);
    RUNS(pst_graph_wait(e.graph, PST_FOREVER));
    pst_graph_destroy(e.graph);
}

/* ---- A child process ---- */

static void in_child(pst_engine *engine, pst_graph *running, pst_graph *idle, pst_stage feed,
                     pst_stage drain) {
    uint64_t element = 0;
    size_t n;
    char *text = NULL;
    alarm(20);
    atomic_store(&failures, 0);
    FAILS(PST_EFORK, "fork", pst_graph_run(idle, engine));
    FAILS(PST_EFORK, "fork", pst_graph_start(idle, engine));
    FAILS(PST_EFORK, "fork", pst_graph_run(running, engine));
    FAILS(PST_EFORK, "fork", pst_graph_wait(running, PST_FOREVER));
    FAILS(PST_EFORK, "fork", pst_graph_poll(running, PST_FOREVER));
    FAILS(PST_EFORK, "fork", pst_graph_cancel(running));
    FAILS(PST_EFORK, "fork", pst_graph_pause(running));
    FAILS(PST_EFORK, "fork", pst_graph_resume(running));
    FAILS(PST_EFORK, "fork", pst_graph_learn(running));
    FAILS(PST_EFORK, "fork", pst_push(running, feed, &element, 1, PST_FOREVER, NULL));
    FAILS(PST_EFORK, "fork", pst_close(running, feed));
    FAILS(PST_EFORK, "fork", pst_pull(running, drain, &element, 1, PST_FOREVER, &n));
    /* What only reads need not fail, but returns. */
    pst_run_state state;
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    pst_graph_get_state(running, &state, NULL);
    pst_stage_get_stats(running, feed, &stats);
    pst_engine_get_info(engine, &info);
    for (int view = PST_VIEW_PLAN; view <= PST_VIEW_TIMELINE; view++) {
        text = NULL;
        if (pst_graph_render(running, (pst_view)view, PST_TEXT, &text) == PST_OK)
            pst_text_free(text);
    }
    text = NULL;
    if (pst_engine_render(engine, PST_VIEW_TOPOLOGY, PST_TEXT, &text) == PST_OK)
        pst_text_free(text);
    SUCCEEDS(pst_graph_validate(running));

    /* A child makes an engine of its own. */
    pst_engine *own = new_engine(2);
    RUNS(pst_graph_run(idle, own));
    pst_graph_destroy(idle);
    pst_graph_destroy(running);
    pst_engine_destroy(engine);
    pst_engine_destroy(own);
    FAILS(PST_EHANDLE, "graph", pst_graph_validate(running));
    fflush(stdout);
    _exit(failures != 0);
}

static void forks(pst_engine *engine) {
    pst_graph *running = new_graph(), *idle = new_graph();
    pst_stage feed = pst_feed(running, "feed", &u64);
    pst_stage drain = pst_drain(running, "drain", pst_map(running, "map", feed, &u64, pass, NULL));
    new_sink(idle, new_source(idle));
    SUCCEEDS(pst_graph_start(running, engine));
    for (int round = 0; round < 5; round++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            in_child(engine, running, idle, feed, drain);
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        if (!CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0))
            printf("    the child ended with status %x\n", status);
        /* The parent goes on. */
        uint64_t element = 4711, got = 0;
        size_t n = 0;
        SUCCEEDS(pst_push(running, feed, &element, 1, PST_FOREVER, NULL));
        SUCCEEDS(pst_pull(running, drain, &got, 1, PST_FOREVER, &n));
        CHECK(n == 1 && got == 4711);
    }
    SUCCEEDS(pst_close(running, feed));
    RUNS(pst_graph_wait(running, PST_FOREVER));
    pst_graph_destroy(running);
    pst_graph_destroy(idle);
}

/* Forks while other threads call the library: no lock that they hold stops the child. */
static void *busy(void *graph) {
    while (!enough) {
        pst_run_state state;
        pst_graph *g = new_graph();
        pst_graph_get_state(graph, &state, NULL);
        pst_graph_destroy(g);
    }
    return NULL;
}

static void forks_under_load(pst_engine *engine) {
    pthread_t threads[2];
#ifdef __SANITIZE_ADDRESS__
    /* The sanitizer's allocator has locks that a fork leaves locked. */
    int rounds = 0;
#else
    int rounds = 200;
#endif
    pst_graph *g = new_graph();
    new_sink(g, new_source(g));
    enough = false;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, busy, g);
    for (int round = 0; round < rounds; round++) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            alarm(10);
            pst_graph *own = NULL;
            _exit(pst_graph_create("own", &own) != PST_OK ||
                  pst_graph_start(g, engine) != PST_EFORK || pst_graph_validate(g) != PST_OK);
        }
        int status = -1;
        CHECK(waitpid(child, &status, 0) == child);
        if (!CHECK(status == 0)) {
            printf("    round %d: the child ended with status %x\n", round, status);
            break;
        }
    }
    enough = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    pst_graph_destroy(g);
}

int main(void) {
    begin(60);
    pst_engine *engine = new_engine(2);
    states(engine);
    shared_ends(engine);
    reentrant_destroy(engine);
    forks(engine);
    forks_under_load(engine);
    for (int place = 0; place < 5; place++) {
        reentrant(place, PST_WORKER);
        reentrant(place, PST_BLOCKING);
        reentrant(place, PST_HOST);
    }
    pst_engine_destroy(engine);
    many_threads();
    return end("misuse_run");
}
