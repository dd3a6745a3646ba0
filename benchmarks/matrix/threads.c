#define _GNU_SOURCE
#include "threads.h"
#include "goals.h"
#include "json.h"
#include "operands.h"
#include "pair.h"
#include "systems/penstock.h"

#include <stdio.h>
#include <string.h>

static const struct shape shapes[] = {
    {"16", 16, 16, 16, false, false, 1},
    {"32", 32, 32, 32, false, false, 1},
    {"48", 48, 48, 48, false, false, 1},
    {"64", 64, 64, 64, false, false, 1},
    {"80", 80, 80, 80, false, false, 1},
    {"96", 96, 96, 96, false, false, 1},
    {"112", 112, 112, 112, false, false, 1},
    {"128", 128, 128, 128, false, false, 1},
    {"160", 160, 160, 160, false, false, 1},
    {"192", 192, 192, 192, false, false, 1},
    {"256", 256, 256, 256, false, false, 1},
    {"384", 384, 384, 384, false, false, 1},
    {"512", 512, 512, 512, false, false, 1},
    {"1000", 1000, 1000, 1000, false, false, 1},
    {"1024", 1024, 1024, 1024, false, false, 1},
    {"2048", 2048, 2048, 2048, false, false, 1},
    {"4096", 4096, 4096, 4096, false, false, 1},
    {"m64", 64, 4096, 4096, false, false, 1},
    {"n64", 4096, 64, 4096, false, false, 1},
    {"k64", 4096, 4096, 64, false, false, 1},
    {"1797x64x128", 1797, 128, 64, false, false, 1}, /* m, k, n */
    {"256x784x512", 256, 512, 784, false, false, 1},
    {"batch-32", 32, 32, 32, false, false, 1000},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static const struct effort full = {2e6, 1.5e9, 5, 200}, quick = {1e6, 2e8, 2, 40};

static pst_engine *engine;

static void on_one(const struct product *product) {
    pst_gemm_args args = penstock_args(product);
    penstock_must(pst_gemm(&args));
}

/* As many of the engine's threads as Penstock thinks will pay. */
static void on_engine(const struct product *product) {
    pst_gemm_args args = penstock_args(product);
    args.engine = engine;
    penstock_must(pst_gemm(&args));
}

static void open_engine(void) {
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    options.workers = 2;
    penstock_must(pst_engine_create(&options, &engine));
    penstock_must(pst_engine_get_info(engine, &info));
    if (info.workers != 2)
        printf("\nThe engine has %u workers, not 2.\n", info.workers);
}

static int run_shape(const struct shape *shape, enum precision precision,
                     const struct effort *effort, struct goal *twice, struct goal *slower) {
    const char *name = precision_name(precision);
    struct product product = operands_for(shape, precision);
    char text[40], fault[200];
    snprintf(text, sizeof text, "threads/%s", shape->name);
    on_engine(&product);
    bool right = operands_check(&product, fault, sizeof fault);
    if (!right)
        printf("  %s is WRONG: %s\n", text, fault);
    struct pair_figures figures = pair_measure(&product, on_one, on_engine, true, effort);
    printf("%-14s %5zu %5zu %5zu %10.2f %10.2f %8.3f\n", shape->name, shape->m, shape->n, shape->k,
           figures.first, figures.second, figures.ratio);
    fflush(stdout);
    json_line(name, text, "Penstock", "rate of one thread", figures.first, "GFLOP/s");
    json_line(name, text, "Penstock", "rate", figures.second, "GFLOP/s");
    json_line(name, text, "Penstock", "ratio to one thread", figures.ratio, "x");
    if (shape->m >= 512 && shape->n >= 512 && shape->k >= 512)
        goal_add(twice, shape->name, figures.ratio);
    goal_add(slower, shape->name, figures.ratio);
    return !right;
}

static void print_plan(const struct shape *shape, enum precision precision) {
    struct product product = operands_for(shape, precision);
    pst_gemm_args args = penstock_args(&product);
    char *text = NULL;
    args.engine = engine;
    penstock_must(pst_gemm_explain(&args, &text));
    printf("%s\n", text);
    pst_text_free(text);
}

int threads_run(enum precision precision, const struct options *options, const cpu_set_t *usable) {
    const char *name = precision_name(precision);
    struct goal twice =
        goal_make(AT_LEAST, 1.9, "%s: two threads at least 1.9 x one from 512 up", name);
    struct goal slower = goal_make(
        AT_LEAST, 0.98, "%s: two threads never slower than one (0.98 x: below is no noise)", name);
    cpu_set_t bound;
    int wrong = 0;
    sched_getaffinity(0, sizeof bound, &bound);
    for (int i = 0; i < SHAPES; i++) {
        char text[40];
        snprintf(text, sizeof text, "threads/%s", shapes[i].name);
        if (!options_select(options, name, text))
            continue;
        if (!engine) {
            sched_setaffinity(0, sizeof *usable, usable);
            open_engine();
        }
        if (slower.cases == 0)
            printf("\n%s, Penstock on the calling thread and on an engine of two workers: GFLOP/s\n"
                   "%-14s %5s %5s %5s %10s %10s %8s\n",
                   name, "case", "m", "n", "k", "one", "two", "ratio");
        wrong += run_shape(&shapes[i], precision, options->quick ? &quick : &full, &twice, &slower);
        if (options->explain)
            print_plan(&shapes[i], precision);
    }
    if (engine) {
        pst_engine_destroy(engine);
        engine = NULL;
        sched_setaffinity(0, sizeof bound, &bound);
    }
    goal_judge(&twice);
    goal_judge(&slower);
    return wrong;
}
