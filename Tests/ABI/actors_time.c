/* Timers and the idle timeout. Only simulated engines tell exact counts: there time is virtual, and
 * a timer is at most 10 microseconds late or as late as the calls before it. */
#include "actors_test.h"

enum { TICK, SECOND, CANCEL, LETTER, BEGIN, OFF };

#define MS 1000000ull

typedef struct ticker {
    uint64_t begun, times[256];
    pst_timer timer, other;
    uint64_t delay, period, end;
    atomic_int ticks, wrong;
    int cancel_after;
    bool restarts;
} ticker;

static ticker c;

static pst_status on_tick(pst_context *cx, ticker *c, const pst_message *message) {
    int at = c->ticks++;
    if (at < 256)
        c->times[at] = pst_now(cx) - c->begun;
    c->wrong += message->size != 8 || number_of(message) != 77;
    if (at + 1 == c->cancel_after) {
        pst_status want = c->period ? PST_OK : PST_ESTALE;
        c->wrong += pst_timer_cancel(cx, c->timer) != want;
        c->wrong += pst_timer_cancel(cx, c->timer) != PST_ESTALE;
    }
    return c->restarts && at % 2 ? PST_EUSER : PST_OK;
}

static pst_status run_clock(pst_context *cx, void *state, const pst_message *message) {
    ticker *c = state;
    uint64_t number = 77;
    switch (message->type) {
    case BEGIN:
        c->begun = pst_now(cx);
        return pst_timer_start(cx, c->delay, c->period, TICK, &number, 8, &c->timer);
    case OFF:
        return pst_timer_cancel(cx, c->timer);
    case TICK:
        return on_tick(cx, c, message);
    default:
        return PST_OK;
    }
}

static pst_actor new_clock(pst_engine *engine, uint64_t delay, uint64_t period) {
    memset(&c, 0, sizeof c);
    c.delay = delay;
    c.period = period;
    pst_actor it = spawn(engine, run_clock, &c);
    send(engine, it, BEGIN, 0);
    settle(engine);
    return it;
}

/* The i-th message came not before it was due, and not much later. */
static bool in_time(int i, uint64_t due) {
    return c.times[i] >= due && c.times[i] < due + 200000;
}

static void one_shot(pst_engine *engine) {
    pst_actor it = new_clock(engine, 3 * MS, 0);
    let_pass(engine, 2 * MS);
    CHECK(c.ticks == 0);
    let_pass(engine, 20 * MS);
    CHECK(c.ticks == 1 && c.wrong == 0 && in_time(0, 3 * MS));
    /* It has fired for the last time. */
    send(engine, it, OFF, 0);
    settle(engine);
    CHECK(is_gone(engine, it) && counts_of(engine).failed == 1);
    /* Also inside its own message. */
    it = new_clock(engine, MS, 0);
    c.cancel_after = 1;
    let_pass(engine, 5 * MS);
    CHECK(c.ticks == 1 && c.wrong == 0);
}

static void periodic(pst_engine *engine) {
    pst_actor it = new_clock(engine, 2 * MS, 5 * MS);
    let_pass(engine, 51 * MS);
    /* At 2, 7, ... 47, 52: the last may not have come. */
    CHECK(c.ticks >= 10 && c.ticks <= 11 && c.wrong == 0);
    for (int i = 0; i < 10; i++)
        CHECK(in_time(i, (2 + 5 * (uint64_t)i) * MS));
    send(engine, it, OFF, 0);
    settle(engine);
    int ticks = c.ticks;
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == ticks);
    /* In its own message. */
    it = new_clock(engine, MS, MS);
    c.cancel_after = 4;
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == 4 && c.wrong == 0);
    send(engine, it, LETTER, 0);
    /* The longest that can be said: it does not come again, or never. */
    it = new_clock(engine, MS, UINT64_MAX);
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == 1);
    it = new_clock(engine, MS, UINT64_MAX / 2 + 7);
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == 1);
    it = new_clock(engine, UINT64_MAX, 1);
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == 0);
    send(engine, it, OFF, 0);
    settle(engine);
    CHECK(!is_gone(engine, it));
}

static void ends_with_the_actor(pst_engine *engine) {
    for (int mode = 0; mode < 2; mode++) {
        pst_actor it = new_clock(engine, MS, MS);
        let_pass(engine, 10 * MS + MS / 2);
        CHECK(c.ticks == 10);
        RUNS(pst_actor_stop(engine, it, (pst_stop_mode)mode));
        settle(engine);
        let_pass(engine, 20 * MS);
        CHECK(c.ticks == 10);
    }
}

/* Timers stay when the actor restarts: each second tick fails. */
static void stays_over_restarts(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.on_failure = PST_ACTOR_RESTARTS;
    options.max_restarts = UINT32_MAX;
    memset(&c, 0, sizeof c);
    c.delay = c.period = MS;
    c.restarts = true;
    pst_actor it = spawn_with(engine, run_clock, &c, &options);
    send(engine, it, BEGIN, 0);
    settle(engine);
    let_pass(engine, 20 * MS + MS / 2);
    CHECK(c.ticks == 20 && counts_of(engine).restarts == 10);
}

/* After cancel none of its messages arrives, also none that is in the mailbox: the timer fires
 * while the actor is busy, and the actor cancels it then. */
static pst_status busy_then_cancel(pst_context *cx, void *state, const pst_message *message) {
    ticker *c = state;
    switch (message->type) {
    case BEGIN:
        if (pst_timer_start(cx, 0, c->period, TICK, NULL, 0, &c->timer) ||
            pst_timer_start(cx, 0, 0, SECOND, NULL, 0, &c->other))
            return PST_EINTERNAL;
        return pst_send(cx, pst_self(cx), CANCEL, NULL, 0);
    case CANCEL:
        /* Before, both had fired or not; after this, nothing comes. */
        if (c->ticks == 0 && pst_timer_cancel(cx, c->other))
            return PST_EINTERNAL;
        c->end = 1;
        return pst_timer_cancel(cx, c->timer);
    case SECOND:
        c->ticks++;
        c->wrong += c->end != 0;
        return PST_OK;
    default:
        c->wrong += c->end != 0;
        return PST_OK;
    }
}

static void cancel_in_the_mailbox(pst_engine *engine) {
    memset(&c, 0, sizeof c);
    c.period = chance(2) ? 1 : 1000;
    pst_actor it = spawn(engine, busy_then_cancel, &c);
    send(engine, it, BEGIN, 0);
    settle(engine);
    let_pass(engine, MS);
    settle(engine);
    CHECK(c.end == 1 && c.wrong == 0 && counts_of(engine).failed == 0);
}

/* A period that was missed is left out: the actor is away for three and a half. */
static pst_status sleep_at_times(pst_context *cx, void *state, const pst_message *message) {
    ticker *c = state;
    if (message->type == BEGIN) {
        c->begun = pst_now(cx);
        return pst_timer_start(cx, MS, MS, TICK, NULL, 0, NULL);
    }
    c->times[c->ticks++ % 256] = pst_now(cx) - c->begun;
    if (c->ticks == 2)
        while (pst_now(cx) - c->begun < 5 * MS + MS / 2 && !now_in.simulated)
            ;
    return PST_OK;
}

static void missed_ones_are_left_out(pst_engine *engine) {
    memset(&c, 0, sizeof c);
    pst_actor it = spawn(engine, sleep_at_times, &c);
    send(engine, it, BEGIN, 0);
    let_pass(engine, 8 * MS);
    AWAIT(engine, c.ticks >= 4);
    RUNS(pst_actor_stop(engine, it, PST_STOP_NOW));
    settle(engine);
    /* At most one of those that were missed waited; then they come counted from the first. */
    int late = 0;
    for (int i = 2; i < c.ticks && i < 256; i++)
        late += c.times[i] < 6 * MS;
    CHECK(now_in.simulated || late <= 1);
}

/* Many timers of several actors: each fires, in its turn. */
enum { MANY = 40 };
static atomic_int fired[MANY], out_of_turn;
static pst_status many_timers(pst_context *cx, void *state, const pst_message *message) {
    static _Thread_local uint64_t unused;
    uint64_t *last = state ? state : &unused, number;
    if (message->type == BEGIN) {
        for (uint64_t i = 0; i < MANY; i++) {
            number = i * 17 % MANY;
            pst_timer timer;
            if (pst_timer_start(cx, (number + 1) * MS / 4, 0, TICK, &number, 8, &timer))
                return PST_EINTERNAL;
            if (number % 5 == 0 && pst_timer_cancel(cx, timer))
                return PST_EINTERNAL;
        }
        return PST_OK;
    }
    number = number_of(message);
    fired[number]++;
    out_of_turn += number < *last;
    *last = number;
    return PST_OK;
}

static void many(pst_engine *engine) {
    static uint64_t last[4];
    memset(last, 0, sizeof last);
    memset(fired, 0, sizeof fired);
    out_of_turn = 0;
    for (int i = 0; i < 4; i++)
        send(engine, spawn(engine, many_timers, &last[i]), BEGIN, 0);
    settle(engine);
    AWAIT(engine, fired[MANY - 1] == 4);
    for (int i = 0; i < MANY; i++)
        CHECK(fired[i] == (i % 5 ? 4 : 0));
    CHECK(out_of_turn == 0 || !now_in.simulated);
}

/* ---- Idle ---- */

static uint64_t idle_after;
static pst_status note_idle(pst_context *cx, void *state, const pst_message *message) {
    ticker *c = state;
    if (message->type == BEGIN) {
        c->begun = pst_now(cx);
        return pst_idle_timeout(cx, idle_after);
    }
    if (message->type == OFF)
        return pst_idle_timeout(cx, 0);
    if (message->type == PST_IDLE_TIMEOUT) {
        c->wrong += message->size != 0 || message->token.id != 0;
        c->times[c->ticks++ % 256] = pst_now(cx) - c->begun;
    }
    return PST_OK;
}

static void idle(pst_engine *engine) {
    memset(&c, 0, sizeof c);
    idle_after = 10 * MS;
    pst_actor it = spawn(engine, note_idle, &c);
    send(engine, it, BEGIN, 0);
    /* Again and again, after as long. */
    let_pass(engine, 35 * MS);
    CHECK(c.ticks == 3 && c.wrong == 0);
    for (int i = 0; i < 3; i++)
        CHECK(in_time(i, (uint64_t)(i + 1) * 10 * MS));
    /* Never while something comes. */
    for (int i = 0; i < 20; i++) {
        send(engine, it, LETTER, 0);
        let_pass(engine, 6 * MS);
    }
    CHECK(c.ticks == 3);
    let_pass(engine, 6 * MS);
    CHECK(c.ticks == 4);
    send(engine, it, OFF, 0);
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == 4);
    /* Anew, for ever, and the actor ends with one on its way. */
    send(engine, it, BEGIN, 0);
    let_pass(engine, 10 * MS + MS / 2);
    CHECK(c.ticks == 5);
    RUNS(pst_actor_stop(engine, it, PST_STOP_NOW));
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == 5);
    idle_after = PST_FOREVER;
    it = spawn(engine, note_idle, &c);
    send(engine, it, BEGIN, 0);
    let_pass(engine, 50 * MS);
    CHECK(c.ticks == 5);
}

/* Wherever the actor runs: on a host's thread its timers are with a worker. */
static void elsewhere(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_dispatcher *dispatcher = NULL;
    static ticker timer, idle_one;
    memset(&timer, 0, sizeof timer);
    memset(&idle_one, 0, sizeof idle_one);
    timer.delay = timer.period = MS / 10;
    idle_after = MS / 10;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    send(engine, spawn_with(engine, run_clock, &timer, &options), BEGIN, 0);
    send(engine, spawn_with(engine, note_idle, &idle_one, &options), BEGIN, 0);
    while (timer.ticks < 5 || idle_one.ticks < 5)
        (void)pst_dispatcher_poll(dispatcher, 0, 1000 * MS, NULL);
    CHECK(timer.wrong == 0 && idle_one.wrong == 0);
    pst_dispatcher_destroy(dispatcher);
    /* And where actors move from worker to worker. */
    memset(&c, 0, sizeof c);
    pst_actor it = spawn(engine, note_idle, &c);
    send(engine, it, BEGIN, 0);
    AWAIT(engine, c.ticks >= 5);
}

int main(void) {
    begin(60);
    SIMULATED(one_shot);
    SIMULATED(periodic);
    SIMULATED(ends_with_the_actor);
    SIMULATED(stays_over_restarts);
    EVERYWHERE(cancel_in_the_mailbox);
    EVERYWHERE(missed_ones_are_left_out);
    EVERYWHERE(many);
    SIMULATED(idle);
    EVERYWHERE(elsewhere);
    return end("actors_time");
}
