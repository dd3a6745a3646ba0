/* Mailboxes with two lanes, of which only the owner's own is used, as it is on one thread: the
 * other is looked at, as it must be. No bound, no failure, no end of an actor, no memory of the
 * system's.
 */
#include "floor.h"
#include "timing.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

struct node {
    struct node *next;
    uint32_t type, size;
    unsigned char payload[48];
};
_Static_assert(sizeof(struct node) == 64, "a node is a cache line");

struct actor;
typedef void (*behaviour)(struct actor *self, const struct node *message);

struct actor {
    alignas(128) struct node *first, *last; /* the owner's lane */
    struct actor *next_ready;
    bool ready;
    behaviour behave;
    struct actor *other;
    uint64_t left;
    alignas(128) _Atomic(struct node *) shared;
};

static alignas(64) struct node nodes[64];
static struct node *free_nodes;
static struct actor *first_ready, *last_ready;

static void put(struct actor *to, uint32_t type, const void *data, uint32_t size) {
    struct node *node = free_nodes;
    free_nodes = node->next;
    node->next = NULL;
    node->type = type;
    node->size = size;
    memcpy(node->payload, data, size);
    /* On one thread nobody else has sent anything, so the branch is never taken. */
    if (atomic_load_explicit(&to->shared, memory_order_relaxed))
        return;
    if (to->first)
        to->last->next = node;
    else
        to->first = node;
    to->last = node;
    if (to->ready)
        return;
    to->ready = true;
    to->next_ready = NULL;
    if (first_ready)
        last_ready->next_ready = to;
    else
        first_ready = to;
    last_ready = to;
}

/* As in a library: the caller does not know what it calls, nor the behaviour what it sends with. */
static void (*volatile send)(struct actor *, uint32_t, const void *, uint32_t) = put;

static void answer(struct actor *self, const struct node *message) {
    uint64_t number;
    memcpy(&number, message->payload, sizeof number);
    if (self->left == 0)
        return;
    self->left--;
    number++;
    send(self->other, 1, &number, sizeof number);
}

static void run_ready(void) {
    while (first_ready) {
        struct actor *actor = first_ready;
        first_ready = actor->next_ready;
        while (actor->first) {
            struct node *node = actor->first;
            actor->first = node->next;
            actor->behave(actor, node);
            node->next = free_nodes;
            free_nodes = node;
        }
        actor->ready = false;
    }
}

void floor_two_actors(struct bench_run *run) {
    static struct actor actors[2];
    uint64_t each = run->setting.elements / 2, number = 0;
    pin_to(0);
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        nodes[i].next = free_nodes;
        free_nodes = &nodes[i];
    }
    for (int i = 0; i < 2; i++)
        actors[i] = (struct actor){.behave = answer, .other = &actors[1 - i], .left = each};
    uint64_t start = now_ns();
    send(&actors[0], 1, &number, sizeof number);
    run_ready();
    run->value[0] = (double)(now_ns() - start) / (double)(2 * each);
    if (actors[0].left + actors[1].left != 0)
        bench_fault(run, "%llu and %llu messages are left", (unsigned long long)actors[0].left,
                    (unsigned long long)actors[1].left);
}
