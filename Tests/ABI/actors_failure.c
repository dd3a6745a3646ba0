/* Failures: what becomes of the message, its ask and the actor; and what each on_failure does. */
#include "actors_test.h"

enum { LETTER, FAIL, FAIL_TEXT, STOP_AND_FAIL, KEEP, END };

static diary seen;
static atomic_int started, ends_failed;
static pst_status reason_heard;

static pst_status note_start(pst_context *cx, void *state) {
    (void)cx, (void)state;
    started++;
    return PST_OK;
}

static pst_status fail_on_demand(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    switch (message->type) {
    case FAIL:
        return (pst_status)number_of(message);
    case FAIL_TEXT:
        return pst_fail(cx, PST_EUSER, 0, "the cat ate it");
    case STOP_AND_FAIL:
        if (pst_stop(cx, pst_self(cx), PST_STOP_NOW))
            return PST_EINTERNAL;
        return PST_EUSER;
    case END:
        return PST_END;
    case KEEP:
        return PST_OK;
    default:
        note(&seen, number_of(message));
        return PST_OK;
    }
}

static pst_status hear_down(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == PST_DOWN) {
        reason_heard = ((const pst_down *)message->data)->reason;
        return PST_OK;
    }
    pst_actor actor;
    memcpy(&actor, message->data, sizeof actor);
    return pst_watch(cx, actor);
}

static pst_actor failing(pst_engine *engine, pst_on_failure on_failure, const char *name) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.on_failure = on_failure;
    options.start = note_start;
    options.name = name;
    options.destroy = count_destroyed;
    options.max_restarts = 1000;
    seen.count = started = 0;
    states_destroyed = 0;
    reason_heard = PST_STATUS_MAX;
    pst_actor it = spawn_with(engine, fail_on_demand, NULL, &options);
    pst_actor watcher = spawn(engine, hear_down, NULL);
    send(engine, watcher, LETTER, it.id);
    settle(engine);
    return it;
}

/* Nothing else said, or STOPS; and ESCALATES of one that has no parent. */
static void stops(pst_engine *engine) {
    const pst_on_failure kinds[] = {PST_ACTOR_STOPS, PST_ACTOR_ESCALATES};
    for (int i = 0; i < 2; i++) {
        pst_actor it = failing(engine, kinds[i], NULL);
        send(engine, it, LETTER, 1);
        send(engine, it, FAIL, PST_EUSER + 9);
        settle(engine);
        DIARY(seen, 1);
        CHECK(is_gone(engine, it) && states_destroyed == 1);
        CHECK(reason_heard == (pst_status)(PST_EUSER + 9) && started == 1);
        CHECK(counts_of(engine).failed == (uint64_t)i + 1 && counts_of(engine).restarts == 0);
    }
    /* PST_END is no failure; a stop that it asked for itself does not hide one. */
    pst_actor it = failing(engine, PST_ACTOR_RESTARTS, NULL);
    send(engine, it, END, 0);
    settle(engine);
    CHECK(is_gone(engine, it) && reason_heard == PST_OK && counts_of(engine).failed == 2);
    it = failing(engine, PST_ACTOR_STOPS, NULL);
    send(engine, it, STOP_AND_FAIL, 0);
    settle(engine);
    CHECK(is_gone(engine, it) && counts_of(engine).failed == 3);
}

/* The next message as if nothing was; the one that failed is lost, with its payload and its ask. */
static void resumes_or_restarts(pst_engine *engine) {
    const pst_on_failure kinds[] = {PST_ACTOR_RESUMES, PST_ACTOR_RESTARTS};
    for (int i = 0; i < 2; i++) {
        pst_actor it = failing(engine, kinds[i], NULL);
        uint64_t status = PST_EUSER + 4;
        long released = payloads_released;
        send(engine, it, LETTER, 1);
        pst_bytes bytes = new_payload(&status, 8);
        RUNS(pst_actor_send_bytes(engine, it, FAIL, &bytes));
        send(engine, it, LETTER, 2);
        CHECK(pst_actor_ask(engine, it, FAIL, &status, 8, PST_FOREVER, NULL, NULL) ==
              (pst_status)status);
        CHECK(pst_actor_ask(engine, it, FAIL, long_payload(status), LONG_BYTES, PST_FOREVER, NULL,
                            NULL) == (pst_status)status);
        send(engine, it, LETTER, 3);
        settle(engine);
        DIARY(seen, 1, 2, 3);
        CHECK(!is_gone(engine, it) && states_destroyed == 0 && payloads_released == released + 1);
        CHECK(started == (i ? 4 : 1) && counts_of(engine).restarts == (i ? 3 : 0));
        CHECK(counts_of(engine).failed == 3 * (uint64_t)(i + 1));
        RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
        settle(engine);
        CHECK(states_destroyed == 1 && reason_heard == PST_OK);
    }
}

/* Asks that wait for their answer end with the actor, not with the message that failed. */
static pst_status keep_then_fail(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state;
    return message->type == FAIL ? PST_EUSER : PST_OK;
}

static atomic_int stale;
static pst_status note_stale(pst_context *cx, void *state, pst_status status,
                             const pst_message *message, void *user) {
    (void)cx, (void)state, (void)message, (void)user;
    stale += status == PST_ESTALE;
    ends_failed += status == PST_EUSER;
    return PST_OK;
}

static pst_status ask_twice(pst_context *cx, void *state, const pst_message *message) {
    const pst_actor *other = state;
    (void)message;
    if (pst_ask(cx, *other, KEEP, NULL, 0, PST_FOREVER, note_stale, NULL) ||
        pst_ask(cx, *other, FAIL, NULL, 0, PST_FOREVER, note_stale, NULL))
        return PST_EINTERNAL;
    return PST_OK;
}

static void other_asks_stay(pst_engine *engine) {
    static pst_actor it;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    for (int i = 0; i < 2; i++) {
        stale = ends_failed = 0;
        options.on_failure = i ? PST_ACTOR_RESTARTS : PST_ACTOR_STOPS;
        it = spawn_with(engine, keep_then_fail, NULL, &options);
        send(engine, spawn(engine, ask_twice, &it), 0, 0);
        settle(engine);
        CHECK(ends_failed == 1 && stale == !i);
        if (i) {
            RUNS(pst_actor_stop(engine, it, PST_STOP_NOW));
            settle(engine);
            CHECK(stale == 1);
        }
    }
}

/* ---- A start function that fails, an answer that fails ---- */

static atomic_int fail_so_often;
static pst_status fail_at_start(pst_context *cx, void *state) {
    (void)cx, (void)state;
    started++;
    return fail_so_often-- > 0 ? PST_EUSER : PST_OK;
}

static void start_fails(pst_engine *engine) {
    const pst_on_failure kinds[] = {PST_ACTOR_STOPS, PST_ACTOR_RESUMES, PST_ACTOR_RESTARTS,
                                    PST_ACTOR_RESTARTS};
    for (int i = 0; i < 4; i++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        options.start = fail_at_start;
        options.on_failure = kinds[i];
        options.destroy = count_destroyed;
        options.max_restarts = 5;
        seen.count = started = 0;
        states_destroyed = 0;
        /* Twice, or for ever. */
        fail_so_often = i == 3 ? 1000 : 2;
        pst_actor it = spawn_with(engine, fail_on_demand, NULL, &options);
        pst_status sent = pst_actor_send(engine, it, LETTER, NULL, 0);
        CHECK(sent == PST_OK || sent == PST_ESTALE);
        settle(engine);
        bool lives = i == 1 || i == 2;
        CHECK(seen.count == lives && states_destroyed == !lives);
        if (!CHECK(is_gone(engine, it) == !lives))
            printf("    case %d: %s, started %d\n", i, pst_last_error(), started);
        const int starts[] = {1, 1, 3, 6};
        CHECK(started == starts[i]);
        if (lives)
            RUNS(pst_actor_stop(engine, it, PST_STOP_NOW));
        settle(engine);
    }
}

static pst_status fail_in_answer(pst_context *cx, void *state, pst_status status,
                                 const pst_message *message, void *user) {
    (void)cx, (void)state, (void)status, (void)message, (void)user;
    return pst_fail(cx, PST_OK, 0, "in an answer");
}

static pst_status ask_oneself(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->token.id)
        return pst_reply(cx, message->token, PST_OK, NULL, 0);
    return pst_ask(cx, pst_self(cx), 0, NULL, 0, PST_FOREVER, fail_in_answer, NULL);
}

static void answers_fail(pst_engine *engine) {
    pst_actor it = spawn(engine, ask_oneself, NULL);
    pst_actor watcher = spawn(engine, hear_down, NULL);
    send(engine, watcher, LETTER, it.id);
    settle(engine);
    send(engine, it, LETTER, 0);
    settle(engine);
    CHECK(is_gone(engine, it) && reason_heard == PST_ESTAGE && counts_of(engine).failed == 1);
}

int main(void) {
    begin(60);
    EVERYWHERE(stops);
    EVERYWHERE(resumes_or_restarts);
    EVERYWHERE(other_asks_stay);
    EVERYWHERE(start_fails);
    EVERYWHERE(answers_fail);
    return end("actors_failure");
}
