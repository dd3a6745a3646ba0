#include "products.h"
#include "cases.h"
#include "products_goals.h"
#include "table.h"

static const struct effort full = {1.5e6, 2e9, 5, 200}, quick = {1e6, 2.5e8, 1, 60};

int products_run(enum precision precision, const struct roster *roster,
                 const struct options *options) {
    static struct result results[MOST_RESULTS];
    int count = 0, wrong = 0;
    for (const struct shape *shape = shapes; shape->name; shape++) {
        if (!options_select(options, precision_name(precision), shape->name))
            continue;
        if (count == 0)
            table_head(precision, roster);
        struct result *result = &results[count++];
        *result = measure(shape, precision, roster, options->quick ? &quick : &full);
        table_row(result, roster);
        for (int s = 0; s < roster->count; s++)
            wrong += result->figures[s].fault[0] != 0;
    }
    products_judge(precision, roster, results, count);
    return wrong;
}
