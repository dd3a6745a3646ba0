/* Operators as a C program uses them: eagerly, in graphs, in chains; by many threads at a time. */
#include <penstock.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            failures++;                                                                            \
            printf("line %d: %s (%s)\n", __LINE__, #condition, pst_last_error());                  \
        }                                                                                          \
    } while (0)
#define MADE(call)                                                                                 \
    do {                                                                                           \
        if ((call) != PST_OK)                                                                      \
            exit(pst_report(stdout) != PST_OK);                                                    \
    } while (0)

static const pst_layout i64 = {sizeof(pst_layout), PST_I64, 0, NULL};
enum { COUNT = 100000 };

/* (x + 3) * 5 as f32 */
static pst_operator *line(void) {
    const int64_t three = 3, five = 5;
    pst_operator *parts[3] = {NULL}, *all = NULL;
    MADE(pst_operator_binary(&i64, PST_ADD, &three, NULL, false, &parts[0]));
    MADE(pst_operator_binary(&i64, PST_MULTIPLY, &five, NULL, false, &parts[1]));
    MADE(pst_operator_cast(&i64, PST_F32, &parts[2]));
    MADE(pst_operator_chain((const pst_operator *const *)parts, 3, &all));
    for (int i = 0; i < 3; i++)
        pst_operator_destroy(parts[i]);
    return all;
}

static void *many_times(void *op) {
    int64_t in[1000];
    float out[1000];
    for (int i = 0; i < 1000; i++)
        in[i] = i;
    for (int round = 0; round < 300; round++) {
        memset(out, 0, sizeof out);
        if (pst_operator_apply(op, in, out, 1000, 0))
            return op;
        for (int i = 0; i < 1000; i++) {
            if (out[i] != (float)((i + 3) * 5))
                return op;
        }
    }
    return NULL;
}

static void by_threads(void) {
    pst_operator *op = line();
    pthread_t threads[24];
    for (int i = 0; i < 24; i++)
        pthread_create(&threads[i], NULL, many_times, op);
    for (int i = 0; i < 24; i++) {
        void *failed = op;
        pthread_join(threads[i], &failed);
        CHECK(failed == NULL);
    }
    pst_operator_destroy(op);
}

static pst_status count_up(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t next = pst_position(cx);
    int64_t *to = out;
    while (*count < capacity && next < COUNT)
        to[(*count)++] = (int64_t)next++;
    return next < COUNT ? PST_OK : PST_END;
}

typedef struct sums {
    double sum;
    uint64_t count;
} sums;

static pst_status add_up(pst_context *cx, const void *in, size_t n) {
    sums *all = pst_user(cx);
    for (size_t i = 0; i < n; i++)
        all->sum += ((const float *)in)[i];
    all->count += n;
    return PST_OK;
}

static pst_status hash_up(pst_context *cx, const void *in, size_t n) {
    uint64_t *hash = pst_user(cx);
    for (size_t i = 0; i < n * 9; i++)
        *hash = (*hash ^ ((const unsigned char *)in)[i]) * 0x100000001b3u;
    return PST_OK;
}

static void in_graphs(pst_engine *engine, uint32_t replicas) {
    const int64_t limit = 1000;
    const pst_type whole = PST_TYPE(int64_t), real = PST_TYPE(float);
    pst_operator *op = line(), *small = NULL;
    pst_graph *graph = NULL;
    sums all = {0, 0};
    MADE(pst_operator_binary(&i64, PST_LESS, &limit, NULL, false, &small));
    MADE(pst_graph_create("operators", &graph));
    pst_stage numbers = pst_source(graph, "numbers", &whole, count_up, NULL);
    pst_stage few = pst_apply_filter(graph, "few", numbers, small);
    pst_stage made = pst_apply(graph, "line", few, &real, op);
    pst_stage_options options = PST_STAGE_OPTIONS_INIT;
    options.replicas = replicas;
    pst_stage_configure(graph, made, &options);
    pst_sink(graph, "sum", made, add_up, &all);
    pst_operator_destroy(op);
    pst_operator_destroy(small);
    CHECK(pst_graph_run(graph, engine) == PST_OK);
    CHECK(all.count == 1000);
    CHECK(all.sum == (999.0 * 1000 / 2 + 3000) * 5);
    pst_graph_destroy(graph);
}

static void failures_name_the_element(pst_engine *engine) {
    const float table[10] = {0};
    const size_t rows[] = {10};
    const pst_layout layout = {sizeof layout, PST_F32, 1, rows};
    const pst_type whole = PST_TYPE(int64_t), real = PST_TYPE(float);
    int64_t in[] = {1, -10, 9, 10, 2};
    float out[5] = {7, 7, 7, 7, 7};
    pst_operator *op = NULL;
    MADE(pst_operator_gather(&i64, table, &layout, true, &op));
    CHECK(pst_operator_apply(op, in, out, 5, 0) == PST_EINVAL);
    CHECK(strstr(pst_last_error(), "element 3: gather: the index is not in the table"));
    CHECK(out[0] == 0 && out[1] == 0 && out[2] == 0 && out[3] == 7);

    pst_graph *graph = NULL;
    sums all = {0, 0};
    MADE(pst_graph_create("failing", &graph));
    pst_stage numbers = pst_source(graph, "numbers", &whole, count_up, NULL);
    pst_stage made = pst_apply(graph, "rows", numbers, &real, op);
    pst_sink(graph, "sum", made, add_up, &all);
    CHECK(pst_graph_run(graph, engine) == PST_ESTAGE);
    CHECK(strstr(pst_last_error(), "stage 'rows'"));
    CHECK(strstr(pst_last_error(), "element 10: gather: the index is not in the table"));
    pst_stage_options options = PST_STAGE_OPTIONS_INIT;
    options.on_failure = PST_SKIP;
    pst_stage_configure(graph, made, &options);
    all = (sums){0, 0};
    CHECK(pst_graph_run(graph, engine) == PST_OK);
    CHECK(all.count == 10);
    pst_graph_destroy(graph);
    pst_operator_destroy(op);
}

/* What random operators make of an element does not depend on the calls that make it. */
static void random_by_number(void) {
    enum { IMAGES = 50, SIZE = 8 * 8 };
    static const size_t shape[] = {8, 8};
    static const pst_layout image = {sizeof image, PST_U8, 2, shape};
    static unsigned char in[IMAGES][SIZE], out[IMAGES][4 * 4], single[4 * 4];
    pst_operator *parts[2] = {NULL}, *all = NULL;
    pst_layout cut = PST_LAYOUT_INIT;
    for (int i = 0; i < IMAGES * SIZE; i++)
        in[i / SIZE][i % SIZE] = (unsigned char)i;
    MADE(pst_operator_random_crop(&image, 4, 4, 7, &parts[0]));
    MADE(pst_operator_get_layouts(parts[0], NULL, &cut));
    CHECK(cut.rank == 2 && cut.shape[0] == 4 && cut.shape[1] == 4 && cut.scalar == PST_U8);
    MADE(pst_operator_random_flip(&cut, true, true, 0.5, 7, &parts[1]));
    MADE(pst_operator_chain((const pst_operator *const *)parts, 2, &all));
    CHECK(pst_operator_apply(all, in, out, IMAGES, 100) == PST_OK);
    for (int i = 0; i < IMAGES; i++) {
        CHECK(pst_operator_apply(all, in[i], single, 1, 100 + (uint64_t)i) == PST_OK);
        CHECK(memcmp(single, out[i], sizeof single) == 0);
    }
    for (int i = 0; i < 2; i++)
        pst_operator_destroy(parts[i]);
    pst_operator_destroy(all);
}

/* Elements that carry their number: a crop of the same table entry, however many make it. */
static uint64_t crops(pst_engine *engine, uint32_t replicas, bool numbered, pst_status *status) {
    static unsigned char images[COUNT / 100][6 * 6];
    static const size_t shape[] = {COUNT / 100, 6, 6}, rest[] = {6, 6};
    const pst_layout table = {sizeof table, PST_U8, 3, shape},
                     image = {sizeof image, PST_U8, 2, rest};
    const pst_type whole = PST_TYPE(int64_t), row = PST_ROW_TYPE(unsigned char, 9);
    const int64_t size = COUNT / 100;
    pst_operator *parts[3] = {NULL}, *all = NULL, *made = NULL;
    pst_graph *graph = NULL;
    uint64_t hash = 0;
    for (int i = 0; i < COUNT / 100 * 36; i++)
        images[i / 36][i % 36] = (unsigned char)(i * 7);
    MADE(pst_operator_binary(&i64, PST_REMAINDER, &size, NULL, false, &parts[0]));
    MADE(pst_operator_gather(&i64, images, &table, true, &parts[1]));
    MADE(pst_operator_random_crop(&image, 3, 3, 11, &parts[2]));
    MADE(pst_operator_chain((const pst_operator *const *)parts, 3, &all));
    MADE(pst_operator_numbered(all, 0, &made));
    MADE(pst_graph_create("crops", &graph));
    pst_stage numbers = pst_source(graph, "numbers", &whole, count_up, NULL);
    pst_stage cut = pst_apply(graph, "cut", numbers, &row, numbered ? made : all);
    pst_stage_options options = PST_STAGE_OPTIONS_INIT;
    options.replicas = replicas;
    options.batch = 256;
    pst_stage_configure(graph, cut, &options);
    pst_sink(graph, "hash", cut, hash_up, &hash);
    *status = pst_graph_run(graph, engine);
    pst_graph_destroy(graph);
    for (int i = 0; i < 3; i++)
        pst_operator_destroy(parts[i]);
    pst_operator_destroy(all);
    pst_operator_destroy(made);
    return hash;
}

static void random_in_replicas(pst_engine *engine) {
    pst_status status = PST_OK;
    const uint64_t alone = crops(engine, 1, false, &status);
    CHECK(status == PST_OK);
    CHECK(crops(engine, 1, true, &status) == alone && status == PST_OK);
    CHECK(crops(engine, 3, true, &status) == alone && status == PST_OK);
    crops(engine, 2, false, &status);
    CHECK(status == PST_ESTAGE);
    CHECK(strstr(pst_last_error(), "a random operator in replicas"));
}

int main(void) {
    pst_engine *engine = NULL;
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    options.workers = 2;
    MADE(pst_engine_create(&options, &engine));
    by_threads();
    in_graphs(engine, 1);
    in_graphs(engine, 3);
    failures_name_the_element(engine);
    random_by_number();
    random_in_replicas(engine);
    pst_engine_destroy(engine);
    return failures > 0;
}
