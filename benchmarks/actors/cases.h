/* The benchmarks of Savina that are run, their sizes and what is wanted of them. */
#ifndef ACTORS_CASES_H
#define ACTORS_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct size {
    uint64_t main;
    uint64_t second; /* what the benchmark makes of it; mostly nothing */
};

struct actor_case {
    const char *name;
    const char *title;
    const char *unit; /* what is counted */
    struct size savina, long_one;
    struct size quick;     /* for a look */
    struct size small;     /* to check the order of messages */
    uint64_t warm_up;      /* the main size of a run before; 0: Savina's, or the quick one */
    const char *long_name; /* of the long size, after the name */
    uint64_t live_actors;  /* that the long size may need at once, or 0: few */
    double goal;           /* least ratio to the better of the peers; 0: none */
    bool outside;          /* CAF may also be driven from its main thread */
};

/* Ends with a NULL name. */
extern const struct actor_case actor_cases[];

#endif
