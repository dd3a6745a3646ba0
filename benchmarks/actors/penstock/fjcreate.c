/* Fork-join create: actors that handle one message and end. Their state is the parent's, which they
 * only read; as Savina's latch does, a counter that all share says when the last one was there. */
#include "program.h"

#include <stdatomic.h>

enum { ITEM = FIRST_TYPE };

struct parent {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    pst_actor self;
    uint64_t children;
    _Alignas(64) _Atomic uint64_t left;
};

static pst_status child(pst_context *cx, void *state, const pst_message *message) {
    struct parent *parent = state;
    struct order mine = {};
    opened(&mine, message);
    pst_status status = PST_OK;
    if (atomic_fetch_sub(&parent->left, 1) == 1)
        status = tell(cx, &mine, parent->self, DONE, NULL, 0);
    order_end(&mine);
    return status ? status : PST_END;
}

static pst_status create(pst_context *cx, void *state, const pst_message *message) {
    struct parent *me = state;
    if (message->type == DONE) {
        opened(&me->order, message);
        return stopwatch_end(cx, &me->watch);
    }
    me->self = pst_self(cx);
    stopwatch_begin(&me->watch, message);
    pst_status status = PST_OK;
    for (uint64_t i = 0; i < me->children && status == PST_OK; i++) {
        pst_actor actor;
        status = pst_spawn(cx, child, me, NULL, &actor);
        if (status == PST_OK)
            status = tell(cx, &me->order, actor, ITEM, NULL, 0);
    }
    return status;
}

void fjcreate(struct program *program) {
    struct parent parent = {.children = program->size, .left = program->size};
    pst_actor root = spawn(program, create, &parent);
    run(program, root);
    expect("children that have not run", parent.left, 0);
    program->operations = program->size;
    end_actors(program, &root, 1);
    order_end(&parent.order);
}
