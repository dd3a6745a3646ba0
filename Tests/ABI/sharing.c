/* A graph with a layer, products in its callbacks and products of the host, all on one engine: they
 * share its workers. Results are exact, the process has no more threads than the engine may have
 * workers beside its own, nobody waits for ever, and in the end all workers sleep. */
#include "misuse.h"

#include <dirent.h>

/* Threads of the process; and of the others than the calling one, how often they have slept, or -1
 * while any of them runs. */
static int count_threads(void) {
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *each; (each = readdir(tasks)) != NULL;)
        count += each->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static long sleeps_of(const char *thread) {
    char path[300], line[256], state = 'R';
    long sleeps = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "State: %c", &state);
        sscanf(line, "voluntary_ctxt_switches: %ld", &sleeps);
    }
    if (file != NULL)
        fclose(file);
    return state == 'S' ? sleeps : -1;
}

static long sleeps_of_others(void) {
    char own[16];
    long sum = 0;
    snprintf(own, sizeof own, "%d", (int)gettid());
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *each; (each = readdir(tasks)) != NULL && sum >= 0;) {
        if (each->d_name[0] == '.' || strcmp(each->d_name, own) == 0)
            continue;
        const long sleeps = sleeps_of(each->d_name);
        sum = sleeps < 0 ? -1 : sum + sleeps;
    }
    closedir(tasks);
    return sum;
}

/* The alarm is for those for whom it does not come true. */
static void wait_until_all_sleep(void) {
    for (;;) {
        const long before = sleeps_of_others();
        usleep(10000);
        if (before >= 0 && sleeps_of_others() == before)
            return;
    }
}

/* A thread that has been joined stays listed for a moment. */
static void wait_for_threads(int count) {
    while (count_threads() != count)
        usleep(100);
}

static atomic_int most_threads;
static atomic_bool is_over;

static void *watch(void *unused) {
    while (!is_over) {
        const int now = count_threads();
        if (now > most_threads)
            most_threads = now;
    }
    return unused;
}

/* ------------------------------------------------------------------------------------------------
 * Products
 * --------------------------------------------------------------------------------------------- */

/* Large enough for two threads. */
enum { SIDE = 300 };
typedef float matrix[SIDE][SIDE];
static matrix left, right, wanted;

typedef struct work {
    pst_engine *engine;
    matrix c;
    atomic_int done, wrong;
} work;

static pst_gemm_args product(pst_engine *engine, matrix c) {
    pst_gemm_args g = PST_GEMM_ARGS_INIT;
    g.m = g.n = g.k = SIDE;
    g.a = left, g.a_row = SIDE, g.a_col = 1;
    g.b = right, g.b_row = SIDE, g.b_col = 1;
    g.c = c, g.c_row = SIDE, g.c_col = 1;
    g.engine = engine;
    return g;
}

static pst_status multiply(work *w) {
    const pst_gemm_args g = product(w->engine, w->c);
    memset(w->c, 0, sizeof w->c);
    pst_status status = pst_gemm(&g);
    w->wrong += memcmp(w->c, wanted, sizeof wanted) != 0;
    w->done++;
    return status;
}

/* Whole numbers, so that sums are exact. */
static void make_products(void) {
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            left[i][j] = (float)((i * 3 + j) % 7 - 3);
            right[i][j] = (float)((i + j * 5) % 9 - 4);
        }
    for (int i = 0; i < SIDE; i++)
        for (int p = 0; p < SIDE; p++)
            for (int j = 0; j < SIDE; j++)
                wanted[i][j] += left[i][p] * right[p][j];
}

/* ------------------------------------------------------------------------------------------------
 * The graph: rows -> layer -> multiply -> check
 * --------------------------------------------------------------------------------------------- */

enum { IN = 32, OUT = 16, ROWS = 5000, PRODUCTS = 20 };

typedef struct row {
    float in[IN], out[OUT];
    uint64_t number;
} row;

static float weights[IN][OUT];
static work of_host, of_stage;

static row new_row(uint64_t number) {
    row r = {.number = number};
    for (unsigned i = 0; i < IN; i++)
        r.in[i] = (float)((number + i * 3) % 5) - 2;
    return r;
}

/* Goes on until both the host and the stage have had their products, however long that takes. */
static pst_status make_rows(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t at = pst_position(cx);
    while (*count < capacity && *count < 100)
        ((row *)out)[(*count)++] = new_row(at++);
    return at < ROWS || of_host.done < PRODUCTS || of_stage.done < PRODUCTS ? PST_OK : PST_END;
}

static pst_status multiply_inside(pst_context *cx, const void *in, void *out, size_t n) {
    (void)cx;
    memcpy(out, in, n * sizeof(row));
    return of_stage.done < PRODUCTS ? multiply(&of_stage) : PST_OK;
}

typedef struct tally {
    uint64_t arrived;
    int wrong;
} tally;

static pst_status check_rows(pst_context *cx, const void *in, size_t n) {
    tally *t = pst_user(cx);
    for (const row *r = in; n > 0; r++, n--) {
        const row want = new_row(t->arrived++);
        bool ok = r->number == want.number && memcmp(r->in, want.in, sizeof want.in) == 0;
        for (int j = 0; j < OUT; j++) {
            float sum = 0;
            for (int i = 0; i < IN; i++)
                sum += want.in[i] * weights[i][j];
            ok = ok && r->out[j] == sum;
        }
        t->wrong += !ok;
    }
    return PST_OK;
}

static pst_graph *describe(pst_fusion fusion, tally *t) {
    pst_graph *graph = new_graph();
    const pst_type type = PST_TYPE(row);
    pst_matmul_options layer = PST_MATMUL_OPTIONS_INIT;
    layer.k = IN;
    layer.n = OUT;
    layer.weights = weights[0];
    layer.out_offset = offsetof(row, out);
    pst_stage rows = pst_source(graph, "rows", &type, make_rows, NULL);
    pst_stage layers = pst_matmul(graph, "layer", rows, &type, &layer);
    pst_stage products = pst_map(graph, "multiply", layers, &type, multiply_inside, NULL);
    pst_stage last = pst_sink(graph, "check", products, check_rows, t);
    pst_edge_options edge = PST_EDGE_OPTIONS_INIT;
    edge.fusion = fusion;
    pst_edge_configure(graph, rows, layers, &edge);
    pst_edge_configure(graph, layers, products, &edge);
    pst_edge_configure(graph, products, last, &edge);
    return graph;
}

static void share(const char *topology, uint32_t workers, pst_fusion fusion) {
    const int own = count_threads();
    pst_engine *engine = NULL;
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    options.topology = topology;
    options.workers = workers;
    RUNS(pst_engine_create(&options, &engine));
    of_host.engine = of_stage.engine = engine;
    of_host.done = of_host.wrong = of_stage.done = of_stage.wrong = 0;
    tally t = {0, 0};
    pst_graph *graph = describe(fusion, &t);

    pthread_t watcher;
    most_threads = 0;
    is_over = false;
    CHECK(pthread_create(&watcher, NULL, watch, NULL) == 0);
    RUNS(pst_graph_start(graph, engine));
    pst_status status;
    do {
        RUNS(multiply(&of_host));
        status = pst_graph_wait(graph, 0);
    } while (status == PST_ETIMEDOUT);
    CHECK(status == PST_OK);
    is_over = true;
    CHECK(pthread_join(watcher, NULL) == 0);

    CHECK(of_host.done >= PRODUCTS && of_host.wrong == 0);
    CHECK(of_stage.done == PRODUCTS && of_stage.wrong == 0);
    CHECK(t.arrived >= ROWS && t.wrong == 0);

    pst_engine_info info = PST_ENGINE_INFO_INIT;
    RUNS(pst_engine_get_info(engine, &info));
    CHECK(info.threads <= workers);
    if (!CHECK(most_threads <= own + 1 + (int)workers))
        printf("    %d threads with %u workers of %s\n", most_threads, workers, topology);
    wait_for_threads(own + (int)info.threads);
    wait_until_all_sleep();

    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    wait_for_threads(own);
}

int main(void) {
    begin(60);
    make_products();
    for (int i = 0; i < IN; i++)
        for (int j = 0; j < OUT; j++)
            weights[i][j] = (float)((i * 5 + j) % 3 - 1);
    for (uint32_t workers = 2; workers <= 3; workers++)
        for (int i = 0; i < 4; i++)
            /* Also on cores that there are not, where so many really help. */
            share(i % 2 ? "synthetic:core:4 pu:1" : "live", workers,
                  i / 2 ? PST_FUSE_NEVER : PST_FUSE_AUTO);
    return end("sharing");
}
