/* An actor as a node of a graph: it takes spans out of a drain and puts results into a feed,
 * through small channels, and is told when there is something to do. */
#include "actors_test.h"

#include <stdlib.h>

enum { ELEMENTS = 5000, WORK = 1 };

struct node {
    pst_graph *graph;
    pst_stage in, out;
    uint64_t held[7];
    size_t count, done; /* of held */
    uint64_t told, taken;
    bool closed;
    pst_status ended;
};

static uint64_t next, sum, expected;

static pst_status count_up(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx;
    uint64_t *numbers = out;
    while (*count < capacity && next < ELEMENTS)
        numbers[(*count)++] = next++;
    return next < ELEMENTS ? PST_OK : PST_END;
}

static pst_status add_up(pst_context *cx, const void *in, size_t n) {
    (void)cx;
    const uint64_t *numbers = in;
    for (size_t i = 0; i < n; i++) {
        CHECK(numbers[i] == expected);
        expected += 3;
        sum += numbers[i];
    }
    return PST_OK;
}

/* Triples what comes, and passes it on. */
static pst_status triple(pst_context *cx, void *state, const pst_message *message) {
    struct node *me = state;
    (void)cx;
    CHECK(message->type == WORK && message->size == 0);
    me->told++;
    while (!me->closed) {
        size_t pushed = 0;
        if (me->done < me->count) {
            pst_status status =
                pst_push(me->graph, me->out, me->held + me->done, me->count - me->done, 0, &pushed);
            me->done += pushed;
            if (status != PST_OK) {
                /* A run that was cancelled. */
                me->closed = status != PST_EAGAIN;
                return PST_OK;
            }
        }
        pst_status status = pst_pull(me->graph, me->in, me->held, 7, 0, &me->count);
        me->done = 0;
        if (status != PST_OK) {
            me->count = 0;
            if (status == PST_EAGAIN)
                return PST_OK;
            me->ended = status;
            me->closed = true;
            CHECK(pst_close(me->graph, me->out) == PST_OK || status != PST_END);
            return PST_OK;
        }
        for (size_t i = 0; i < me->count; i++)
            me->held[i] *= 3;
        me->taken += me->count;
    }
    return PST_OK;
}

static pst_graph *describe(pst_engine *engine, struct node *node, pst_actor *actor) {
    pst_type u64 = PST_TYPE(uint64_t);
    pst_stage_options narrow = PST_STAGE_OPTIONS_INIT;
    narrow.capacity = 4;
    *node = (struct node){.graph = NULL};
    CHECK(pst_graph_create("ports", &node->graph) == PST_OK);
    pst_stage numbers = pst_source(node->graph, "numbers", &u64, count_up, NULL);
    node->in = pst_drain(node->graph, "in", numbers);
    pst_stage_configure(node->graph, node->in, &narrow);
    node->out = pst_feed(node->graph, "out", &u64);
    pst_stage end = pst_sink(node->graph, "sum", node->out, add_up, NULL);
    pst_stage_configure(node->graph, end, &narrow);
    CHECK(pst_actor_spawn(engine, triple, node, NULL, actor) == PST_OK);
    CHECK(pst_actor_port(node->graph, numbers, engine, *actor, WORK) == PST_EINVAL);
    CHECK(pst_actor_port(node->graph, node->in, engine, *actor, WORK) == PST_OK);
    CHECK(pst_actor_port(node->graph, node->out, engine, *actor, WORK) == PST_OK);
    return node->graph;
}

static void runs_through(pst_engine *engine) {
    struct node node;
    pst_actor actor;
    pst_graph *graph = describe(engine, &node, &actor);
    for (int run = 0; run < 2; run++) {
        next = sum = expected = 0;
        node.closed = false;
        node.count = node.done = 0;
        node.taken = 0;
        CHECK(pst_graph_run(graph, engine) == PST_OK);
        CHECK(pst_actors_await_quiescent(engine, PST_FOREVER) == PST_OK);
        CHECK(node.ended == PST_END && node.taken == ELEMENTS);
        CHECK(sum == 3ull * ELEMENTS * (ELEMENTS - 1) / 2);
    }
    CHECK(node.told > 2);
    pst_graph_destroy(graph);
}

/* A run that is cancelled tells the actor, which finds out by its next call. */
static void is_cancelled(pst_engine *engine) {
    struct node node;
    pst_actor actor;
    pst_graph *graph = describe(engine, &node, &actor);
    next = sum = expected = 0;
    CHECK(pst_graph_start(graph, engine) == PST_OK);
    CHECK(pst_graph_cancel(graph) == PST_OK);
    pst_status status = pst_graph_wait(graph, PST_FOREVER);
    CHECK(status == PST_ECANCELED || status == PST_OK);
    CHECK(pst_actors_await_quiescent(engine, PST_FOREVER) == PST_OK);
    CHECK(pst_actors_stop(engine, 0, NULL) == PST_OK);
    pst_graph_destroy(graph);
}

/* The actor is gone: the graph waits for it in vain, and can be cancelled. */
static void is_alone(pst_engine *engine) {
    struct node node;
    pst_actor actor;
    pst_graph *graph = describe(engine, &node, &actor);
    next = sum = expected = 0;
    CHECK(pst_actor_stop(engine, actor, PST_STOP_NOW) == PST_OK);
    CHECK(pst_actors_await_quiescent(engine, PST_FOREVER) == PST_OK);
    CHECK(pst_graph_start(graph, engine) == PST_OK);
    CHECK(pst_graph_cancel(graph) == PST_OK);
    CHECK(pst_graph_wait(graph, PST_FOREVER) == PST_ECANCELED);
    pst_graph_destroy(graph);
}

int main(void) {
    begin(60);
    EVERYWHERE(runs_through);
    EVERYWHERE(is_cancelled);
    EVERYWHERE(is_alone);
    return end("actors_ports");
}
