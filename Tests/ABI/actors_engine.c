/* What concerns all actors of an engine: names, statistics, where actors run, quiescence, and
 * engines that end with actors that live. */
#include "actors_test.h"

enum { LETTER, FAIL, HOLD, ANSWER, TIMER, SPIN };

/* ---- Names ---- */

static pst_status end_or_not(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state;
    return message->type == FAIL ? PST_END : PST_OK;
}

static void names(pst_engine *engine) {
    pst_actor actors[20], found;
    char name[32];
    for (int i = 0; i < 20; i++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        snprintf(name, sizeof name, "actor \xc3\xa4 %d", i);
        options.name = name;
        actors[i] = spawn_with(engine, end_or_not, NULL, &options);
        /* Copied during the call; and unique. */
        CHECK(pst_actor_spawn(engine, ignore, NULL, &options, &found) == PST_EBUSY);
        memset(name, '#', sizeof name - 1);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "actor \xc3\xa4 %d", i);
        RUNS(pst_actor_find(engine, name, &found));
        CHECK(found.id == actors[i].id);
        if (i % 2)
            send(engine, actors[i], FAIL, 0);
    }
    settle(engine);
    for (int i = 0; i < 20; i++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        snprintf(name, sizeof name, "actor \xc3\xa4 %d", i);
        CHECK(pst_actor_find(engine, name, &found) == (i % 2 ? PST_ESTALE : PST_OK));
        options.name = name;
        /* The name of one that has ended is free. */
        CHECK(pst_actor_spawn(engine, ignore, NULL, &options, &found) ==
              (i % 2 ? PST_OK : PST_EBUSY));
    }
}

/* ---- Statistics and counts ---- */

static pst_status fail_or_spin(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == SPIN) {
        uint64_t begun = pst_now(cx);
        while (pst_now(cx) - begun < 100000 && !now_in.simulated)
            ;
    }
    return message->type == FAIL ? PST_EUSER : PST_OK;
}

static void statistics(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor_stats stats = PST_ACTOR_STATS_INIT;
    pst_dispatcher *dispatcher = NULL;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.statistics = true;
    options.dispatcher = dispatcher;
    options.on_failure = PST_ACTOR_RESTARTS;
    pst_actor it = spawn_with(engine, fail_or_spin, NULL, &options);
    for (int i = 0; i < 9; i++)
        send(engine, it, i == 5 ? FAIL : i == 7 ? SPIN : LETTER, 0);
    RUNS(pst_actor_get_stats(engine, it, &stats));
    CHECK(stats.queue_length == 9 && stats.processed == 0);
    /* One whose options do not ask for it. */
    pst_actor other = spawn(engine, ignore, NULL);
    CHECK(pst_actor_get_stats(engine, other, &stats) == PST_ESTATE);
    while (pst_dispatcher_poll(dispatcher, 0, 0, NULL) == PST_OK)
        ;
    settle(engine);
    while (pst_actor_get_stats(engine, it, &stats) == PST_OK && stats.queue_length > 0)
        (void)pst_dispatcher_poll(dispatcher, 0, 1000, NULL);
    RUNS(pst_actor_get_stats(engine, it, &stats));
    CHECK(stats.processed == 9 && stats.failed == 1 && stats.restarts == 1 && stats.dropped == 0);
    CHECK(stats.queue_length == 0 && stats.queue_high_water >= 1 && stats.queue_high_water <= 9);
    CHECK(stats.longest_ns >= 100000 || now_in.simulated);
    pst_dispatcher_destroy(dispatcher);
    CHECK(pst_actor_get_stats(engine, it, &stats) == PST_ESTALE);
}

static void counts(pst_engine *engine) {
    pst_actor_counts before = counts_of(engine);
    CHECK(before.sent == 0 && before.spawned == 0 && before.bytes == 0);
    pst_actor it = spawn(engine, end_or_not, NULL);
    for (int i = 0; i < 10; i++)
        send(engine, it, LETTER, 0);
    settle(engine);
    pst_actor_counts c = counts_of(engine);
    CHECK(c.sent == 10 && c.delivered == 10 && c.spawned == 1 && c.stopped == 0 && c.bytes > 0);
    CHECK(c.dropped == 0 && c.dead_letters == 0 && c.failed == 0 && c.restarts == 0);
    /* Messages of the engine and replies are not counted. */
    RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
    settle(engine);
    c = counts_of(engine);
    CHECK(c.sent == 10 && c.stopped == 1);
}

/* ---- Where actors run ---- */

enum { PLACED = 8 };
static pthread_t ran_on[PLACED];
static atomic_int moved[PLACED];
static pst_status note_place(pst_context *cx, void *state, const pst_message *message) {
    uintptr_t number = (uintptr_t)state;
    (void)cx, (void)message;
    if (ran_on[number] && !pthread_equal(ran_on[number], pthread_self()))
        moved[number]++;
    ran_on[number] = pthread_self();
    return PST_OK;
}

static pst_status spawn_placed(pst_context *cx, void *state, const pst_message *message) {
    static const char *const places[] = {"L3:0", "L3:1"};
    (void)state;
    uint64_t i = number_of(message);
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor actor;
    options.on = places[i % 2];
    pst_status status = pst_spawn_child(cx, note_place, (void *)(uintptr_t)i, &options, &actor);
    for (int k = 0; k < 20 && status == PST_OK; k++)
        status = pst_send(cx, actor, LETTER, NULL, 0);
    return status;
}

/* Two caches of a core each: what is restricted to one runs on one worker, and not on the other's.
 */
static void places(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    pst_actor actor, placed[PLACED];
    RUNS(pst_engine_get_info(engine, &info));
    memset(ran_on, 0, sizeof ran_on);
    memset(moved, 0, sizeof moved);
    if (info.workers != 2) {
        /* One is on the first of them; more than there are cores are on none. */
        options.on = "L3:0";
        if (info.workers == 1)
            RUNS(pst_actor_spawn(engine, ignore, NULL, &options, &actor));
        else
            FAILS(PST_EINVAL, "no worker", pst_actor_spawn(engine, ignore, NULL, &options, &actor));
        options.on = "L3:1";
        FAILS(PST_EINVAL, "no worker", pst_actor_spawn(engine, ignore, NULL, &options, &actor));
        return;
    }
    for (uintptr_t i = 0; i < PLACED / 2; i++) {
        options.on = i % 2 ? "L3:1" : "l3:0";
        placed[i] = spawn_with(engine, note_place, (void *)i, &options);
    }
    for (int k = 0; k < 50; k++)
        for (int i = 0; i < PLACED / 2; i++)
            send(engine, placed[i], LETTER, 0);
    pst_actor spawner = spawn(engine, spawn_placed, NULL);
    for (uint64_t i = PLACED / 2; i < PLACED; i++)
        send(engine, spawner, LETTER, i);
    settle(engine);
    if (now_in.simulated)
        return;
    for (int i = 0; i < PLACED; i++) {
        CHECK(moved[i] == 0 && pthread_equal(ran_on[i], ran_on[i % 2]));
        CHECK(!pthread_equal(ran_on[i], ran_on[(i + 1) % 2]));
    }
}

/* ---- Quiescence ---- */

static pst_status hold_token(pst_context *cx, void *state, const pst_message *message) {
    if (message->type == TIMER)
        return pst_timer_start(cx, 1000000000000, 0, LETTER, NULL, 0, NULL);
    *(pst_token *)state = message->token;
    return PST_OK;
}

static pst_status no_answer(pst_context *cx, void *state, pst_status status,
                            const pst_message *message, void *user) {
    (void)cx, (void)state, (void)message;
    *(atomic_int *)user = status == PST_OK ? 1 : 2;
    return PST_OK;
}

static pst_actor holder;
static atomic_int answered;
static pst_status ask_holder(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    return pst_ask(cx, holder, HOLD, NULL, 0, PST_FOREVER, no_answer, &answered);
}

static atomic_bool may_go;
static pst_status wait_to_go(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state, (void)message;
    while (!may_go)
        usleep(100);
    return PST_OK;
}

/* Neither asks that wait nor timers that will fire count; a behaviour that runs does. */
static void quiescence(pst_engine *engine) {
    static pst_token token;
    answered = 0;
    settle(engine);
    holder = spawn(engine, hold_token, &token);
    send(engine, holder, TIMER, 0);
    send(engine, spawn(engine, ask_holder, NULL), LETTER, 0);
    settle(engine);
    CHECK(token.id != 0 && answered == 0);
    RUNS(pst_actors_await_quiescent(engine, 0));
    RUNS(pst_actor_reply(engine, token, PST_OK, NULL, 0));
    settle(engine);
    CHECK(answered == 1);
    if (now_in.simulated)
        return;
    may_go = false;
    send(engine, spawn(engine, wait_to_go, NULL), LETTER, 0);
    FAILS(PST_ETIMEDOUT, "something to do", pst_actors_await_quiescent(engine, 0));
    FAILS(PST_ETIMEDOUT, "something to do", pst_actors_await_quiescent(engine, 1000000));
    may_go = true;
    settle(engine);
}

/* ---- Engines that end with actors that live, in all that they can be doing ---- */

static pst_status do_everything(pst_context *cx, void *state, const pst_message *message) {
    pst_actor child;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    (void)state, (void)message;
    options.destroy = count_destroyed;
    options.statistics = true;
    if (pst_spawn_child(cx, ignore, NULL, &options, &child) || pst_watch(cx, child) ||
        pst_timer_start(cx, 1000, 1000, LETTER, "x", 1, NULL) || pst_idle_timeout(cx, 500) ||
        pst_ask(cx, child, LETTER, long_payload(1), LONG_BYTES, PST_FOREVER, no_answer,
                &answered) ||
        pst_ask(cx, child, LETTER, NULL, 0, 1000000, no_answer, &answered))
        return PST_EINTERNAL;
    pst_bytes bytes = new_payload("x", 1);
    if (pst_send_bytes(cx, child, LETTER, &bytes))
        return PST_EINTERNAL;
    return message->type == HOLD ? pst_stash(cx) : PST_OK;
}

static void destroyed_with_actors(pst_engine *unused) {
    (void)unused;
    pst_engine *engine = new_actor_engine();
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_dispatcher *dispatcher = NULL;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.destroy = count_destroyed;
    options.name = "somebody";
    pst_actor it = spawn_with(engine, do_everything, NULL, &options);
    options.name = NULL;
    options.dispatcher = dispatcher;
    pst_actor hosted = spawn_with(engine, do_everything, NULL, &options);
    for (int i = 0; i < 5; i++) {
        pst_bytes bytes = new_payload("x", 1);
        RUNS(pst_actor_send(engine, it, i % 2 ? LETTER : HOLD, long_payload(1), LONG_BYTES));
        RUNS(pst_actor_send_bytes(engine, hosted, i % 2 ? LETTER : HOLD, &bytes));
    }
    if (chance(2))
        (void)pst_dispatcher_poll(dispatcher, 3, 0, NULL);
    if (chance(2))
        (void)pst_actors_await_quiescent(engine, 10000);
    bool first = chance(2);
    if (first)
        pst_dispatcher_destroy(dispatcher);
    pst_engine_destroy(engine);
    CHECK(states_destroyed >= 2 && payloads_made == payloads_released);
    FAILS(PST_EHANDLE, "engine", pst_actor_send(engine, it, LETTER, NULL, 0));
    if (!first) {
        FAILS(PST_ESTATE, "stopped", pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, NULL));
        pst_dispatcher_destroy(dispatcher);
    }
    FAILS(PST_EHANDLE, "dispatcher", pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, NULL));
}

/* An engine whose actors nobody needs, and one that a graph uses, too. */
static void beside_graphs(pst_engine *engine) {
    uint64_t eaten = 0;
    static pst_actor ring[4];
    for (int i = 0; i < 4; i++)
        ring[i] = spawn(engine, ignore, NULL);
    for (int round = 0; round < 5; round++) {
        pst_graph *graph = new_graph();
        for (int i = 0; i < 20; i++)
            send(engine, ring[i % 4], LETTER, 0);
        pst_sink(graph, "sink", pst_map(graph, "map", new_source(graph), &u64, pass, NULL), eat,
                 &eaten);
        RUNS(pst_graph_run(graph, engine));
        pst_graph_destroy(graph);
    }
    settle(engine);
    CHECK(eaten == 5000 && counts_of(engine).delivered == 100);
}

int main(void) {
    begin(60);
    EVERYWHERE(names);
    EVERYWHERE(statistics);
    EVERYWHERE(counts);
    topology_of_this_test = "synthetic:l3:2 core:1 pu:1";
    EVERYWHERE(places);
    topology_of_this_test = NULL;
    EVERYWHERE(quiescence);
    EVERYWHERE(destroyed_with_actors);
    EVERYWHERE(beside_graphs);
    return end("actors_engine");
}
