/* Bounded buffer: a manager between forty producers and forty consumers, all of which compute. */
#include "../work/cost.h"
#include "program.h"

#include <stdlib.h>

enum { PRODUCERS = 40, CONSUMERS = 40, BUFFER = 50 };
enum { PRODUCE = FIRST_TYPE, ITEM, READY, LEFT };

struct producer {
    _Alignas(64) struct order order;
    pst_actor manager;
    uint64_t left, cost;
    double item;
};
struct item {
    pst_actor producer;
    double value;
};

static pst_status produce(pst_context *cx, void *state, const pst_message *message) {
    struct producer *me = state;
    opened(&me->order, message);
    if (me->left == 0)
        return tell(cx, &me->order, me->manager, LEFT, NULL, 0);
    me->left--;
    me->item = cost_spend(me->item, me->cost);
    struct item item = {pst_self(cx), me->item};
    return tell(cx, &me->order, me->manager, ITEM, &item, sizeof item);
}

struct consumer {
    _Alignas(64) struct order order;
    pst_actor manager;
    uint64_t taken, cost;
    double sum;
};

static pst_status consume(pst_context *cx, void *state, const pst_message *message) {
    struct consumer *me = state;
    const double *item = opened(&me->order, message);
    me->taken++;
    me->sum = cost_spend(me->sum + *item, me->cost);
    pst_actor self = pst_self(cx);
    return tell(cx, &me->order, me->manager, READY, &self, sizeof self);
}

/* Rings with more room than can ever wait in them: an item for each producer and those that are let
 * in, all producers, all consumers. */
enum { ROOM = 64 };
struct ring {
    uint64_t first, end;
};
static uint64_t length(const struct ring *ring) {
    return ring->end - ring->first;
}

struct manager {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    struct ring items, makers, takers;
    double item[ROOM];
    pst_actor maker[ROOM], taker[ROOM];
    uint64_t gone;
    pst_actor producers[PRODUCERS], consumers[CONSUMERS];
};

static pst_status give(pst_context *cx, struct manager *me, pst_actor taker, double item) {
    return tell(cx, &me->order, taker, ITEM, &item, sizeof item);
}

static pst_status take_in(pst_context *cx, struct manager *me, const struct item *item) {
    pst_status status = PST_OK;
    if (length(&me->takers))
        status = give(cx, me, me->taker[me->takers.first++ % ROOM], item->value);
    else
        me->item[me->items.end++ % ROOM] = item->value;
    if (status)
        return status;
    if (length(&me->items) < BUFFER - PRODUCERS)
        return tell(cx, &me->order, item->producer, PRODUCE, NULL, 0);
    me->maker[me->makers.end++ % ROOM] = item->producer;
    return PST_OK;
}

static pst_status hand_out(pst_context *cx, struct manager *me, pst_actor taker) {
    if (length(&me->items) == 0) {
        me->taker[me->takers.end++ % ROOM] = taker;
        return PST_OK;
    }
    pst_status status = give(cx, me, taker, me->item[me->items.first++ % ROOM]);
    if (status || length(&me->makers) == 0)
        return status;
    return tell(cx, &me->order, me->maker[me->makers.first++ % ROOM], PRODUCE, NULL, 0);
}

static pst_status begin(pst_context *cx, struct manager *me, const pst_message *message) {
    pst_status status = PST_OK;
    stopwatch_begin(&me->watch, message);
    for (uint32_t i = 0; i < CONSUMERS; i++)
        me->taker[me->takers.end++ % ROOM] = me->consumers[i];
    for (uint32_t i = 0; i < PRODUCERS && status == PST_OK; i++)
        status = tell(cx, &me->order, me->producers[i], PRODUCE, NULL, 0);
    return status;
}

static pst_status manage(pst_context *cx, void *state, const pst_message *message) {
    struct manager *me = state;
    if (message->type == RUN)
        return begin(cx, me, message);
    const void *payload = opened(&me->order, message);
    pst_status status = PST_OK;
    if (message->type == ITEM)
        return take_in(cx, me, payload);
    if (message->type == READY)
        status = hand_out(cx, me, *(const pst_actor *)payload);
    else
        me->gone++;
    if (status || me->gone < PRODUCERS || length(&me->takers) < CONSUMERS)
        return status;
    return stopwatch_end(cx, &me->watch);
}

void bndbuffer(struct program *program) {
    struct producer *producers = reserve(PRODUCERS, sizeof *producers);
    struct consumer *consumers = reserve(CONSUMERS, sizeof *consumers);
    struct manager manager = {.gone = 0};
    pst_actor root = spawn(program, manage, &manager);
    for (uint32_t i = 0; i < PRODUCERS; i++) {
        producers[i] =
            (struct producer){.manager = root, .left = program->size, .cost = program->second};
        manager.producers[i] = spawn(program, produce, &producers[i]);
    }
    for (uint32_t i = 0; i < CONSUMERS; i++) {
        consumers[i] = (struct consumer){.manager = root, .cost = program->second};
        manager.consumers[i] = spawn(program, consume, &consumers[i]);
    }
    run(program, root);
    uint64_t taken = 0;
    for (uint32_t i = 0; i < CONSUMERS; i++)
        taken += consumers[i].taken;
    expect("items", taken, PRODUCERS * program->size);
    program->operations = 4 * PRODUCERS * program->size;
    end_actors(program, manager.producers, PRODUCERS);
    end_actors(program, manager.consumers, CONSUMERS);
    end_actors(program, &root, 1);
    for (uint32_t i = 0; i < PRODUCERS; i++)
        order_end(&producers[i].order);
    for (uint32_t i = 0; i < CONSUMERS; i++)
        order_end(&consumers[i].order);
    order_end(&manager.order);
    free(producers);
    free(consumers);
}
