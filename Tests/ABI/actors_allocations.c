/* In the steady state no message allocates: not when actors send, ask, answer, forward, put aside
 * or are woken by timers, nor when host threads send and ask. The allocations of the whole process
 * are counted, and the memory that the engine says its actors take. */
#include "../../benchmarks/dataflow/allocations.h"
#include "actors_test.h"

enum { TURN = 1, QUESTION, TICK, PASSED, HOPS = 20000 };

struct member {
    pst_actor peer, third;
    uint64_t left, answers, ticks, passed;
};

static pst_status answered(pst_context *cx, void *state, pst_status status,
                           const pst_message *message, void *user) {
    struct member *me = state;
    CHECK(status == PST_OK && message->size == 40 && user == state);
    me->answers++;
    return pst_send(cx, me->peer, TURN, NULL, 0);
}

/* The two throw a ball, and every eighth time ask instead; every ninth goes by a third. */
static pst_status play(pst_context *cx, void *state, const pst_message *message) {
    struct member *me = state;
    char payload[40] = {0};
    switch (message->type) {
    case QUESTION:
        return pst_reply(cx, message->token, PST_OK, payload, sizeof payload);
    case TICK:
        me->ticks++;
        return PST_OK;
    default:
        break;
    }
    if (me->left == 0)
        return PST_OK;
    me->left--;
    if (me->left % 8 == 0)
        return pst_ask(cx, me->peer, QUESTION, payload, sizeof payload, 1000000000, answered, me);
    if (me->left % 9 == 0)
        return pst_send(cx, me->third, PASSED, payload, sizeof payload);
    return pst_send(cx, me->peer, TURN, payload, me->left % 41);
}

static pst_status pass_on(pst_context *cx, void *state, const pst_message *message) {
    struct member *me = state;
    if (me->passed++ % 3 == 0 && message->type == PASSED) {
        CHECK(pst_stash(cx) == PST_OK);
        return pst_unstash(cx);
    }
    return pst_forward(cx, me->peer);
}

static pst_status begin_ticks(pst_context *cx, void *state) {
    (void)state;
    return pst_timer_start(cx, 1000, 20000, TICK, NULL, 0, NULL);
}

static void round_of(pst_engine *engine, struct member *a, struct member *b, pst_actor first) {
    char payload[40] = {0};
    a->left = b->left = HOPS;
    RUNS(pst_actor_send(engine, first, TURN, NULL, 0));
    for (int i = 0; i < 500; i++) {
        size_t size = sizeof payload;
        RUNS(pst_actor_ask(engine, first, QUESTION, payload, size, PST_FOREVER, payload, &size));
    }
    RUNS(pst_actors_await_quiescent(engine, PST_FOREVER));
    CHECK(a->left == 0 || b->left == 0);
}

static uint64_t bytes(pst_engine *engine) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    RUNS(pst_actors_get_counts(engine, &counts));
    return counts.bytes;
}

int main(void) {
    begin(60);
    pst_engine *engine = NULL;
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    /* One worker: on several the nodes of a pool are now here, now there, and it may grow. */
    options.workers = 1;
    RUNS(pst_engine_create(&options, &engine));
    struct member a = {.left = 0}, b = {.left = 0}, c = {.left = 0};
    pst_actor_options ticking = PST_ACTOR_OPTIONS_INIT;
    ticking.start = begin_ticks;
    pst_actor first, second, third;
    RUNS(pst_actor_spawn(engine, play, &a, &ticking, &first));
    RUNS(pst_actor_spawn(engine, play, &b, NULL, &second));
    RUNS(pst_actor_spawn(engine, pass_on, &c, NULL, &third));
    a = (struct member){.peer = second, .third = third};
    b = (struct member){.peer = first, .third = third};
    c = (struct member){.peer = second};
    round_of(engine, &a, &b, first);
    uint64_t before = bytes(engine), answers = a.answers + b.answers;
    allocations_count(true);
    round_of(engine, &a, &b, first);
    allocations_count(false);
    CHECK(a.answers + b.answers > answers && a.ticks > 0 && c.passed > 0);
    CHECK(allocations_counted() == 0);
    CHECK(bytes(engine) == before);
    printf("%lu allocations\n", (unsigned long)allocations_counted());
    pst_engine_destroy(engine);
    return end("actors_allocations");
}
