/* Fibonacci's numbers by a tree of actors, each with two children, which it adds up. */
#include "program.h"

#include <stdlib.h>

enum { REQUEST = FIRST_TYPE, RESPONSE };

struct fib {
    struct order order;
    pst_actor parent;
    uint64_t result;
    uint32_t missing;
};

static void destroy(void *state) {
    struct fib *fib = state;
    order_end(&fib->order);
    free(fib);
}

static pst_status add_up(pst_context *cx, void *state, const pst_message *message);

/* Makes an actor and asks it for the n-th number, on behalf of the running one. */
static pst_status request(pst_context *cx, struct order *order, uint64_t n) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = destroy;
    struct fib *fib = malloc(sizeof *fib);
    if (!fib)
        return PST_ENOMEM;
    *fib = (struct fib){.parent = pst_self(cx), .missing = 2};
    pst_actor actor;
    pst_status status = pst_spawn(cx, add_up, fib, &options, &actor);
    if (status) {
        free(fib);
        return status;
    }
    return tell(cx, order, actor, REQUEST, &n, sizeof n);
}

/* PST_END: it has been asked for one number. */
static pst_status respond(pst_context *cx, struct fib *me, uint64_t value) {
    pst_status status = tell(cx, &me->order, me->parent, RESPONSE, &value, sizeof value);
    return status ? status : PST_END;
}

static pst_status add_up(pst_context *cx, void *state, const pst_message *message) {
    struct fib *me = state;
    uint64_t number = *(const uint64_t *)opened(&me->order, message);
    if (message->type == REQUEST) {
        if (number <= 2)
            return respond(cx, me, 1);
        pst_status status = request(cx, &me->order, number - 1);
        return status ? status : request(cx, &me->order, number - 2);
    }
    me->result += number;
    return --me->missing ? PST_OK : respond(cx, me, me->result);
}

struct root {
    struct order order;
    struct stopwatch watch;
    uint64_t n, result;
};

static pst_status grow(pst_context *cx, void *state, const pst_message *message) {
    struct root *me = state;
    if (message->type == RUN) {
        stopwatch_begin(&me->watch, message);
        return request(cx, &me->order, me->n);
    }
    me->result = *(const uint64_t *)opened(&me->order, message);
    return stopwatch_end(cx, &me->watch);
}

void fib(struct program *program) {
    uint64_t before = 0, number = 1;
    for (uint64_t i = 1; i < program->size; i++) {
        uint64_t next = before + number;
        before = number;
        number = next;
    }
    struct root root = {.n = program->size};
    pst_actor actor = spawn(program, grow, &root);
    run(program, actor);
    expect("the number", root.result, number);
    program->operations = 2 * number - 1;
    end_actors(program, &actor, 1);
    order_end(&root.order);
}
