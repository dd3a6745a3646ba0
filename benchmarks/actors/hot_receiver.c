#include "hot_receiver.h"
#include "../matrix/goals.h"
#include "json.h"
#include "rounds.h"
#include "statistics.h"
#include "table.h"

#include <stdio.h>

enum { STEPS = 5 };
static const uint64_t senders[STEPS] = {2, 4, 16, 64, 256};

static int measure_rate(const struct options *options, int workers, uint64_t count, double *rate) {
    uint64_t messages = options->quick ? 1000000 : 10000000;
    struct job job = {.benchmark = "hot",
                      .setting = setting_of(PENSTOCK),
                      .workers = workers,
                      .size = {messages, count},
                      .warm_up = messages};
    struct command command = system_command(&job);
    struct measurement measured = measure(&command, 60000000000u);
    *rate = measured.rate;
    if (!measured.fault[0])
        return 0;
    printf("WRONG: hot-receiver, %d workers, %llu senders: %s\n", workers,
           (unsigned long long)count, measured.fault);
    return 1;
}

/* One line of the table. */
static int run_workers(const struct options *options, int workers, int rounds, struct goal *goal) {
    double rates[STEPS][MOST_ROUNDS], worst = 0, best = 0;
    for (int round = 0; round < rounds; round++)
        for (int step = 0; step < STEPS; step++)
            if (measure_rate(options, workers, senders[step], &rates[step][round]))
                return 1;
    char name[40], metric[60], text[24];
    snprintf(name, sizeof name, "Penstock, %d worker%s", workers, workers == 1 ? "" : "s");
    printf("  %-34s", name);
    for (int step = 0; step < STEPS; step++) {
        double rate = median(rates[step], (size_t)rounds);
        if (step == 0 || rate < worst)
            worst = rate;
        if (step == 0 || rate > best)
            best = rate;
        format_rate(text, sizeof text, rate);
        printf(" %11s", text);
        snprintf(metric, sizeof metric, "messages/s from %llu", (unsigned long long)senders[step]);
        json_line("hot-receiver", name, metric, rate, "1/s");
    }
    printf(" %11.2f\n", worst / best);
    json_line("hot-receiver", name, "worst/best", worst / best, "x");
    goal_add(goal, name, worst / best);
    return 0;
}

int hot_receiver_run(const struct options *options) {
    if (!options_select(options, "hot-receiver") || !system_selected(PENSTOCK))
        return 0;
    int wrong = 0, rounds = options->quick ? 3 : 5;
    struct goal goal = goal_make(AT_LEAST, 0.5, "hot receiver: slowest to fastest >= 0.5");
    printf("\nhot-receiver: messages/s to one actor, median of %d\n  %-34s", rounds, "senders");
    for (int step = 0; step < STEPS; step++)
        printf(" %11llu", (unsigned long long)senders[step]);
    printf("  worst/best\n");
    for (int w = 0; w < worker_count_count; w++)
        wrong += run_workers(options, worker_counts[w], rounds, &goal);
    goal_judge(&goal);
    return wrong;
}
