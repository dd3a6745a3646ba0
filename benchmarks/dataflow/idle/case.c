#include "idle.h"
#include "../timing.h"

#include <pthread.h>

#define ENGINE "Penstock engine after a run"
#define FEED "Penstock graph, feed that nobody pushes to"

static const struct bench_metric metrics[] = {{"CPU time in 2 s", "ms", false}, {0}};

static const struct bench_system systems[] = {
    {"C, two threads on a condition", NULL, idle_c, {.elements = 2000, .threads = 2}},
    {"TBB arena after a pipeline", NULL, TBB_ROW(idle_tbb), {.elements = 2000, .threads = 2}},
    {ENGINE, NULL, PENSTOCK_ROW(idle_penstock_engine), {.elements = 2000, .threads = 2}},
    {FEED, NULL, PENSTOCK_ROW(idle_penstock_feed), {.elements = 2000, .threads = 2}},
    {0},
};

static const struct bench_goal goals[] = {{ENGINE, NULL, 1, false}, {FEED, NULL, 1, false}, {0}};

const struct bench_case idle_case = {
    "idle",
    "CPU time of the whole process while there is nothing to do (goal: none; the two "
    "readings themselves take some us)",
    metrics,
    systems,
    goals,
};

void idle_measure(struct bench_run *run) {
    sleep_ns(100000000);
    uint64_t before = process_cpu_ns();
    sleep_ns(run->setting.elements * 1000000u);
    run->value[0] = (double)(process_cpu_ns() - before) * 1e-6;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t over = PTHREAD_COND_INITIALIZER;
static bool is_over;

static void *wait_for_it(void *argument) {
    pthread_mutex_lock(&lock);
    while (!is_over)
        pthread_cond_wait(&over, &lock);
    pthread_mutex_unlock(&lock);
    return argument;
}

void idle_c(struct bench_run *run) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, wait_for_it, NULL);
    idle_measure(run);
    pthread_mutex_lock(&lock);
    is_over = true;
    pthread_cond_broadcast(&over);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}
