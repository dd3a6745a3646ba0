#include "penstock_platform.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* A mutex that another thread held at a fork stays locked for ever in the child. So each remembers
 * the generation it was made in, and is made anew by the first that takes it in a child. */
struct pstp_lock {
    pthread_mutex_t mutex;
    _Atomic uint32_t generation;
};

static pthread_mutex_t renewing = PTHREAD_MUTEX_INITIALIZER;

pstp_lock *pstp_lock_create(void) {
    pstp_lock *lock = malloc(sizeof *lock);
    if (!lock)
        return NULL;
    pthread_mutex_init(&lock->mutex, NULL);
    atomic_init(&lock->generation, pstp_fork_generation());
    return lock;
}

static void renew(pstp_lock *lock, uint32_t generation) {
    pthread_mutex_lock(&renewing);
    if (atomic_load_explicit(&lock->generation, memory_order_relaxed) != generation) {
        pthread_mutex_init(&lock->mutex, NULL);
        /* release: pairs with the acquire below */
        atomic_store_explicit(&lock->generation, generation, memory_order_release);
    }
    pthread_mutex_unlock(&renewing);
}

void pstp_lock_destroy(pstp_lock *lock) {
    if (!lock)
        return;
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

void pstp_lock_acquire(pstp_lock *lock) {
    uint32_t generation = pstp_fork_generation();
    /* acquire: a thread that finds it renewed must see the mutex as it was made */
    if (atomic_load_explicit(&lock->generation, memory_order_acquire) != generation)
        renew(lock, generation);
    pthread_mutex_lock(&lock->mutex);
}

void pstp_lock_release(pstp_lock *lock) {
    pthread_mutex_unlock(&lock->mutex);
}

static pstp_lock *held;

void pstp_lock_hold_across_fork(pstp_lock *lock) {
    held = lock;
}

void pstp_lock_before_fork(void) {
    if (held)
        pstp_lock_acquire(held);
}

void pstp_lock_after_fork(void) {
    if (held)
        pstp_lock_release(held);
}
