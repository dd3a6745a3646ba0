/* Many to many: each of 120 actors pings a random one, and the next when it has been answered. */
#include "../work/random.h"
#include "program.h"

#include <stdlib.h>

enum { ACTORS = 120 };
enum { PING = FIRST_TYPE, PONG };

struct big {
    _Alignas(64) struct order order;
    const pst_actor *all;
    pst_actor sink;
    uint64_t sent, pings;
    uint32_t number, random, expected;
};

static pst_status next(pst_context *cx, struct big *me) {
    if (me->sent++ == me->pings)
        return tell(cx, &me->order, me->sink, DONE, NULL, 0);
    me->expected = random_next(&me->random) % ACTORS;
    return tell(cx, &me->order, me->all[me->expected], PING, &me->number, sizeof me->number);
}

static pst_status play(pst_context *cx, void *state, const pst_message *message) {
    struct big *me = state;
    const void *payload = opened(&me->order, message);
    if (message->type == START) {
        me->sink = *(const pst_actor *)payload;
        return next(cx, me);
    }
    uint32_t from = *(const uint32_t *)payload;
    if (message->type == PING)
        return tell(cx, &me->order, me->all[from], PONG, &me->number, sizeof me->number);
    expect("the one that answered", from, me->expected);
    return next(cx, me);
}

void big(struct program *program) {
    struct big *actors = reserve(ACTORS, sizeof *actors);
    pst_actor all[ACTORS];
    struct master sink = {.starters = all, .count = ACTORS, .reports = ACTORS};
    pst_actor root = spawn(program, master, &sink);
    for (uint32_t i = 0; i < ACTORS; i++) {
        actors[i] = (struct big){.all = all, .pings = program->size, .number = i, .random = i};
        all[i] = spawn(program, play, &actors[i]);
    }
    run(program, root);
    program->operations = 2 * ACTORS * program->size;
    end_actors(program, all, ACTORS);
    end_actors(program, &root, 1);
    for (uint32_t i = 0; i < ACTORS; i++)
        order_end(&actors[i].order);
    order_end(&sink.order);
    free(actors);
}
