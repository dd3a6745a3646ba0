/* The dataflow benchmark: Penstock, hand-written C and oneTBB in one run. See ../README.md. */
#define _GNU_SOURCE
#include "cases.h"
#include "core_distance.h"
#include "machine.h"
#include "repetition.h"
#include "report.h"
#include "timing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct bench_case *const all_cases[] = {
    &chain_case,     &handoff_case,    &farm_case,    &grain_100ns_case,
    &grain_1us_case, &grain_10us_case, &latency_case, &latency_parked_case,
    &overlap_case,   &idle_case,       &memory_case,
};
enum { CASES = sizeof all_cases / sizeof *all_cases };

struct options {
    const char *cases, *systems, *output;
    int repetitions;
    bool quick, strict, show_plans;
};

static void usage(FILE *to) {
    fprintf(to, "usage: penstock-bench-dataflow [--cases chain,handoff,...] [--systems TEXT]\n"
                "           [--reps N] [--quick] [--strict] [--plans] [--out FILE]\n"
                "--cases    names, or their beginnings: grain means all three grains\n"
                "--systems  only rows whose name contains TEXT\n"
                "--reps     repetitions of each row, 5 unless given (quick: 3)\n"
                "--quick    an eighth of the elements: for a look, not for a record\n"
                "--strict   exit with 2 when a goal is missed or could not be judged\n"
                "--plans    print Penstock's plan of every Penstock row, once\n"
                "--out      JSON lines, build/bench/dataflow.jsonl unless given\ncases:");
    for (int c = 0; c < CASES; c++)
        fprintf(to, " %s", all_cases[c]->name);
    fprintf(to, "\n");
}

static struct options read_options(int count, char **words) {
    struct options options = {.output = "build/bench/dataflow.jsonl"};
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : NULL;
        bool takes_value = true;
        if (strcmp(word, "--cases") == 0 && value)
            options.cases = value;
        else if (strcmp(word, "--systems") == 0 && value)
            options.systems = value;
        else if (strcmp(word, "--reps") == 0 && value)
            options.repetitions = atoi(value);
        else if (strcmp(word, "--out") == 0 && value)
            options.output = value;
        else {
            takes_value = false;
            if (strcmp(word, "--quick") == 0)
                options.quick = true;
            else if (strcmp(word, "--strict") == 0)
                options.strict = true;
            else if (strcmp(word, "--plans") == 0)
                options.show_plans = true;
            else {
                bool help = strcmp(word, "--help") == 0;
                usage(help ? stdout : stderr);
                exit(help ? 0 : 64);
            }
        }
        i += takes_value;
    }
    if (options.repetitions <= 0)
        options.repetitions = options.quick ? 3 : 5;
    if (options.repetitions > REPORT_MOST_REPETITIONS)
        options.repetitions = REPORT_MOST_REPETITIONS;
    return options;
}

/* list: comma-separated beginnings of case names. */
static bool selected(const char *list, const char *name) {
    if (!list)
        return true;
    for (const char *at = list; *at;) {
        size_t length = strcspn(at, ",");
        if (length && strncmp(name, at, length) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}

static FILE *open_output(const char *path) {
    char folder[1024];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(folder, 0777);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    if (!file)
        fprintf(stderr, "%s: %s; no JSON lines are written\n", path, strerror(errno));
    return file;
}

static double measure_core_distance(void) {
    struct bench_run run = {0};
    repetition_run(core_distance, &run, 60000000000u);
    return run.fault[0] ? 0 : run.value[0];
}

/* One repetition of every row. */
static void run_round(const struct bench_case *which, const struct options *options,
                      const struct report_case *report, bool first, struct bench_run *runs) {
    for (int s = 0; which->systems[s].name; s++) {
        const struct bench_system *system = &which->systems[s];
        runs[s] = (struct bench_run){.setting = system->setting};
        if (!system->run || report->systems[s].fault[0])
            continue;
        if (options->systems && !strstr(system->name, options->systems))
            continue;
        runs[s].show_plan = options->show_plans && first;
        if (options->quick)
            runs[s].setting.elements = (runs[s].setting.elements + 7) / 8;
        repetition_run(system->run, &runs[s], 60000000000u);
    }
}

/* A B C A B C ...: a drift of the machine meets every system alike. A round during which the cores
 * moved apart or together is done again, whatever it measured. */
static void run_case(const struct bench_case *which, const struct options *options, FILE *json,
                     struct report_verdict *verdict) {
    static struct report_case report;
    memset(&report, 0, sizeof report);
    report.which = which;
    double before = measure_core_distance();
    int left = options->repetitions, spare = options->repetitions;
    for (bool first = true; left > 0; first = false) {
        struct bench_run runs[REPORT_MOST_SYSTEMS];
        run_round(which, options, &report, first, runs);
        double after = measure_core_distance();
        bool moved = after > 1.5 * before || before > 1.5 * after;
        if (moved && spare > 0) {
            report_discard(&report, runs);
            spare--;
        } else {
            report_add(&report, runs, before);
            left--;
        }
        before = after;
        fprintf(stderr, "\r%s: %d to go ", which->name, left);
    }
    fprintf(stderr, "\r%40s\r", "");
    report_print(&report, stdout, json, verdict);
}

static void measure_work_rate(struct bench_run *run) {
    run->value[0] = timing_work_rate();
}

int main(int count, char **words) {
    struct options options = read_options(count, words);
    int cpus = timing_init();
    if (cpus < 2) {
        fprintf(stderr, "two threads that spin need two CPUs; this process may use %d\n", cpus);
        return 69;
    }
    repetition_init();
    struct bench_run rate = {0};
    repetition_run(measure_work_rate, &rate, 60000000000u);
    if (!rate.fault[0])
        work_steps_per_ns = rate.value[0];

    machine_print_facts(stdout, cpus);
    printf("protocol  %d rounds; in each round every system once, in a process of its own, after a "
           "warm-up; medians\n",
           options.repetitions);
    FILE *json = open_output(options.output);
    struct machine_load start = machine_load_now();
    struct report_verdict verdict = {0};
    for (int c = 0; c < CASES; c++)
        if (selected(options.cases, all_cases[c]->name))
            run_case(all_cases[c], &options, json, &verdict);

    printf("\n");
    machine_print_load(stdout, &start, cpus);
    printf("goals: %d PASS, %d MISS, %d not judged; wrong results: %d\n", verdict.passed,
           verdict.missed, verdict.not_run, verdict.faults);
    if (json)
        fclose(json);
    if (verdict.faults)
        return 1;
    return options.strict && (verdict.missed || verdict.not_run) ? 2 : 0;
}
