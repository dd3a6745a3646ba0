#include "handoff.h"
#include "../elements.h"
#include "../spsc_ring.h"
#include "../timing.h"

#include <pthread.h>

static __attribute__((noinline)) int fill_block(void *user, void *out, size_t capacity,
                                                size_t *count) {
    struct numbers *numbers = user;
    *count = fill_numbers(numbers, out, capacity);
    return numbers->next == numbers->end;
}
static __attribute__((noinline)) int add_block(void *user, const void *in, size_t n) {
    add_up(user, in, n);
    return 0;
}
static __attribute__((noinline)) uint64_t fill_item(void *user) {
    return ((struct numbers *)user)->next++;
}
static __attribute__((noinline)) void add_item(void *user, uint64_t x) {
    add_one(user, x);
}

static int (*volatile source)(void *, void *, size_t, size_t *) = fill_block;
static int (*volatile sink)(void *, const void *, size_t) = add_block;
static uint64_t (*volatile item_source)(void *) = fill_item;
static void (*volatile item_sink)(void *, uint64_t) = add_item;

struct handoff {
    struct spsc_ring ring;
    struct numbers numbers;
    struct total total;
};
enum { BATCH = 64, SPAN = 1024 };

static void *consume_batches(void *argument) {
    struct handoff *handoff = argument;
    alignas(64) uint64_t batch[BATCH];
    pin_to(1);
    for (size_t n; (n = ring_pop(&handoff->ring, batch, BATCH)) > 0;)
        sink(&handoff->total, batch, n);
    return NULL;
}

static void produce_batches(struct handoff *handoff) {
    alignas(64) uint64_t batch[BATCH];
    for (bool end = false; !end;) {
        size_t n = 0;
        end = source(&handoff->numbers, batch, BATCH, &n);
        ring_push(&handoff->ring, batch, n);
    }
}

static void *consume_items(void *argument) {
    struct handoff *handoff = argument;
    pin_to(1);
    for (uint64_t x; ring_pop(&handoff->ring, &x, 1) > 0;)
        item_sink(&handoff->total, x);
    return NULL;
}

static void produce_items(struct handoff *handoff) {
    while (handoff->numbers.next < handoff->numbers.end) {
        uint64_t x = item_source(&handoff->numbers);
        ring_push(&handoff->ring, &x, 1);
    }
}

/* What the ring can do at most: the callbacks work on its slots. For information. */
static void *consume_in_place(void *argument) {
    struct handoff *handoff = argument;
    struct spsc_ring *ring = &handoff->ring;
    pin_to(1);
    while (handoff->total.count < handoff->numbers.end) {
        size_t n;
        const uint64_t *slots = ring_ready(ring, SPAN, &n);
        if (n > 0) {
            sink(&handoff->total, slots, n);
            ring_release(ring, n);
        } else {
            spin_pause();
        }
    }
    return NULL;
}

static void produce_in_place(struct handoff *handoff) {
    for (bool end = false; !end;) {
        size_t room, n = 0;
        uint64_t *slots = ring_room(&handoff->ring, SPAN, &room);
        end = source(&handoff->numbers, slots, room, &n);
        ring_publish(&handoff->ring, n);
    }
}

static void run_once(struct handoff *handoff, uint64_t elements, void *(*consume)(void *),
                     void (*produce)(struct handoff *)) {
    pthread_t consumer;
    ring_reset(&handoff->ring);
    handoff->numbers = (struct numbers){0, elements};
    handoff->total = (struct total){0};
    pthread_create(&consumer, NULL, consume, handoff);
    produce(handoff);
    ring_close(&handoff->ring);
    pthread_join(consumer, NULL);
}

static void measure(struct bench_run *run, void *(*consume)(void *),
                    void (*produce)(struct handoff *)) {
    static struct handoff handoff;
    uint64_t n = run->setting.elements;
    pin_to(0);
    run_once(&handoff, n / 16, consume, produce);
    uint64_t start = now_ns();
    run_once(&handoff, n, consume, produce);
    run->value[0] = (double)n * 1e9 / (double)(now_ns() - start);
    bench_expect(run, handoff.total.count, handoff.total.sum, 0);
    if (handoff.total.disordered)
        bench_fault(run, "out of order");
}

void handoff_c_batches(struct bench_run *run) {
    measure(run, consume_batches, produce_batches);
}
void handoff_c_items(struct bench_run *run) {
    measure(run, consume_items, produce_items);
}
void handoff_c_in_place(struct bench_run *run) {
    measure(run, consume_in_place, produce_in_place);
}
