#include "savina.h"
#include "../matrix/goals.h"
#include "table.h"

#include <stdio.h>

static void begin(struct result *result, const struct actor_case *which, bool is_long,
                  const struct options *options) {
    struct size size = is_long ? which->long_one : options->quick ? which->quick : which->savina;
    uint64_t warm_up = options->quick ? which->quick.main : which->savina.main;
    *result = (struct result){.which = which,
                              .size = size,
                              .warm_up = which->warm_up ? which->warm_up : warm_up,
                              .is_long = is_long};
    snprintf(result->name, sizeof result->name, "%s%s%s", which->name, is_long ? "-" : "",
             is_long ? which->long_name : "");
}

static int rounds_of(const struct options *options, bool is_long) {
    if (options->repetitions > 0)
        return options->repetitions < MOST_ROUNDS ? options->repetitions : MOST_ROUNDS;
    return options->quick || is_long ? 3 : 5;
}

int savina_run(const struct options *options) {
    static struct result results[2];
    int wrong = 0;
    for (const struct actor_case *which = actor_cases; which->name; which++) {
        struct goal goal = goal_make(AT_LEAST, which->goal, "%s: ratio to the better peer >= %g",
                                     which->name, which->goal);
        const struct result *shorter = NULL;
        for (int is_long = 0; is_long <= !options->quick; is_long++) {
            struct result *result = &results[is_long];
            begin(result, which, is_long, options);
            if (!options_select(options, result->name))
                continue;
            rounds_run(result, shorter, rounds_of(options, is_long));
            table_print(result);
            double ratio = table_ratio(result);
            if (which->goal > 0 && ratio > 0)
                goal_add(&goal, result->name, ratio);
            wrong += result->wrong;
            shorter = result;
        }
        goal_judge(&goal);
    }
    return wrong;
}
