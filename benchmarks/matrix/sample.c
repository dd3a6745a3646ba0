#define _GNU_SOURCE
#include "sample.h"
#include "thread_clock.h"
#include "timing.h"
#include "waiting.h"

static const int most_attempts = 5;
static const double most_waiting = 0.01;    /* as a share of the sample */
static const double long_attempts_ns = 1e9; /* after which a sample is not repeated */
static const double very_long_call_ns = 3e8;
static const double long_call_ns = 2e7; /* what a cold cache costs such a call is nothing */

struct sample_counts sample_counts;
bool sample_by_cpu_time;

struct duration {
    double wall;
    double waiting; /* for a CPU */
};

static struct duration run_calls(const struct sampler *sampler) {
    bool all = sampler->all_threads;
    double before = all ? waiting_ns() : thread_cpu_ns();
    uint64_t start = now_ns();
    for (uint64_t i = 0; i < sampler->calls; i++)
        sampler->multiply(sampler->product);
    double wall = (double)(now_ns() - start);
    double spent = (all ? waiting_ns() : thread_cpu_ns()) - before;
    return (struct duration){wall, all ? spent : wall - spent};
}

struct sampler sampler_make(multiply_fn multiply, const struct product *product, double ns,
                            bool all_threads) {
    struct sampler sampler = {multiply, product, 1, true, all_threads};
    /* The first call may generate code, touch new memory and the like. */
    struct duration took = run_calls(&sampler);
    if (took.wall - took.waiting > very_long_call_ns) {
        sampler.warm_up = false;
        return sampler;
    }
    for (;;) {
        took = run_calls(&sampler);
        double working = took.wall - took.waiting;
        sampler.warm_up = sampler.calls > 1 || working < long_call_ns;
        if (working >= ns)
            return sampler;
        sampler.calls *= working < ns / 4 ? 4 : 2;
    }
}

double sampler_run(const struct sampler *sampler) {
    double calls = (double)sampler->calls, spent = 0;
    struct duration best = {0};
    sample_counts.taken++;
    for (int attempt = 0; attempt < most_attempts && spent < long_attempts_ns; attempt++) {
        /* The caches are as another system left them. */
        if (sampler->warm_up)
            sampler->multiply(sampler->product);
        struct duration took = run_calls(sampler);
        if (sample_by_cpu_time && !sampler->all_threads)
            return (took.wall - took.waiting) / calls;
        spent += took.wall;
        sample_counts.repeated += attempt > 0;
        if (best.wall == 0 || took.waiting < best.waiting)
            best = took;
        if (took.waiting <= most_waiting * took.wall)
            return took.wall / calls;
    }
    sample_counts.disturbed++;
    return (sampler->all_threads ? best.wall : best.wall - best.waiting) / calls;
}
