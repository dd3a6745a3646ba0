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

static void note_end(void *state);

/* Member i has the children 2i+1 and 2i+2: a tree of 15, spawned in the order of the numbers. */
static pst_status raise_family(pst_context *cx, void *state) {
    member *m = state;
    m->family->actors[m->number] = pst_self(cx);
    for (int child = 2 * m->number + 1; child <= 2 * m->number + 2 && child < 15; child++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        pst_actor actor;
        options.start = raise_family;
        options.destroy = note_end;
        m->family->members[child] = (member){m->family, child};
        pst_status status =
            pst_spawn_child(cx, ignore, &m->family->members[child], &options, &actor);
        if (status)
            return status;
    }
    return PST_OK;
}

static void note_end(void *state) {
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

int main(void) {
    begin(60);
    EVERYWHERE(children_end_first);
    EVERYWHERE(last_and_now);
    EVERYWHERE(from_inside);
    EVERYWHERE(asks_end_stale);
    EVERYWHERE(destroy_comes_before_down);
    return end("actors_stop");
}
