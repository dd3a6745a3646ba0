#define _GNU_SOURCE
#include "penstock_platform.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void pstp_futex_wait(const void *word, uint32_t expected, int64_t timeout_ns) {
    struct timespec limit = {0, 0}, *when = NULL;
    if (timeout_ns >= 0) {
        limit.tv_sec = timeout_ns / 1000000000;
        limit.tv_nsec = timeout_ns % 1000000000;
        when = &limit;
    }
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, when, NULL, 0);
}

void pstp_futex_wake(const void *word, int32_t count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

void pstp_yield(void) {
    sched_yield();
}

int pstp_bell_open(void) {
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void pstp_bell_ring(int bell) {
    /* Fails only when it has been rung 2^64 - 2 times without a hush. */
    ssize_t written = write(bell, &(uint64_t){1}, sizeof(uint64_t));
    (void)written;
}

void pstp_bell_hush(int bell) {
    uint64_t rings;
    ssize_t got = read(bell, &rings, sizeof rings);
    (void)got;
}

void pstp_bell_wait(int bell, uint64_t timeout_ns) {
    struct pollfd entry = {.fd = bell, .events = POLLIN, .revents = 0};
    struct timespec limit = {.tv_sec = (time_t)(timeout_ns / 1000000000),
                             .tv_nsec = (long)(timeout_ns % 1000000000)};
    ppoll(&entry, 1, timeout_ns == UINT64_MAX ? NULL : &limit, NULL);
}

void pstp_bell_close(int bell) {
    close(bell);
}

/* 0 unknown, 1 available, 2 not. Racing first calls register twice, which is harmless. */
static int membarrier_state;

bool pstp_heavy_fence_available(void) {
    int state = __atomic_load_n(&membarrier_state, __ATOMIC_RELAXED);
    if (state == 0) {
        long rc = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
        state = rc == 0 ? 1 : 2;
        __atomic_store_n(&membarrier_state, state, __ATOMIC_RELAXED);
    }
    return state == 1;
}

void pstp_heavy_fence(void) {
    if (pstp_heavy_fence_available())
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    else
        pstp_full_fence();
}
