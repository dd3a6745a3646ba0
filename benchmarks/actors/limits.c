#include "limits.h"
#include "core_distance.h"
#include "floor.h"
#include "json.h"
#include "repetition.h"
#include "statistics.h"

#include <stdio.h>

enum { ROUNDS = 5 };

static int limit(const char *system, const char *metric, bench_run_fn function, double share) {
    double values[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        struct bench_run run = {.setting = {.elements = 20000000}};
        repetition_run(function, &run, 60000000000u);
        if (run.fault[0]) {
            printf("WRONG: limits, %s: %s\n", system, run.fault);
            return 1;
        }
        values[round] = run.value[0] * share;
    }
    double ns = median(values, ROUNDS);
    printf("  %-66s %7.2f ns, %8.2f M/s\n", system, ns, 1e3 / ns);
    json_line("limits", system, metric, ns, "ns");
    return 0;
}

int limits_run(const struct options *options) {
    if (!options_select(options, "limits"))
        return 0;
    printf("\nlimits: of a message, median of %d\n", ROUNDS);
    static const struct {
        const char *system;
        bench_run_fn function;
    } floors[] = {
        {"C, pingpong", floor_pingpong}, {"C, counting", floor_counting},
        {"C, fjthrput", floor_fjthrput}, {"C, threadring", floor_threadring},
        {"C, big", floor_big},
    };
    /* core_distance gives the round trip. */
    int wrong = limit("C, a cache line from one core to another", "ns per hop", core_distance, 0.5);
    printf("  the same shapes in C on one thread: two lanes, calls by pointer, nothing else\n");
    for (size_t i = 0; i < sizeof floors / sizeof *floors; i++)
        wrong += limit(floors[i].system, "ns per message", floors[i].function, 1);
    return wrong;
}
