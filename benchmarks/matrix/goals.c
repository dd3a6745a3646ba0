#include "goals.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MOST_GOALS = 64 };

static struct goal goals[MOST_GOALS];
static int goal_count;

struct goal goal_make(enum sense sense, double bound, const char *title, ...) {
    struct goal goal = {.sense = sense, .bound = bound};
    va_list values;
    va_start(values, title);
    vsnprintf(goal.title, sizeof goal.title, title, values);
    va_end(values);
    return goal;
}

void goal_add(struct goal *goal, const char *name, double value) {
    bool least = goal->sense == AT_LEAST;
    if (goal->cases++ == 0 || (least ? value < goal->worst : value > goal->worst)) {
        goal->worst = value;
        snprintf(goal->worst_case, sizeof goal->worst_case, "%s", name);
    }
    if (least ? value >= goal->bound : value <= goal->bound)
        return;
    size_t used = strlen(goal->missed_cases);
    snprintf(goal->missed_cases + used, sizeof goal->missed_cases - used, "%s%s %.4g",
             goal->missed++ ? ", " : "", name, value);
}

void goal_judge(const struct goal *goal) {
    if (goal->cases && goal_count < MOST_GOALS)
        goals[goal_count++] = *goal;
}

int goals_print(void) {
    int missed = 0;
    if (goal_count)
        printf("\ngoals\n");
    for (int g = 0; g < goal_count; g++) {
        const struct goal *goal = &goals[g];
        missed += goal->missed > 0;
        printf("%s  %-78s ", goal->missed ? "MISS" : "PASS", goal->title);
        if (goal->missed)
            printf("%d of %d: %s\n", goal->missed, goal->cases, goal->missed_cases);
        else
            printf("worst: %s %.4g\n", goal->worst_case, goal->worst);
    }
    if (goal_count)
        printf("%d PASS, %d MISS\n", goal_count - missed, missed);
    return missed;
}
