/* Functions for actors from outside of behaviours, with what their header forbids: NULL, garbage
 * and foreign handles, references that are stale, invented or another engine's, wrong sizes and
 * types, options out of range. */
#include "actors_test.h"

#define GARBAGE_ENGINE ((pst_engine *)(uintptr_t)0x5)
#define GARBAGE_DISPATCHER ((pst_dispatcher *)(uintptr_t)0x30)

static pst_status no_answer(pst_context *cx, void *state, pst_status status,
                            const pst_message *message, void *user) {
    (void)cx, (void)state, (void)status, (void)message, (void)user;
    return PST_OK;
}

static pst_status handle_many(pst_context *cx, void *state, const pst_message *messages,
                              size_t count) {
    (void)cx, (void)state, (void)messages, (void)count;
    return PST_OK;
}

static void hear(const pst_actor_event *event, void *user) {
    (void)event, (void)user;
}

/* Each function with a handle that is none, or a dispatcher's or graph's. */
static void handles(pst_engine *engine) {
    pst_graph *graph = new_graph();
    pst_dispatcher *dispatcher = NULL;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    pst_engine *dead = new_actor_engine();
    pst_engine_destroy(dead);
    pst_engine *const bad[] = {NULL, GARBAGE_ENGINE, (pst_engine *)graph, (pst_engine *)dispatcher,
                               dead};
    for (int i = 0; i < 5; i++) {
        const char *text = i ? "engine is not a live engine" : "engine is NULL";
        pst_actor actor = {77};
        pst_bytes bytes = {"x", 1, NULL, NULL};
        pst_actor_stats stats = PST_ACTOR_STATS_INIT;
        pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
        pst_dispatcher *made = NULL;
        size_t size = 77;
        FAILS(PST_EHANDLE, text, pst_actor_spawn(bad[i], ignore, NULL, NULL, &actor));
        FAILS(PST_EHANDLE, text, pst_actor_send(bad[i], actor, 0, NULL, 0));
        FAILS(PST_EHANDLE, text, pst_actor_send_bytes(bad[i], actor, 0, &bytes));
        FAILS(PST_EHANDLE, text, pst_actor_send_many(bad[i], actor, 0, "x", 1, 1, &size));
        FAILS(PST_EHANDLE, text, pst_actor_ask(bad[i], actor, 0, NULL, 0, 0, NULL, &size));
        FAILS(PST_EHANDLE, text, pst_actor_reply(bad[i], (pst_token){1}, PST_OK, NULL, 0));
        FAILS(PST_EHANDLE, text, pst_actor_stop(bad[i], actor, PST_STOP_NOW));
        FAILS(PST_EHANDLE, text, pst_actor_find(bad[i], "x", &actor));
        FAILS(PST_EHANDLE, text, pst_actor_get_stats(bad[i], actor, &stats));
        FAILS(PST_EHANDLE, text, pst_actors_get_counts(bad[i], &counts));
        FAILS(PST_EHANDLE, text, pst_actors_await_quiescent(bad[i], 0));
        FAILS(PST_EHANDLE, text, pst_actors_stop(bad[i], 0, &counts));
        FAILS(PST_EHANDLE, text, pst_actors_observe(bad[i], hear, NULL));
        FAILS(PST_EHANDLE, text, pst_dispatcher_create(bad[i], &made));
        CHECK(actor.id == 77 && size == 77 && made == NULL);
    }
    pst_dispatcher_destroy(dispatcher);
    pst_dispatcher *const worse[] = {NULL, GARBAGE_DISPATCHER, (pst_dispatcher *)graph,
                                     (pst_dispatcher *)engine, dispatcher};
    for (int i = 0; i < 5; i++) {
        const char *text = i ? "dispatcher is not a live dispatcher" : "dispatcher is NULL";
        size_t handled = 77;
        FAILS(PST_EHANDLE, text, pst_dispatcher_poll(worse[i], 0, 0, &handled));
        FAILS(PST_EHANDLE, text,
              pst_dispatcher_ask(worse[i], PST_NO_ACTOR, 0, NULL, 0, 0, no_answer, NULL));
        REPORTS(PST_EHANDLE, text, pst_dispatcher_fd(worse[i]));
        CHECK(pst_dispatcher_fd(worse[i]) == -1 && handled == 77);
        if (i)
            REPORTS(PST_EHANDLE, text, pst_dispatcher_destroy(worse[i]));
    }
    canary();
    pst_dispatcher_destroy(NULL);
    CHECK(strstr(pst_last_error(), "canary") != NULL);
    pst_graph_destroy(graph);
}

/* ---- Spawns ---- */

#define BAD_OPTION(want, part, ...)                                                                \
    do {                                                                                           \
        pst_actor_options o = PST_ACTOR_OPTIONS_INIT;                                              \
        pst_actor actor = {77};                                                                    \
        __VA_ARGS__;                                                                               \
        FAILS(want, part, pst_actor_spawn(engine, ignore, NULL, &o, &actor));                      \
        CHECK(actor.id == 77);                                                                     \
    } while (0)

static void spawns(pst_engine *engine) {
    pst_actor actor = {77};
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_engine *other = new_actor_engine();
    pst_dispatcher *dispatcher = NULL, *gone = NULL;
    RUNS(pst_dispatcher_create(other, &dispatcher));
    RUNS(pst_dispatcher_create(engine, &gone));
    pst_dispatcher_destroy(gone);
    options.destroy = count_destroyed;
    FAILS(PST_EINVAL, "actor is NULL", pst_actor_spawn(engine, ignore, NULL, &options, NULL));
    FAILS(PST_EINVAL, "behaviour is NULL", pst_actor_spawn(engine, NULL, NULL, &options, &actor));
    FAILS(PST_EINVAL, "behaviour is NULL", pst_actor_spawn(engine, NULL, NULL, NULL, &actor));
    BAD_OPTION(PST_EINVAL, "batch", o.batch = handle_many);
    BAD_OPTION(PST_EINVAL, "struct_size", o.struct_size = 0);
    BAD_OPTION(PST_EINVAL, "struct_size", o.struct_size = 3);
    BAD_OPTION(PST_EINVAL, "struct_size", o.struct_size = (size_t)1 << 40);
    BAD_OPTION(PST_EINVAL, "on_failure", o.on_failure = (pst_on_failure)4);
    BAD_OPTION(PST_EINVAL, "on_failure", o.on_failure = (pst_on_failure)0x7fffffff);
    BAD_OPTION(PST_EINVAL, "strategy", o.strategy = (pst_strategy)3);
    BAD_OPTION(PST_EINVAL, "overflow", o.overflow = (pst_overflow)4);
    BAD_OPTION(PST_EINVAL, "overflow", o.overflow = (pst_overflow)0x7fffff00);
    BAD_OPTION(PST_EINVAL, "max_restarts", o.max_restarts = 1001);
    BAD_OPTION(PST_EINVAL, "max_restarts", o.max_restarts = UINT32_MAX - 1);
    BAD_OPTION(PST_EINVAL, "capacity", o.capacity = ((size_t)1 << 30) + 1);
    BAD_OPTION(PST_EINVAL, "capacity", o.capacity = SIZE_MAX);
    BAD_OPTION(PST_EINVAL, "name is empty", o.name = "");
    BAD_OPTION(PST_EINVAL, "options.on", o.on = "nowhere:7");
    BAD_OPTION(PST_EINVAL, "options.on", o.on = "core:77777");
    BAD_OPTION(PST_EINVAL, "options.on", o.on = "");
    BAD_OPTION(PST_EHANDLE, "dispatcher", o.dispatcher = GARBAGE_DISPATCHER);
    BAD_OPTION(PST_EHANDLE, "dispatcher", o.dispatcher = gone);
    BAD_OPTION(PST_EINVAL, "another engine", o.dispatcher = dispatcher);
    options.name = "felix";
    RUNS(pst_actor_spawn(engine, ignore, NULL, &options, &actor));
    pst_actor felix = actor;
    FAILS(PST_EBUSY, "felix", pst_actor_spawn(engine, ignore, NULL, &options, &actor));
    /* Errors run no destroy, and the name goes with the one that has it. */
    CHECK(states_destroyed == 0 && actor.id == felix.id && counts_of(engine).spawned == 1);
    RUNS(pst_actor_stop(engine, felix, PST_STOP_NOW));
    settle(engine);
    RUNS(pst_actor_spawn(engine, ignore, NULL, &options, &actor));
    /* One that is refused does not keep the name. */
    options.name = "tom";
    options.capacity = SIZE_MAX;
    FAILS(PST_EINVAL, "capacity", pst_actor_spawn(engine, ignore, NULL, &options, &actor));
    options.capacity = (size_t)1 << 30;
    RUNS(pst_actor_spawn(engine, ignore, NULL, &options, &actor));
    pst_dispatcher_destroy(dispatcher);
    pst_engine_destroy(other);
}

/* ---- Sends and asks ---- */

static void sends(pst_engine *engine) {
    pst_actor it = spawn(engine, ignore, NULL);
    pst_bytes bytes = new_payload("x", 1), wrong = bytes;
    size_t sent = 77, size = 77;
    char reply[8];
    const uint32_t types[] = {PST_SYSTEM_TYPES, PST_DOWN, PST_IDLE_TIMEOUT, 0x10000, UINT32_MAX};
    for (int i = 0; i < 5; i++) {
        FAILS(PST_EINVAL, "type", pst_actor_send(engine, it, types[i], NULL, 0));
        FAILS(PST_EINVAL, "type",
              pst_actor_send(engine, it, types[i], long_payload(1), LONG_BYTES));
        FAILS(PST_EINVAL, "type", pst_actor_send_bytes(engine, it, types[i], &bytes));
        FAILS(PST_EINVAL, "type", pst_actor_send_many(engine, it, types[i], "x", 1, 1, &sent));
        FAILS(PST_EINVAL, "type",
              pst_actor_ask(engine, it, types[i], NULL, 0, PST_FOREVER, reply, &size));
    }
    const size_t sizes[] = {1, LONG_BYTES, SIZE_MAX, (size_t)1 << 63};
    for (int i = 0; i < 4; i++) {
        const char *part = i < 2 ? "data is NULL" : "more than memory can hold";
        FAILS(PST_EINVAL, part, pst_actor_send(engine, it, 0, NULL, sizes[i]));
        FAILS(PST_EINVAL, part,
              pst_actor_ask(engine, it, 0, NULL, sizes[i], PST_FOREVER, reply, &size));
        FAILS(PST_EINVAL, part, pst_actor_send_many(engine, it, 0, NULL, sizes[i], 1, &sent));
        FAILS(PST_EINVAL, part, pst_actor_reply(engine, (pst_token){1}, PST_OK, NULL, sizes[i]));
    }
    FAILS(PST_ENOMEM, "memory", pst_actor_send(engine, it, 0, "x", SIZE_MAX / 2));
    FAILS(PST_ENOMEM, "memory", pst_actor_send(engine, it, 0, "x", (size_t)1 << 60));
    FAILS(PST_ENOMEM, "memory",
          pst_actor_ask(engine, it, 0, "x", SIZE_MAX / 2, PST_FOREVER, reply, &size));
    FAILS(PST_EINVAL, "memory can hold",
          pst_actor_send_many(engine, it, 0, "x", SIZE_MAX / 2, 3, &sent));
    FAILS(PST_EINVAL, "memory can hold",
          pst_actor_send_many(engine, it, 0, "x", 3, SIZE_MAX, &sent));
    FAILS(PST_EINVAL, "", pst_actor_send_many(engine, it, 0, "x", 0, SIZE_MAX, &sent));
    FAILS(PST_EINVAL, "bytes is NULL", pst_actor_send_bytes(engine, it, 0, NULL));
    wrong.data = NULL;
    FAILS(PST_EINVAL, "data is NULL", pst_actor_send_bytes(engine, it, 0, &wrong));
    wrong = bytes;
    wrong.size = SIZE_MAX;
    FAILS(PST_EINVAL, "too large", pst_actor_send_bytes(engine, it, 0, &wrong));
    FAILS(PST_EINVAL, "reply_size is NULL",
          pst_actor_ask(engine, it, 0, NULL, 0, PST_FOREVER, reply, NULL));
    CHECK(payloads_released == 0 && size == 77);
    /* None of them was sent. */
    settle(engine);
    CHECK(counts_of(engine).sent == 0);
    /* None, of no bytes, without anybody who wants to know: nothing wrong with it. */
    SUCCEEDS(pst_actor_send_many(engine, it, 0, NULL, 8, 0, NULL));
    SUCCEEDS(pst_actor_send_many(engine, it, 0, NULL, 0, 3, NULL));
    wrong = (pst_bytes){NULL, 0, NULL, NULL};
    SUCCEEDS(pst_actor_send_bytes(engine, it, PST_SYSTEM_TYPES - 1, &wrong));
    keep_payload(&bytes);
}

/* ---- References ---- */

static void references(pst_engine *engine) {
    pst_engine *other = new_actor_engine();
    pst_actor stale = spawn(engine, ignore, NULL), alive = spawn(engine, ignore, NULL);
    pst_actor foreign = spawn(other, ignore, NULL);
    RUNS(pst_actor_stop(engine, stale, PST_STOP_NOW));
    settle(engine);
    pst_actor bad[] = {PST_NO_ACTOR,
                       stale,
                       foreign,
                       {UINT64_MAX},
                       {1},
                       {(uint64_t)1 << 32},
                       {alive.id ^ (uint64_t)1 << 63},
                       {alive.id | (uint64_t)0xff << 56},
                       {alive.id + ((uint64_t)1 << 32)},
                       {alive.id + 1000000},
                       {0xdeadbeefcafebabe}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pst_bytes bytes = new_payload("x", 1);
        pst_actor_stats stats = PST_ACTOR_STATS_INIT;
        size_t sent = 0;
        FAILS(PST_ESTALE, "gone", pst_actor_send(engine, bad[i], 0, NULL, 0));
        FAILS(PST_ESTALE, "gone", pst_actor_send(engine, bad[i], 0, long_payload(1), LONG_BYTES));
        FAILS(PST_ESTALE, "gone", pst_actor_send_bytes(engine, bad[i], 0, &bytes));
        FAILS(PST_ESTALE, "gone", pst_actor_send_many(engine, bad[i], 0, "abc", 1, 3, &sent));
        CHECK(sent == 3);
        FAILS(PST_ESTALE, "gone",
              pst_actor_send_many(engine, bad[i], 0, long_payload(1), 60, 3, &sent));
        FAILS(PST_ESTALE, "gone",
              pst_actor_ask(engine, bad[i], 0, NULL, 0, PST_FOREVER, NULL, NULL));
        FAILS(PST_ESTALE, "gone", pst_actor_stop(engine, bad[i], PST_STOP_NOW));
        FAILS(PST_ESTALE, "gone", pst_actor_stop(engine, bad[i], PST_STOP_LAST));
        FAILS(PST_ESTALE, "gone", pst_actor_get_stats(engine, bad[i], &stats));
        FAILS(PST_EINVAL, "mode", pst_actor_stop(engine, bad[i], (pst_stop_mode)2));
    }
    /* Each is a dead letter, and its payload released. */
    size_t count = sizeof bad / sizeof *bad;
    CHECK(counts_of(engine).dead_letters == count * 10);
    CHECK(payloads_released == (long)count);
    const pst_token tokens[] = {
        {0}, {1}, {UINT64_MAX}, {alive.id}, {0x100000000}, {0x7fffffff00000000}, {0xffffffff}};
    for (int i = 0; i < 7; i++) {
        FAILS(PST_ESTALE, "waits", pst_actor_reply(engine, tokens[i], PST_OK, NULL, 0));
        FAILS(PST_ESTALE, "waits",
              pst_actor_reply(engine, tokens[i], PST_OK, long_payload(1), LONG_BYTES));
    }
    FAILS(PST_EINVAL, "mode", pst_actor_stop(engine, alive, (pst_stop_mode)77));
    CHECK(!is_gone(engine, alive));
    pst_engine_destroy(other);
}

/* ---- Structs to be filled, names ---- */

static void questions(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor plain = spawn(engine, ignore, NULL), found = {77};
    options.statistics = true;
    options.name = "felix";
    pst_actor it = spawn_with(engine, ignore, NULL, &options);
    pst_actor_stats stats = PST_ACTOR_STATS_INIT;
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    FAILS(PST_ESTATE, "statistics is false", pst_actor_get_stats(engine, plain, &stats));
    FAILS(PST_EINVAL, "stats is NULL", pst_actor_get_stats(engine, it, NULL));
    FAILS(PST_EINVAL, "counts is NULL", pst_actors_get_counts(engine, NULL));
    const size_t sizes[] = {0, 7, (size_t)1 << 20, SIZE_MAX};
    for (int i = 0; i < 4; i++) {
        stats.struct_size = counts.struct_size = sizes[i];
        FAILS(PST_EINVAL, "struct_size", pst_actor_get_stats(engine, it, &stats));
        FAILS(PST_EINVAL, "struct_size", pst_actors_get_counts(engine, &counts));
    }
    /* An older program's, and a newer one's. */
    counts.struct_size = 2 * sizeof(uint64_t);
    counts.delivered = 4711;
    SUCCEEDS(pst_actors_get_counts(engine, &counts));
    CHECK(counts.delivered == 4711);
    FAILS(PST_EINVAL, "name is NULL", pst_actor_find(engine, NULL, &found));
    FAILS(PST_EINVAL, "actor is NULL", pst_actor_find(engine, "felix", NULL));
    FAILS(PST_ESTALE, "tom", pst_actor_find(engine, "tom", &found));
    FAILS(PST_ESTALE, "", pst_actor_find(engine, "", &found));
    CHECK(found.id == 77);
    SUCCEEDS(pst_actor_find(engine, "felix", &found));
    CHECK(found.id == it.id);
    FAILS(PST_EINVAL, "dispatcher is NULL", pst_dispatcher_create(engine, NULL));
    SUCCEEDS(pst_actors_await_quiescent(engine, PST_FOREVER));
    SUCCEEDS(pst_actors_observe(engine, NULL, NULL));
}

static void dispatcher_asks(pst_engine *engine) {
    pst_dispatcher *it = NULL;
    pst_actor actor = spawn(engine, ignore, NULL);
    RUNS(pst_dispatcher_create(engine, &it));
    FAILS(PST_EINVAL, "answer is NULL",
          pst_dispatcher_ask(it, actor, 0, NULL, 0, PST_FOREVER, NULL, NULL));
    FAILS(PST_EINVAL, "data is NULL",
          pst_dispatcher_ask(it, actor, 0, NULL, 1, PST_FOREVER, no_answer, NULL));
    FAILS(PST_EINVAL, "type",
          pst_dispatcher_ask(it, actor, PST_DOWN, NULL, 0, PST_FOREVER, no_answer, NULL));
    FAILS(PST_ENOMEM, "memory",
          pst_dispatcher_ask(it, actor, 0, "x", SIZE_MAX / 2, PST_FOREVER, no_answer, NULL));
    CHECK(counts_of(engine).sent == 0);
    /* One that nobody answers, and that is never polled for. */
    SUCCEEDS(pst_dispatcher_ask(it, actor, 0, NULL, 0, PST_FOREVER, no_answer, NULL));
    SUCCEEDS(pst_dispatcher_ask(it, PST_NO_ACTOR, 0, NULL, 0, 5, no_answer, NULL));
    pst_dispatcher_destroy(it);
}

/* After fork() the child has none of it. */
static void ports(pst_engine *engine) {
    pst_type u64 = PST_TYPE(uint64_t);
    pst_graph *graph = NULL, *other = NULL;
    pst_actor it = spawn_with(engine, ignore, NULL, NULL);
    RUNS(pst_graph_create("ports", &graph));
    RUNS(pst_graph_create("other", &other));
    pst_stage feed = pst_feed(graph, "in", &u64);
    pst_stage drain = pst_drain(graph, "out", feed);
    pst_stage foreign = pst_feed(other, "in", &u64);
    FAILS(PST_EHANDLE, "graph", pst_actor_port(NULL, feed, engine, it, 0));
    FAILS(PST_EHANDLE, "engine", pst_actor_port(graph, feed, NULL, it, 0));
    FAILS(PST_EHANDLE, "stage", pst_actor_port(graph, PST_NO_STAGE, engine, it, 0));
    FAILS(PST_EHANDLE, "stage", pst_actor_port(graph, foreign, engine, it, 0));
    FAILS(PST_EINVAL, "type", pst_actor_port(graph, drain, engine, it, PST_SYSTEM_TYPES));
    /* An actor that is gone is told nothing. */
    RUNS(pst_actor_port(graph, drain, engine, PST_NO_ACTOR, 0));
    RUNS(pst_graph_start(graph, engine));
    RUNS(pst_graph_cancel(graph));
    (void)pst_graph_wait(graph, PST_FOREVER);
    pst_graph_destroy(graph);
    pst_graph_destroy(other);
}

static void forked(pst_engine *engine) {
    pst_dispatcher *dispatcher = NULL;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    pst_actor it = spawn_with(engine, ignore, NULL, &options);
    settle(engine);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int before = failures;
        pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
        alarm(10);
        FAILS(PST_EFORK, "fork", pst_actor_send(engine, it, 0, NULL, 0));
        FAILS(PST_EFORK, "fork", pst_actor_spawn(engine, ignore, NULL, NULL, &it));
        FAILS(PST_EFORK, "fork", pst_actors_await_quiescent(engine, PST_FOREVER));
        FAILS(PST_EFORK, "fork", pst_actors_stop(engine, PST_FOREVER, &counts));
        FAILS(PST_EFORK, "fork", pst_actors_get_counts(engine, &counts));
        FAILS(PST_EFORK, "fork", pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, NULL));
        FAILS(PST_EFORK, "fork",
              pst_dispatcher_ask(dispatcher, it, 0, NULL, 0, PST_FOREVER, no_answer, NULL));
        canary();
        pst_dispatcher_destroy(dispatcher);
        pst_engine_destroy(engine);
        CHECK(strstr(pst_last_error(), "canary") != NULL);
        _exit(failures != before);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    pst_dispatcher_destroy(dispatcher);
}

int main(void) {
    begin(60);
    setbuf(stdout, NULL);
    const actor_test tests[] = {handles,   spawns,          sends, references,
                                questions, dispatcher_asks, ports, forked};
    const char *const names[] = {"handles",   "spawns",          "sends", "references",
                                 "questions", "dispatcher_asks", "ports", "forked"};
    for (int i = 0; i < 8; i++) {
        on_threads(tests[i], names[i]);
        simulated(tests[i], names[i], 5, "");
    }
    return end("misuse_actors");
}
