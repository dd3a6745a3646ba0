/* The checked layer; see order.h. Its own numbers are its actor's alone, so they need no lock. */
#include "order.h"
#include "program.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 };

struct stamp {
    uint64_t sender;
    uint64_t number; /* from 1 */
};
struct stamped {
    struct stamp stamp;
    _Alignas(8) unsigned char data[MOST_BYTES];
};

static atomic_uint_least64_t sent, received;

struct order_totals order_totals(void) {
    return (struct order_totals){sent, received};
}

/* The pair of the other, or the free place for it. */
static struct order_pair *place(struct order *order, uint64_t other) {
    size_t at = (size_t)(other * 0x9e3779b97f4a7c15u >> 20) & (order->capacity - 1);
    while (order->pairs[at].used && order->pairs[at].other != other)
        at = (at + 1) & (order->capacity - 1);
    return &order->pairs[at];
}

static void grow(struct order *order) {
    struct order old = *order;
    order->capacity = old.capacity ? 2 * old.capacity : 4;
    order->pairs = calloc(order->capacity, sizeof *order->pairs);
    if (!order->pairs)
        fault("no memory to check the order");
    for (size_t i = 0; i < old.capacity; i++)
        if (old.pairs[i].used)
            *place(order, old.pairs[i].other) = old.pairs[i];
    free(old.pairs);
}

static struct order_pair *pair_with(struct order *order, uint64_t other) {
    if (4 * order->count >= 3 * order->capacity)
        grow(order);
    struct order_pair *pair = place(order, other);
    if (!pair->used) {
        *pair = (struct order_pair){.other = other, .used = true};
        order->count++;
    }
    return pair;
}

void order_end(struct order *order) {
    free(order->pairs);
    *order = (struct order){0};
}

/* Puts the stamp before the payload; returns the size of both. */
static size_t stamp(struct order *order, uint64_t from, uint64_t to, const void *data, size_t size,
                    struct stamped *stamped) {
    if (size > sizeof stamped->data)
        fault("a payload of %zu bytes cannot be checked", size);
    stamped->stamp = (struct stamp){from, ++pair_with(order, to)->sent};
    if (size)
        memcpy(stamped->data, data, size);
    atomic_fetch_add_explicit(&sent, 1, memory_order_relaxed);
    return offsetof(struct stamped, data) + size;
}

pst_status tell(pst_context *cx, struct order *order, pst_actor to, uint32_t type, const void *data,
                size_t size) {
    struct stamped stamped;
    size_t all = stamp(order, pst_self(cx).id, to.id, data, size, &stamped);
    return pst_send(cx, to, type, &stamped, all);
}

pst_status tell_from_host(pst_engine *engine, struct order *order, pst_actor to, uint32_t type,
                          const void *data, size_t size) {
    struct stamped stamped;
    size_t all = stamp(order, 0, to.id, data, size, &stamped);
    return pst_actor_send(engine, to, type, &stamped, all);
}

pst_status ask(pst_context *cx, struct order *order, pst_actor to, uint32_t type, const void *data,
               size_t size, pst_answer_fn answer, void *user) {
    struct stamped stamped;
    size_t all = stamp(order, pst_self(cx).id, to.id, data, size, &stamped);
    return pst_ask(cx, to, type, &stamped, all, PST_FOREVER, answer, user);
}

pst_status answer_to(pst_context *cx, struct order *order, const pst_message *message,
                     const void *data, size_t size) {
    const struct stamp *asker = message->data;
    struct stamped stamped;
    size_t all = stamp(order, pst_self(cx).id, asker->sender, data, size, &stamped);
    return pst_reply(cx, message->token, PST_OK, &stamped, all);
}

const void *opened(struct order *order, const pst_message *message) {
    const struct stamped *stamped = message->data;
    if (message->size < offsetof(struct stamped, data))
        fault("a message of type %u has only %zu bytes", message->type, message->size);
    uint64_t right = ++pair_with(order, stamped->stamp.sender)->received;
    if (stamped->stamp.number != right)
        fault("order: message %llu of actor %llx came as its %llu., of type %u",
              (unsigned long long)stamped->stamp.number, (unsigned long long)stamped->stamp.sender,
              (unsigned long long)right, message->type);
    atomic_fetch_add_explicit(&received, 1, memory_order_relaxed);
    return stamped->data;
}
