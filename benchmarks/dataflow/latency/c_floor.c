/* Two pinned threads and a ring. With a pause, the consumer does what an engine must do to stay
 * idle for nothing: it spins for 50 us and then sleeps on a futex. */
#define _GNU_SOURCE
#include "latency.h"
#include "../elements.h"
#include "../spsc_ring.h"
#include "../timing.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static __attribute__((noinline)) bool send_one(void *user, void *out, size_t capacity,
                                               size_t *count) {
    (void)capacity;
    *count = latency_send(user, out, NULL, NULL);
    return *count == 0;
}
static __attribute__((noinline)) int increment_span(void *user, const void *in, void *out,
                                                    size_t n) {
    (void)user;
    increment(in, out, n);
    return 0;
}
static __attribute__((noinline)) int receive_span(void *user, const void *in, size_t n) {
    for (size_t i = 0; i < n; i++)
        latency_receive(user, ((const uint64_t *)in)[i]);
    return 0;
}
static bool (*volatile source)(void *, void *, size_t, size_t *) = send_one;
static int (*volatile map)(void *, const void *, void *, size_t) = increment_span;
static int (*volatile sink)(void *, const void *, size_t) = receive_span;

struct floor {
    struct latency latency;
    struct spsc_ring ring;
    alignas(128) _Atomic uint32_t parked;
    bool parks;
};

static bool empty(struct spsc_ring *ring) {
    size_t n;
    ring_ready(ring, 1, &n);
    return n == 0 && !atomic_load(&ring->closed);
}

static void park(struct floor *floor) {
    uint64_t end = now_ns() + 50000;
    while (empty(&floor->ring)) {
        spin_pause();
        if (now_ns() < end)
            continue;
        atomic_store(&floor->parked, 1);
        atomic_thread_fence(memory_order_seq_cst); /* pairs with the one in unpark */
        if (empty(&floor->ring))
            syscall(SYS_futex, &floor->parked, FUTEX_WAIT_PRIVATE, 1, NULL);
        atomic_store(&floor->parked, 0);
    }
}

static void unpark(struct floor *floor) {
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load_explicit(&floor->parked, memory_order_relaxed))
        return;
    atomic_store(&floor->parked, 0);
    syscall(SYS_futex, &floor->parked, FUTEX_WAKE_PRIVATE, 1);
}

static void *consume(void *argument) {
    struct floor *floor = argument;
    uint64_t in[64], out[64];
    pin_to(1);
    for (;;) {
        if (floor->parks)
            park(floor);
        size_t n = ring_pop(&floor->ring, in, 64);
        if (n == 0)
            return NULL;
        map(NULL, in, out, n);
        sink(&floor->latency, out, n);
    }
}

void latency_c(struct bench_run *run) {
    static struct floor floor;
    if (!latency_init(&floor.latency, run))
        return;
    floor.parks = run->setting.pause_ms > 0;
    pin_to(0);
    pthread_t consumer;
    pthread_create(&consumer, NULL, consume, &floor);
    for (;;) {
        uint64_t x;
        size_t n = 0;
        if (source(&floor.latency, &x, 1, &n))
            break;
        ring_push(&floor.ring, &x, n);
        if (floor.parks)
            unpark(&floor);
    }
    ring_close(&floor.ring);
    if (floor.parks)
        unpark(&floor);
    pthread_join(consumer, NULL);
    latency_finish(&floor.latency, run);
}
