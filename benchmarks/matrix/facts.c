#define _GNU_SOURCE
#include "facts.h"
#include "peak.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void print_cpu_model(void) {
    char line[256], model[256] = "unknown";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "model name : %255[^\n]", model) == 1)
            break;
    if (file)
        fclose(file);
    printf("%s", model);
}

static void print_cache(const char *name, int size) {
    long bytes = sysconf(size);
    if (bytes > 0)
        printf(", %s %ld KiB", name, bytes / 1024);
}

void facts_print(int usable_cpus) {
    struct utsname system;
    uname(&system);
    double load = -1;
    FILE *file = fopen("/proc/loadavg", "r");
    if (file) {
        if (fscanf(file, "%lf", &load) != 1)
            load = -1;
        fclose(file);
    }
    printf("cpu       ");
    print_cpu_model();
    print_cache("L1d", _SC_LEVEL1_DCACHE_SIZE);
    print_cache("L2", _SC_LEVEL2_CACHE_SIZE);
    print_cache("L3", _SC_LEVEL3_CACHE_SIZE);
    printf("; %d usable, on number %d\n", usable_cpus, sched_getcpu());
    printf("kernel    %s; load average %.2f at the start\n", system.release, load);
    printf("peak      ");
    for (int p = 0; p < PRECISIONS; p++)
        if (peak_instruction((enum precision)p))
            printf("%s %s %.1f", p ? "," : "GFLOP/s by independent instructions:",
                   precision_name((enum precision)p), peak_sample((enum precision)p));
    printf("\n");
}
