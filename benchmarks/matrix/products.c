#include "products.h"
#include "cases.h"
#include "operands.h"
#include "peak.h"
#include "products_goals.h"
#include "systems/penstock.h"
#include "table.h"

#include <stdio.h>

static const struct effort full = {1.5e6, 2e9, 5, 200}, quick = {1e6, 2.5e8, 1, 60};

/* A quick run has no time for a product of seconds, unless it is asked for. */
static bool selected(const struct options *options, enum precision precision,
                     const struct shape *shape) {
    bool seconds = shape->m >= 4096 && shape->n >= 4096 && shape->k >= 4096;
    if (options->quick && !options->cases && seconds)
        return false;
    return options_select(options, precision_name(precision), shape->name);
}

static void print_plan(const struct shape *shape, enum precision precision) {
    struct product product = operands_for(shape, precision);
    pst_gemm_args args = penstock_args(&product);
    char *text = NULL;
    penstock_must(pst_gemm_explain(&args, &text));
    printf("%s\n", text);
    pst_text_free(text);
}

int products_run(enum precision precision, const struct roster *roster,
                 const struct options *options) {
    static struct result results[MOST_RESULTS];
    int count = 0, wrong = 0;
    if (!peak_instruction(precision))
        return 0;
    for (const struct shape *shape = precision > F64 ? narrow_shapes : shapes; shape->name;
         shape++) {
        if (!selected(options, precision, shape))
            continue;
        if (count == 0)
            table_head(precision, roster);
        struct result *result = &results[count++];
        *result = measure(shape, precision, roster, options->quick ? &quick : &full);
        table_row(result, roster);
        if (options->explain)
            print_plan(shape, precision);
        for (int s = 0; s < roster->count; s++)
            wrong += result->figures[s].fault[0] != 0;
    }
    products_judge(precision, roster, results, count);
    return wrong;
}
