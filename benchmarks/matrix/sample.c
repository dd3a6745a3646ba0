#define _GNU_SOURCE
#include "sample.h"
#include "thread_clock.h"
#include "timing.h"

static const int most_attempts = 5;
static const double least_share = 0.99;     /* of the time that the thread had the CPU */
static const double long_attempts_ns = 1e9; /* after which a sample is not repeated */
static const double very_long_call_ns = 3e8;
static const double long_call_ns = 2e7; /* what a cold cache costs such a call is nothing */

struct sample_counts sample_counts;
bool sample_by_cpu_time;

struct duration {
    double wall, cpu;
};

static struct duration run_calls(const struct sampler *sampler) {
    double cpu = thread_cpu_ns();
    uint64_t wall = now_ns();
    for (uint64_t i = 0; i < sampler->calls; i++)
        sampler->multiply(sampler->product);
    wall = now_ns() - wall;
    return (struct duration){(double)wall, thread_cpu_ns() - cpu};
}

struct sampler sampler_make(multiply_fn multiply, const struct product *product, double ns) {
    struct sampler sampler = {multiply, product, 1, true};
    /* The first call may generate code, touch new memory and the like. */
    if (run_calls(&sampler).cpu > very_long_call_ns) {
        sampler.warm_up = false;
        return sampler;
    }
    for (;;) {
        double took = run_calls(&sampler).cpu;
        sampler.warm_up = sampler.calls > 1 || took < long_call_ns;
        if (took >= ns)
            return sampler;
        sampler.calls *= took < ns / 4 ? 4 : 2;
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
        if (sample_by_cpu_time)
            return took.cpu / calls;
        spent += took.wall;
        sample_counts.repeated += attempt > 0;
        if (best.wall == 0 || took.wall - took.cpu < best.wall - best.cpu)
            best = took;
        if (took.cpu >= least_share * took.wall)
            return took.wall / calls;
    }
    sample_counts.disturbed++;
    return best.cpu / calls;
}
