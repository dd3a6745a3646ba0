#define _GNU_SOURCE
#include "penstock_platform.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct pstp_thread {
    pthread_t thread;
    void (*body)(void *);
    void *argument;
    char name[16];
};

static void *thread_main(void *raw) {
    pstp_thread *self = raw;
    pthread_setname_np(pthread_self(), self->name);
    self->body(self->argument);
    return NULL;
}

pstp_thread *pstp_thread_start(const char *name, void (*body)(void *), void *argument) {
    pstp_thread *self = calloc(1, sizeof *self);
    if (!self) {
        errno = ENOMEM;
        return NULL;
    }
    self->body = body;
    self->argument = argument;
    snprintf(self->name, sizeof self->name, "%s", name);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&self->thread, NULL, thread_main, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc) {
        free(self);
        errno = rc;
        return NULL;
    }
    return self;
}

void pstp_thread_join(pstp_thread *thread) {
    if (!thread)
        return;
    pthread_join(thread->thread, NULL);
    free(thread);
}

/* struct sched_attr of Linux as it was at first, which every kernel takes. */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

void pstp_thread_take_long_slices(void) {
    struct scheduling now;
    const uint64_t slice_ns = 5000000; /* the default is at most 2.8 ms */
    const uint64_t reset_on_fork = 1;
    if (syscall(SYS_sched_getattr, 0, &now, sizeof now, 0) < 0 || now.policy != SCHED_OTHER)
        return;
    now.size = sizeof now;
    now.flags &= reset_on_fork;
    now.runtime_ns = slice_ns;
    syscall(SYS_sched_setattr, 0, &now, 0);
}

int pstp_affinity_get(uint64_t *mask, size_t words) {
    memset(mask, 0, words * sizeof *mask);
    /* The raw call fills as much as the kernel's mask holds and says how many bytes that is. */
    long rc = syscall(SYS_sched_getaffinity, 0, words * sizeof *mask, mask);
    return rc < 0 ? errno : 0;
}

int pstp_affinity_set(const uint64_t *mask, size_t words) {
    return syscall(SYS_sched_setaffinity, 0, words * sizeof *mask, mask) < 0 ? errno : 0;
}

int pstp_current_processor(void) {
    return sched_getcpu();
}

int32_t pstp_thread_id(void) {
    return (int32_t)syscall(SYS_gettid);
}

static _Thread_local void *tls_slot;
static _Thread_local char tls_token;
static _Thread_local bool tls_in_body;

uintptr_t pstp_thread_token(void) {
    return (uintptr_t)&tls_token;
}
void *pstp_tls_get(void) {
    return tls_slot;
}
void pstp_tls_set(void *value) {
    tls_slot = value;
}
bool pstp_in_body_get(void) {
    return tls_in_body;
}
void pstp_in_body_set(bool value) {
    tls_in_body = value;
}

static uint32_t fork_generation;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static void after_fork_in_child(void) {
    pstp_lock_after_fork();
    fork_generation++;
}
static void watch_fork(void) {
    pthread_atfork(pstp_lock_before_fork, pstp_lock_after_fork, after_fork_in_child);
}

uint32_t pstp_fork_generation(void) {
    pthread_once(&fork_once, watch_fork);
    return fork_generation;
}

static _Thread_local char error_text[PSTP_ERROR_TEXT];
static _Thread_local int32_t error_status;

char *pstp_error_text(void) {
    return error_text;
}
int32_t pstp_error_status(void) {
    return error_status;
}
void pstp_error_set(int32_t status, const char *text) {
    error_status = status;
    snprintf(error_text, sizeof error_text, "%s", text ? text : "");
}

const char *pstp_compiler(void) {
    return "C by " __VERSION__;
}
