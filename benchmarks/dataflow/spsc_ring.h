/* The ring that a careful C programmer writes by hand: one producer, one consumer, capacity a
 * power of two, indexes 128 bytes apart (two lines: the prefetcher pairs them), and on each side a
 * cached copy of the other's index, so that the line moves only when the copy runs out. */
#ifndef BENCH_SPSC_RING_H
#define BENCH_SPSC_RING_H

#include "timing.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { RING_CAPACITY = 4096 }; /* 32 KiB; see README for the others */

struct spsc_ring {
    alignas(128) _Atomic uint64_t tail; /* the producer's line */
    uint64_t head_seen;
    alignas(128) _Atomic uint64_t head; /* the consumer's line */
    uint64_t tail_seen;
    alignas(128) _Atomic bool closed;
    alignas(128) uint64_t slots[RING_CAPACITY];
};

static inline void ring_reset(struct spsc_ring *ring) {
    atomic_store(&ring->tail, 0);
    atomic_store(&ring->head, 0);
    atomic_store(&ring->closed, false);
    ring->head_seen = ring->tail_seen = 0;
}

/* Waits for room for want elements or less up to the wrap; returns where to put them. */
static inline uint64_t *ring_room(struct spsc_ring *ring, size_t want, size_t *room) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    size_t at = tail & (RING_CAPACITY - 1);
    if (want > RING_CAPACITY - at)
        want = RING_CAPACITY - at;
    while (tail - ring->head_seen + want > RING_CAPACITY) {
        /* Pairs with ring_release: the consumer has read the slots it gives back. */
        ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        if (tail - ring->head_seen + want > RING_CAPACITY)
            spin_pause();
    }
    *room = want;
    return ring->slots + at;
}

static inline void ring_publish(struct spsc_ring *ring, size_t n) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    /* Pairs with ring_ready: the slots are written before the index says so. */
    atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
}

/* What is there, at most want elements up to the wrap; 0 when there is nothing now. */
static inline const uint64_t *ring_ready(struct spsc_ring *ring, size_t want, size_t *ready) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    if (ring->tail_seen == head)
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
    size_t at = head & (RING_CAPACITY - 1);
    size_t n = (size_t)(ring->tail_seen - head);
    if (n > want)
        n = want;
    if (n > RING_CAPACITY - at)
        n = RING_CAPACITY - at;
    *ready = n;
    return ring->slots + at;
}

static inline void ring_release(struct spsc_ring *ring, size_t n) {
    uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    atomic_store_explicit(&ring->head, head + n, memory_order_release);
}

static inline void ring_close(struct spsc_ring *ring) {
    atomic_store_explicit(&ring->closed, true, memory_order_release);
}

/* Copies n elements in. */
static inline void ring_push(struct spsc_ring *ring, const uint64_t *from, size_t n) {
    while (n > 0) {
        size_t room;
        uint64_t *slots = ring_room(ring, n, &room);
        memcpy(slots, from, room * sizeof *from);
        ring_publish(ring, room);
        from += room;
        n -= room;
    }
}

/* Copies at most n elements out, waiting for at least one; 0: closed and empty. */
static inline size_t ring_pop(struct spsc_ring *ring, uint64_t *to, size_t n) {
    for (;;) {
        size_t ready;
        const uint64_t *slots = ring_ready(ring, n, &ready);
        if (ready > 0) {
            memcpy(to, slots, ready * sizeof *to);
            ring_release(ring, ready);
            return ready;
        }
        if (atomic_load_explicit(&ring->closed, memory_order_acquire)) {
            /* The last elements may have come between the two looks. */
            if (atomic_load_explicit(&ring->tail, memory_order_acquire) ==
                atomic_load_explicit(&ring->head, memory_order_relaxed))
                return 0;
        } else {
            spin_pause();
        }
    }
}

#endif
