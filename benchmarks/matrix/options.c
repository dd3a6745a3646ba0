#include "options.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *to) {
    fprintf(
        to,
        "usage: penstock-bench-matrix [--cases LIST] [--systems TEXT] [--quick] [--strict]\n"
        "           [--cpu-time] [--explain] [--cpu N] [--out FILE]\n"
        "--cases     comma-separated patterns of names as in the JSON lines: f32/1024, f64/*\n"
        "--systems   only Penstock and the peers whose name contains TEXT\n"
        "--quick     about a minute, without 4096, for a look; PST_BENCH_QUICK=1 does the same\n"
        "--strict    exit with 2 when a goal is missed\n"
        "--cpu-time  measure CPU time of the thread, for a look while the machine is busy\n"
        "--explain   print how Penstock goes about each product\n"
        "--cpu       where one-thread rows run; the last CPU unless given\n"
        "--out       JSON lines, build/bench/matrix.jsonl unless given\n");
}

static bool read_flag(struct options *options, const char *word) {
    bool *flag = strcmp(word, "--quick") == 0      ? &options->quick
                 : strcmp(word, "--strict") == 0   ? &options->strict
                 : strcmp(word, "--cpu-time") == 0 ? &options->cpu_time
                 : strcmp(word, "--explain") == 0  ? &options->explain
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
    else if (strcmp(word, "--cpu") == 0)
        options->cpu = atoi(value);
    else if (strcmp(word, "--out") == 0)
        options->output = value;
    else
        return false;
    return true;
}

struct options options_read(int count, char **words) {
    const char *quick = getenv("PST_BENCH_QUICK");
    struct options options = {
        .output = "build/bench/matrix.jsonl", .quick = quick && strcmp(quick, "0") != 0, .cpu = -1};
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

bool options_select(const struct options *options, const char *precision, const char *name) {
    if (!options->cases)
        return true;
    char full[128], pattern[128];
    snprintf(full, sizeof full, "%s/%s", precision, name);
    for (const char *at = options->cases; *at;) {
        size_t length = strcspn(at, ",");
        snprintf(pattern, sizeof pattern, "%.*s", (int)length, at);
        if (fnmatch(pattern, full, 0) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}
