#include "products_goals.h"
#include "goals.h"

#include <math.h>
#include <string.h>

static bool is_square(const struct shape *s) {
    return s->batch == 1 && s->m == s->n && s->n == s->k;
}

static void judge_peers(enum precision precision, const struct result *results, int count) {
    const char *name = precision_name(precision);
    struct goal each = goal_make(AT_LEAST, precision == F32 ? 0.97 : 1,
                                 precision == F32 ? "%s: at least 0.97 x the best peer in each case"
                                                  : "%s: above the best peer in each case",
                                 name);
    struct goal all =
        goal_make(AT_LEAST, 1, "%s: above the best peer of each case, geometric mean", name);
    double logarithms = 0;
    for (int i = 0; i < count; i++) {
        const struct result *result = &results[i];
        if (!result->figures[0].measured || !result->best_peer)
            continue;
        double ratio = result->figures[result->best_peer].ratio;
        goal_add(&each, result->shape.name, ratio);
        logarithms += log(ratio);
    }
    if (each.cases)
        goal_add(&all, "mean", exp(logarithms / each.cases));
    goal_judge(&each);
    if (precision == F32)
        goal_judge(&all);
}

static int find(const struct roster *roster, const char *name) {
    for (int s = 0; s < roster->count; s++)
        if (strcmp(roster->systems[s]->name, name) == 0)
            return s;
    return -1;
}

static void judge_openblas(const struct roster *roster, const struct result *results, int count) {
    struct goal goal =
        goal_make(AT_LEAST, 1.2, "f64: at least 1.2 x OpenBLAS from 128 up, geometric mean");
    int openblas = find(roster, "OpenBLAS"), cases = 0;
    double logarithms = 0;
    for (int i = 0; i < count && openblas >= 0; i++) {
        const struct shape *s = &results[i].shape;
        bool small = is_square(s) && s->m < 128;
        if (small || s->batch > 1 || !results[i].figures[openblas].measured)
            continue;
        logarithms += log(results[i].figures[openblas].ratio);
        cases++;
    }
    if (cases)
        goal_add(&goal, "mean", exp(logarithms / cases));
    goal_judge(&goal);
}

struct share_goal {
    const char *name;
    double percent;
};

static void judge_share(enum precision precision, const struct result *results, int count) {
    static const struct share_goal asked[] = {{"16", 60},  {"32", 92},  {"64", 97},
                                              {"m64", 82}, {"n64", 94}, {"k64", 93}};
    const char *name = precision_name(precision);
    double bound = precision == F32 ? 93 : 92;
    struct goal large =
        goal_make(AT_LEAST, bound, "%s: at least %.0f %% of the peak from 256 up, odd, transposed",
                  name, bound);
    for (int i = 0; i < count; i++) {
        const struct result *result = &results[i];
        if (result->figures[0].measured && is_square(&result->shape) && result->shape.m >= 256)
            goal_add(&large, result->shape.name, result->figures[0].percent);
    }
    goal_judge(&large);
    for (size_t g = 0; g < sizeof asked / sizeof *asked; g++) {
        struct goal goal =
            goal_make(AT_LEAST, asked[g].percent, "%s: at least %.0f %% of the peak: %s", name,
                      asked[g].percent, asked[g].name);
        for (int i = 0; i < count; i++)
            if (strcmp(results[i].shape.name, asked[g].name) == 0 && results[i].figures[0].measured)
                goal_add(&goal, asked[g].name, results[i].figures[0].percent);
        goal_judge(&goal);
    }
}

static void judge_narrow(enum precision precision, const struct result *results, int count) {
    struct goal goal =
        goal_make(AT_LEAST, 75, "%s: at least 75 %% of the instruction's peak from 1024 up",
                  precision_name(precision));
    for (int i = 0; i < count; i++)
        if (results[i].figures[0].measured && results[i].shape.m >= 1024)
            goal_add(&goal, results[i].shape.name, results[i].figures[0].percent);
    goal_judge(&goal);
}

void products_judge(enum precision precision, const struct roster *roster,
                    const struct result *results, int count) {
    if (precision > F64) {
        judge_narrow(precision, results, count);
        return;
    }
    judge_peers(precision, results, count);
    if (precision == F64)
        judge_openblas(roster, results, count);
    judge_share(precision, results, count);
}
