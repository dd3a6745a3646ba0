#include "rounds.h"
#include "statistics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t second = 1000000000;

int worker_counts[MOST_WORKER_COUNTS], worker_count_count;

void worker_counts_set(int cpus) {
    for (int workers = 1; workers <= cpus && worker_count_count < 5; workers *= 2)
        worker_counts[worker_count_count++] = workers;
}

static bool left_out_before(const struct result *shorter, const struct setting *setting,
                            int workers) {
    for (int r = 0; shorter && r < shorter->row_count; r++)
        if (shorter->rows[r].setting == setting && shorter->rows[r].workers == workers)
            return shorter->rows[r].left_out;
    return false;
}

static void list_rows(struct result *result, const struct result *shorter) {
    for (const struct setting *setting = settings; setting->name; setting++)
        for (int w = 0; w < worker_count_count; w++) {
            if (!system_selected(setting->system) || (setting->outside && !result->which->outside))
                continue;
            if (left_out_before(shorter, setting, worker_counts[w]))
                continue;
            result->rows[result->row_count++] =
                (struct row){.setting = setting, .workers = worker_counts[w]};
        }
}

static void measure_row(struct result *result, struct row *row, int round) {
    struct job job = {.benchmark = result->which->name,
                      .setting = row->setting,
                      .workers = row->workers,
                      .size = result->size,
                      .warm_up = result->warm_up};
    if (result->is_long)
        job.live_actors = result->which->live_actors;
    struct command command = system_command(&job);
    struct measurement measured = measure(&command, (result->is_long ? 300 : 60) * second);
    row->rates[round] = measured.rate;
    if (!measured.fault[0] || (measured.too_slow && round == 0))
        return;
    row->left_out = true;
    result->wrong++;
    printf("WRONG: %s, %s %s, %d workers: %s\n", result->name, system_names[row->setting->system],
           row->setting->name, row->workers, measured.fault);
}

/* After the first round: settings at less than two thirds of the best one's rate, and those that
 * did not end in time. A system that never ended in time is wrong. */
static void leave_out(struct result *result) {
    for (int r = 0; r < result->row_count; r++) {
        struct row *row = &result->rows[r];
        double best = 0;
        for (int other = 0; other < result->row_count; other++)
            if (result->rows[other].setting->system == row->setting->system &&
                result->rows[other].workers == row->workers && result->rows[other].rates[0] > best)
                best = result->rows[other].rates[0];
        if (best == 0 && !row->left_out) {
            result->wrong++;
            printf("WRONG: %s, %s, %d workers: no setting ended in time\n", result->name,
                   system_names[row->setting->system], row->workers);
        }
        if (row->rates[0] < best * 2 / 3 || best == 0)
            row->left_out = true;
    }
}

/* On a terminal; without a result, clears the line. */
static void show_progress(const struct result *result, const struct row *row, int round) {
    if (!isatty(STDERR_FILENO))
        return;
    if (result)
        fprintf(stderr, "\r%s: round %d of %d, %-9s %-24s", result->name, round + 1, result->rounds,
                system_names[row->setting->system], row->setting->name);
    else
        fprintf(stderr, "\r%78s\r", "");
}

void rounds_run(struct result *result, const struct result *shorter, int rounds) {
    result->rounds = rounds;
    list_rows(result, shorter);
    for (int round = 0; round < rounds; round++) {
        for (int r = 0; r < result->row_count; r++) {
            struct row *row = &result->rows[r];
            if (row->left_out)
                continue;
            show_progress(result, row, round);
            measure_row(result, row, round);
        }
        if (round == 0)
            leave_out(result);
    }
    show_progress(NULL, NULL, 0);
    for (int r = 0; r < result->row_count; r++) {
        double sorted[MOST_ROUNDS];
        struct row *row = &result->rows[r];
        memcpy(sorted, row->rates, sizeof sorted);
        row->median = median(sorted, row->left_out ? 1 : (size_t)rounds);
    }
}

const struct row *best_row(const struct result *result, enum system_name system) {
    const struct row *best = NULL;
    for (int r = 0; r < result->row_count; r++) {
        const struct row *row = &result->rows[r];
        if (row->setting->system == system && !row->left_out &&
            (!best || row->median > best->median))
            best = row;
    }
    return best;
}

double row_ratio(const struct result *result, const struct row *above, const struct row *below) {
    double ratios[MOST_ROUNDS];
    for (int round = 0; round < result->rounds; round++)
        ratios[round] = above->rates[round] / below->rates[round];
    return median(ratios, (size_t)result->rounds);
}
