/* Nothing waits behind a callback that takes long while another worker has nothing to do: not what
 * it sent itself, not what comes from outside, no timer, whoever runs the callback, an actor or a
 * stage. Each test would never end otherwise. */
#include "actors_test.h"

enum {
    LETTER,
    BLOCK,
    TELL_AND_BLOCK,
    TELL_ALL_AND_BLOCK,
    SPAWN_AND_BLOCK,
    SET_TIMER,
    SET_LONG_TIMER,
    TICK
};
enum { MANY = 300 };

static atomic_int arrived, enough, is_blocked;
static pst_actor others[MANY];

/* Long enough for everything to sleep; tests that it makes harder must not need it. */
static void let_all_sleep(void) {
    usleep(300000);
}

/* A callback that takes long. */
static void wait_for_all(void) {
    is_blocked = true;
    while (arrived < enough)
        usleep(100);
}

static pst_status note_arrival(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == SET_TIMER)
        return pst_timer_start(cx, 1000000, 0, TICK, NULL, 0, NULL);
    if (message->type == SET_LONG_TIMER)
        return pst_timer_start(cx, 400000000, 0, TICK, NULL, 0, NULL);
    arrived++;
    return PST_OK;
}

static pst_status block(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == SPAWN_AND_BLOCK) {
        if (pst_spawn(cx, note_arrival, NULL, NULL, &others[0]))
            return PST_EINTERNAL;
    }
    if (message->type == TELL_AND_BLOCK && pst_send(cx, others[0], LETTER, NULL, 0))
        return PST_EINTERNAL;
    for (int i = 0; message->type == TELL_ALL_AND_BLOCK && i < MANY; i++)
        if (pst_send(cx, others[i], LETTER, NULL, 0))
            return PST_EINTERNAL;
    wait_for_all();
    return PST_OK;
}

static void begin_with(int count) {
    arrived = is_blocked = 0;
    enough = count;
}

/* What a behaviour sent to waits in the slot of its worker. */
static void one_letter(pst_engine *engine) {
    begin_with(1);
    others[0] = spawn(engine, note_arrival, NULL);
    send(engine, spawn(engine, block, NULL), TELL_AND_BLOCK, 0);
    settle(engine);
    CHECK(arrived == 1);
}

/* And what it sent to before waits in its queue. */
static void many_letters(pst_engine *engine) {
    begin_with(MANY);
    for (int i = 0; i < MANY; i++)
        others[i] = spawn(engine, note_arrival, NULL);
    send(engine, spawn(engine, block, NULL), TELL_ALL_AND_BLOCK, 0);
    settle(engine);
    CHECK(arrived == MANY);
}

/* Actors of all workers, so also of the one that is blocked; some have been there before. */
static void from_outside(pst_engine *engine) {
    begin_with(2 * MANY);
    enough = MANY;
    for (int i = 0; i < MANY; i++) {
        others[i] = spawn(engine, note_arrival, NULL);
        send(engine, others[i], LETTER, 0);
    }
    settle(engine);
    enough = 2 * MANY;
    send(engine, spawn(engine, block, NULL), BLOCK, 0);
    while (!is_blocked)
        usleep(100);
    for (int i = 0; i < MANY; i++)
        send(engine, others[i], LETTER, 0);
    settle(engine);
    CHECK(arrived == 2 * MANY);
}

/* The actor that blocks made it, on its own worker. */
static void to_a_newborn(pst_engine *engine) {
    begin_with(1);
    send(engine, spawn(engine, block, NULL), SPAWN_AND_BLOCK, 0);
    while (!is_blocked)
        usleep(100);
    send(engine, others[0], LETTER, 0);
    settle(engine);
    CHECK(arrived == 1);
}

static void timers(pst_engine *engine) {
    begin_with(MANY);
    for (int i = 0; i < MANY; i++) {
        others[i] = spawn(engine, note_arrival, NULL);
        send(engine, others[i], SET_TIMER, 0);
    }
    send(engine, spawn(engine, block, NULL), BLOCK, 0);
    while (arrived < MANY)
        usleep(100);
    settle(engine);
}

/* The same after a time in which nobody had to look after anything. The first timers are those of
 * the workers that block. */
static void after_a_rest(pst_engine *engine) {
    begin_with((int)now_in.workers);
    for (uint32_t i = 0; i < now_in.workers; i++) {
        others[i] = spawn(engine, note_arrival, NULL);
        send(engine, others[i], SET_LONG_TIMER, 0);
    }
    let_all_sleep();
    for (uint32_t i = 1; i < now_in.workers; i++)
        send(engine, spawn(engine, block, NULL), BLOCK, 0);
    while (arrived < enough)
        usleep(100);
    settle(engine);
    begin_with(1);
    others[0] = spawn(engine, note_arrival, NULL);
    let_all_sleep();
    send(engine, spawn(engine, block, NULL), TELL_AND_BLOCK, 0);
    settle(engine);
    CHECK(arrived == 1);
}

/* As many as there are workers but one: the last one runs everything. */
static void all_but_one(pst_engine *engine) {
    begin_with(MANY);
    for (int i = 0; i < MANY; i++)
        others[i] = spawn(engine, note_arrival, NULL);
    for (uint32_t i = 1; i < now_in.workers; i++)
        send(engine, spawn(engine, block, NULL), BLOCK, 0);
    for (int i = 0; i < MANY; i++)
        send(engine, others[i], LETTER, 0);
    settle(engine);
    CHECK(arrived == MANY);
}

/* ---- Stages ---- */

static pst_status wait_in_stage(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx, (void)out, (void)capacity, (void)count;
    wait_for_all();
    return PST_END;
}

static pst_status drop(pst_context *cx, const void *in, size_t n) {
    (void)cx, (void)in, (void)n;
    return PST_OK;
}

static void a_stage_blocks(pst_engine *engine) {
    pst_type u64 = PST_TYPE(uint64_t);
    pst_graph *graph = NULL;
    begin_with(2 * MANY);
    for (int i = 0; i < MANY; i++) {
        others[i] = spawn(engine, note_arrival, NULL);
        send(engine, others[i], LETTER, 0);
    }
    settle(engine);
    RUNS(pst_graph_create("blocks", &graph));
    pst_sink(graph, "end", pst_source(graph, "source", &u64, wait_in_stage, NULL), drop, NULL);
    RUNS(pst_graph_start(graph, engine));
    while (!is_blocked)
        usleep(100);
    for (int i = 0; i < MANY; i++)
        send(engine, others[i], chance(2) ? LETTER : SET_TIMER, 0);
    RUNS(pst_graph_wait(graph, PST_FOREVER));
    settle(engine);
    CHECK(arrived == 2 * MANY);
    pst_graph_destroy(graph);
}

/* Both workers are where a graph wanted them, not where actors would have them: still there are two
 * threads. */
static pst_status end_at_once(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx, (void)out, (void)capacity, (void)count;
    return PST_END;
}

static void beside_a_pinned_graph(pst_engine *engine) {
    pst_type u64 = PST_TYPE(uint64_t);
    pst_stage_options here = PST_STAGE_OPTIONS_INIT, there = PST_STAGE_OPTIONS_INIT;
    pst_graph *graph = NULL;
    here.on = "core:2";
    there.on = "core:3";
    RUNS(pst_graph_create("pinned", &graph));
    pst_stage source = pst_source(graph, "source", &u64, end_at_once, NULL);
    pst_stage end = pst_sink(graph, "end", source, drop, NULL);
    pst_stage_configure(graph, source, &here);
    pst_stage_configure(graph, end, &there);
    RUNS(pst_graph_run(graph, engine));
    pst_graph_destroy(graph);
    one_letter(engine);
}

static void on_several(actor_test test, const char *name) {
    for (uint32_t workers = 2; workers <= 4; workers++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            now_in = (setting){.executor = "threads", .workers = workers, .seed = seed};
            run_once(test, name);
        }
}
#define ON_SEVERAL(test) on_several(test, #test)

int main(void) {
    begin(120);
    ON_SEVERAL(one_letter);
    ON_SEVERAL(many_letters);
    ON_SEVERAL(from_outside);
    ON_SEVERAL(to_a_newborn);
    ON_SEVERAL(timers);
    ON_SEVERAL(after_a_rest);
    ON_SEVERAL(all_but_one);
    ON_SEVERAL(a_stage_blocks);
    topology_of_this_test = "synthetic:core:4 pu:1";
    ON_SEVERAL(beside_a_pinned_graph);
    topology_of_this_test = NULL;
    return end("actors_steal");
}
