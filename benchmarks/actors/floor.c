/* The least that messages between actors of one thread can be: mailboxes with two lanes, of which
 * only the owner's own is used, as it is on one thread: the other is looked at, as it must be. No
 * bound, no failure, no end of an actor, no memory of the system's, no other worker.
 */
#include "floor.h"
#include "timing.h"
#include "work/random.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* As Penstock's for a short message. */
struct node {
    struct node *next;
    uint32_t type, size;
    unsigned char payload[16];
};
_Static_assert(sizeof(struct node) == 32, "two nodes are a cache line");

struct actor;
typedef void (*behaviour)(struct actor *self, const struct node *message);

struct actor {
    alignas(128) struct node *first, *last; /* the owner's lane */
    struct actor *next_ready;
    bool ready;
    behaviour behave;
    struct actor *others;
    uint64_t left;
    uint32_t random;
    alignas(128) _Atomic(struct node *) shared;
};

enum { ACTORS = 120, CHILDREN = 60, RING = 100, BATCH = 600000 };
static struct actor actors[ACTORS];
static struct node *nodes, *fresh, *free_nodes;
static struct actor *first_ready, *last_ready;

static void put(struct actor *to, uint32_t type, const void *data, uint32_t size) {
    struct node *node = free_nodes;
    if (node)
        free_nodes = node->next;
    else
        node = fresh++;
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

/* recycle: a node is given again at once, the last one first, as in a pool. */
static void run_ready(bool recycle) {
    while (first_ready) {
        struct actor *actor = first_ready;
        first_ready = actor->next_ready;
        while (actor->first) {
            struct node *node = actor->first, *next = node->next;
            /* Of a long queue, whose nodes stand at equal distances. */
            if (next)
                __builtin_prefetch(next + 16 * (next - node), 1);
            actor->first = next;
            actor->behave(actor, node);
            if (recycle) {
                node->next = free_nodes;
                free_nodes = node;
            }
        }
        actor->ready = false;
    }
}

static void begin(void) {
    pin_to(0);
    if (!nodes)
        nodes = aligned_alloc(2 << 20, (BATCH * sizeof *nodes | ((2 << 20) - 1)) + 1);
    if (!nodes)
        abort();
    fresh = nodes;
    free_nodes = NULL;
    memset(actors, 0, sizeof actors);
}

static void answer(struct actor *self, const struct node *message) {
    uint64_t number;
    memcpy(&number, message->payload, sizeof number);
    if (self->left == 0)
        return;
    self->left--;
    number++;
    send(self->others, 1, &number, sizeof number);
}

static void expect_none_left(struct bench_run *run) {
    uint64_t left = 0;
    for (int i = 0; i < ACTORS; i++)
        left += actors[i].left;
    if (left)
        bench_fault(run, "%llu messages are left", (unsigned long long)left);
}

/* A token that goes around among `count` actors. */
static void ring(struct bench_run *run, uint32_t count) {
    uint64_t each = run->setting.elements / count, number = 0;
    begin();
    for (uint32_t i = 0; i < count; i++)
        actors[i] =
            (struct actor){.behave = answer, .others = &actors[(i + 1) % count], .left = each};
    uint64_t start = now_ns();
    send(&actors[0], 1, &number, sizeof number);
    run_ready(true);
    run->value[0] = (double)(now_ns() - start) / (double)(count * each);
    expect_none_left(run);
}

void floor_pingpong(struct bench_run *run) {
    ring(run, 2);
}

void floor_threadring(struct bench_run *run) {
    ring(run, RING);
}

static void take(struct actor *self, const struct node *message) {
    (void)message;
    self->left--;
}

/* One that sends to `count` in turn, BATCH messages in all, and then they run. */
static void flood(struct bench_run *run, uint32_t count) {
    uint64_t rounds = run->setting.elements / BATCH;
    begin();
    for (uint32_t i = 0; i < count; i++)
        actors[i] = (struct actor){.behave = take, .left = rounds * (BATCH / count)};
    uint64_t start = 0;
    /* The first round only touches the memory. */
    for (uint64_t round = 0; round <= rounds; round++) {
        fresh = nodes;
        for (uint32_t i = 0; i < BATCH; i += count)
            for (uint32_t a = 0; a < count; a++)
                send(&actors[a], 1, NULL, 0);
        run_ready(false);
        if (round == 0) {
            start = now_ns();
            for (uint32_t a = 0; a < count; a++)
                actors[a].left = rounds * (BATCH / count);
        }
    }
    run->value[0] = (double)(now_ns() - start) / (double)(rounds * BATCH);
    expect_none_left(run);
}

void floor_counting(struct bench_run *run) {
    flood(run, 1);
}

void floor_fjthrput(struct bench_run *run) {
    flood(run, CHILDREN);
}

enum { PING = 1, PONG };

static void play(struct actor *self, const struct node *message) {
    uint32_t number = (uint32_t)(self - actors);
    if (message->type == PING) {
        uint32_t from;
        memcpy(&from, message->payload, sizeof from);
        send(&actors[from], PONG, &number, sizeof number);
    } else if (self->left) {
        self->left--;
        send(&actors[random_next(&self->random) % ACTORS], PING, &number, sizeof number);
    }
}

void floor_big(struct bench_run *run) {
    uint64_t each = run->setting.elements / (2 * ACTORS);
    begin();
    for (uint32_t i = 0; i < ACTORS; i++)
        actors[i] = (struct actor){.behave = play, .left = each, .random = i};
    uint64_t start = now_ns();
    for (uint32_t i = 0; i < ACTORS; i++)
        send(&actors[i], PONG, &i, sizeof i);
    run_ready(true);
    run->value[0] = (double)(now_ns() - start) / (double)(2 * ACTORS * each);
    expect_none_left(run);
}
