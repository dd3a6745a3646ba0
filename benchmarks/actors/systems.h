/* The three systems and the settings each is tried with. */
#ifndef ACTORS_SYSTEMS_H
#define ACTORS_SYSTEMS_H

#include "cases.h"
#include "child.h"

enum system_name { PENSTOCK, CAF, ERLANG, SYSTEMS };

extern const char *const system_names[SYSTEMS];

/* One way to run a system. The fastest of them, for each number of workers, is what counts. */
struct setting {
    enum system_name system;
    const char *name; /* "" for a system that has only one */
    const char *flags;
    bool outside; /* driven from CAF's main thread; only where a case says that it can be */
};
/* Ends with a NULL name. */
extern const struct setting settings[];
/* The setting with which memory and idle time of a system are looked at. */
const struct setting *setting_of(enum system_name system);

/* What is run: a benchmark of a size on workers, after a warm-up of another size (0: none). */
struct job {
    const char *benchmark;
    const struct setting *setting;
    int workers;
    struct size size;
    uint64_t warm_up;
    uint64_t live_actors;
};
struct command system_command(const struct job *job);
/* Penstock with every message numbered and checked; executor: as the engine's option. */
struct command system_check_command(const struct job *job, const char *executor);

/* Finds the programs beside the harness, and asks each selected system for its version; false and a
 * line on stderr if one does not answer. list: names, separated by commas, or NULL for all. */
bool systems_open(const char *list);
bool system_selected(enum system_name system);

#endif
