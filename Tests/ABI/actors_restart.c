/* Restarts and supervision: what stays and what goes, limits, strategies, and failures that go up.
 */
#include "actors_test.h"

enum { LETTER, FAIL, BECOME, STASH, UNSTASH, TIMER, TICK, CHILD, WATCH };

static diary seen, starts;
static atomic_int downs;
static pst_status last_reason;

/* ---- What stays over a restart ---- */

static pst_status other(pst_context *cx, void *state, const pst_message *message);
static pst_status first(pst_context *cx, void *state, const pst_message *message) {
    pst_actor child;
    switch (message->type) {
    case FAIL:
        return PST_EUSER;
    case BECOME:
        return pst_become(cx, other);
    case STASH:
        return pst_stash(cx);
    case UNSTASH:
        return pst_become(cx, other) || pst_unstash(cx) ? PST_EINTERNAL : PST_OK;
    case TIMER:
        return pst_timer_start(cx, 1000, 0, TICK, NULL, 0, NULL);
    case CHILD:
        return pst_spawn_child(cx, ignore, NULL,
                               &(pst_actor_options){.struct_size = sizeof(pst_actor_options),
                                                    .destroy = count_destroyed,
                                                    .max_restarts = 3},
                               &child);
    case WATCH:
        memcpy(&child, message->data, sizeof child);
        return pst_watch(cx, child);
    case PST_DOWN:
        downs++;
        last_reason = ((const pst_down *)message->data)->reason;
        return PST_OK;
    default:
        note(state, message->type == TICK ? 1000 : number_of(message));
        return PST_OK;
    }
}

static pst_status other(pst_context *cx, void *state, const pst_message *message) {
    if (message->type == FAIL)
        return PST_EUSER;
    (void)cx;
    note(state, 100 + number_of(message));
    return PST_OK;
}

static pst_status start_up(pst_context *cx, void *state) {
    (void)cx;
    /* Its children have ended. */
    note(&starts, (uint64_t)states_destroyed);
    note(state, 500);
    return PST_OK;
}

static void what_stays(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    seen.count = starts.count = downs = 0;
    options.name = "phoenix";
    options.start = start_up;
    options.on_failure = PST_ACTOR_RESTARTS;
    pst_actor it = spawn_with(engine, first, &seen, &options);
    pst_actor watcher = spawn(engine, first, &seen);
    send(engine, watcher, WATCH, it.id);
    for (int i = 0; i < 3; i++)
        send(engine, it, CHILD, 0);
    send(engine, it, LETTER, 1);
    send(engine, it, STASH, 2);
    send(engine, it, TIMER, 0);
    send(engine, it, BECOME, 0);
    send(engine, it, LETTER, 3);
    send(engine, it, FAIL, 0);
    send(engine, it, LETTER, 4);
    send(engine, it, UNSTASH, 0);
    send(engine, it, LETTER, 5);
    settle(engine);
    /* The first behaviour, after the children have ended and start has run; the mailbox and the
     * stash. The timer may come at any time. */
    AWAIT(engine, seen.count >= 8);
    const uint64_t want[] = {500, 1, 103, 500, 4, 102, 105};
    int at = 0, ticks = 0;
    for (int i = 0; i < seen.count; i++) {
        bool is_tick = seen.entries[i] == 1000 || seen.entries[i] == 100;
        ticks += is_tick;
        if (!is_tick && CHECK(at < 7))
            CHECK(seen.entries[i] == want[at++]);
    }
    CHECK(at == 7 && ticks == 1);
    DIARY(starts, 0, 3);
    /* The name, and the watcher. */
    pst_actor found = PST_NO_ACTOR;
    RUNS(pst_actor_find(engine, "phoenix", &found));
    CHECK(found.id == it.id && downs == 0);
    RUNS(pst_actor_stop(engine, it, PST_STOP_NOW));
    settle(engine);
    CHECK(downs == 1 && last_reason == PST_OK);
    CHECK(counts_of(engine).restarts == 1 && counts_of(engine).failed == 1);
}

/* ---- Limits: of one without a parent ---- */

static void limit_of_its_own(pst_engine *engine) {
    const uint32_t limits[] = {0, 1, 3, 4, 1000, UINT32_MAX};
    for (int i = 0; i < 6; i++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        options.on_failure = PST_ACTOR_RESTARTS;
        options.max_restarts = limits[i];
        options.restart_period_ns = PST_FOREVER;
        uint64_t before = counts_of(engine).restarts;
        uint64_t most = limits[i] > 1010 ? 1010 : limits[i];
        pst_actor it = spawn_with(engine, first, &seen, &options);
        for (uint64_t k = 0; k < most + 1; k++)
            (void)pst_actor_send(engine, it, FAIL, NULL, 0);
        settle(engine);
        bool lives = limits[i] == UINT32_MAX;
        CHECK(counts_of(engine).restarts == before + most + lives);
        CHECK(is_gone(engine, it) == !lives);
    }
}

/* Within the period: when time passes, more are allowed. */
static void limit_per_period(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.on_failure = PST_ACTOR_RESTARTS;
    options.max_restarts = 2;
    options.restart_period_ns = 10000000;
    pst_actor it = spawn_with(engine, first, &seen, &options);
    for (int i = 0; i < 5; i++) {
        send(engine, it, FAIL, 0);
        send(engine, it, FAIL, 0);
        settle(engine);
        CHECK(!is_gone(engine, it));
        let_pass(engine, 10500000);
    }
    CHECK(counts_of(engine).restarts == 10);
    send(engine, it, FAIL, 0);
    let_pass(engine, 6000000);
    send(engine, it, FAIL, 0);
    let_pass(engine, 6000000);
    /* The first of the two is out of the window. */
    send(engine, it, FAIL, 0);
    settle(engine);
    CHECK(!is_gone(engine, it));
    send(engine, it, FAIL, 0);
    settle(engine);
    CHECK(is_gone(engine, it) && counts_of(engine).restarts == 13);
}

int main(void) {
    begin(60);
    EVERYWHERE(what_stays);
    EVERYWHERE(limit_of_its_own);
    SIMULATED(limit_per_period);
    return end("actors_restart");
}
