#define _GNU_SOURCE
#include "machine.h"
#include "timing.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

static void first_line(const char *path, char *line, size_t size) {
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, (int)size, file))
        snprintf(line, size, "not readable");
    if (file)
        fclose(file);
    line[strcspn(line, "\n")] = 0;
}

static void cpu_model(char *model, size_t size) {
    char line[256];
    snprintf(model, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", 10))
            continue;
        colon[strcspn(colon, "\n")] = 0;
        snprintf(model, size, "%s", colon + 2);
        break;
    }
    if (file)
        fclose(file);
}

void machine_print_facts(FILE *to, int usable_cpus) {
    char model[128], governor[64], idle[64], halt_poll[64], load[64];
    struct utsname system;
    uname(&system);
    cpu_model(model, sizeof model);
    first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor, sizeof governor);
    first_line("/sys/devices/system/cpu/cpuidle/current_governor", idle, sizeof idle);
    first_line("/sys/module/haltpoll/parameters/guest_halt_poll_ns", halt_poll, sizeof halt_poll);
    first_line("/proc/loadavg", load, sizeof load);
    const char *tbb = tbb_version_text(), *penstock = penstock_version_text();
    fprintf(to, "cpu       %s, %ld online, %d usable; work() %.3f steps/ns\n", model,
            sysconf(_SC_NPROCESSORS_ONLN), usable_cpus, work_steps_per_ns);
    fprintf(to, "kernel    %s; cpufreq governor: %s; cpuidle: %s, guest_halt_poll_ns: %s\n",
            system.release, governor, idle, halt_poll);
    fprintf(to, "compiler  %s; %s (every row alike)\n", __VERSION__, BENCH_FLAGS);
    fprintf(to, "oneTBB    %s\n", tbb ? tbb : "not built in");
    fprintf(to, "penstock  %s\n", penstock ? penstock : "not built in");
    fprintf(to, "loadavg   %s at the start\n", load);
}

struct machine_load machine_load_now(void) {
    struct machine_load load = {0};
    unsigned long long t[8] = {0};
    FILE *file = fopen("/proc/stat", "r");
    if (file) {
        if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", t, t + 1, t + 2, t + 3,
                   t + 4, t + 5, t + 6, t + 7) == 8) {
            double ms = 1000.0 / (double)sysconf(_SC_CLK_TCK);
            load.busy_ms = (double)(t[0] + t[1] + t[2] + t[5] + t[6]) * ms;
            load.steal_ms = (double)t[7] * ms;
        }
        fclose(file);
    }
    for (int i = 0; i < 2; i++) {
        struct rusage used;
        if (getrusage(i ? RUSAGE_CHILDREN : RUSAGE_SELF, &used))
            continue;
        load.ours_ms += (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
                        (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-3;
    }
    load.since_ms = (double)now_ns() * 1e-6;
    return load;
}

void machine_print_load(FILE *to, const struct machine_load *start, int usable_cpus) {
    struct machine_load end = machine_load_now();
    double wall = end.since_ms - start->since_ms, all = wall * usable_cpus;
    double steal = end.steal_ms - start->steal_ms;
    double others = (end.busy_ms - start->busy_ms) - (end.ours_ms - start->ours_ms);
    if (others < 0)
        others = 0;
    fprintf(to,
            "ran %.1f s; stolen by the hypervisor %.0f ms (%.2f %%), used by other processes "
            "%.0f ms (%.2f %%)\n",
            wall * 1e-3, steal, 100 * steal / all, others, 100 * others / all);
}

#if !BENCH_WITH_TBB
const char *tbb_version_text(void) {
    return NULL;
}
#endif
#if !BENCH_WITH_PENSTOCK
const char *penstock_version_text(void) {
    return NULL;
}
#endif
