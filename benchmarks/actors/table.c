#include "table.h"
#include "json.h"

#include <stdio.h>
#include <string.h>

void format_rate(char *text, size_t size, double rate) {
    if (rate >= 1e6)
        snprintf(text, size, "%.2f M", rate * 1e-6);
    else
        snprintf(text, size, "%.1f k", rate * 1e-3);
}

static void describe(char *text, size_t size, const struct row *row) {
    const char *name = row->setting->name;
    snprintf(text, size, "%s%s%s, %d worker%s", system_names[row->setting->system],
             *name ? " " : "", name, row->workers, row->workers == 1 ? "" : "s");
}

static void print_setting(const struct result *result, const struct setting *setting) {
    printf("  %-9s %-24s", system_names[setting->system], setting->name);
    for (int w = 0; w < worker_count_count; w++) {
        char text[32] = "-";
        for (int r = 0; r < result->row_count; r++) {
            const struct row *row = &result->rows[r];
            char rate[24];
            if (row->setting != setting || row->workers != worker_counts[w])
                continue;
            format_rate(rate, sizeof rate, row->median);
            snprintf(text, sizeof text, row->left_out ? "(%s)" : "%s ", rate);
        }
        printf(" %12s", text);
    }
    printf("\n");
}

static bool has_rows(const struct result *result, const struct setting *setting) {
    for (int r = 0; r < result->row_count; r++)
        if (result->rows[r].setting == setting)
            return true;
    return false;
}

static void print_ratio(const struct result *result, const struct row *ours,
                        enum system_name peer) {
    const struct row *its = best_row(result, peer);
    if (!ours || !its)
        return;
    char best[80], metric[40];
    double ratio = row_ratio(result, ours, its);
    describe(best, sizeof best, its);
    printf("  %.2f times %s\n", ratio, best);
    snprintf(metric, sizeof metric, "ratio to %s", system_names[peer]);
    json_line(result->name, system_names[PENSTOCK], metric, ratio, "x");
}

static void write_json(const struct result *result) {
    char name[80], metric[40];
    snprintf(metric, sizeof metric, "%s/s", result->which->unit);
    for (int r = 0; r < result->row_count; r++) {
        describe(name, sizeof name, &result->rows[r]);
        if (!result->rows[r].left_out)
            json_line(result->name, name, metric, result->rows[r].median, "1/s");
    }
    for (int system = 0; system < SYSTEMS; system++) {
        const struct row *best = best_row(result, (enum system_name)system);
        if (best)
            json_line(result->name, system_names[system], metric, best->median, "1/s");
    }
}

void table_print(const struct result *result) {
    char title[32];
    snprintf(title, sizeof title, "%s/s, median of %d", result->which->unit, result->rounds);
    printf("\n%s: %s\n  %-34s", result->name, result->which->title, title);
    for (int w = 0; w < worker_count_count; w++)
        printf(" %3d worker%s ", worker_counts[w], worker_counts[w] == 1 ? " " : "s");
    printf("\n");
    for (const struct setting *setting = settings; setting->name; setting++)
        if (has_rows(result, setting))
            print_setting(result, setting);
    const struct row *ours = best_row(result, PENSTOCK);
    char name[80];
    if (ours) {
        describe(name, sizeof name, ours);
        printf("  %s:\n", name);
    }
    print_ratio(result, ours, CAF);
    print_ratio(result, ours, ERLANG);
    write_json(result);
    fflush(stdout);
}

double table_ratio(const struct result *result) {
    const struct row *ours = best_row(result, PENSTOCK), *caf = best_row(result, CAF);
    const struct row *erlang = best_row(result, ERLANG);
    if (!ours || !caf || !erlang)
        return 0;
    return row_ratio(result, ours, caf->median > erlang->median ? caf : erlang);
}
