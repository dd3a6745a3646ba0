#include "check.h"
#include "rounds.h"

#include <stdio.h>

static int check_once(const char *benchmark, struct size size, int workers, const char *executor) {
    struct job job = {
        .benchmark = benchmark, .workers = workers, .size = size, .warm_up = size.main};
    struct command command = system_check_command(&job, executor);
    struct measurement measured = measure(&command, 120000000000u);
    if (!measured.fault[0])
        return 0;
    printf("WRONG: %s\n ", measured.fault);
    for (int i = 0; i < command.count; i++)
        printf(" %s", command.words[i]);
    printf("\n");
    return 1;
}

static int check_case(const struct options *options, const char *name, struct size size) {
    int wrong = 0, runs = 0;
    if (!options_select(options, name))
        return 0;
    for (int w = 0; w < worker_count_count; w++, runs++)
        wrong += check_once(name, size, worker_counts[w], "threads");
    /* More workers than CPUs: each may be put to sleep anywhere. */
    for (int times = 2; times <= 4; times *= 2, runs++)
        wrong += check_once(name, size, times * worker_counts[worker_count_count - 1], "threads");
    for (int seed = 1; seed <= options->seeds; seed++, runs++) {
        char executor[40];
        snprintf(executor, sizeof executor, "simulated:%d", seed);
        wrong += check_once(name, size, 1 + seed % 3, executor);
    }
    printf("%-12s %3d runs, %d wrong\n", name, runs, wrong);
    fflush(stdout);
    return wrong;
}

int check_run(const struct options *options) {
    int wrong = 0;
    for (const struct actor_case *which = actor_cases; which->name; which++)
        wrong += check_case(options, which->name, which->small);
    wrong += check_case(options, "hot", (struct size){20000, 2});
    wrong += check_case(options, "hot", (struct size){20000, 256});
    wrong += check_case(options, "crowd", (struct size){2000, 0});
    return wrong;
}
