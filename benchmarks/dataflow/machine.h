/* What this machine is, and what else it did while we measured. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdint.h>
#include <stdio.h>

/* CPU time in milliseconds since some moment, from /proc/stat and our own children. */
struct machine_load {
    double steal_ms;
    double busy_ms;  /* all of the machine's, without steal */
    double ours_ms;  /* this process and its ended children */
    double since_ms; /* wall clock */
};

void machine_print_facts(FILE *to, int usable_cpus);
struct machine_load machine_load_now(void);
/* Prints what was stolen from us and what others used since start. */
void machine_print_load(FILE *to, const struct machine_load *start, int usable_cpus);

/* In the rows' own files, so that this one needs neither library. NULL: not built in. */
const char *tbb_version_text(void);
const char *penstock_version_text(void);

#endif
