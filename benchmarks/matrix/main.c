#define _GNU_SOURCE
/* The matrix benchmark: Penstock and its peers in one run. See ../README.md. */
#include "facts.h"
#include "fused.h"
#include "goals.h"
#include "json.h"
#include "machine.h"
#include "options.h"
#include "peak.h"
#include "products.h"
#include "sample.h"
#include "sweep.h"
#include "threads.h"
#include "timing.h"

#include <sched.h>
#include <stdio.h>

static void print_protocol(const struct machine_load *start, int cpus) {
    printf("\n");
    machine_print_load(stdout, start, cpus);
    if (sample_by_cpu_time)
        printf("samples are CPU time of the thread: for a look, not for a record\n");
    else
        printf("%llu samples by the monotonic clock; %llu repeated because the thread had the CPU "
               "for less than 99 %% of the time; %llu were disturbed each time\n",
               (unsigned long long)sample_counts.taken, (unsigned long long)sample_counts.repeated,
               (unsigned long long)sample_counts.disturbed);
}

int main(int count, char **words) {
    struct options options = options_read(count, words);
    cpu_set_t usable;
    sched_getaffinity(0, sizeof usable, &usable);
    int cpus = timing_init();
    /* Before any library is loaded: those that start threads then start none. */
    pin_to(options.cpu < 0 ? cpus - 1 : options.cpu);
    sample_by_cpu_time = options.cpu_time;
    peak_init();
    facts_print(cpus);
    struct roster roster = roster_open(options.systems, stdout);
    json_open(options.output);
    struct machine_load start = machine_load_now();

    int wrong = 0;
    for (int p = F32; p <= F64; p++)
        wrong += products_run((enum precision)p, &roster, &options);
    for (int p = F32; p <= F64; p++)
        wrong += sweep_run((enum precision)p, &options);
    for (int p = F32; p <= F64; p++)
        wrong += fused_run((enum precision)p, &options);
    for (int p = F32; p <= F64; p++)
        wrong += threads_run((enum precision)p, &options, &usable);
    for (int p = BF16; p < PRECISIONS; p++)
        wrong += products_run((enum precision)p, &roster, &options);

    print_protocol(&start, cpus);
    int missed = goals_print();
    json_close();
    if (wrong)
        printf("%d wrong results\n", wrong);
    return wrong ? 1 : options.strict && missed ? 2 : 0;
}
