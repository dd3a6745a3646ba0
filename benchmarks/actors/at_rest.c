#define _GNU_SOURCE
#include "at_rest.h"
#include "../matrix/goals.h"
#include "json.h"
#include "systems.h"
#include "timing.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* What is looked at in a process with a crowd. */
struct rest {
    const char *name, *metric, *unit;
    double share; /* of what look returns */
    double (*look)(struct child *child);
};

/* From outside and alike for all: no system has to be asked. */
static double resident_bytes(const struct child *child) {
    char path[64];
    unsigned long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)child->pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(const struct child *child) {
    clockid_t clock;
    struct timespec used = {0};
    if (clock_getcpuclockid(child->pid, &clock) || clock_gettime(clock, &used))
        return 0;
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

/* The number of bytes by which a process grows from the first mark to the second. */
static double growth(struct child *child) {
    char line[256];
    if (!child_await(child, "mark", line, sizeof line))
        return 0;
    double before = resident_bytes(child);
    child_go_on(child);
    return child_await(child, "mark", line, sizeof line) ? resident_bytes(child) - before : 0;
}

/* CPU time of two seconds, which begin a tenth of a second after the second mark. */
static double idle_time(struct child *child) {
    char line[256];
    if (!child_await(child, "mark", line, sizeof line))
        return 0;
    child_go_on(child);
    if (!child_await(child, "mark", line, sizeof line))
        return 0;
    sleep_ns(100000000);
    double before = cpu_seconds(child);
    sleep_ns(2000000000);
    return cpu_seconds(child) - before;
}

/* A table of all settings, on two workers, as most programs run that have two CPUs or more. Returns
 * how many went wrong; ours: Penstock's figure, or negative. */
static int look_at_all(const struct rest *rest, uint64_t actors, double *ours) {
    int wrong = 0;
    *ours = -1;
    for (const struct setting *setting = settings; setting->name; setting++) {
        if (!system_selected(setting->system) || setting->outside)
            continue;
        struct job job = {.benchmark = "crowd",
                          .setting = setting,
                          .workers = 2,
                          .size = {actors, 0},
                          .live_actors = actors};
        struct command command = system_command(&job);
        struct child child = child_start(&command, 300000000000u);
        double value = rest->look(&child) * rest->share;
        if (child.fault[0])
            child_kill(&child);
        else
            child_end(&child);
        char name[64];
        snprintf(name, sizeof name, "%s%s%s", system_names[setting->system],
                 setting->name[0] ? " " : "", setting->name);
        if (child.fault[0]) {
            printf("WRONG: %s, %s: %s\n", rest->name, name, child.fault);
            wrong++;
            continue;
        }
        printf("  %-34s %10.3f %s\n", name, value, rest->unit);
        json_line(rest->name, name, rest->metric, value, rest->unit);
        if (setting->system == PENSTOCK)
            *ours = value;
    }
    return wrong;
}

int memory_run(const struct options *options) {
    if (!options_select(options, "memory"))
        return 0;
    uint64_t actors = options->quick ? 100000 : 1000000;
    struct rest memory = {"memory", "bytes per idle actor", "B", 1.0 / (double)actors, growth};
    struct goal goal = goal_make(AT_MOST, 160, "bytes of an idle actor <= 160");
    double bytes;
    printf("\nmemory: growth of resident memory, per actor, by %llu idle actors\n",
           (unsigned long long)actors);
    int wrong = look_at_all(&memory, actors, &bytes);
    if (bytes >= 0)
        goal_add(&goal, system_names[PENSTOCK], bytes);
    goal_judge(&goal);
    return wrong;
}

int idle_run(const struct options *options) {
    if (!options_select(options, "idle"))
        return 0;
    struct rest idle = {"idle", "CPU time in 2 s", "ms", 1e3, idle_time};
    double time;
    printf("\nidle: CPU time of 2 s with 1000 idle actors\n");
    return look_at_all(&idle, 1000, &time);
}
