#include "report.h"
#include "statistics.h"

#include <math.h>
#include <string.h>

void report_discard(struct report_case *report, const struct bench_run *runs) {
    for (int s = 0; report->which->systems[s].name; s++)
        if (runs[s].fault[0])
            memcpy(report->systems[s].fault, runs[s].fault, sizeof runs[s].fault);
    report->discarded++;
}

void report_add(struct report_case *report, const struct bench_run *runs, double core_distance) {
    if (report->rounds == REPORT_MOST_REPETITIONS)
        return;
    report_discard(report, runs);
    report->discarded--;
    report->core_distance[report->rounds++] = core_distance;
    for (int s = 0; report->which->systems[s].name; s++) {
        struct report_system *to = &report->systems[s];
        if (!runs[s].finished || runs[s].fault[0])
            continue;
        for (int m = 0; m < BENCH_METRICS; m++)
            to->values[m][to->repetitions] = runs[s].value[m];
        to->repetitions++;
    }
}

struct figure {
    double median, best, worst;
    bool valid;
};

static struct figure figure_of(const struct report_case *report, int system, int metric) {
    const struct report_system *from = &report->systems[system];
    struct figure figure = {0};
    if (from->repetitions == 0 || from->fault[0])
        return figure;
    double sorted[REPORT_MOST_REPETITIONS];
    memcpy(sorted, from->values[metric], sizeof sorted);
    figure.median = median(sorted, (size_t)from->repetitions);
    double least = sorted[0], most = sorted[from->repetitions - 1];
    bool more = report->which->metrics[metric].more_is_better;
    figure.best = more ? most : least;
    figure.worst = more ? least : most;
    figure.valid = true;
    return figure;
}

/* The median of the ratios of each round: both sides of a ratio were measured seconds apart. */
static double ratio_of(const struct report_case *report, int system, int base, int metric) {
    const struct report_system *above = &report->systems[system], *below = &report->systems[base];
    double ratios[REPORT_MOST_REPETITIONS];
    size_t count = 0;
    for (int r = 0; r < above->repetitions && r < below->repetitions; r++)
        if (below->values[metric][r] != 0)
            ratios[count++] = above->values[metric][r] / below->values[metric][r];
    return count ? median(ratios, count) : NAN;
}

/* The row that a goal means: the named one, or the best median of the named family. -1: none ran.
 */
static int row_of(const struct report_case *report, const char *name) {
    const struct bench_system *systems = report->which->systems;
    bool more = report->which->metrics[0].more_is_better;
    int found = -1;
    double found_median = 0;
    for (int s = 0; systems[s].name; s++) {
        bool named = strcmp(systems[s].name, name) == 0;
        bool related = systems[s].family && strcmp(systems[s].family, name) == 0;
        struct figure figure = figure_of(report, s, 0);
        if ((!named && !related) || !figure.valid)
            continue;
        if (found < 0 || (more ? figure.median > found_median : figure.median < found_median)) {
            found = s;
            found_median = figure.median;
        }
    }
    return found;
}

static void format_value(char *text, size_t size, double value, const char *unit) {
    double a = fabs(value);
    if (strchr(unit, '/') == NULL || a < 1000) {
        snprintf(text, size, a != 0 && a < 10 ? "%.3f" : "%.1f", value);
        return;
    }
    if (a >= 1e9)
        snprintf(text, size, "%.3f G", value * 1e-9);
    else if (a >= 1e6)
        snprintf(text, size, "%.2f M", value * 1e-6);
    else
        snprintf(text, size, "%.1f k", value * 1e-3);
}

static void json_line(FILE *json, const struct bench_case *which, const char *system,
                      const char *metric, const char *suffix, double value, const char *unit) {
    if (json)
        fprintf(json,
                "{\"suite\": \"dataflow\", \"case\": \"%s\", \"system\": \"%s\", "
                "\"metric\": \"%s%s\", \"value\": %.9g, \"unit\": \"%s\"}\n",
                which->name, system, metric, suffix, value, unit);
}

/* Prints the goals of one row, one a line; the first continues the row's own line. */
static void print_goals(const struct report_case *report, int system, FILE *out, FILE *json,
                        struct report_verdict *verdict) {
    const struct bench_case *which = report->which;
    int printed = 0;
    for (const struct bench_goal *goal = which->goals; goal && goal->subject; goal++) {
        if (row_of(report, goal->subject) != system)
            continue;
        int base = goal->base ? row_of(report, goal->base) : -1;
        char text[160], met[64];
        const char *sense = goal->at_least ? ">=" : "<=";
        if (goal->base)
            snprintf(text, sizeof text, "%s %.4g x %s", sense, goal->bound, goal->base);
        else
            snprintf(text, sizeof text, "%s %.4g", sense, goal->bound);
        if (goal->base && base < 0) {
            snprintf(met, sizeof met, "not run");
            verdict->not_run++;
        } else {
            double value =
                base >= 0 ? ratio_of(report, system, base, 0) : figure_of(report, system, 0).median;
            bool pass = goal->at_least ? value >= goal->bound : value <= goal->bound;
            snprintf(met, sizeof met, "%s (%.4g)", pass ? "PASS" : "MISS", value);
            *(pass ? &verdict->passed : &verdict->missed) += 1;
            if (base >= 0)
                json_line(json, which, which->systems[system].name, "ratio to ",
                          which->systems[base].name, value, "x");
        }
        fprintf(out, "%*s  %-34s %s\n", printed++ ? 92 : 0, "", text, met);
    }
    if (!printed)
        fprintf(out, "\n");
}

static void print_row(const struct report_case *report, int system, int metric, FILE *out,
                      FILE *json, struct report_verdict *verdict) {
    const struct bench_case *which = report->which;
    const struct bench_system *row = &which->systems[system];
    const struct bench_metric *what = &which->metrics[metric];
    const struct report_system *gathered = &report->systems[system];
    struct figure figure = figure_of(report, system, metric);
    if (!figure.valid) {
        if (gathered->fault[0] || !row->run)
            fprintf(out, "  %-40s %s\n", row->name,
                    gathered->fault[0] ? gathered->fault : "not built in");
        return;
    }
    char middle[32], best[32], ratio[32] = "-";
    format_value(middle, sizeof middle, figure.median, what->unit);
    format_value(best, sizeof best, figure.best, what->unit);
    double to_floor = ratio_of(report, system, 0, metric);
    if (!isnan(to_floor))
        snprintf(ratio, sizeof ratio, "%.3f", to_floor);
    double spread = figure.median != 0 ? fabs((figure.best - figure.worst) / figure.median) : 0;
    fprintf(out, "  %-40s %10s (%10s) %6.1f %% %12s", row->name, middle, best, 100 * spread, ratio);
    json_line(json, which, row->name, what->name, "", figure.median, what->unit);
    json_line(json, which, row->name, what->name, "_best", figure.best, what->unit);
    if (metric == 0)
        print_goals(report, system, out, json, verdict);
    else
        fprintf(out, "\n");
}

static void print_rounds(const struct report_case *report, FILE *out, FILE *json) {
    double sorted[REPORT_MOST_REPETITIONS];
    memcpy(sorted, report->core_distance, sizeof sorted);
    double middle = median(sorted, (size_t)report->rounds);
    if (report->rounds == 0)
        return;
    fprintf(out, "  %d rounds; core to core and back: %.0f ns (%.0f to %.0f)", report->rounds,
            middle, sorted[0], sorted[report->rounds - 1]);
    if (report->discarded)
        fprintf(out, "; %d more discarded because it changed meanwhile", report->discarded);
    fprintf(out, "\n");
    json_line(json, report->which, "machine", "core round trip", "", middle, "ns");
}

void report_print(const struct report_case *report, FILE *out, FILE *json,
                  struct report_verdict *verdict) {
    const struct bench_case *which = report->which;
    fprintf(out, "\n%s: %s\n", which->name, which->title);
    print_rounds(report, out, json);
    for (int m = 0; which->metrics[m].name; m++) {
        char head[64];
        snprintf(head, sizeof head, "%s, %s", which->metrics[m].name, which->metrics[m].unit);
        fprintf(out, "  %-40s %10s (%10s) %8s %12s  %-34s %s\n", head, "median", "best", "spread",
                "x floor", m ? "" : "goal", m ? "" : "met? (ratio or value)");
        for (int s = 0; which->systems[s].name; s++)
            print_row(report, s, m, out, json, verdict);
    }
    for (int s = 0; which->systems[s].name; s++)
        if (report->systems[s].fault[0])
            verdict->faults++;
    /* Goals of subjects that have no row to stand on. */
    for (const struct bench_goal *goal = which->goals; goal && goal->subject; goal++)
        if (row_of(report, goal->subject) < 0)
            verdict->not_run++;
    fflush(out);
    if (json)
        fflush(json);
}
