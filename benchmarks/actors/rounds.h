/* All systems on one benchmark, each setting once a round, in turn: a drift of the machine meets
 * every system alike. */
#ifndef ACTORS_ROUNDS_H
#define ACTORS_ROUNDS_H

#include "cases.h"
#include "systems.h"

enum { MOST_ROWS = 64, MOST_ROUNDS = 64, MOST_WORKER_COUNTS = 8 };

/* The counts of workers that are tried: 1, 2, 4, ... up to the number of CPUs. */
extern int worker_counts[MOST_WORKER_COUNTS];
extern int worker_count_count;
void worker_counts_set(int cpus);

/* A setting on a number of workers. */
struct row {
    const struct setting *setting;
    int workers;
    double rates[MOST_ROUNDS];
    double median;
    bool left_out; /* another setting of the system was clearly faster, in the first round */
};

struct result {
    const struct actor_case *which;
    char name[64]; /* as in the JSON lines */
    struct size size;
    uint64_t warm_up;
    bool is_long;
    int rounds;
    struct row rows[MOST_ROWS];
    int row_count;
    int wrong; /* rows with a fault, which was printed */
};

/* The result of the short size, when there is one, says which settings the long one is tried with:
 * those that are not left out. */
void rounds_run(struct result *result, const struct result *shorter, int rounds);
/* The row with the best median of a system; NULL if it has none. */
const struct row *best_row(const struct result *result, enum system_name system);
/* The median of the rounds' ratios: both sides of a ratio were measured seconds apart. */
double row_ratio(const struct result *result, const struct row *above, const struct row *below);

#endif
