/* Penstock's side of the actor benchmarks, through penstock.h alone. One measurement a process; see
 * ../../README.md. Compiled a second time with ACTORS_CHECKED; see order.h. */
#include "program.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    program_fn function;
} benchmarks[] = {
    {"pingpong", pingpong},
    {"counting", counting},
    {"fjthrput", fjthrput},
    {"fjcreate", fjcreate},
    {"threadring", threadring},
    {"chameneos", chameneos},
    {"big", big},
    {"fib", fib},
    {"bndbuffer", bndbuffer},
    {"concdict", concdict},
    {"banking", banking},
    {"philosopher", philosopher},
    {"hot", hot},
    {"crowd", crowd},
};

static program_fn find(const char *name) {
    for (size_t i = 0; i < sizeof benchmarks / sizeof *benchmarks; i++)
        if (strcmp(name, benchmarks[i].name) == 0)
            return benchmarks[i].function;
    fault("no benchmark is called %s", name);
}

static uint64_t number(const char *word) {
    return strtoull(word, NULL, 10);
}

/* The executor is "threads", or the one of the environment: "-". */
static pst_engine *open_engine(const char *executor, uint32_t workers) {
    pst_engine *engine = NULL;
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    options.executor = strcmp(executor, "-") == 0 ? NULL : executor;
    options.workers = workers;
    check("pst_engine_create", pst_engine_create(&options, &engine));
    pst_engine_info info = PST_ENGINE_INFO_INIT;
    check("pst_engine_get_info", pst_engine_get_info(engine, &info));
    if (!info.simulated)
        expect("workers", info.workers, workers);
    return engine;
}

/* Ends the engine's actors; every message must have arrived. */
static void close_engine(struct program *program) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    check("pst_actors_stop", pst_actors_stop(program->engine, PST_FOREVER, &counts));
    check_counts(&counts);
#ifdef ACTORS_CHECKED
    struct order_totals totals = order_totals();
    expect("numbered messages received", totals.received, totals.sent);
    order_end(&program->host);
#endif
    pst_engine_destroy(program->engine);
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "version") == 0) {
        printf("%s, %s\n", pst_build_info(), BENCH_FLAGS);
        return 0;
    }
    if (count != 7) {
        fprintf(stderr, "usage: %s BENCHMARK EXECUTOR WORKERS SIZE SECOND WARM-UP\n", words[0]);
        return 64;
    }
    program_fn function = find(words[1]);
    struct program program = {.second = number(words[5])};
    program.engine = open_engine(words[2], (uint32_t)number(words[3]));
    program.size = number(words[6]);
    if (program.size)
        function(&program);
    program.size = number(words[4]);
    function(&program);
    close_engine(&program);
    printf("result %" PRIu64 " %" PRIu64 "\n", program.elapsed, program.operations);
    return 0;
}
