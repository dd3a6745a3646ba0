#define _GNU_SOURCE
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

void facts_print(int usable_cpus) {
    char line[256], model[256] = "unknown";
    struct utsname system;
    double load = -1;
    uname(&system);
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "model name : %255[^\n]", model) == 1)
            break;
    if (file)
        fclose(file);
    if (getloadavg(&load, 1) != 1)
        load = -1;
    printf("cpu       %s; %d usable\nkernel    %s; load average %.2f at the start\n", model,
           usable_cpus, system.release, load);
}
