/* One receiver and many senders. A sender sends a few at a time and then tells itself to go on, so
 * that all of them are at it until the end. They are faster than the receiver, whose mailbox grows;
 * the warm-up, of the same size, has made that memory. */
#include "program.h"

#include <stdlib.h>

enum { AT_A_TIME = 100 };
enum { ITEM = FIRST_TYPE, AGAIN };

struct receiver {
    _Alignas(64) struct order order;
    pst_actor master;
    uint64_t left;
};

static pst_status receive(pst_context *cx, void *state, const pst_message *message) {
    struct receiver *me = state;
    opened(&me->order, message);
    return --me->left ? PST_OK : tell(cx, &me->order, me->master, DONE, NULL, 0);
}

struct sender {
    _Alignas(64) struct order order;
    pst_actor receiver;
    uint64_t left;
};

static pst_status send_some(pst_context *cx, void *state, const pst_message *message) {
    struct sender *me = state;
    opened(&me->order, message);
    uint64_t some = me->left < AT_A_TIME ? me->left : AT_A_TIME;
    pst_status status = PST_OK;
    for (uint64_t i = 0; i < some && status == PST_OK; i++)
        status = tell(cx, &me->order, me->receiver, ITEM, NULL, 0);
    me->left -= some;
    return status || me->left == 0 ? status : tell(cx, &me->order, pst_self(cx), AGAIN, NULL, 0);
}

/* second: how many senders; size: how many messages from all of them. */
void hot(struct program *program) {
    uint64_t count = program->second, each = program->size / count;
    struct sender *senders = reserve(count, sizeof *senders);
    pst_actor *all = reserve(count, sizeof *all);
    struct receiver receiver = {.left = each * count};
    struct master counter = {.starters = all, .count = count, .reports = 1};
    pst_actor root = spawn(program, master, &counter);
    receiver.master = root;
    pst_actor sink = spawn(program, receive, &receiver);
    for (uint64_t i = 0; i < count; i++) {
        senders[i] = (struct sender){.receiver = sink, .left = each};
        all[i] = spawn(program, send_some, &senders[i]);
    }
    run(program, root);
    expect("messages that did not arrive", receiver.left, 0);
    program->operations = each * count;
    end_actors(program, all, count);
    end_actors(program, (pst_actor[]){root, sink}, 2);
    for (uint64_t i = 0; i < count; i++)
        order_end(&senders[i].order);
    order_end(&receiver.order);
    order_end(&counter.order);
    free(senders);
    free(all);
}
