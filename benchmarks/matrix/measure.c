#include "measure.h"
#include "operands.h"
#include "peak.h"
#include "sample.h"
#include "statistics.h"
#include "timing.h"

#include <string.h>

enum { MOST_ROUNDS = 512 };

struct rounds {
    struct sampler samplers[MOST_SYSTEMS];
    double rates[MOST_SYSTEMS][MOST_ROUNDS], peaks[MOST_SYSTEMS * MOST_ROUNDS];
    int count, peak_count;
};

/* Warm, and known to be right. */
static void prepare(struct rounds *rounds, struct result *result, const struct product *product,
                    const struct roster *roster, const struct effort *effort) {
    for (int s = 0; s < roster->count; s++) {
        multiply_fn multiply = roster->systems[s]->prepare(product);
        if (!multiply)
            continue;
        struct figure *figure = &result->figures[s];
        operands_spoil(product);
        rounds->samplers[s] = sampler_make(multiply, product, effort->sample_ns, false);
        figure->measured = operands_check(product, figure->fault, sizeof figure->fault);
    }
}

/* A B C, B C A, ...: each system follows each other one, and a drift of the machine meets all. */
static void run_round(struct rounds *rounds, const struct result *result,
                      const struct product *product, int systems) {
    for (int i = 0; i < systems; i++) {
        int s = (i + rounds->count) % systems;
        if (!result->figures[s].measured)
            continue;
        rounds->peaks[rounds->peak_count++] = peak_sample(product->precision);
        rounds->rates[s][rounds->count] =
            product_operations(product) / sampler_run(&rounds->samplers[s]);
    }
    rounds->count++;
}

static void summarize(struct rounds *rounds, struct result *result, int systems) {
    size_t count = (size_t)rounds->count;
    result->rounds = rounds->count;
    result->peak = median(rounds->peaks, (size_t)rounds->peak_count);
    /* From the last to Penstock, whose rounds are sorted last. */
    for (int s = systems - 1; s >= 0; s--) {
        struct figure *figure = &result->figures[s];
        if (!figure->measured)
            continue;
        double ratios[MOST_ROUNDS];
        for (size_t r = 0; r < count; r++)
            ratios[r] = rounds->rates[0][r] / rounds->rates[s][r];
        figure->ratio = median(ratios, count);
        figure->rate = median(rounds->rates[s], count);
        figure->best = rounds->rates[s][count - 1];
        figure->percent = 100 * figure->rate / result->peak;
        if (s > 0 && (!result->best_peer || figure->rate > result->figures[result->best_peer].rate))
            result->best_peer = s;
    }
}

struct result measure(const struct shape *shape, enum precision precision,
                      const struct roster *roster, const struct effort *effort) {
    static struct rounds rounds;
    memset(&rounds, 0, sizeof rounds);
    struct product product = operands_for(shape, precision);
    struct result result = {.shape = *shape, .precision = precision};
    prepare(&rounds, &result, &product, roster, effort);

    int most = effort->most_rounds < MOST_ROUNDS ? effort->most_rounds : MOST_ROUNDS;
    uint64_t start = now_ns();
    while (rounds.count < most &&
           (rounds.count < effort->least_rounds || (double)(now_ns() - start) < effort->budget_ns))
        run_round(&rounds, &result, &product, roster->count);

    for (int s = 0; s < roster->count; s++)
        if (rounds.samplers[s].multiply && roster->systems[s]->release)
            roster->systems[s]->release();
    summarize(&rounds, &result, roster->count);
    return result;
}
