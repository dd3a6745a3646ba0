/* Supervision: which children restart, limits, and failures that go up. */
#include "actors_test.h"

enum { LETTER, FAIL, CHILD, WATCH };
enum { CHILDREN = 5 };

static diary starts, ends;
static atomic_int downs;
static pst_status last_reason;

/* A parent, and whoever watches it. */
static pst_status watch_or_fail(pst_context *cx, void *state, const pst_message *message) {
    pst_actor other;
    (void)state;
    switch (message->type) {
    case FAIL:
        return PST_EUSER;
    case WATCH:
        memcpy(&other, message->data, sizeof other);
        return pst_watch(cx, other);
    case PST_DOWN:
        downs++;
        last_reason = ((const pst_down *)message->data)->reason;
        return PST_OK;
    default:
        return PST_OK;
    }
}

/* ---- Strategies ---- */

typedef struct child {
    uint64_t number;
    pst_actor actor;
    pst_on_failure on_failure;
} child;
static child children[CHILDREN];

static pst_status start_child(pst_context *cx, void *state) {
    child *c = state;
    c->actor = pst_self(cx);
    note(&starts, c->number);
    return PST_OK;
}

static void end_child(void *state) {
    note(&ends, ((child *)state)->number);
}

static pst_status be_child(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state;
    return message->type == FAIL ? (pst_status)number_of(message) : PST_OK;
}

static pst_status start_parent(pst_context *cx, void *state) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    (void)state;
    note(&starts, 99);
    options.start = start_child;
    options.destroy = end_child;
    for (uint64_t i = 0; i < CHILDREN; i++) {
        pst_actor actor;
        options.on_failure = children[i].on_failure;
        pst_status status = pst_spawn_child(cx, be_child, &children[i], &options, &actor);
        if (status)
            return status;
    }
    return PST_OK;
}

static void end_parent(void *state) {
    (void)state;
    note(&ends, 99);
}

static pst_actor new_parent(pst_engine *engine, pst_actor_options options, pst_on_failure childs) {
    for (uint64_t i = 0; i < CHILDREN; i++)
        children[i] = (child){.number = i, .on_failure = childs};
    options.start = start_parent;
    options.destroy = end_parent;
    pst_actor it = spawn_with(engine, watch_or_fail, NULL, &options);
    pst_actor watcher = spawn(engine, watch_or_fail, NULL);
    downs = 0;
    send(engine, watcher, WATCH, it.id);
    settle(engine);
    starts.count = ends.count = 0;
    return it;
}

/* Children start on any worker: who started, not in which order. */
static uint64_t set_of(const diary *d) {
    uint64_t set = 0;
    for (int i = 0; i < d->count; i++)
        set |= (uint64_t)1 << (d->entries[i] == 99 ? 8 : d->entries[i]);
    return set;
}

static void strategies(pst_engine *engine) {
    const uint64_t sets[] = {1 << 2, 0x1f, 0x1c};
    const int counts[] = {1, 5, 3};
    for (int strategy = 0; strategy < 3; strategy++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        options.strategy = (pst_strategy)strategy;
        pst_actor it = new_parent(engine, options, PST_ACTOR_RESTARTS);
        send(engine, children[2].actor, FAIL, PST_EUSER);
        settle(engine);
        CHECK(set_of(&starts) == sets[strategy] && starts.count == counts[strategy]);
        CHECK(ends.count == 0 && downs == 0);
        RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
        settle(engine);
        DIARY(ends, 4, 3, 2, 1, 0, 99);
    }
}

/* A child that stops when it fails, or resumes, is no concern of its parent. */
static void children_that_do_not_restart(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.strategy = PST_ONE_FOR_ALL;
    pst_actor it = new_parent(engine, options, PST_ACTOR_STOPS);
    send(engine, children[1].actor, FAIL, PST_EUSER);
    settle(engine);
    DIARY(ends, 1);
    CHECK(starts.count == 0 && downs == 0 && is_gone(engine, children[1].actor));
    RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
    settle(engine);
    DIARY(ends, 1, 4, 3, 2, 0, 99);
    it = new_parent(engine, options, PST_ACTOR_RESUMES);
    send(engine, children[1].actor, FAIL, PST_EUSER);
    settle(engine);
    CHECK(ends.count == 0 && starts.count == 0);
    RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
    settle(engine);
}

/* One more than the limit: the child stops, and the parent fails with its status. */
static void limit_of_a_parent(pst_engine *engine) {
    const pst_on_failure kinds[] = {PST_ACTOR_STOPS, PST_ACTOR_RESUMES, PST_ACTOR_RESTARTS};
    for (int i = 0; i < 3; i++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        options.max_restarts = 2;
        options.restart_period_ns = PST_FOREVER;
        options.on_failure = kinds[i];
        pst_actor it = new_parent(engine, options, PST_ACTOR_RESTARTS);
        /* Of its children together. */
        for (uint64_t k = 0; k < 3; k++) {
            send(engine, children[k].actor, FAIL, PST_EUSER + k);
            settle(engine);
            CHECK(starts.count == (k < 2 ? (int)k + 1 : i < 2 ? 2 : starts.count));
        }
        switch (kinds[i]) {
        case PST_ACTOR_STOPS:
            /* The one that failed may end before its turn. */
            CHECK(set_of(&ends) == 0x11f && ends.count == 6 && ends.entries[5] == 99);
            CHECK(downs == 1 && last_reason == (pst_status)(PST_EUSER + 2));
            break;
        case PST_ACTOR_RESUMES:
            DIARY(ends, 2);
            CHECK(downs == 0);
            RUNS(pst_actor_stop(engine, it, PST_STOP_NOW));
            break;
        default:
            /* It restarts itself by a limit of its own: it is spent, so it stops. */
            CHECK(set_of(&ends) == 0x11f || ends.count == 5);
            (void)pst_actor_stop(engine, it, PST_STOP_NOW);
        }
        settle(engine);
    }
}

/* ---- Failures that go up ---- */

static void escalates(pst_engine *engine) {
    const pst_on_failure kinds[] = {PST_ACTOR_STOPS, PST_ACTOR_RESUMES, PST_ACTOR_RESTARTS,
                                    PST_ACTOR_ESCALATES};
    for (int i = 0; i < 4; i++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        options.on_failure = kinds[i];
        pst_actor it = new_parent(engine, options, PST_ACTOR_ESCALATES);
        pst_actor failing = children[2].actor;
        send(engine, failing, FAIL, PST_EUSER + 5);
        (void)pst_actor_send(engine, failing, LETTER, NULL, 0);
        settle(engine);
        switch (kinds[i]) {
        case PST_ACTOR_RESUMES:
            /* Both go on as if nothing was. */
            CHECK(ends.count == 0 && starts.count == 0 && !is_gone(engine, failing));
            break;
        case PST_ACTOR_RESTARTS:
            /* It ends its children and starts anew, with new ones. */
            DIARY(ends, 4, 3, 2, 1, 0);
            CHECK(set_of(&starts) == 0x11f && starts.entries[0] == 99 && starts.count == 6);
            CHECK(downs == 0 && is_gone(engine, failing));
            break;
        default:
            DIARY(ends, 4, 3, 2, 1, 0, 99);
            CHECK(downs == 1 && last_reason == (pst_status)(PST_EUSER + 5));
            CHECK(is_gone(engine, it));
        }
        (void)pst_actor_stop(engine, it, PST_STOP_NOW);
        settle(engine);
    }
}

/* Through several generations, to one that restarts. */
typedef struct generation {
    int left;
} generation;
static generation generations[8];
static pst_actor youngest;
static atomic_int births;
static pst_status beget(pst_context *cx, void *state) {
    generation *g = state;
    births++;
    if (g->left == 0) {
        youngest = pst_self(cx);
        return PST_OK;
    }
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor actor;
    options.start = beget;
    options.destroy = count_destroyed;
    options.on_failure = PST_ACTOR_ESCALATES;
    return pst_spawn_child(cx, be_child, &generations[g->left - 1], &options, &actor);
}

static void through_generations(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.start = beget;
    options.destroy = count_destroyed;
    options.on_failure = PST_ACTOR_RESTARTS;
    births = 0;
    for (int i = 0; i < 8; i++)
        generations[i].left = i;
    pst_actor root = spawn_with(engine, be_child, &generations[7], &options);
    settle(engine);
    CHECK(births == 8);
    for (int i = 1; i <= 3; i++) {
        send(engine, youngest, FAIL, PST_EUSER + 1);
        settle(engine);
        CHECK(births == 8 * (i + 1) && states_destroyed == 7 * i);
    }
    CHECK(counts_of(engine).restarts == 3 && !is_gone(engine, root));
    send(engine, youngest, FAIL, PST_EUSER + 1);
    settle(engine);
    CHECK(is_gone(engine, root) && states_destroyed == 7 * 4 + 1);
}

/* ---- Many things at once: children fail, stop and are stopped while the parent restarts ---- */

static _Atomic uint64_t crowd_of[64];
static atomic_int crowd_size;
static pst_status join_crowd(pst_context *cx, void *state) {
    (void)state;
    int at = crowd_size;
    crowd_of[at % 64] = pst_self(cx).id;
    crowd_size = at + 1;
    return PST_OK;
}

static pst_status be_parent(pst_context *cx, void *state, const pst_message *message) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor actor;
    (void)state;
    if (message->type == FAIL)
        return PST_EUSER;
    if (message->type != CHILD)
        return PST_OK;
    uint64_t number = number_of(message);
    options.start = join_crowd;
    options.on_failure = (pst_on_failure)(number % 4);
    options.strategy = (pst_strategy)(number % 3);
    options.destroy = count_destroyed;
    options.max_restarts = 1000;
    return pst_spawn_child(cx, be_parent, NULL, &options, &actor);
}

static void turmoil(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.on_failure = PST_ACTOR_RESTARTS;
    options.max_restarts = UINT32_MAX;
    options.destroy = count_destroyed;
    crowd_size = 0;
    pst_actor root = spawn_with(engine, be_parent, NULL, &options);
    for (int i = 0; i < 150; i++) {
        pst_actor to = root;
        if (crowd_size > 0 && chance(4))
            to.id = crowd_of[chance((uint32_t)crowd_size) % 64];
        uint32_t what = chance(10);
        uint64_t number = chance(12);
        if (what < 6)
            (void)pst_actor_send(engine, to, CHILD, &number, 8);
        else if (what < 9)
            (void)pst_actor_send(engine, to, FAIL, NULL, 0);
        else if (to.id != root.id)
            (void)pst_actor_stop(engine, to, (pst_stop_mode)chance(2));
        if (chance(8) == 0)
            settle(engine);
    }
    settle(engine);
    CHECK(!is_gone(engine, root));
    RUNS(pst_actor_stop(engine, root, PST_STOP_LAST));
    settle(engine);
    pst_actor_counts counts = counts_of(engine);
    CHECK(counts.spawned == counts.stopped && (uint64_t)states_destroyed == counts.spawned);
}

int main(void) {
    begin(60);
    EVERYWHERE(strategies);
    EVERYWHERE(children_that_do_not_restart);
    EVERYWHERE(limit_of_a_parent);
    EVERYWHERE(escalates);
    EVERYWHERE(through_generations);
    EVERYWHERE(turmoil);
    return end("actors_supervision");
}
