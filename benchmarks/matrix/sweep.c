#include "sweep.h"
#include "goals.h"
#include "json.h"
#include "operands.h"
#include "peak.h"
#include "sample.h"
#include "statistics.h"

#include <stdio.h>
#include <string.h>

/* Measured a little beyond the end, so that 512 has neighbours on both sides. */
enum { LAST = 512, RADIUS = 8, MEASURED = LAST + RADIUS, GROUP = 32, MOST_PASSES = 5 };

struct sweep {
    struct sampler samplers[MEASURED + 1];
    double rates[MEASURED + 1][MOST_PASSES], rate[MEASURED + 1]; /* [size] */
    double peaks[MEASURED * MOST_PASSES];
    int passes, wrong;
};

static void run_size(struct sweep *sweep, size_t size, int pass, enum precision precision) {
    char name[16];
    snprintf(name, sizeof name, "%zu", size);
    struct shape shape = {name, size, size, size, false, false, 1};
    struct product product = operands_for(&shape, precision);
    struct sampler *sampler = &sweep->samplers[size];
    if (pass == 0) {
        char fault[200];
        *sampler = sampler_make(penstock_system.prepare(&product), &product, 1.5e5, false);
        if (!operands_check(&product, fault, sizeof fault)) {
            printf("  %s/sweep, size %zu is WRONG: %s\n", precision_name(precision), size, fault);
            sweep->wrong++;
        }
    }
    sampler->product = &product;
    sweep->peaks[pass * MEASURED + (int)size - 1] = peak_sample(precision);
    sweep->rates[size][pass] = product_operations(&product) / sampler_run(sampler);
}

/* The size's rate over the median of the sizes around it, itself included: as many below as above,
 * so that rates that rise with the size are no cliff. */
static double share_of_neighbours(const struct sweep *sweep, int size) {
    double around[2 * RADIUS + 1];
    int radius = size - 1 < RADIUS ? size - 1 : RADIUS;
    memcpy(around, &sweep->rate[size - radius], sizeof *around * (size_t)(2 * radius + 1));
    return sweep->rate[size] / median(around, (size_t)(2 * radius + 1));
}

static void print_group(const struct sweep *sweep, int first, double peak) {
    double rates[GROUP], least = 1e9;
    int at = first;
    memcpy(rates, &sweep->rate[first], sizeof rates);
    double middle = median(rates, GROUP);
    for (int size = first; size < first + GROUP; size++) {
        double share = share_of_neighbours(sweep, size);
        at = share < least ? size : at;
        least = share < least ? share : least;
    }
    printf("%4d to %-4d %8.1f %8.1f %8.1f     %5.1f %% at %d\n", first, first + GROUP - 1,
           100 * rates[0] / peak, 100 * middle / peak, 100 * rates[GROUP - 1] / peak, 100 * least,
           at);
}

static void report(struct sweep *sweep, enum precision precision) {
    const char *name = precision_name(precision);
    struct goal goal =
        goal_make(AT_LEAST, 60, "%s: no size of 1...%d below 60 %% of its neighbours", name, LAST);
    double peak = median(sweep->peaks, (size_t)(MEASURED * sweep->passes));
    printf(
        "\n%s, one thread, squares of 1 to %d: Penstock's share of the peak (%.1f GFLOP/s) in %%, "
        "and of the median\nof its neighbours (sizes at most %d away, as many below as above, "
        "the size itself among them)\n%-12s %8s %8s %8s     %s\n",
        name, LAST, peak, RADIUS, "sizes", "least", "median", "most", "least share of neighbours");
    for (int size = 1; size <= MEASURED; size++)
        sweep->rate[size] = median(sweep->rates[size], (size_t)sweep->passes);
    for (int size = 1; size <= LAST; size++) {
        char text[32];
        snprintf(text, sizeof text, "sweep/%d", size);
        double share = 100 * share_of_neighbours(sweep, size);
        json_line(name, text, penstock_system.name, "rate", sweep->rate[size], "GFLOP/s");
        json_line(name, text, penstock_system.name, "share of neighbours", share, "%");
        goal_add(&goal, text + strlen("sweep/"), share);
    }
    for (int first = 1; first <= LAST; first += GROUP)
        print_group(sweep, first, peak);
    fflush(stdout);
    goal_judge(&goal);
}

int sweep_run(enum precision precision, const struct options *options) {
    static struct sweep sweep;
    if (!options_select(options, precision_name(precision), "sweep"))
        return 0;
    memset(&sweep, 0, sizeof sweep);
    sweep.passes = options->quick ? 3 : MOST_PASSES;
    for (int pass = 0; pass < sweep.passes; pass++)
        for (size_t size = 1; size <= MEASURED; size++)
            run_size(&sweep, size, pass, precision);
    report(&sweep, precision);
    return sweep.wrong;
}
