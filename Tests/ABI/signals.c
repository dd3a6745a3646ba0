/* The library leaves the process's signals as they were: no handler, no alternate stack, no change
 * of the caller's mask, from before its constructors ran until after the engine is gone. Its own
 * threads block all signals, and have the policy and niceness of the thread that made the engine.
 */
#include <penstock.h>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define SIGNALS 65

typedef struct state {
    struct sigaction actions[SIGNALS];
    stack_t stack;
    sigset_t mask;
} state;

static state before;

static void record(state *s) {
    memset(s, 0, sizeof *s);
    for (int i = 1; i < SIGNALS; i++)
        sigaction(i, NULL, &s->actions[i]);
    sigaltstack(NULL, &s->stack);
    pthread_sigmask(SIG_BLOCK, NULL, &s->mask);
}

/* Runs before the constructors of the shared objects. */
static void record_before(void) {
    record(&before);
}
__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = record_before;

static int failures;

static void compare(const char *when) {
    state now;
    record(&now);
    for (int i = 1; i < SIGNALS; i++) {
        if (now.actions[i].sa_handler != before.actions[i].sa_handler ||
            now.actions[i].sa_flags != before.actions[i].sa_flags) {
            printf("FAIL: %s: disposition of signal %d (%s) changed\n", when, i, strsignal(i));
            failures++;
        }
        if (sigismember(&now.mask, i) != sigismember(&before.mask, i)) {
            printf("FAIL: %s: signal %d (%s) in the caller's mask changed\n", when, i,
                   strsignal(i));
            failures++;
        }
    }
    if (now.stack.ss_sp != before.stack.ss_sp || now.stack.ss_flags != before.stack.ss_flags) {
        printf("FAIL: %s: alternate signal stack changed\n", when);
        failures++;
    }
}

static pthread_t host;
static int worker_calls;
static int policy, niceness;

static pst_status numbers(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx;
    if (!pthread_equal(pthread_self(), host)) {
        sigset_t mask;
        pthread_sigmask(SIG_BLOCK, NULL, &mask);
        worker_calls++;
        if (sched_getscheduler(0) != policy || getpriority(PRIO_PROCESS, 0) != niceness) {
            printf("FAIL: a worker has policy %d and niceness %d, expected %d and %d\n",
                   sched_getscheduler(0), getpriority(PRIO_PROCESS, 0), policy, niceness);
            failures++;
        }
        for (int i = 1; i < SIGRTMIN; i++) {
            /* 32 and 33 belong to the C library. */
            if (i == SIGKILL || i == SIGSTOP || i >= 32 || sigismember(&mask, i) == 1)
                continue;
            printf("FAIL: a worker does not block signal %d (%s)\n", i, strsignal(i));
            failures++;
        }
    }
    memset(out, 0, capacity * sizeof(uint64_t));
    *count = capacity;
    return PST_END;
}

static pst_status count_up(pst_context *cx, const void *in, size_t n) {
    (void)in;
    *(size_t *)pst_user(cx) += n;
    return PST_OK;
}

int main(void) {
    size_t seen = 0;
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    pst_type u64 = PST_TYPE(uint64_t);
    host = pthread_self();
    policy = sched_getscheduler(0);
    niceness = getpriority(PRIO_PROCESS, 0) + 3;
    if (niceness > 19)
        niceness = 19;
    if (setpriority(PRIO_PROCESS, 0, niceness)) {
        perror("setpriority");
        return 1;
    }

    compare("when loaded");
    if (pst_engine_create(NULL, &engine) || pst_graph_create("signals", &graph)) {
        pst_report(stderr);
        return 1;
    }
    compare("after pst_engine_create");
    pst_sink(graph, "sink", pst_source(graph, "source", &u64, numbers, NULL), count_up, &seen);
    if (pst_graph_run(graph, engine)) {
        pst_report(stderr);
        return 1;
    }
    compare("after pst_graph_run");
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    compare("after pst_engine_destroy");

    if (seen == 0 || worker_calls == 0) {
        printf("FAIL: %zu elements seen, %d calls from workers\n", seen, worker_calls);
        failures++;
    }
    return failures > 0;
}
