#define _GNU_SOURCE
#include "repetition.h"
#include "timing.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void bench_fault(struct bench_run *run, const char *format, ...) {
    if (run->fault[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(run->fault, sizeof run->fault, format, arguments);
    va_end(arguments);
}

void bench_expect(struct bench_run *run, uint64_t count, uint64_t sum, uint64_t offset) {
    uint64_t n = run->setting.elements;
    /* n * (n - 1) / 2 modulo 2^64: halve the even factor first. */
    uint64_t right = (n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1)) + n * offset;
    if (count != n)
        bench_fault(run, "%llu elements arrived instead of %llu", (unsigned long long)count,
                    (unsigned long long)n);
    else if (sum != right)
        bench_fault(run, "the sum is %llu instead of %llu", (unsigned long long)sum,
                    (unsigned long long)right);
}

static sigset_t child_signal;

void repetition_init(void) {
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, NULL);
}

static void run_in_child(bench_run_fn function, struct bench_run *run) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* an interrupted harness leaves nobody spinning */
    sigprocmask(SIG_UNBLOCK, &child_signal, NULL);
    function(run);
    run->finished = true;
    fflush(NULL);
    _exit(0);
}

/* Sleeps until the child has ended: polling would take time from the cores that are measured. */
static bool wait_for_child(pid_t child, uint64_t timeout_ns, int *status) {
    uint64_t end = now_ns() + timeout_ns;
    for (;;) {
        pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child)
            return true;
        uint64_t now = now_ns();
        if (ended < 0 || now >= end)
            return false;
        struct timespec left = {(time_t)((end - now) / 1000000000u),
                                (long)((end - now) % 1000000000u)};
        if (sigtimedwait(&child_signal, NULL, &left) < 0 && errno != EAGAIN && errno != EINTR)
            return false;
    }
}

void repetition_run(bench_run_fn function, struct bench_run *run, uint64_t timeout_ns) {
    struct bench_run *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        bench_fault(run, "mmap: %s", strerror(errno));
        return;
    }
    *shared = *run;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        run_in_child(function, shared);

    int status = 0;
    if (child < 0) {
        bench_fault(run, "fork: %s", strerror(errno));
    } else if (!wait_for_child(child, timeout_ns, &status)) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        *run = *shared;
        bench_fault(run, "did not end within %.0f s", (double)timeout_ns * 1e-9);
    } else {
        *run = *shared;
        if (WIFSIGNALED(status))
            bench_fault(run, "ended by signal %d (%s)", WTERMSIG(status),
                        strsignal(WTERMSIG(status)));
        else if (!run->finished)
            bench_fault(run, "left with status %d", WEXITSTATUS(status));
    }
    munmap(shared, sizeof *shared);
}
