/* Ends: children before parents, the youngest first; what is in the mailbox, and asks; destroy
 * once, then DOWN once; all actors of an engine; and calls from callbacks that run while it ends.
 */
#include "actors_test.h"

enum { LETTER, TOKEN_PLEASE };

/* ---- A family ---- */

typedef struct member {
    struct family *family;
    int number;
} member;

static struct family {
    pst_actor actors[16];
    member members[16];
    diary ends;
} family;

/* Member i has the children 2i+1 and 2i+2: a tree of 15, spawned in the order of the numbers. */
static pst_status raise_family(pst_context *cx, void *state) {
    member *m = state;
    m->family->actors[m->number] = pst_self(cx);
    for (int child = 2 * m->number + 1; child <= 2 * m->number + 2 && child < 15; child++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        pst_actor actor;
        options.start = raise_family;
        extern void note_end(void *state);
        options.destroy = note_end;
        m->family->members[child] = (member){m->family, child};
        pst_status status =
            pst_spawn_child(cx, ignore, &m->family->members[child], &options, &actor);
        if (status)
            return status;
    }
    return PST_OK;
}

void note_end(void *state) {
    member *m = state;
    note(&m->family->ends, (uint64_t)m->number);
}

static void new_family(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.start = raise_family;
    options.destroy = note_end;
    memset(&family, 0, sizeof family);
    family.members[0] = (member){&family, 0};
    /* Its start function writes down who it is. */
    (void)spawn_with(engine, ignore, &family.members[0], &options);
    settle(engine);
}

static void children_end_first(pst_engine *engine) {
    for (int mode = 0; mode < 2; mode++) {
        new_family(engine);
        RUNS(pst_actor_stop(engine, family.actors[0], (pst_stop_mode)mode));
        settle(engine);
        DIARY(family.ends, 14, 13, 6, 12, 11, 5, 2, 10, 9, 4, 8, 7, 3, 1, 0);
    }
    /* A part of it. */
    new_family(engine);
    RUNS(pst_actor_stop(engine, family.actors[2], PST_STOP_LAST));
    settle(engine);
    DIARY(family.ends, 14, 13, 6, 12, 11, 5, 2);
    CHECK(!is_gone(engine, family.actors[0]) && is_gone(engine, family.actors[2]));
    /* The rest ends with the engine's actors. */
    pst_actors_stop(engine, 0, NULL);
    DIARY(family.ends, 14, 13, 6, 12, 11, 5, 2, 10, 9, 4, 8, 7, 3, 1, 0);
}

/* ---- The mailbox, and asks ---- */

static atomic_bool is_open;
static pst_status wait_until_open(pst_context *cx, void *state, const pst_message *message) {
    diary *d = state;
    while (!is_open && !pst_should_stop(cx))
        usleep(100);
    note(d, number_of(message));
    return PST_OK;
}

/* What was sent before comes first, or only what it handles now. */
static void last_and_now(pst_engine *engine) {
    static diary last, now;
    last.count = now.count = 0;
    is_open = now_in.simulated;
    pst_actor a = spawn(engine, wait_until_open, &last), b = spawn(engine, wait_until_open, &now);
    for (uint64_t i = 0; i < 10; i++) {
        send(engine, a, LETTER, i);
        send(engine, b, LETTER, i);
    }
    RUNS(pst_actor_stop(engine, b, PST_STOP_NOW));
    RUNS(pst_actor_stop(engine, a, PST_STOP_LAST));
    /* It is not gone before its turn comes. */
    pst_status after = pst_actor_send(engine, a, LETTER, NULL, 0);
    CHECK(after == PST_OK || (now_in.simulated && after == PST_ESTALE));
    is_open = true;
    settle(engine);
    DIARY(last, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    CHECK(now.count <= (now_in.simulated ? 0 : 10));
    CHECK(is_gone(engine, a) && is_gone(engine, b));
}

/* From inside: after the message in hand, or after those that wait. */
static pst_status stop_oneself(pst_context *cx, void *state, const pst_message *message) {
    note(state, message->type);
    switch (message->type) {
    case 1:
        return pst_stop(cx, pst_self(cx), PST_STOP_NOW);
    case 2:
        return pst_stop(cx, pst_self(cx), PST_STOP_LAST);
    case 3:
        return PST_END;
    default:
        return PST_OK;
    }
}

static pst_status send_all(pst_context *cx, void *state, const pst_message *message) {
    const pst_actor *actors = state;
    (void)message;
    for (uint32_t kind = 1; kind <= 3; kind++) {
        const uint32_t types[] = {0, kind, 4, 5};
        for (int i = 0; i < 4; i++)
            /* On another worker it may be gone before the last. */
            (void)pst_send(cx, actors[kind - 1], types[i], NULL, 0);
    }
    return PST_OK;
}

static void from_inside(pst_engine *engine) {
    static diary now, last, end_;
    static pst_actor actors[3];
    diary *const diaries[] = {&now, &last, &end_};
    for (int i = 0; i < 3; i++) {
        diaries[i]->count = 0;
        actors[i] = spawn(engine, stop_oneself, diaries[i]);
    }
    /* An actor sends, so that all of a kind is there when the first is handled on one worker. */
    send(engine, spawn(engine, send_all, actors), 0, 0);
    settle(engine);
    DIARY(now, 0, 1);
    DIARY(end_, 0, 3);
    CHECK(last.count >= 2 && last.count <= 4);
    for (int i = 0; i < 3; i++)
        CHECK(is_gone(engine, actors[i]));
}

static atomic_int stale, ended_otherwise;
static pst_status count_stale(pst_context *cx, void *state, pst_status status,
                              const pst_message *message, void *user) {
    (void)cx, (void)state, (void)user;
    if (status == PST_ESTALE && message->size == 0)
        stale++;
    else
        ended_otherwise++;
    return PST_OK;
}

/* Asks three: one answers nobody and keeps the token, one has them in its mailbox, one in a stash.
 */
typedef struct silent {
    pst_actor keeper, busy, stasher;
} silent;

static pst_status ask_in_vain(pst_context *cx, void *state, const pst_message *message) {
    const silent *s = state;
    (void)message;
    for (int i = 0; i < 5; i++) {
        const void *data = i % 2 ? long_payload(1) : NULL;
        size_t size = i % 2 ? LONG_BYTES : 0;
        if (pst_ask(cx, s->keeper, TOKEN_PLEASE, data, size, PST_FOREVER, count_stale, NULL) ||
            pst_ask(cx, s->busy, TOKEN_PLEASE, data, size, PST_FOREVER, count_stale, NULL) ||
            pst_ask(cx, s->stasher, TOKEN_PLEASE, data, size, PST_FOREVER, count_stale, NULL))
            return PST_EINTERNAL;
    }
    return PST_OK;
}

static pst_status stash_all(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    return pst_stash(cx);
}

static void asks_end_stale(pst_engine *engine) {
    static silent s;
    static diary d;
    stale = ended_otherwise = 0;
    is_open = now_in.simulated;
    s.keeper = spawn(engine, ignore, NULL);
    s.busy = spawn(engine, wait_until_open, &d);
    s.stasher = spawn(engine, stash_all, NULL);
    pst_actor asker = spawn(engine, ask_in_vain, &s);
    send(engine, asker, 0, 0);
    /* Nobody has answered, whoever has got what. */
    RUNS(pst_actor_stop(engine, s.busy, PST_STOP_NOW));
    is_open = true;
    settle(engine);
    CHECK(ended_otherwise == 0);
    RUNS(pst_actor_stop(engine, s.keeper, PST_STOP_LAST));
    RUNS(pst_actor_stop(engine, s.stasher, PST_STOP_NOW));
    settle(engine);
    CHECK(stale == 15 && ended_otherwise == 0);
    CHECK(counts_of(engine).late_replies == 0);
}

/* ---- destroy, then DOWN ---- */

static atomic_int destroyed_late, downs;
static pst_status watch_it(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == PST_DOWN) {
        downs++;
        destroyed_late += states_destroyed == 0;
        return PST_OK;
    }
    pst_actor actor;
    memcpy(&actor, message->data, sizeof actor);
    return pst_watch(cx, actor);
}

static void destroy_comes_before_down(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = count_destroyed;
    downs = destroyed_late = 0;
    pst_actor it = spawn_with(engine, ignore, NULL, &options);
    for (int i = 0; i < 5; i++) {
        pst_actor watcher = spawn(engine, watch_it, NULL);
        send(engine, watcher, 0, it.id);
        if (i == 2)
            settle(engine);
    }
    settle(engine);
    RUNS(pst_actor_stop(engine, it, PST_STOP_NOW));
    settle(engine);
    CHECK(states_destroyed == 1 && downs == 5 && destroyed_late == 0);
}

/* ---- All actors of an engine ---- */

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
    EVERYWHERE(children_end_first);
    EVERYWHERE(last_and_now);
    EVERYWHERE(from_inside);
    EVERYWHERE(asks_end_stale);
    EVERYWHERE(destroy_comes_before_down);
    EVERYWHERE(stop_under_load);
    EVERYWHERE(stop_lets_finish);
    EVERYWHERE(calls_from_callbacks);
    return end("actors_stop");
}
