#include "options.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *to) {
    fprintf(to,
            "usage: penstock-bench-actors [--cases LIST] [--systems LIST] [--reps N] [--quick]\n"
            "           [--strict] [--out FILE] | --check [--cases LIST] [--seeds N]\n"
            "--cases    comma-separated patterns of names as in the JSON lines: pingpong,*-x25\n"
            "--systems  penstock, caf, erlang, separated by commas\n"
            "--reps     rounds, 5 unless given; of the long sizes 3 (quick: 3)\n"
            "--quick    a quarter of Savina's sizes, for a look; PST_BENCH_QUICK=1 does the same\n"
            "--strict   exit with 2 when a goal is missed\n"
            "--out      JSON lines, build/bench/actors.jsonl unless given\n"
            "--check    measure nothing: number every message of Penstock's programs and check\n"
            "           their order, on threads and with simulated executors\n"
            "--seeds    how many simulated executors, 10 unless given\n"
            "cases: Savina's (pingpong, ... and pingpong-x25, ...), hot-receiver, memory, idle,\n"
            "limits\n");
}

static bool read_flag(struct options *options, const char *word) {
    bool *flag = strcmp(word, "--quick") == 0    ? &options->quick
                 : strcmp(word, "--strict") == 0 ? &options->strict
                 : strcmp(word, "--check") == 0  ? &options->check
                                                 : NULL;
    if (flag)
        *flag = true;
    return flag;
}

static bool read_value(struct options *options, const char *word, const char *value) {
    if (strcmp(word, "--cases") == 0)
        options->cases = value;
    else if (strcmp(word, "--systems") == 0)
        options->systems = value;
    else if (strcmp(word, "--reps") == 0)
        options->repetitions = atoi(value);
    else if (strcmp(word, "--seeds") == 0)
        options->seeds = atoi(value);
    else if (strcmp(word, "--out") == 0)
        options->output = value;
    else
        return false;
    return true;
}

struct options options_read(int count, char **words) {
    const char *quick = getenv("PST_BENCH_QUICK");
    struct options options = {.output = "build/bench/actors.jsonl",
                              .seeds = 10,
                              .quick = quick && strcmp(quick, "0") != 0};
    for (int i = 1; i < count; i++) {
        if (read_flag(&options, words[i]))
            continue;
        if (i + 1 < count && read_value(&options, words[i], words[i + 1])) {
            i++;
            continue;
        }
        bool help = strcmp(words[i], "--help") == 0;
        usage(help ? stdout : stderr);
        exit(help ? 0 : 64);
    }
    return options;
}

bool options_select(const struct options *options, const char *name) {
    if (!options->cases)
        return true;
    char pattern[128];
    for (const char *at = options->cases; *at;) {
        size_t length = strcspn(at, ",");
        snprintf(pattern, sizeof pattern, "%.*s", (int)length, at);
        if (fnmatch(pattern, name, 0) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}
