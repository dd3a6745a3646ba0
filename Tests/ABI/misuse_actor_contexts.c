/* Functions for the inside of behaviours with what their header forbids: contexts that are none, of
 * a stage, or used when their callback has returned; what waits; and each wrong argument. */
#include "actors_test.h"

static pst_status no_answer(pst_context *cx, void *state, pst_status status,
                            const pst_message *message, void *user) {
    (void)cx, (void)state, (void)status, (void)message, (void)user;
    return PST_OK;
}

/* No function does anything with such a context. */
static void refuse_all(pst_context *cx, const char *part) {
    pst_actor actor = {77};
    pst_bytes bytes = {"x", 1, NULL, NULL};
    pst_message message = {0};
    pst_timer timer = {77};
    size_t sent = 77;
    FAILS(PST_EINVAL, part, pst_send(cx, actor, 0, NULL, 0));
    FAILS(PST_EINVAL, part, pst_send(cx, actor, 0, long_payload(1), LONG_BYTES));
    FAILS(PST_EINVAL, part, pst_send_bytes(cx, actor, 0, &bytes));
    FAILS(PST_EINVAL, part, pst_send_many(cx, actor, 0, "x", 1, 1, &sent));
    FAILS(PST_EINVAL, part, pst_spawn(cx, ignore, NULL, NULL, &actor));
    FAILS(PST_EINVAL, part, pst_spawn_child(cx, ignore, NULL, NULL, &actor));
    FAILS(PST_EINVAL, part, pst_stop(cx, actor, PST_STOP_NOW));
    FAILS(PST_EINVAL, part, pst_ask(cx, actor, 0, NULL, 0, 0, no_answer, NULL));
    FAILS(PST_EINVAL, part, pst_reply(cx, (pst_token){1}, PST_OK, NULL, 0));
    FAILS(PST_EINVAL, part, pst_forward(cx, actor));
    FAILS(PST_EINVAL, part, pst_take(cx, &message, &bytes));
    FAILS(PST_EINVAL, part, pst_become(cx, ignore));
    FAILS(PST_EINVAL, part, pst_stash(cx));
    FAILS(PST_EINVAL, part, pst_unstash(cx));
    FAILS(PST_EINVAL, part, pst_watch(cx, actor));
    FAILS(PST_EINVAL, part, pst_unwatch(cx, actor));
    FAILS(PST_EINVAL, part, pst_timer_start(cx, 0, 0, 0, NULL, 0, &timer));
    FAILS(PST_EINVAL, part, pst_timer_cancel(cx, timer));
    FAILS(PST_EINVAL, part, pst_idle_timeout(cx, 5));
    CHECK(pst_self(cx).id == 0);
    CHECK(actor.id == 77 && timer.id == 77 && sent == 77 && bytes.size == 1);
}

static pst_context *kept;
static pst_status keep_context(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    kept = cx;
    return PST_OK;
}

static pst_status misuse_in_stage(pst_context *cx, const void *in, size_t n) {
    (void)in, (void)n;
    refuse_all(cx, "is not the context of an actor");
    return PST_OK;
}

static void contexts(pst_engine *engine) {
    static uint64_t garbage[1024];
    memset(garbage, 0x5a, sizeof garbage);
    refuse_all(NULL, "cx is NULL");
    refuse_all((pst_context *)garbage, "is not the context of an actor");
    memset(garbage, 0, sizeof garbage);
    refuse_all((pst_context *)garbage, "is not the context of an actor");
    /* Of a behaviour that has returned. */
    kept = NULL;
    pst_actor it = spawn(engine, keep_context, NULL);
    send(engine, it, 0, 0);
    settle(engine);
    refuse_all(kept, "is not the context of an actor");
    /* Of a stage. */
    pst_graph *graph = new_graph();
    pst_sink(graph, "sink", new_source(graph), misuse_in_stage, NULL);
    RUNS(pst_graph_run(graph, engine));
    pst_graph_destroy(graph);
    CHECK(counts_of(engine).sent == 1 && counts_of(engine).spawned == 1);
}

/* ---- Inside a behaviour ---- */

static atomic_int runs;
static pst_engine *the_engine;

/* Functions of stages with an actor's context. */
static void stages(pst_context *cx) {
    uint64_t room_for = 7;
    size_t room = 7;
    CHECK(pst_user(cx) == NULL && pst_state(cx) == NULL);
    pst_set_state(cx, &room_for);
    CHECK(pst_state(cx) == NULL && pst_replica(cx) == 0 && pst_position(cx) == 0);
    CHECK(pst_emit(cx, 0, &room_for, 1) == 0);
    CHECK(pst_reserve(cx, 0, 1, &room) == NULL && room == 0);
    CHECK(pst_commit(cx, 0, 1) != PST_OK);
    CHECK(!pst_should_stop(cx));
}

/* What waits would wait for itself. */
static void waits(pst_context *cx) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    pst_actor me = pst_self(cx);
    FAILS(PST_EDEADLK, "pst_ask",
          pst_actor_ask(the_engine, me, 0, NULL, 0, PST_FOREVER, NULL, NULL));
    FAILS(PST_EDEADLK, "pst_ask",
          pst_actor_ask(the_engine, PST_NO_ACTOR, 0, long_payload(1), LONG_BYTES, 0, NULL, NULL));
    FAILS(PST_EDEADLK, "inside", pst_actors_await_quiescent(the_engine, 0));
    FAILS(PST_EDEADLK, "inside", pst_actors_stop(the_engine, 0, &counts));
    FAILS(PST_EDEADLK, "inside", pst_actors_observe(the_engine, NULL, NULL));
    REPORTS(PST_EDEADLK, "inside", pst_engine_destroy(the_engine));
}

static void arguments(pst_context *cx, const pst_message *message) {
    pst_actor me = pst_self(cx), actor = {77};
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_bytes bytes = {"x", 1, NULL, NULL}, taken;
    pst_timer timer = {77};
    size_t sent = 77;
    FAILS(PST_EINVAL, "type", pst_send(cx, me, PST_DOWN, NULL, 0));
    FAILS(PST_EINVAL, "type", pst_send_bytes(cx, me, PST_SYSTEM_TYPES, &bytes));
    FAILS(PST_EINVAL, "type", pst_send_many(cx, me, UINT32_MAX, "x", 1, 1, &sent));
    FAILS(PST_EINVAL, "type", pst_ask(cx, me, 0x10000, NULL, 0, 0, no_answer, NULL));
    FAILS(PST_EINVAL, "type", pst_timer_start(cx, 0, 0, PST_IDLE_TIMEOUT, NULL, 0, &timer));
    FAILS(PST_EINVAL, "data is NULL", pst_send(cx, me, 0, NULL, 1));
    FAILS(PST_EINVAL, "memory can hold", pst_send(cx, me, 0, "x", SIZE_MAX));
    FAILS(PST_ENOMEM, "memory", pst_send(cx, me, 0, "x", SIZE_MAX / 2));
    FAILS(PST_EINVAL, "bytes is NULL", pst_send_bytes(cx, me, 0, NULL));
    FAILS(PST_EINVAL, "data is NULL", pst_send_many(cx, me, 0, NULL, 1, 1, &sent));
    FAILS(PST_EINVAL, "memory can hold", pst_send_many(cx, me, 0, "x", SIZE_MAX, 1, &sent));
    FAILS(PST_EINVAL, "answer is NULL", pst_ask(cx, me, 0, NULL, 0, 0, NULL, NULL));
    FAILS(PST_EINVAL, "data is NULL", pst_ask(cx, me, 0, NULL, 1, 0, no_answer, NULL));
    FAILS(PST_EINVAL, "data is NULL", pst_reply(cx, (pst_token){1}, PST_OK, NULL, 1));
    FAILS(PST_EINVAL, "memory can hold", pst_reply(cx, (pst_token){1}, PST_OK, "x", SIZE_MAX));
    FAILS(PST_ESTALE, "waits", pst_reply(cx, (pst_token){0}, PST_OK, NULL, 0));
    FAILS(PST_ESTALE, "waits", pst_reply(cx, (pst_token){UINT64_MAX}, PST_OK, "x", 1));
    FAILS(PST_ESTALE, "waits", pst_reply(cx, (pst_token){1}, PST_OK, long_payload(1), LONG_BYTES));
    FAILS(PST_EINVAL, "actor is NULL", pst_spawn(cx, ignore, NULL, NULL, NULL));
    FAILS(PST_EINVAL, "actor is NULL", pst_spawn_child(cx, ignore, NULL, NULL, NULL));
    FAILS(PST_EINVAL, "behaviour is NULL", pst_spawn(cx, NULL, NULL, NULL, &actor));
    FAILS(PST_EINVAL, "behaviour is NULL", pst_spawn_child(cx, NULL, NULL, &options, &actor));
    options.struct_size = 5;
    FAILS(PST_EINVAL, "struct_size", pst_spawn_child(cx, ignore, NULL, &options, &actor));
    options.struct_size = sizeof options;
    options.name = "myself";
    FAILS(PST_EBUSY, "myself", pst_spawn_child(cx, ignore, NULL, &options, &actor));
    FAILS(PST_EINVAL, "mode", pst_stop(cx, me, (pst_stop_mode)2));
    FAILS(PST_ESTALE, "gone", pst_stop(cx, PST_NO_ACTOR, PST_STOP_LAST));
    FAILS(PST_ESTALE, "gone", pst_forward(cx, (pst_actor){UINT64_MAX}));
    FAILS(PST_EINVAL, "message is NULL", pst_take(cx, NULL, &taken));
    FAILS(PST_EINVAL, "bytes is NULL", pst_take(cx, message, NULL));
    FAILS(PST_EINVAL, "behaviour is NULL", pst_become(cx, NULL));
    char long_enough[PST_INLINE_BYTES + 1] = {0};
    FAILS(PST_EINVAL, "", pst_timer_start(cx, 0, 0, 0, long_enough, sizeof long_enough, &timer));
    FAILS(PST_EINVAL, "", pst_timer_start(cx, 0, 0, 0, NULL, 1, &timer));
    FAILS(PST_EINVAL, "", pst_timer_start(cx, 0, 0, 0, long_enough, SIZE_MAX, &timer));
    const uint64_t timers[] = {0, 1, 77, UINT64_MAX, 0x100000000, 0x100000001, 0xffffffff};
    for (int i = 0; i < 7; i++)
        FAILS(PST_ESTALE, "over", pst_timer_cancel(cx, (pst_timer){timers[i]}));
    SUCCEEDS(pst_unwatch(cx, (pst_actor){UINT64_MAX}));
    SUCCEEDS(pst_unwatch(cx, me));
    SUCCEEDS(pst_unstash(cx));
    CHECK(actor.id == 77 && timer.id == 77 && sent == 77);
}

static pst_status misuse_all(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    runs++;
    stages(cx);
    waits(cx);
    arguments(cx, message);
    return PST_OK;
}

static void inside(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    the_engine = engine;
    runs = 0;
    options.name = "myself";
    pst_actor it = spawn_with(engine, misuse_all, NULL, &options);
    send(engine, it, 0, 0);
    settle(engine);
    CHECK(runs == 1 && counts_of(engine).failed == 0 && counts_of(engine).spawned == 1);
}

/* ---- There is no message in hand ---- */

static void no_message(pst_context *cx) {
    pst_message message = {0};
    pst_bytes bytes = {0};
    runs++;
    FAILS(PST_ESTATE, "in hand", pst_forward(cx, pst_self(cx)));
    FAILS(PST_ESTATE, "in hand", pst_stash(cx));
    FAILS(PST_ESTATE, "in hand", pst_take(cx, &message, &bytes));
    CHECK(bytes.release == NULL);
}

static pst_status start_misusing(pst_context *cx, void *state) {
    (void)state;
    no_message(cx);
    return PST_OK;
}

static pst_status answer_misusing(pst_context *cx, void *state, pst_status status,
                                  const pst_message *message, void *user) {
    (void)state, (void)status, (void)message, (void)user;
    no_message(cx);
    return PST_OK;
}

static pst_status ask_then_misuse(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->token.id) {
        pst_status status = pst_reply(cx, message->token, PST_OK, "x", 1);
        if (status == PST_OK && pst_forward(cx, PST_NO_ACTOR) != PST_ESTALE)
            return PST_EINTERNAL;
        /* Put aside: no longer in hand. */
        status = pst_stash(cx);
        no_message(cx);
        return status;
    }
    return pst_ask(cx, pst_self(cx), 0, NULL, 0, PST_FOREVER, answer_misusing, NULL);
}

/* A batch: its messages, DOWN, and a timer's, one at a time. */
static pst_status batch_misusing(pst_context *cx, void *state, const pst_message *messages,
                                 size_t count) {
    pst_bytes bytes = {0};
    (void)state;
    for (size_t i = 0; i < count; i++) {
        runs++;
        FAILS(PST_ESTATE, "batch", pst_forward(cx, pst_self(cx)));
        FAILS(PST_ESTATE, "batch", pst_stash(cx));
        FAILS(PST_ESTATE, "batches", pst_become(cx, ignore));
        RUNS(pst_take(cx, &messages[i], &bytes));
        bytes.release(bytes.owner);
    }
    if (messages[0].type == 1)
        return pst_watch(cx, PST_NO_ACTOR) || pst_timer_start(cx, 0, 0, 2, NULL, 0, NULL)
                   ? PST_EINTERNAL
                   : PST_OK;
    return PST_OK;
}

static void in_hand(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    runs = 0;
    options.start = start_misusing;
    pst_actor it = spawn_with(engine, ask_then_misuse, NULL, &options);
    send(engine, it, 0, 0);
    settle(engine);
    CHECK(runs == 3);
    options.start = NULL;
    options.batch = batch_misusing;
    runs = 0;
    it = spawn_with(engine, NULL, NULL, &options);
    send(engine, it, 1, 0);
    AWAIT(engine, runs == 3);
    settle(engine);
    CHECK(counts_of(engine).failed == 0);
}

/* Saved contexts in destroy and in release, which are no callbacks of the actor's: nothing happens
 * to the next actor in its slot. */
static void misuse_in_destroy(void *state) {
    (void)state;
    runs++;
    refuse_all(kept, "is not the context of an actor");
}

static pst_status end_with_context(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    kept = cx;
    return PST_END;
}

static void in_destroy(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = misuse_in_destroy;
    runs = 0;
    send(engine, spawn_with(engine, end_with_context, NULL, &options), 0, 0);
    settle(engine);
    options.on_failure = PST_ACTOR_RESUMES;
    send(engine, spawn_with(engine, end_with_context, NULL, &options), 0, 0);
    settle(engine);
    CHECK(runs == 2 && counts_of(engine).spawned == 2);
}

int main(void) {
    begin(60);
    const actor_test tests[] = {contexts, inside, in_hand, in_destroy};
    const char *const names[] = {"contexts", "inside", "in_hand", "in_destroy"};
    for (int i = 0; i < 4; i++) {
        on_threads(tests[i], names[i]);
        simulated(tests[i], names[i], 10, "");
    }
    return end("misuse_actor_contexts");
}
