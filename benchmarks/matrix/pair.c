#include "pair.h"
#include "statistics.h"
#include "timing.h"

enum { MOST_ROUNDS = 512 };

struct pair_figures pair_measure(const struct product *product, multiply_fn first,
                                 multiply_fn second, bool all_threads,
                                 const struct effort *effort) {
    static double rates[2][MOST_ROUNDS], ratios[MOST_ROUNDS];
    struct sampler samplers[2] = {sampler_make(first, product, effort->sample_ns, all_threads),
                                  sampler_make(second, product, effort->sample_ns, all_threads)};
    double operations = product_operations(product);
    int rounds = 0, most = effort->most_rounds < MOST_ROUNDS ? effort->most_rounds : MOST_ROUNDS;
    uint64_t start = now_ns();
    while (rounds < most &&
           (rounds < effort->least_rounds || (double)(now_ns() - start) < effort->budget_ns)) {
        /* A B, B A, ... */
        for (int i = 0; i < 2; i++) {
            int which = (i + rounds) % 2;
            rates[which][rounds] = operations / sampler_run(&samplers[which]);
        }
        ratios[rounds] = rates[1][rounds] / rates[0][rounds];
        rounds++;
    }
    size_t count = (size_t)rounds;
    return (struct pair_figures){median(rates[0], count), median(rates[1], count),
                                 median(ratios, count), rounds};
}
