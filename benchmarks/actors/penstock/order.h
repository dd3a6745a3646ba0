/* The thin layer through which the programs send and receive. As it is measured, it is nothing:
 * each function is one call of the library's. Compiled with ACTORS_CHECKED every message carries
 * who sent it and a number that counts what this sender sent to this receiver, and the receiver
 * checks it: so a message that is lost, doubled or out of order ends the program.
 *
 * An actor that sends or receives has a struct order in its state. */
#ifndef ACTORS_ORDER_H
#define ACTORS_ORDER_H

#include <penstock.h>

#ifdef ACTORS_CHECKED

/* What an actor sent to one other and received from it. Open addressing; 0 is the host. */
struct order_pair {
    uint64_t other;
    uint64_t sent, received;
    bool used;
};
struct order {
    struct order_pair *pairs;
    size_t count, capacity;
};

struct order_totals {
    uint64_t sent;     /* messages and replies */
    uint64_t received; /* the same */
};
struct order_totals order_totals(void);

pst_status tell(pst_context *cx, struct order *order, pst_actor to, uint32_t type, const void *data,
                size_t size);
pst_status tell_from_host(pst_engine *engine, struct order *order, pst_actor to, uint32_t type,
                          const void *data, size_t size);
pst_status ask(pst_context *cx, struct order *order, pst_actor to, uint32_t type, const void *data,
               size_t size, pst_answer_fn answer, void *user);
/* Answers a message of ask. */
pst_status answer_to(pst_context *cx, struct order *order, const pst_message *message,
                     const void *data, size_t size);
/* The payload of a message or of an answer. */
const void *opened(struct order *order, const pst_message *message);
/* Frees what the order holds, not the order. */
void order_end(struct order *order);

#else

struct order {};

static inline pst_status tell(pst_context *cx, struct order *order, pst_actor to, uint32_t type,
                              const void *data, size_t size) {
    (void)order;
    return pst_send(cx, to, type, data, size);
}

static inline pst_status tell_from_host(pst_engine *engine, struct order *order, pst_actor to,
                                        uint32_t type, const void *data, size_t size) {
    (void)order;
    return pst_actor_send(engine, to, type, data, size);
}

static inline pst_status ask(pst_context *cx, struct order *order, pst_actor to, uint32_t type,
                             const void *data, size_t size, pst_answer_fn answer, void *user) {
    (void)order;
    return pst_ask(cx, to, type, data, size, PST_FOREVER, answer, user);
}

static inline pst_status answer_to(pst_context *cx, struct order *order, const pst_message *message,
                                   const void *data, size_t size) {
    (void)order;
    return pst_reply(cx, message->token, PST_OK, data, size);
}

static inline const void *opened(struct order *order, const pst_message *message) {
    (void)order;
    return message->data;
}

static inline void order_end(struct order *order) {
    (void)order;
}

#endif
#endif
