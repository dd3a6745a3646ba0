#include "grain.h"
#include "../elements.h"
#include "../spsc_ring.h"
#include "../timing.h"

#include <pthread.h>

static __attribute__((noinline)) int fill_span(void *user, void *out, size_t capacity,
                                               size_t *count) {
    struct numbers *numbers = user;
    *count = fill_numbers(numbers, out, capacity);
    return numbers->next == numbers->end;
}
static __attribute__((noinline)) int work_span(void *user, const void *in, void *out, size_t n) {
    uint64_t steps = *(uint64_t *)user;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = ((const uint64_t *)in)[i], done = work(x, steps);
        __asm__ volatile("" ::"r"(done));
        ((uint64_t *)out)[i] = x + 1;
    }
    return 0;
}
static __attribute__((noinline)) int add_span(void *user, const void *in, size_t n) {
    add_up(user, in, n);
    return 0;
}
static int (*volatile source)(void *, void *, size_t, size_t *) = fill_span;
static int (*volatile map)(void *, const void *, void *, size_t) = work_span;
static int (*volatile sink)(void *, const void *, size_t) = add_span;

enum { MOST = 64 };

struct grain {
    struct spsc_ring ring;
    struct numbers numbers;
    struct total total;
    uint64_t steps;
    size_t batch;
};

static void *consume(void *argument) {
    struct grain *grain = argument;
    uint64_t in[MOST], out[MOST];
    pin_to(1);
    for (size_t n; (n = ring_pop(&grain->ring, in, grain->batch)) > 0;) {
        map(&grain->steps, in, out, n);
        sink(&grain->total, out, n);
    }
    return NULL;
}

static double ring_once(void *argument, uint64_t elements) {
    struct grain *grain = argument;
    uint64_t batch[MOST];
    ring_reset(&grain->ring);
    grain->numbers = (struct numbers){0, elements};
    grain->total = (struct total){.offset = 1};
    uint64_t start = now_ns();
    pthread_t consumer;
    pthread_create(&consumer, NULL, consume, grain);
    for (bool end = false; !end;) {
        size_t n = 0;
        end = source(&grain->numbers, batch, grain->batch, &n);
        ring_push(&grain->ring, batch, n);
    }
    ring_close(&grain->ring);
    pthread_join(consumer, NULL);
    return (double)(now_ns() - start) * 1e-9;
}

static double blocks_once(void *argument, uint64_t elements) {
    struct grain *grain = argument;
    uint64_t in[MOST], out[MOST];
    grain->numbers = (struct numbers){0, elements};
    grain->total = (struct total){.offset = 1};
    uint64_t start = now_ns();
    for (bool end = false; !end;) {
        size_t n = 0;
        end = source(&grain->numbers, in, grain->batch, &n);
        map(&grain->steps, in, out, n);
        sink(&grain->total, out, n);
    }
    return (double)(now_ns() - start) * 1e-9;
}

static void measure(struct bench_run *run, double (*once)(void *, uint64_t)) {
    static struct grain grain;
    grain.steps = work_steps(run->setting.work_ns);
    grain.batch = (size_t)run->setting.batch;
    pin_to(0);
    grain_measure(run, once, &grain);
    bench_expect(run, grain.total.count, grain.total.sum, 1);
    if (grain.total.disordered)
        bench_fault(run, "out of order");
}

void grain_c_ring(struct bench_run *run) {
    measure(run, ring_once);
}
void grain_c_blocks(struct bench_run *run) {
    measure(run, blocks_once);
}
