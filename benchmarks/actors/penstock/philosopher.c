/* Dining philosophers, who ask an arbiter for their forks until they are given both. */
#include "program.h"

#include <stdlib.h>

enum { SEATS = 20 };
enum { HUNGRY = FIRST_TYPE, DENIED, EAT, EATEN, AGAIN, LEAVE };

struct guest {
    pst_actor actor;
    uint32_t number;
};

struct philosopher {
    _Alignas(64) struct order order;
    pst_actor arbiter;
    uint32_t number;
    uint64_t left;
};

static pst_status dine(pst_context *cx, void *state, const pst_message *message) {
    struct philosopher *me = state;
    opened(&me->order, message);
    struct guest self = {pst_self(cx), me->number};
    if (message->type != EAT)
        return tell(cx, &me->order, me->arbiter, HUNGRY, &self, sizeof self);
    pst_status status = tell(cx, &me->order, me->arbiter, EATEN, &me->number, sizeof me->number);
    if (status)
        return status;
    return --me->left ? tell(cx, &me->order, self.actor, AGAIN, NULL, 0)
                      : tell(cx, &me->order, me->arbiter, LEAVE, NULL, 0);
}

struct arbiter {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    bool taken[SEATS];
    uint64_t meals, gone;
    pst_actor philosophers[SEATS];
};

static pst_status grant(pst_context *cx, struct arbiter *me, const struct guest *guest) {
    bool *left = &me->taken[guest->number], *right = &me->taken[(guest->number + 1) % SEATS];
    if (*left || *right)
        return tell(cx, &me->order, guest->actor, DENIED, NULL, 0);
    *left = *right = true;
    return tell(cx, &me->order, guest->actor, EAT, NULL, 0);
}

static pst_status arbitrate(pst_context *cx, void *state, const pst_message *message) {
    struct arbiter *me = state;
    if (message->type == RUN) {
        pst_status status = PST_OK;
        stopwatch_begin(&me->watch, message);
        for (uint32_t i = 0; i < SEATS && status == PST_OK; i++)
            status = tell(cx, &me->order, me->philosophers[i], START, NULL, 0);
        return status;
    }
    const void *payload = opened(&me->order, message);
    if (message->type == HUNGRY)
        return grant(cx, me, payload);
    if (message->type == LEAVE)
        return ++me->gone < SEATS ? PST_OK : stopwatch_end(cx, &me->watch);
    uint32_t number = *(const uint32_t *)payload;
    me->taken[number] = me->taken[(number + 1) % SEATS] = false;
    me->meals++;
    return PST_OK;
}

void philosopher(struct program *program) {
    struct philosopher *all = reserve(SEATS, sizeof *all);
    struct arbiter arbiter = {.meals = 0};
    pst_actor root = spawn(program, arbitrate, &arbiter);
    for (uint32_t i = 0; i < SEATS; i++) {
        all[i] = (struct philosopher){.arbiter = root, .number = i, .left = program->size};
        arbiter.philosophers[i] = spawn(program, dine, &all[i]);
    }
    run(program, root);
    expect("meals", arbiter.meals, SEATS * program->size);
    program->operations = SEATS * program->size;
    end_actors(program, arbiter.philosophers, SEATS);
    end_actors(program, &root, 1);
    for (uint32_t i = 0; i < SEATS; i++)
        order_end(&all[i].order);
    order_end(&arbiter.order);
    free(all);
}
