/* A token that a hundred actors hand on, until it has made its hops. */
#include "program.h"

#include <stdlib.h>

enum { LINKS = 100 };
enum { HOPS = FIRST_TYPE };

struct link {
    _Alignas(64) struct order order;
    pst_actor next, master;
    uint64_t hops; /* to be made by the token that it starts */
};

static pst_status hand_on(pst_context *cx, void *state, const pst_message *message) {
    struct link *me = state;
    const void *payload = opened(&me->order, message);
    uint64_t left = message->type == START ? me->hops : *(const uint64_t *)payload;
    if (left == 0)
        return tell(cx, &me->order, me->master, DONE, NULL, 0);
    left--;
    return tell(cx, &me->order, me->next, HOPS, &left, sizeof left);
}

void threadring(struct program *program) {
    struct link *links = reserve(LINKS, sizeof *links);
    pst_actor ring[LINKS];
    struct master counter = {.starters = ring, .count = 1, .reports = 1};
    pst_actor root = spawn(program, master, &counter);
    for (uint32_t i = 0; i < LINKS; i++)
        ring[i] = spawn(program, hand_on, &links[i]);
    for (uint32_t i = 0; i < LINKS; i++)
        links[i] =
            (struct link){.next = ring[(i + 1) % LINKS], .master = root, .hops = program->size};
    run(program, root);
    program->operations = program->size;
    end_actors(program, ring, LINKS);
    end_actors(program, &root, 1);
    for (uint32_t i = 0; i < LINKS; i++)
        order_end(&links[i].order);
    order_end(&counter.order);
    free(links);
}
