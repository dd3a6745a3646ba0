/* What every Penstock program shares: its size, its clock, and how the host thread runs it. */
#ifndef ACTORS_PROGRAM_H
#define ACTORS_PROGRAM_H

#include "order.h"

#include <stddef.h>
#include <stdint.h>

struct program {
    pst_engine *engine;
    uint64_t size;    /* the benchmark's main parameter */
    uint64_t second;  /* another one, for those that have it */
    uint64_t elapsed; /* ns, of the timed region */
    uint64_t operations;
    struct order host; /* of the thread that runs main */
};

/* Says on stdout what is wrong, and ends the process. */
_Noreturn void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
void expect(const char *what, uint64_t value, uint64_t right);
/* Faults unless the status is PST_OK. */
void check(const char *what, pst_status status);
/* Zeroed and on cache lines of its own, or a fault. For free(). */
void *reserve(size_t count, size_t size);
uint64_t now_ns(void);

/* The messages that all programs know; their own begin at FIRST_TYPE. */
enum { RUN, START, DONE, FIRST_TYPE };

/* The timed region, in the actor that the host asked to RUN. */
struct stopwatch {
    pst_token token;
    uint64_t start;
};
void stopwatch_begin(struct stopwatch *watch, const pst_message *message);
pst_status stopwatch_end(pst_context *cx, struct stopwatch *watch);

pst_actor spawn(struct program *program, pst_behaviour_fn behaviour, void *state);
/* Asks the root actor to RUN, until its stopwatch ends and all actors are at rest. */
void run(struct program *program, pst_actor root);
/* Waits until no actor has anything to do, and checks the counts. */
void await_rest(struct program *program);
/* At rest, every message that was sent has been delivered. */
void check_counts(const pst_actor_counts *counts);
/* Ends actors, and waits until they are gone. */
void end_actors(struct program *program, const pst_actor *actors, size_t count);

/* On RUN it STARTs some actors, with its own name as the payload, then waits until it was told DONE
 * so many times. The starters must stay until the run has ended. */
struct master {
    struct order order;
    struct stopwatch watch;
    const pst_actor *starters;
    size_t count;
    uint64_t reports;
};
pst_status master(pst_context *cx, void *state, const pst_message *message);

typedef void (*program_fn)(struct program *program);
void pingpong(struct program *program);
void counting(struct program *program);
void fjthrput(struct program *program);
void fjcreate(struct program *program);
void threadring(struct program *program);
void chameneos(struct program *program);
void big(struct program *program);
void fib(struct program *program);
void bndbuffer(struct program *program);
void concdict(struct program *program);
void banking(struct program *program);
void philosopher(struct program *program);
void hot(struct program *program);
void crowd(struct program *program);

#endif
