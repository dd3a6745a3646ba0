/* The chain by hand. Every callback is reached through a volatile pointer, as a library that was
 * compiled before the program would reach it. */
#include "chain.h"
#include "../elements.h"
#include "../spsc_ring.h"
#include "../timing.h"

#include <pthread.h>

/* ---- Blocks: the shape of Penstock's callbacks ---- */

static __attribute__((noinline)) int fill_block(void *user, void *out, size_t capacity,
                                                size_t *count) {
    struct numbers *numbers = user;
    *count = fill_numbers(numbers, out, capacity);
    return numbers->next == numbers->end;
}
static __attribute__((noinline)) int increment_block(void *user, const void *in, void *out,
                                                     size_t n) {
    (void)user;
    increment(in, out, n);
    return 0;
}
static __attribute__((noinline)) int add_block(void *user, const void *in, size_t n) {
    add_up(user, in, n);
    return 0;
}
static int (*volatile source)(void *, void *, size_t, size_t *) = fill_block;
static int (*volatile map1)(void *, const void *, void *, size_t) = increment_block;
static int (*volatile map2)(void *, const void *, void *, size_t) = increment_block;
static int (*volatile map3)(void *, const void *, void *, size_t) = increment_block;
static int (*volatile sink)(void *, const void *, size_t) = add_block;

static void run_blocks(struct numbers *numbers, struct total *total) {
    static alignas(128) uint64_t a[1024], b[1024];
    for (bool end = false; !end;) {
        size_t n = 0;
        end = source(numbers, a, 1024, &n);
        if (n == 0)
            break;
        map1(NULL, a, b, n);
        map2(NULL, b, a, n);
        map3(NULL, a, b, n);
        sink(total, b, n);
    }
}

void chain_c_blocks(struct bench_run *run) {
    uint64_t n = run->setting.elements;
    pin_to(0);
    struct numbers numbers = {0, n / 16};
    struct total total = {.offset = 3};
    run_blocks(&numbers, &total);
    numbers = (struct numbers){0, n};
    total = (struct total){.offset = 3};
    uint64_t start = now_ns();
    run_blocks(&numbers, &total);
    run->value[0] = (double)n * 1e9 / (double)(now_ns() - start);
    bench_expect(run, total.count, total.sum, 3);
    if (total.disordered)
        bench_fault(run, "out of order");
}

/* ---- A ring between two threads, batches of 64, a call per item ---- */

static __attribute__((noinline)) uint64_t fill_item(void *user) {
    return ((struct numbers *)user)->next++;
}
static __attribute__((noinline)) uint64_t increment_item(void *user, uint64_t x) {
    (void)user;
    return x + 1;
}
static __attribute__((noinline)) void add_item(void *user, uint64_t x) {
    add_one(user, x);
}

static uint64_t (*volatile item_source)(void *) = fill_item;
static uint64_t (*volatile item_map1)(void *, uint64_t) = increment_item;
static uint64_t (*volatile item_map2)(void *, uint64_t) = increment_item;
static uint64_t (*volatile item_map3)(void *, uint64_t) = increment_item;
static void (*volatile item_sink)(void *, uint64_t) = add_item;

struct pipeline {
    struct spsc_ring ring;
    struct total total;
    bool late; /* the channel stands after the second map, not the first */
};
enum { BATCH = 64 };

static void *consume(void *argument) {
    struct pipeline *pipeline = argument;
    const bool late = pipeline->late;
    uint64_t batch[BATCH];
    pin_to(1);
    for (size_t n; (n = ring_pop(&pipeline->ring, batch, BATCH)) > 0;)
        for (size_t i = 0; i < n; i++) {
            uint64_t x = batch[i];
            if (!late)
                x = item_map2(NULL, x);
            item_sink(&pipeline->total, item_map3(NULL, x));
        }
    return NULL;
}

static void run_ring(struct pipeline *pipeline, uint64_t elements) {
    struct numbers numbers = {0, elements};
    const bool late = pipeline->late;
    uint64_t batch[BATCH];
    pthread_t consumer;
    ring_reset(&pipeline->ring);
    pipeline->total = (struct total){.offset = 3};
    pthread_create(&consumer, NULL, consume, pipeline);
    while (numbers.next < elements) {
        uint64_t left = elements - numbers.next;
        size_t n = left < BATCH ? (size_t)left : BATCH;
        for (size_t i = 0; i < n; i++) {
            batch[i] = item_map1(NULL, item_source(&numbers));
            if (late)
                batch[i] = item_map2(NULL, batch[i]);
        }
        ring_push(&pipeline->ring, batch, n);
    }
    ring_close(&pipeline->ring);
    pthread_join(consumer, NULL);
}

void chain_c_ring(struct bench_run *run) {
    static struct pipeline pipeline;
    uint64_t n = run->setting.elements;
    pipeline.late = run->setting.split == 3;
    pin_to(0);
    run_ring(&pipeline, n / 16);
    uint64_t start = now_ns();
    run_ring(&pipeline, n);
    run->value[0] = (double)n * 1e9 / (double)(now_ns() - start);
    bench_expect(run, pipeline.total.count, pipeline.total.sum, 3);
    if (pipeline.total.disordered)
        bench_fault(run, "out of order");
}
