/* What the figures must show. Goals are judged as the parts of the run end and listed at its end.
 */
#ifndef MATRIX_GOALS_H
#define MATRIX_GOALS_H

#include <stdbool.h>

enum sense { AT_LEAST, AT_MOST };

/* One goal and the cases it was held against. */
struct goal {
    char title[160];
    enum sense sense;
    double bound;
    int cases, missed;
    double worst;
    char worst_case[40];
    char missed_cases[400]; /* with their figures */
};

struct goal goal_make(enum sense sense, double bound, const char *title, ...)
    __attribute__((format(printf, 3, 4)));
void goal_add(struct goal *goal, const char *name, double value);
/* Judges; a goal without a case is left out. */
void goal_judge(const struct goal *goal);

/* Prints the list. Returns how many were missed. */
int goals_print(void);

#endif
