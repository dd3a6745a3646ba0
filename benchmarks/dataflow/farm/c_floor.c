/* Two threads that both do everything: draw a ticket (the source), work, put the result into the
 * ticket's slot, and whoever finds the sink free brings away what is ready, in order. */
#include "farm.h"
#include "../elements.h"
#include "../timing.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

enum { SLOTS = 256, MOST_A_TICKET = 8 };

struct slot {
    alignas(128) _Atomic uint64_t done; /* ticket + 1 */
    uint64_t values[MOST_A_TICKET];
};

struct farm {
    alignas(128) _Atomic uint64_t next_ticket;
    alignas(128) _Atomic uint64_t drained;
    alignas(128) _Atomic bool sink_busy;
    alignas(128) struct total total; /* of whoever holds sink_busy */
    uint64_t elements, steps, batch;
    struct slot slots[SLOTS];
};

static __attribute__((noinline)) void work_span(void *user, const void *in, void *out, size_t n) {
    uint64_t steps = *(uint64_t *)user;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = ((const uint64_t *)in)[i], done = work(x, steps);
        __asm__ volatile("" ::"r"(done));
        ((uint64_t *)out)[i] = x + 1;
    }
}
static __attribute__((noinline)) int add_span(void *user, const void *in, size_t n) {
    add_up(user, in, n);
    return 0;
}
static void (*volatile map)(void *, const void *, void *, size_t) = work_span;
static int (*volatile sink)(void *, const void *, size_t) = add_span;

static size_t ticket_size(const struct farm *farm, uint64_t ticket) {
    uint64_t left = farm->elements - ticket * farm->batch;
    return left < farm->batch ? (size_t)left : (size_t)farm->batch;
}

/* All orders here are the strongest: a thread that leaves must see a slot filled by one that found
 * the sink busy, or that one must see the sink free. */
static void drain(struct farm *farm) {
    for (;;) {
        uint64_t at = atomic_load(&farm->drained);
        if (atomic_load(&farm->slots[at % SLOTS].done) != at + 1)
            return;
        if (atomic_exchange(&farm->sink_busy, true))
            return;
        at = atomic_load(&farm->drained);
        while (atomic_load_explicit(&farm->slots[at % SLOTS].done, memory_order_acquire) ==
               at + 1) {
            sink(&farm->total, farm->slots[at % SLOTS].values, ticket_size(farm, at));
            atomic_store_explicit(&farm->drained, ++at, memory_order_release);
        }
        atomic_store(&farm->sink_busy, false);
    }
}

static void *take_part(void *argument) {
    struct farm *farm = argument;
    uint64_t numbers[MOST_A_TICKET];
    for (;;) {
        uint64_t ticket = atomic_fetch_add(&farm->next_ticket, 1);
        if (ticket * farm->batch >= farm->elements)
            return NULL;
        while (ticket - atomic_load(&farm->drained) >= SLOTS) {
            drain(farm);
            spin_pause();
        }
        size_t n = ticket_size(farm, ticket);
        struct numbers from = {ticket * farm->batch, farm->elements};
        fill_numbers(&from, numbers, n);
        struct slot *slot = &farm->slots[ticket % SLOTS];
        map(&farm->steps, numbers, slot->values, n);
        atomic_store(&slot->done, ticket + 1);
        drain(farm);
    }
}

static void *take_part_on_second_core(void *argument) {
    pin_to(1);
    return take_part(argument);
}

static double once(void *argument, uint64_t elements) {
    struct farm *farm = argument;
    farm->elements = elements;
    farm->total = (struct total){.offset = 1};
    atomic_store(&farm->next_ticket, 0);
    atomic_store(&farm->drained, 0);
    for (int i = 0; i < SLOTS; i++)
        atomic_store(&farm->slots[i].done, 0);
    uint64_t start = now_ns();
    pthread_t other;
    pthread_create(&other, NULL, take_part_on_second_core, farm);
    take_part(farm);
    pthread_join(other, NULL);
    return (double)(now_ns() - start) * 1e-9;
}

void farm_c(struct bench_run *run) {
    static struct farm farm;
    farm.steps = work_steps(run->setting.work_ns);
    farm.batch = (uint64_t)run->setting.batch;
    pin_to(0);
    farm_measure(run, once, &farm);
    bench_expect(run, farm.total.count, farm.total.sum, 1);
    if (farm.total.disordered)
        bench_fault(run, "out of order");
}
