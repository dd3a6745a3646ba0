/* The end of all actors of an engine: under load, with a deadline, and with callbacks that call
 * back. */
#include "actors_test.h"

enum { LETTER };

static pst_status stash_all(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    return pst_stash(cx);
}

/* A ring that sends on for ever. */
static pst_status send_on(pst_context *cx, void *state, const pst_message *message) {
    const pst_actor *next = state;
    (void)message;
    pst_bytes bytes = new_payload("on", 2);
    pst_status status = pst_send_bytes(cx, *next, LETTER, &bytes);
    return status == PST_ESTALE ? PST_OK : status;
}

static void stop_under_load(pst_engine *engine) {
    static pst_actor ring[8];
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = count_destroyed;
    for (int i = 0; i < 8; i++)
        ring[i] = spawn_with(engine, send_on, &ring[(i + 1) % 8], &options);
    for (int i = 0; i < 20; i++)
        send(engine, ring[i % 8], LETTER, 0);
    CHECK(pst_actors_await_quiescent(engine, 100000) == PST_ETIMEDOUT);
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    RUNS(pst_actors_stop(engine, chance(2) ? 1000000 : 0, &counts));
    check_end(&counts);
    CHECK(states_destroyed == 8 && counts.dead_letters >= 20);
    /* Nothing comes from outside any more. */
    pst_bytes bytes = new_payload("no", 2);
    pst_actor actor = ring[0];
    size_t sent = 77;
    pst_token token = {1};
    FAILS(PST_ESTATE, "stopped", pst_actor_send(engine, ring[0], LETTER, NULL, 0));
    FAILS(PST_ESTATE, "stopped", pst_actor_send(engine, ring[0], LETTER, long_payload(1), 100));
    FAILS(PST_ESTATE, "stopped", pst_actor_send_bytes(engine, ring[0], LETTER, &bytes));
    FAILS(PST_ESTATE, "stopped", pst_actor_send_many(engine, ring[0], LETTER, "abcd", 1, 4, &sent));
    CHECK(sent == 0);
    FAILS(PST_ESTATE, "stopped",
          pst_actor_ask(engine, ring[0], LETTER, NULL, 0, PST_FOREVER, NULL, NULL));
    FAILS(PST_ESTATE, "stopped", pst_actor_spawn(engine, ignore, NULL, NULL, &actor));
    FAILS(PST_ESTATE, "stopped", pst_actor_stop(engine, ring[0], PST_STOP_NOW));
    FAILS(PST_ESTALE, "waits", pst_actor_reply(engine, token, PST_OK, NULL, 0));
    RUNS(pst_actors_await_quiescent(engine, PST_FOREVER));
    CHECK(actor.id == ring[0].id);
    keep_payload(&bytes);
}

/* With a deadline what is under way is finished: also what actors send and spawn on the way. */
static pst_status multiply(pst_context *cx, void *state, const pst_message *message) {
    uint64_t left = number_of(message);
    pst_engine *engine = state;
    if (left == 0)
        return PST_END;
    for (int i = 0; i < 2; i++) {
        pst_actor actor;
        left--;
        pst_status status = i ? pst_spawn(cx, multiply, state, NULL, &actor)
                              : pst_actor_spawn(engine, multiply, state, NULL, &actor);
        left++;
        uint64_t less = left - 1;
        if (status == PST_OK)
            status = i ? pst_send(cx, actor, LETTER, &less, 8)
                       : pst_actor_send(engine, actor, LETTER, &less, 8);
        if (status)
            return status;
    }
    return PST_END;
}

static void stop_lets_finish(pst_engine *engine) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    send(engine, spawn(engine, multiply, engine), LETTER, 6);
    RUNS(pst_actors_stop(engine, PST_FOREVER, &counts));
    CHECK(counts.spawned == 127 && counts.stopped == 127 && counts.failed == 0);
    CHECK(counts.delivered == 127 && counts.dead_letters == 0);
}

/* ---- Callbacks that call back while all end ---- */

static pst_engine *the_engine;
static atomic_int wrong_calls;

static void call_everything(void) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    pst_actor actor;
    wrong_calls += pst_actors_get_counts(the_engine, &counts) != PST_OK;
    wrong_calls += pst_actors_stop(the_engine, 0, &counts) != PST_EDEADLK;
    wrong_calls += pst_actors_await_quiescent(the_engine, 0) != PST_EDEADLK;
    wrong_calls += pst_actors_observe(the_engine, NULL, NULL) != PST_EDEADLK;
    wrong_calls +=
        pst_actor_ask(the_engine, (pst_actor){1}, 0, NULL, 0, 0, NULL, NULL) != PST_EDEADLK;
    wrong_calls += pst_actor_send(the_engine, PST_NO_ACTOR, 0, NULL, 0) == PST_OK;
    wrong_calls += pst_actor_find(the_engine, "nobody", &actor) != PST_ESTALE;
    wrong_calls += pst_actor_reply(the_engine, (pst_token){77}, PST_OK, NULL, 0) != PST_ESTALE;
    pst_engine_destroy(the_engine); /* does nothing */
}

static void destroy_and_call(void *state) {
    (void)state;
    states_destroyed++;
    call_everything();
}

static void release_and_call(void *owner) {
    call_everything();
    release_payload(owner);
}

static void hear_and_call(const pst_actor_event *event, void *user) {
    (void)event;
    ++*(atomic_int *)user;
    call_everything();
}

static pst_status call_from_inside(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state, (void)message;
    call_everything();
    return PST_OK;
}

static void calls_from_callbacks(pst_engine *engine) {
    static atomic_int heard;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = destroy_and_call;
    the_engine = engine;
    heard = 0;
    wrong_calls = 0;
    RUNS(pst_actors_observe(engine, hear_and_call, &heard));
    pst_actor first = spawn_with(engine, call_from_inside, NULL, &options);
    pst_actor second = spawn_with(engine, stash_all, NULL, &options);
    send(engine, first, LETTER, 0);
    for (int i = 0; i < 3; i++) {
        pst_bytes bytes = new_payload("x", 1);
        bytes.release = release_and_call;
        RUNS(pst_actor_send_bytes(engine, i ? second : first, LETTER, &bytes));
    }
    settle(engine);
    /* To nobody: it is told on this thread. */
    CHECK(pst_actor_send(engine, PST_NO_ACTOR, LETTER, NULL, 0) == PST_ESTALE);
    RUNS(pst_actor_stop(engine, first, PST_STOP_NOW));
    settle(engine);
    CHECK(states_destroyed == 1);
    /* The other ends with the engine's actors, with what it has in its stash. */
    RUNS(pst_actors_stop(engine, 0, NULL));
    CHECK(states_destroyed == 2 && heard >= 3);
    if (!CHECK(wrong_calls == 0))
        printf("    %d wrong calls\n", wrong_calls);
}

int main(void) {
    begin(60);
    EVERYWHERE(stop_under_load);
    EVERYWHERE(stop_lets_finish);
    EVERYWHERE(calls_from_callbacks);
    return end("actors_end");
}
