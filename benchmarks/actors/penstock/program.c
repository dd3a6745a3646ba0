#define _GNU_SOURCE
#include "program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fault(const char *format, ...) {
    va_list values;
    va_start(values, format);
    printf("fault ");
    vprintf(format, values);
    printf("\n");
    va_end(values);
    fflush(stdout);
    _exit(1);
}

void expect(const char *what, uint64_t value, uint64_t right) {
    if (value != right)
        fault("%s: %llu instead of %llu", what, (unsigned long long)value,
              (unsigned long long)right);
}

void check(const char *what, pst_status status) {
    if (status)
        fault("%s: %s: %s", what, pst_status_name(status), pst_last_error());
}

void *reserve(size_t count, size_t size) {
    size_t bytes = (count * size + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    if (!memory)
        fault("no memory for %zu states of %zu bytes", count, size);
    return memset(memory, 0, bytes);
}

uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void stopwatch_begin(struct stopwatch *watch, const pst_message *message) {
    watch->token = message->token;
    watch->start = now_ns();
}

pst_status stopwatch_end(pst_context *cx, struct stopwatch *watch) {
    uint64_t elapsed = now_ns() - watch->start;
    return pst_reply(cx, watch->token, PST_OK, &elapsed, sizeof elapsed);
}

pst_actor spawn(struct program *program, pst_behaviour_fn behaviour, void *state) {
    pst_actor actor = PST_NO_ACTOR;
    check("pst_actor_spawn", pst_actor_spawn(program->engine, behaviour, state, NULL, &actor));
    return actor;
}

void run(struct program *program, pst_actor root) {
    uint64_t elapsed = 0;
    size_t size = sizeof elapsed;
    check("RUN", pst_actor_ask(program->engine, root, RUN, NULL, 0, PST_FOREVER, &elapsed, &size));
    expect("bytes of the answer to RUN", size, sizeof elapsed);
    await_rest(program);
    program->elapsed = elapsed;
}

void check_counts(const pst_actor_counts *counts) {
    expect("messages delivered, dropped or dead",
           counts->delivered + counts->dropped + counts->dead_letters, counts->sent);
    expect("messages delivered", counts->delivered, counts->sent);
    expect("failures", counts->failed, 0);
}

void await_rest(struct program *program) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    check("pst_actors_await_quiescent", pst_actors_await_quiescent(program->engine, PST_FOREVER));
    check("pst_actors_get_counts", pst_actors_get_counts(program->engine, &counts));
    check_counts(&counts);
}

void end_actors(struct program *program, const pst_actor *actors, size_t count) {
    for (size_t i = 0; i < count; i++)
        check("pst_actor_stop", pst_actor_stop(program->engine, actors[i], PST_STOP_LAST));
    await_rest(program);
}

pst_status master(pst_context *cx, void *state, const pst_message *message) {
    struct master *me = state;
    if (message->type == RUN) {
        pst_actor self = pst_self(cx);
        pst_status status = PST_OK;
        stopwatch_begin(&me->watch, message);
        for (size_t i = 0; i < me->count && status == PST_OK; i++)
            status = tell(cx, &me->order, me->starters[i], START, &self, sizeof self);
        return status;
    }
    opened(&me->order, message);
    return --me->reports ? PST_OK : stopwatch_end(cx, &me->watch);
}
