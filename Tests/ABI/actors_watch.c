/* DOWN: once for each watch, with the reason, after everything that the other has sent. */
#include "actors_test.h"

enum { WATCH, UNWATCH, TWICE, AGAIN, LETTER, SELF, WATCH_MANY, UNWATCH_MANY };

typedef struct watcher {
    pst_engine *engine;
    atomic_int downs, letters, wrong;
    pst_status reason;
    pst_actor last;
} watcher;

static pst_actor actor_in(const pst_message *message) {
    pst_actor actor;
    memcpy(&actor, message->data, sizeof actor);
    return actor;
}

static pst_status keep_watch(pst_context *cx, void *state, const pst_message *message) {
    watcher *w = state;
    pst_actor other = PST_NO_ACTOR;
    if (message->size == sizeof other)
        other = actor_in(message);
    switch (message->type) {
    case PST_DOWN: {
        const pst_down *down = message->data;
        w->wrong += message->size != sizeof *down || message->token.id != 0;
        w->reason = down->reason;
        w->last = down->actor;
        w->downs++;
        return PST_OK;
    }
    case WATCH:
        return pst_watch(cx, other);
    case TWICE:
        return pst_watch(cx, other) || pst_watch(cx, other) ? PST_EINTERNAL : PST_OK;
    case UNWATCH:
        return pst_unwatch(cx, other);
    case AGAIN:
        if (pst_watch(cx, other) || pst_unwatch(cx, other) || pst_watch(cx, other))
            return PST_EINTERNAL;
        return PST_OK;
    case SELF:
        return pst_watch(cx, pst_self(cx));
    default:
        w->letters++;
        return PST_OK;
    }
}

static watcher w;
static pst_actor new_watcher(pst_engine *engine) {
    memset(&w, 0, sizeof w);
    w.engine = engine;
    w.reason = PST_STATUS_MAX;
    return spawn(engine, keep_watch, &w);
}

static void tell_to(pst_engine *engine, pst_actor to, uint32_t type, pst_actor other) {
    RUNS(pst_actor_send(engine, to, type, &other, sizeof other));
}

static pst_status end_as_told(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state;
    return (pst_status)number_of(message);
}

static void reasons(pst_engine *engine) {
    const pst_status ends[] = {PST_END, PST_EUSER, (pst_status)(PST_EUSER + 1), PST_EINVAL};
    for (int i = 0; i < 4; i++) {
        pst_actor me = new_watcher(engine), other = spawn(engine, end_as_told, NULL);
        tell_to(engine, me, i % 2 ? TWICE : WATCH, other);
        settle(engine);
        CHECK(w.downs == 0);
        send(engine, other, LETTER, ends[i]);
        settle(engine);
        CHECK(w.downs == 1 && w.wrong == 0 && w.last.id == other.id);
        CHECK(w.reason == (ends[i] == PST_END ? PST_OK : ends[i]));
        /* It is gone: at once, each time. */
        for (int again = 2; again < 5; again++) {
            tell_to(engine, me, WATCH, other);
            settle(engine);
            CHECK(w.downs == again && w.reason == PST_ESTALE && w.last.id == other.id);
        }
        tell_to(engine, me, WATCH, PST_NO_ACTOR);
        tell_to(engine, me, WATCH, (pst_actor){0x123456789abcdef0});
        settle(engine);
        CHECK(w.downs == 6 && w.reason == PST_ESTALE);
    }
    for (int mode = 0; mode < 2; mode++) {
        pst_actor me = new_watcher(engine), other = spawn(engine, end_as_told, NULL);
        tell_to(engine, me, TWICE, other);
        settle(engine);
        RUNS(pst_actor_stop(engine, other, (pst_stop_mode)mode));
        settle(engine);
        CHECK(w.downs == 1 && w.reason == PST_OK);
    }
}

static void unwatch(pst_engine *engine) {
    pst_actor me = new_watcher(engine), other = spawn(engine, end_as_told, NULL);
    tell_to(engine, me, WATCH, other);
    tell_to(engine, me, UNWATCH, other);
    tell_to(engine, me, UNWATCH, other);
    settle(engine);
    send(engine, other, LETTER, PST_END);
    settle(engine);
    CHECK(w.downs == 0);
    /* Again, and once though it was watched before. */
    other = spawn(engine, end_as_told, NULL);
    tell_to(engine, me, AGAIN, other);
    if (chance(2))
        settle(engine);
    tell_to(engine, me, AGAIN, other);
    if (chance(2))
        settle(engine);
    send(engine, other, LETTER, PST_END);
    settle(engine);
    CHECK(w.downs == 1);
    /* While it ends: DOWN or none, and never after unwatch has returned. */
    for (int i = 0; i < 10; i++) {
        int before = w.downs;
        other = spawn(engine, end_as_told, NULL);
        tell_to(engine, me, WATCH, other);
        send(engine, other, LETTER, PST_END);
        tell_to(engine, me, UNWATCH, other);
        settle(engine);
        CHECK(w.downs - before <= 1);
    }
    /* Oneself: nobody is there to hear. */
    tell_to(engine, me, SELF, me);
    settle(engine);
    RUNS(pst_actor_stop(engine, me, PST_STOP_LAST));
    settle(engine);
    CHECK(counts_of(engine).failed == 0);
}

/* Each of two watches the other, and each of many the one. */
enum { MANY = 100 };
static void many_watchers(pst_engine *engine) {
    static watcher crowd[MANY];
    static pst_actor actors[MANY];
    memset(crowd, 0, sizeof crowd);
    for (int i = 0; i < MANY; i++)
        actors[i] = spawn(engine, keep_watch, &crowd[i]);
    /* The last is watched by all, and each watches its neighbour. */
    for (int i = 0; i < MANY - 1; i++) {
        tell_to(engine, actors[i], WATCH, actors[MANY - 1]);
        tell_to(engine, actors[i], WATCH, actors[(i + 1) % (MANY - 1)]);
    }
    for (int i = 0; i < MANY - 1; i += 2)
        tell_to(engine, actors[i], UNWATCH, actors[MANY - 1]);
    settle(engine);
    RUNS(pst_actor_stop(engine, actors[MANY - 1], PST_STOP_NOW));
    settle(engine);
    int wrong = 0;
    for (int i = 0; i < MANY - 1; i++)
        wrong += crowd[i].downs != i % 2;
    CHECK(wrong == 0);
    /* The rest ends in any order, with watches to each other. */
    for (int i = 0; i < MANY - 1; i++)
        RUNS(pst_actor_stop(engine, actors[(i * 7) % (MANY - 1)], PST_STOP_NOW));
    settle(engine);
    for (int i = 0; i < MANY; i++)
        CHECK(is_gone(engine, actors[i]));
}

/* One that watches many: the table of them grows, and shrinks. */
static pst_actor others[MANY];
static bool is_watched[MANY];
static pst_status watch_many(pst_context *cx, void *state, const pst_message *message) {
    watcher *w = state;
    switch (message->type) {
    case WATCH_MANY:
        for (int i = 0; i < MANY; i++)
            if (pst_watch(cx, others[i]) || (i % 3 == 0 && pst_watch(cx, others[i / 2])))
                return PST_EINTERNAL;
        return PST_OK;
    case UNWATCH_MANY:
        for (int i = 0; i < MANY; i++)
            if (!is_watched[i] && pst_unwatch(cx, others[i]))
                return PST_EINTERNAL;
        return PST_OK;
    case PST_DOWN: {
        const pst_down *down = message->data;
        for (int i = 0; i < MANY; i++)
            if (others[i].id == down->actor.id)
                w->wrong += !is_watched[i];
        w->downs++;
        return PST_OK;
    }
    default:
        return PST_OK;
    }
}

static void many_watched(pst_engine *engine) {
    memset(&w, 0, sizeof w);
    int watched = 0;
    for (int i = 0; i < MANY; i++) {
        others[i] = spawn(engine, ignore, NULL);
        is_watched[i] = chance(2);
        watched += is_watched[i];
    }
    pst_actor me = spawn(engine, watch_many, &w);
    send(engine, me, WATCH_MANY, 0);
    send(engine, me, UNWATCH_MANY, 0);
    settle(engine);
    for (int i = 0; i < MANY; i++)
        RUNS(
            pst_actor_stop(engine, others[i * 3 % MANY], chance(2) ? PST_STOP_NOW : PST_STOP_LAST));
    settle(engine);
    CHECK(w.downs == watched && w.wrong == 0);
    /* It ends with watches of those that live. */
    for (int i = 0; i < MANY; i++)
        others[i] = spawn(engine, ignore, NULL);
    send(engine, me, WATCH_MANY, 0);
    settle(engine);
    RUNS(pst_actor_stop(engine, me, PST_STOP_NOW));
    settle(engine);
    CHECK(w.downs == watched);
}

int main(void) {
    begin(60);
    EVERYWHERE(reasons);
    EVERYWHERE(unwatch);
    EVERYWHERE(many_watchers);
    EVERYWHERE(many_watched);
    return end("actors_watch");
}
