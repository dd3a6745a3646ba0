/* One actor floods another, then asks how much it has counted. */
#include "program.h"

enum { ITEM = FIRST_TYPE, RETRIEVE, COUNTED };

struct counter {
    _Alignas(64) struct order order;
    uint64_t count;
};

static pst_status count(pst_context *cx, void *state, const pst_message *message) {
    struct counter *me = state;
    const pst_actor *from = opened(&me->order, message);
    if (message->type == RETRIEVE)
        return tell(cx, &me->order, *from, COUNTED, &me->count, sizeof me->count);
    me->count++;
    return PST_OK;
}

struct producer {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    pst_actor counter;
    uint64_t items, counted;
};

static pst_status produce(pst_context *cx, void *state, const pst_message *message) {
    struct producer *me = state;
    if (message->type == COUNTED) {
        const uint64_t *counted = opened(&me->order, message);
        me->counted = *counted;
        return stopwatch_end(cx, &me->watch);
    }
    stopwatch_begin(&me->watch, message);
    pst_actor self = pst_self(cx);
    pst_status status = PST_OK;
    for (uint64_t i = 0; i < me->items && status == PST_OK; i++)
        status = tell(cx, &me->order, me->counter, ITEM, NULL, 0);
    return status ? status : tell(cx, &me->order, me->counter, RETRIEVE, &self, sizeof self);
}

void counting(struct program *program) {
    struct counter sink = {.count = 0};
    struct producer source = {.counter = spawn(program, count, &sink), .items = program->size};
    pst_actor both[] = {spawn(program, produce, &source), source.counter};
    run(program, both[0]);
    expect("counted", source.counted, program->size);
    program->operations = program->size;
    end_actors(program, both, 2);
    order_end(&source.order);
    order_end(&sink.order);
}
