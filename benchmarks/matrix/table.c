#include "table.h"
#include "json.h"
#include "peak.h"

#include <stdio.h>

void table_head(enum precision precision, const struct roster *roster) {
    printf("\n%s, one thread: GFLOP/s (%% of the peak of %s)\n%-14s %5s %5s %5s %6s",
           precision_name(precision), peak_instruction(precision), "case", "m", "n", "k", "peak");
    for (int s = 0; s < roster->count; s++)
        printf("  %14s", roster->systems[s]->name);
    printf("  %-14s %s\n", "best peer", "ratio");
}

static void print_figure(const struct figure *figure) {
    if (figure->fault[0])
        printf("  %14s", "WRONG");
    else if (!figure->measured)
        printf("  %14s", "-");
    else
        printf("  %7.2f (%4.1f)", figure->rate, figure->percent);
}

static void write_json(const struct result *result, const struct roster *roster) {
    const char *precision = precision_name(result->precision), *name = result->shape.name;
    json_line(precision, name, "machine", "multiply-add peak", result->peak, "GFLOP/s");
    for (int s = 0; s < roster->count; s++) {
        const struct figure *figure = &result->figures[s];
        const char *system = roster->systems[s]->name;
        if (!figure->measured)
            continue;
        json_line(precision, name, system, "rate", figure->rate, "GFLOP/s");
        json_line(precision, name, system, "rate_best", figure->best, "GFLOP/s");
        json_line(precision, name, system, "share of peak", figure->percent, "%");
        char metric[64];
        snprintf(metric, sizeof metric, "ratio to %s", system);
        if (s > 0 && result->figures[0].measured)
            json_line(precision, name, roster->systems[0]->name, metric, figure->ratio, "x");
    }
}

void table_row(const struct result *result, const struct roster *roster) {
    const struct shape *shape = &result->shape;
    printf("%-14s %5zu %5zu %5zu %6.1f", shape->name, shape->m, shape->n, shape->k, result->peak);
    for (int s = 0; s < roster->count; s++)
        print_figure(&result->figures[s]);
    if (result->best_peer && result->figures[0].measured)
        printf("  %-14s %5.3f", roster->systems[result->best_peer]->name,
               result->figures[result->best_peer].ratio);
    printf("\n");
    for (int s = 0; s < roster->count; s++)
        if (result->figures[s].fault[0])
            printf("  %s is WRONG: %s\n", roster->systems[s]->name, result->figures[s].fault);
    fflush(stdout);
    write_json(result, roster);
}
