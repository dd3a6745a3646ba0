/* A hundred creatures meet in pairs in a mall: both take the third colour, unless they have the
 * same. The mall sends the second visitor's message to the first, which tells the second. */
#include "program.h"

#include <stdlib.h>

enum { CREATURES = 100 };
enum { MEET = FIRST_TYPE, CHANGE, LEAVE, MET };

struct visitor {
    pst_actor actor;
    uint32_t colour; /* 0 to 2 */
};

struct creature {
    _Alignas(64) struct order order;
    pst_actor mall;
    uint32_t colour;
    uint64_t meetings;
};

static uint32_t complement(uint32_t mine, uint32_t other) {
    return mine == other ? mine : 3 - mine - other;
}

static pst_status behave(pst_context *cx, void *state, const pst_message *message) {
    struct creature *me = state;
    const void *payload = opened(&me->order, message);
    if (message->type == LEAVE)
        return tell(cx, &me->order, me->mall, MET, &me->meetings, sizeof me->meetings);
    if (message->type == MEET) {
        const struct visitor *other = payload;
        me->meetings++;
        me->colour = complement(me->colour, other->colour);
        pst_status status =
            tell(cx, &me->order, other->actor, CHANGE, &me->colour, sizeof me->colour);
        if (status)
            return status;
    } else if (message->type == CHANGE) {
        me->meetings++;
        me->colour = *(const uint32_t *)payload;
    }
    struct visitor self = {pst_self(cx), me->colour};
    return tell(cx, &me->order, me->mall, MEET, &self, sizeof self);
}

struct mall {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    pst_actor waiting; /* or nobody */
    uint64_t left, gone, met;
    pst_actor creatures[CREATURES];
};

static pst_status open_mall(pst_context *cx, struct mall *me, const pst_message *message) {
    pst_status status = PST_OK;
    stopwatch_begin(&me->watch, message);
    for (uint32_t i = 0; i < CREATURES && status == PST_OK; i++)
        status = tell(cx, &me->order, me->creatures[i], START, NULL, 0);
    return status;
}

static pst_status receive_visitor(pst_context *cx, void *state, const pst_message *message) {
    struct mall *me = state;
    if (message->type == RUN)
        return open_mall(cx, me, message);
    const void *payload = opened(&me->order, message);
    if (message->type == MET) {
        me->met += *(const uint64_t *)payload;
        return ++me->gone < CREATURES ? PST_OK : stopwatch_end(cx, &me->watch);
    }
    const struct visitor *visitor = payload;
    if (me->left == 0)
        return tell(cx, &me->order, visitor->actor, LEAVE, NULL, 0);
    if (me->waiting.id == 0) {
        me->waiting = visitor->actor;
        return PST_OK;
    }
    pst_actor first = me->waiting;
    me->waiting = PST_NO_ACTOR;
    me->left--;
    return tell(cx, &me->order, first, MEET, visitor, sizeof *visitor);
}

void chameneos(struct program *program) {
    struct creature *creatures = reserve(CREATURES, sizeof *creatures);
    struct mall mall = {.left = program->size};
    pst_actor root = spawn(program, receive_visitor, &mall);
    for (uint32_t i = 0; i < CREATURES; i++) {
        creatures[i].mall = root;
        creatures[i].colour = i % 3;
        mall.creatures[i] = spawn(program, behave, &creatures[i]);
    }
    run(program, root);
    expect("meetings", mall.met, 2 * program->size);
    program->operations = 4 * program->size;
    end_actors(program, mall.creatures, CREATURES);
    end_actors(program, &root, 1);
    for (uint32_t i = 0; i < CREATURES; i++)
        order_end(&creatures[i].order);
    order_end(&mall.order);
    free(creatures);
}
