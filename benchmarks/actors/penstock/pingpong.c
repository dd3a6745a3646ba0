/* Two actors and a ball. The ping carries its sender, the pong nothing. */
#include "program.h"

enum { PING = FIRST_TYPE, PONG, AGAIN };

struct player {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    pst_actor other;
    uint64_t left;
};

/* Savina's ping tells itself to serve again. */
static pst_status ping(pst_context *cx, void *state, const pst_message *message) {
    struct player *me = state;
    pst_actor self = pst_self(cx);
    if (message->type == RUN)
        stopwatch_begin(&me->watch, message);
    else
        opened(&me->order, message);
    if (message->type != PONG) {
        me->left--;
        return tell(cx, &me->order, me->other, PING, &self, sizeof self);
    }
    return me->left ? tell(cx, &me->order, self, AGAIN, NULL, 0) : stopwatch_end(cx, &me->watch);
}

struct counter {
    _Alignas(64) struct order order;
    uint64_t pings;
};

static pst_status pong(pst_context *cx, void *state, const pst_message *message) {
    struct counter *me = state;
    const pst_actor *from = opened(&me->order, message);
    me->pings++;
    return tell(cx, &me->order, *from, PONG, NULL, 0);
}

void pingpong(struct program *program) {
    struct counter second = {.pings = 0};
    struct player first = {.other = spawn(program, pong, &second), .left = program->size};
    pst_actor both[] = {spawn(program, ping, &first), first.other};
    run(program, both[0]);
    expect("pings", second.pings, program->size);
    program->operations = 3 * program->size - 1;
    end_actors(program, both, 2);
    order_end(&first.order);
    order_end(&second.order);
}
