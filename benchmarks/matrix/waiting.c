#include "waiting.h"

#include <dirent.h>
#include <stdio.h>

static double waiting_of(const char *thread) {
    char path[300];
    unsigned long long running, waiting = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", thread);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%llu %llu", &running, &waiting) != 2)
        waiting = 0;
    fclose(file);
    return (double)waiting;
}

double waiting_ns(void) {
    double sum = 0;
    DIR *threads = opendir("/proc/self/task");
    struct dirent *thread;
    while (threads && (thread = readdir(threads)))
        if (thread->d_name[0] != '.')
            sum += waiting_of(thread->d_name);
    if (threads)
        closedir(threads);
    return sum;
}
