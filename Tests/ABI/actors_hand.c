/* What a behaviour may do with the message in hand: forward, stash, take; and become. */
#include "actors_test.h"

enum { LETTER, LONG, OWNED, TICK, NEXT };

/* ---- Forward ---- */

static pst_actor target;
static diary seen;

static pst_status note_number(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    uint64_t number = number_of(message);
    note(&seen, message->type << 16 | (number & 0xffff));
    if (message->type == LONG && !is_long_payload(message, number))
        return PST_EINTERNAL;
    if (message->token.id == 0)
        return PST_OK;
    /* Of one that was answered before it was passed on: too late. */
    pst_status status = pst_reply(cx, message->token, PST_OK, &number, 8);
    return status == PST_ESTALE ? PST_OK : status;
}

static atomic_int twice_refused, passed;
static pst_status pass_on(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    pst_status status = pst_forward(cx, target);
    passed += status == PST_OK;
    if (status == PST_OK)
        twice_refused += pst_forward(cx, target) == PST_ESTATE && pst_stash(cx) == PST_ESTATE;
    return status;
}

static pst_status pass_down_and_ticks(pst_context *cx, void *state, const pst_message *message) {
    if (message->type == NEXT) {
        pst_actor other;
        if (pst_spawn_child(cx, ignore, NULL, NULL, &other) || pst_watch(cx, other) ||
            pst_stop(cx, other, PST_STOP_LAST))
            return PST_EINTERNAL;
        return pst_timer_start(cx, 1000, 0, TICK, "\5\0\0\0\0\0\0", 8, NULL);
    }
    return pass_on(cx, state, message);
}

static void forward_all(pst_engine *engine) {
    seen.count = 0;
    passed = twice_refused = 0;
    target = spawn(engine, note_number, NULL);
    pst_actor via = spawn(engine, pass_on, NULL);
    uint64_t number = 3, answer = 0;
    pst_bytes bytes = new_payload(&number, 8);
    send(engine, via, LETTER, 1);
    RUNS(pst_actor_send(engine, via, LONG, long_payload(2), LONG_BYTES));
    RUNS(pst_actor_send_bytes(engine, via, OWNED, &bytes));
    settle(engine);
    DIARY(seen, LETTER << 16 | 1, LONG << 16 | 2, OWNED << 16 | 3);
    CHECK(payloads_released == 1);
    /* The right to answer goes with it. */
    size_t size = sizeof answer;
    number = 9;
    RUNS(pst_actor_ask(engine, via, LETTER, &number, 8, PST_FOREVER, &answer, &size));
    CHECK(answer == 9);
    RUNS(
        pst_actor_ask(engine, via, LONG, long_payload(7), LONG_BYTES, PST_FOREVER, &answer, &size));
    CHECK(answer == 7);
    settle(engine);
    CHECK(passed == 5);
    CHECK(twice_refused == 5);
    /* DOWN and a timer's message become messages like others; they are not sent twice either. */
    seen.count = passed = twice_refused = 0;
    send(engine, spawn(engine, pass_down_and_ticks, NULL), NEXT, 0);
    AWAIT(engine, seen.count >= 2);
    settle(engine);
    CHECK(passed == 2 && twice_refused == 2 && seen.count == 2);
    CHECK(counts_of(engine).failed == 0);
}

/* With an error the message is still in hand: to one that is gone, and to a full mailbox. */
static pst_actor gone, full;
static pst_status try_others(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (pst_forward(cx, gone) != PST_ESTALE || pst_forward(cx, PST_NO_ACTOR) != PST_ESTALE)
        return PST_EINTERNAL;
    if (number_of(message) == 2) {
        uint64_t number = 22;
        return pst_reply(cx, message->token, PST_OK, &number, 8);
    }
    if (number_of(message) == 3 && pst_forward(cx, full) != PST_EAGAIN)
        return PST_EINTERNAL;
    return pst_forward(cx, target);
}

static void forward_in_vain(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_dispatcher *dispatcher = NULL;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    /* It does not run, so its mailbox stays full. */
    options.dispatcher = dispatcher;
    options.capacity = 1;
    seen.count = 0;
    full = spawn_with(engine, ignore, NULL, &options);
    send(engine, full, LETTER, 0);
    target = spawn(engine, note_number, NULL);
    gone = spawn(engine, ignore, NULL);
    RUNS(pst_actor_stop(engine, gone, PST_STOP_NOW));
    AWAIT(engine, is_gone(engine, gone));
    pst_actor via = spawn(engine, try_others, NULL);
    for (uint64_t number = 1; number <= 3; number++) {
        uint64_t answer = 0;
        size_t size = sizeof answer;
        RUNS(pst_actor_ask(engine, via, LETTER, &number, 8, PST_FOREVER, &answer, &size));
        CHECK(answer == (number == 2 ? 22 : number));
    }
    pst_dispatcher_destroy(dispatcher);
    settle(engine);
    CHECK(counts_of(engine).failed == 0);
}

/* Answered first, then passed on: the answer holds, and the other's is late. */
static pst_status answer_and_pass(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    uint64_t number = 100;
    if (pst_reply(cx, message->token, (pst_status)(PST_EUSER + 1), &number, 8))
        return PST_EINTERNAL;
    return pst_forward(cx, target);
}

static pst_status fail_after_passing(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    if (pst_forward(cx, target))
        return PST_EINTERNAL;
    return (pst_status)(PST_EUSER + 2);
}

static void answer_and_forward(pst_engine *engine) {
    uint64_t number = 1, answer = 0;
    size_t size = sizeof answer;
    target = spawn(engine, note_number, NULL);
    pst_actor via = spawn(engine, answer_and_pass, NULL);
    for (int i = 0; i < 5; i++) {
        answer = 0;
        CHECK(pst_actor_ask(engine, via, LETTER, &number, 8, PST_FOREVER, &answer, &size) ==
              (pst_status)(PST_EUSER + 1));
        CHECK(answer == 100);
    }
    settle(engine);
    CHECK(counts_of(engine).failed == 0);
    /* One that was passed on is the other's concern, also when the first fails then. */
    via = spawn(engine, fail_after_passing, NULL);
    RUNS(pst_actor_ask(engine, via, LETTER, &number, 8, PST_FOREVER, &answer, &size));
    CHECK(answer == 1);
    settle(engine);
    CHECK(counts_of(engine).failed == 1 && is_gone(engine, via));
}

/* ---- Stash ---- */

static pst_status put_aside(pst_context *cx, void *state, const pst_message *message);

static pst_status open_up(pst_context *cx, void *state, const pst_message *message) {
    return message->type == NEXT ? pst_become(cx, put_aside) : note_number(cx, state, message);
}

/* Puts all aside until NEXT comes; then the stash comes back before what waits. */
static pst_status put_aside(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type != NEXT)
        return pst_stash(cx);
    pst_status status = pst_unstash(cx);
    return status ? status : pst_become(cx, open_up);
}

static void stash_in_order(pst_engine *engine) {
    seen.count = 0;
    pst_actor it = spawn(engine, put_aside, NULL);
    uint64_t number = 3;
    pst_bytes bytes = new_payload(&number, 8);
    send(engine, it, LETTER, 1);
    RUNS(pst_actor_send(engine, it, LONG, long_payload(2), LONG_BYTES));
    RUNS(pst_actor_send_bytes(engine, it, OWNED, &bytes));
    if (chance(2))
        settle(engine);
    send(engine, it, NEXT, 0);
    send(engine, it, LETTER, 4);
    send(engine, it, NEXT, 0);
    send(engine, it, LETTER, 5);
    if (chance(2))
        settle(engine);
    send(engine, it, LETTER, 6);
    send(engine, it, NEXT, 0);
    send(engine, it, LETTER, 7);
    settle(engine);
    DIARY(seen, 1, LONG << 16 | 2, OWNED << 16 | 3, 4, 5, 6, 7);
    /* An ask in the stash waits, and is answered when it comes back. */
    RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
    it = spawn(engine, put_aside, NULL);
    number = 8;
    CHECK(pst_actor_ask(engine, it, LETTER, &number, 8, 1000, NULL, NULL) == PST_ETIMEDOUT);
    send(engine, it, NEXT, 0);
    settle(engine);
    DIARY(seen, 1, LONG << 16 | 2, OWNED << 16 | 3, 4, 5, 6, 7, 8);
    /* What is in the stash at the end is a dead letter. */
    send(engine, it, NEXT, 0);
    send(engine, it, LETTER, 9);
    bytes = new_payload(&number, 8);
    RUNS(pst_actor_send_bytes(engine, it, OWNED, &bytes));
    settle(engine);
    uint64_t before = counts_of(engine).dead_letters;
    RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
    settle(engine);
    CHECK(counts_of(engine).dead_letters == before + 2 && payloads_released == 2);
}

/* DOWN and a timer's message may be put aside as well. */
static pst_status stash_others(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == LETTER) {
        pst_actor other;
        if (pst_spawn_child(cx, ignore, NULL, NULL, &other) || pst_watch(cx, other) ||
            pst_stop(cx, other, PST_STOP_LAST))
            return PST_EINTERNAL;
        return pst_timer_start(cx, 1000, 0, TICK, "\5\0\0\0\0\0\0", 8, NULL);
    }
    if (message->type == NEXT)
        return pst_become(cx, note_number) || pst_unstash(cx) ? PST_EINTERNAL : PST_OK;
    note(&seen, message->type);
    return pst_stash(cx);
}

static void stash_down_and_ticks(pst_engine *engine) {
    seen.count = 0;
    pst_actor it = spawn(engine, stash_others, NULL);
    send(engine, it, LETTER, 0);
    AWAIT(engine, seen.count >= 2);
    send(engine, it, NEXT, 0);
    settle(engine);
    CHECK(seen.count == 4);
    bool tick_first = seen.entries[0] == TICK;
    CHECK(seen.entries[tick_first ? 2 : 3] == (TICK << 16 | 5));
    CHECK(seen.entries[tick_first ? 3 : 2] >> 16 == PST_DOWN);
    CHECK(counts_of(engine).failed == 0);
}

/* ---- Take ---- */

static pst_bytes taken[4];
static pst_status take_it(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    uint64_t number = number_of(message);
    pst_status status = pst_take(cx, message, &taken[number]);
    /* What it was shown stays until it returns. */
    if (status == PST_OK && number_of(message) != number)
        return PST_EINTERNAL;
    return status ? status
                  : (message->token.id ? pst_reply(cx, message->token, PST_OK, NULL, 0) : PST_OK);
}

static void take_payloads(pst_engine *engine) {
    uint64_t number = 0;
    pst_bytes bytes = new_payload(&number, 8);
    pst_actor it = spawn(engine, take_it, NULL);
    RUNS(pst_actor_send_bytes(engine, it, OWNED, &bytes));
    send(engine, it, LETTER, 1);
    RUNS(pst_actor_send(engine, it, LONG, long_payload(2), LONG_BYTES));
    RUNS(pst_actor_ask(engine, it, LONG, long_payload(3), LONG_BYTES, PST_FOREVER, NULL, NULL));
    settle(engine);
    CHECK(payloads_released == 0);
    CHECK(taken[0].data == bytes.data && taken[0].owner == bytes.owner && taken[0].size == 8);
    CHECK(taken[1].size == 8 && *(const uint64_t *)taken[1].data == 1);
    for (int i = 2; i < 4; i++)
        CHECK(taken[i].size == LONG_BYTES &&
              memcmp(taken[i].data, long_payload((uint64_t)i), LONG_BYTES) == 0);
    for (int i = 0; i < 4; i++)
        taken[i].release(taken[i].owner);
    CHECK(payloads_released == 1);
    RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
}

/* Payloads that were taken are the program's, also after the engine. */
static void taken_outlives_engine(pst_engine *unused) {
    (void)unused;
    pst_engine *engine = new_actor_engine();
    pst_actor it = spawn(engine, take_it, NULL);
    RUNS(pst_actor_send(engine, it, LONG, long_payload(2), LONG_BYTES));
    send(engine, it, LETTER, 1);
    settle(engine);
    pst_engine_destroy(engine);
    CHECK(memcmp(taken[2].data, long_payload(2), LONG_BYTES) == 0);
    taken[2].release(taken[2].owner);
    taken[1].release(taken[1].owner);
}

/* ---- Become ---- */

static pst_status is_even(pst_context *cx, void *state, const pst_message *message);
static pst_status is_odd(pst_context *cx, void *state, const pst_message *message) {
    note(state, number_of(message) * 10 + 1);
    return pst_become(cx, is_even);
}
static pst_status is_even(pst_context *cx, void *state, const pst_message *message) {
    note(state, number_of(message) * 10);
    /* The last one counts, from the next message on. */
    return pst_become(cx, ignore) || pst_become(cx, is_odd) ? PST_EINTERNAL : PST_OK;
}

static void become_another(pst_engine *engine) {
    seen.count = 0;
    pst_actor it = spawn(engine, is_even, &seen);
    for (uint64_t i = 0; i < 6; i++)
        send(engine, it, LETTER, i);
    settle(engine);
    DIARY(seen, 0, 11, 20, 31, 40, 51);
}

int main(void) {
    begin(60);
    EVERYWHERE(forward_all);
    EVERYWHERE(forward_in_vain);
    EVERYWHERE(answer_and_forward);
    EVERYWHERE(stash_in_order);
    EVERYWHERE(stash_down_and_ticks);
    EVERYWHERE(take_payloads);
    EVERYWHERE(taken_outlives_engine);
    EVERYWHERE(become_another);
    return end("actors_hand");
}
