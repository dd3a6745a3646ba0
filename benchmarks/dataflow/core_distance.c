#include "core_distance.h"
#include "statistics.h"
#include "timing.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

enum { TRIES = 20000, LAST = TRIES };

static alignas(128) _Atomic uint32_t there;
static alignas(128) _Atomic uint32_t back;

static void *answer(void *argument) {
    pin_to(1);
    for (uint32_t turn = 1; turn <= LAST; turn++) {
        while (atomic_load_explicit(&there, memory_order_acquire) != turn)
            spin_pause();
        atomic_store_explicit(&back, turn, memory_order_release);
    }
    return argument;
}

void core_distance(struct bench_run *run) {
    static uint32_t samples[TRIES];
    pthread_t other;
    pin_to(0);
    pthread_create(&other, NULL, answer, NULL);
    for (uint32_t turn = 1; turn <= LAST; turn++) {
        uint64_t start = ticks();
        atomic_store_explicit(&there, turn, memory_order_release);
        while (atomic_load_explicit(&back, memory_order_acquire) != turn)
            spin_pause();
        samples[turn - 1] = (uint32_t)((double)(ticks() - start) * ns_per_tick);
    }
    pthread_join(other, NULL);
    run->value[0] = quantile_u32(samples, TRIES, 0.5);
}
