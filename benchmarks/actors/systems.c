#define _GNU_SOURCE
#include "systems.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

const char *const system_names[SYSTEMS] = {"Penstock", "CAF", "Erlang"};

/* Erlang's are its virtual machine's: how long an idle scheduler waits busily, and whether messages
 * wait outside of the receiver's heap. */
const struct setting settings[] = {
    {PENSTOCK, "", "threads", false},
    {CAF, "stealing", "stealing", false},
    {CAF, "sharing", "sharing", false},
    {CAF, "stealing, one heap", "stealing,one-heap", false},
    {CAF, "sharing, one heap", "sharing,one-heap", false},
    {CAF, "stealing, from outside", "stealing", true},
    {CAF, "sharing, from outside", "sharing", true},
    {ERLANG, "no busy wait", "+sbwt none +sbwtdcpu none +sbwtdio none", false},
    {ERLANG, "busy wait", "+sbwt very_long", false},
    {ERLANG, "messages off heap", "+sbwt very_long +hmqd off_heap", false},
    {0, NULL, NULL, false},
};

const struct setting *setting_of(enum system_name system) {
    const struct setting *setting = settings;
    while (setting->system != system)
        setting++;
    return setting;
}

static char folder[200];
static bool selected[SYSTEMS];

bool system_selected(enum system_name system) {
    return selected[system];
}

static struct command penstock_command(const struct job *job, const char *program,
                                       const char *executor) {
    struct command command = {.count = 0};
    command_add(&command, "%s/%s", folder, program);
    command_add(&command, "%s", job->benchmark);
    command_add(&command, "%s", executor);
    return command;
}

static struct command erlang_command(const struct job *job) {
    enum { DEFAULT_PROCESSES = 1 << 18, ROOM = 1 << 23 };
    struct command command = {.count = 0};
    command_add(&command, "erl");
    command_add(&command, "+S");
    command_add(&command, "%d:%d", job->workers, job->workers);
    char flags[128];
    snprintf(flags, sizeof flags, "%s", job->setting->flags);
    for (char *at = flags, *flag; (flag = strsep(&at, " "));)
        command_add(&command, "%s", flag);
    /* Only where it is needed: spawning walks through the whole table. */
    if (job->live_actors > DEFAULT_PROCESSES / 2) {
        command_add(&command, "+P");
        command_add(&command, "%d", ROOM);
    }
    command_add(&command, "-noshell");
    command_add(&command, "-pa");
    command_add(&command, "%s/erlang", folder);
    command_add(&command, "-s");
    command_add(&command, "program");
    command_add(&command, "main");
    command_add(&command, "-extra");
    command_add(&command, "%s", job->benchmark);
    return command;
}

static void add_sizes(struct command *command, const struct job *job) {
    command_add(command, "%llu", (unsigned long long)job->size.main);
    command_add(command, "%llu", (unsigned long long)job->size.second);
    command_add(command, "%llu", (unsigned long long)job->warm_up);
}

struct command system_check_command(const struct job *job, const char *executor) {
    struct command command = penstock_command(job, "actors-penstock-checked", executor);
    command_add(&command, "%d", job->workers);
    add_sizes(&command, job);
    return command;
}

struct command system_command(const struct job *job) {
    struct command command = {.count = 0};
    switch (job->setting->system) {
    case PENSTOCK:
        command = penstock_command(job, "actors-penstock", job->setting->flags);
        command_add(&command, "%d", job->workers);
        break;
    case CAF:
        command_add(&command, "%s/actors-caf", folder);
        command_add(&command, "%s%s", job->benchmark, job->setting->outside ? "-outside" : "");
        command_add(&command, "%s", job->setting->flags);
        command_add(&command, "%d", job->workers);
        break;
    default:
        command = erlang_command(job);
    }
    add_sizes(&command, job);
    return command;
}

/* Prints what the system says of its version. */
static bool greet(enum system_name system) {
    struct job job = {.benchmark = "version", .setting = setting_of(system), .workers = 1};
    struct command command = system_command(&job);
    /* The benchmark's name is the last word that counts. */
    for (int i = 0; i < command.count; i++)
        if (strcmp(command.words[i], "version") == 0)
            command.count = i + 1;
    struct child child = child_start(&command, 60000000000u);
    char line[512] = "";
    bool answered = child_read(&child, line, sizeof line) && strncmp(line, "fault ", 6) != 0;
    child_end(&child);
    if (answered && !child.fault[0])
        printf("%-9s %s\n", system_names[system], line);
    else
        fprintf(stderr, "%s cannot be run: %s %s\n", system_names[system], line, child.fault);
    return answered && !child.fault[0];
}

static bool listed(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == length && strncasecmp(at, name, length) == 0)
            return true;
    return false;
}

bool systems_open(const char *list) {
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    if (length <= 0)
        return false;
    folder[length] = 0;
    *strrchr(folder, '/') = 0;
    /* What a shell has exported for other runs is not meant for these. */
    for (const char *const *name =
             (const char *const[]){"PST_TOPOLOGY", "PST_EXECUTOR", "PST_SPIN_NS", "ERL_FLAGS",
                                   "ERL_AFLAGS", "ERL_ZFLAGS", "ERL_LIBS", NULL};
         *name; name++)
        unsetenv(*name);
    setenv("ERL_CRASH_DUMP_SECONDS", "0", 1);
    int found = 0;
    for (int system = 0; system < SYSTEMS; system++) {
        selected[system] = !list || listed(list, system_names[system]);
        found += selected[system];
        if (selected[system] && !greet(system))
            return false;
    }
    if (!found)
        fprintf(stderr, "no system in '%s'; there are penstock, caf and erlang\n", list);
    return found > 0;
}
