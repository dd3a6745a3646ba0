#include "penstock_platform.h"

#include <pthread.h>
#include <stdlib.h>

struct pstp_lock {
    pthread_mutex_t mutex;
};

pstp_lock *pstp_lock_create(void) {
    pstp_lock *lock = malloc(sizeof *lock);
    if (lock)
        pthread_mutex_init(&lock->mutex, NULL);
    return lock;
}

void pstp_lock_destroy(pstp_lock *lock) {
    if (!lock)
        return;
    pthread_mutex_destroy(&lock->mutex);
    free(lock);
}

void pstp_lock_acquire(pstp_lock *lock) {
    pthread_mutex_lock(&lock->mutex);
}
void pstp_lock_release(pstp_lock *lock) {
    pthread_mutex_unlock(&lock->mutex);
}
