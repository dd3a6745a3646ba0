/* Products on threads, in every floating-point mode of their caller: the bits of one thread, and
 * afterwards workers and caller have the mode that they had. */
#include "misuse.h"

#include <fenv.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

typedef enum mode { NEAREST, UPWARD, DOWNWARD, TOWARD_ZERO, FLUSHING, MODES } mode;

/* Subnormal results, and operands, become zero. */
static void flush(bool on) {
#if defined(__x86_64__)
    const unsigned bits = 0x8040, now = _mm_getcsr();
    _mm_setcsr(on ? now | bits : now & ~bits);
#elif defined(__aarch64__)
    uint64_t now;
    __asm__ volatile("mrs %0, fpcr" : "=r"(now));
    now = on ? now | 1u << 24 : now & ~(UINT64_C(1) << 24);
    __asm__ volatile("msr fpcr, %0" ::"r"(now));
#endif
}

static bool flushes(void) {
    volatile float least = 0x1p-149f;
    volatile float doubled = least * 2;
    return doubled == 0;
}

static void enter(mode to) {
    static const int directions[MODES] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO,
                                          FE_TONEAREST};
    fesetround(directions[to]);
    flush(to == FLUSHING);
}

/* ------------------------------------------------------------------------------------------------
 * Products whose sums round, and are subnormal in every other row
 * --------------------------------------------------------------------------------------------- */

enum { MOST = 300 * 300, LARGEST = 8 };

typedef struct layout {
    pst_gemm_type type;
    size_t size, c_size;
} layout;
static const layout layouts[] = {{PST_GEMM_F32, 4, 4}, {PST_GEMM_F64, 8, 8}, {PST_GEMM_BF16, 2, 4}};

static uint64_t state = 20261121;

/* -1 ... 1 */
static double noise(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (double)(int64_t)(z ^ z >> 31) * 0x1p-63;
}

static void set(pst_gemm_type type, void *x, size_t i, double value) {
    const float single = (float)value;
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    if (type == PST_GEMM_F64)
        ((double *)x)[i] = value;
    else if (type == PST_GEMM_F32)
        ((float *)x)[i] = single;
    else
        ((uint16_t *)x)[i] = (uint16_t)(bits >> 16);
}

typedef struct product {
    pst_gemm_args args;
    size_t bytes; /* of C */
    void *wanted[MODES];
} product;

static product new_product(layout it, size_t m, size_t n, size_t k, size_t batch) {
    product p = {PST_GEMM_ARGS_INIT, m * n * batch * it.c_size, {NULL}};
    const double tiny = it.type == PST_GEMM_F64 ? 0x1p-1020 : 0x1p-124;
    void *a = malloc(m * k * batch * it.size), *b = malloc(k * n * batch * it.size);
    for (size_t i = 0; i < m * k * batch; i++)
        set(it.type, a, i, noise() * (i / k % 2 ? tiny : 1));
    for (size_t i = 0; i < k * n * batch; i++)
        set(it.type, b, i, noise());
    pst_gemm_args *g = &p.args;
    g->type = it.type;
    g->m = m, g->n = n, g->k = k;
    g->batch = batch;
    g->a = a, g->a_row = (ptrdiff_t)k, g->a_col = 1, g->a_batch = (ptrdiff_t)(m * k);
    g->b = b, g->b_row = (ptrdiff_t)n, g->b_col = 1, g->b_batch = (ptrdiff_t)(k * n);
    g->c_row = (ptrdiff_t)n, g->c_col = 1, g->c_batch = (ptrdiff_t)(m * n);
    g->scale = 0.3;
    for (mode of = NEAREST; of < MODES; of++) {
        g->c = p.wanted[of] = calloc(1, p.bytes);
        enter(of);
        pst_status status = pst_gemm(g);
        enter(NEAREST);
        RUNS(status);
        CHECK(of == NEAREST || memcmp(p.wanted[of], p.wanted[NEAREST], p.bytes) != 0);
    }
    return p;
}

static void free_product(product *p) {
    free((void *)p->args.a);
    free((void *)p->args.b);
    for (mode of = NEAREST; of < MODES; of++)
        free(p->wanted[of]);
}

static void check_on(pst_engine *engine, const product *p, const char *engine_name) {
    static double memory[MOST * 2];
    pst_gemm_args g = p->args;
    g.c = memory;
    g.engine = engine;
    for (int i = 0; i < 4 * MODES; i++) {
        const mode of = (mode)(i % MODES);
        memset(memory, 0, p->bytes);
        enter(of);
        const int direction = fegetround();
        pst_status status = pst_gemm(&g);
        const bool kept = fegetround() == direction && flushes() == (of == FLUSHING);
        enter(NEAREST);
        RUNS(status);
        CHECK(kept);
        if (!CHECK(memcmp(memory, p->wanted[of], p->bytes) == 0))
            printf("    mode %d, type %d, %zu products of %zu on %s\n", of, g.type, g.batch, g.m,
                   engine_name);
    }
}

/* ------------------------------------------------------------------------------------------------
 * The workers' own mode
 * --------------------------------------------------------------------------------------------- */

static atomic_int changed;

static pst_status look(pst_context *cx, const void *in, void *out, size_t n) {
    if (fegetround() != FE_TONEAREST || flushes())
        changed++;
    return pass(cx, in, out, n);
}

/* A stage for each worker. */
static void check_workers(pst_engine *engine, uint32_t workers) {
    pst_graph *graph = new_graph();
    pst_stage last = new_source(graph);
    for (uint32_t i = 0; i < workers; i++) {
        char name[] = "look 0";
        name[5] = (char)('0' + i);
        pst_edge_options apart = PST_EDGE_OPTIONS_INIT;
        apart.fusion = PST_FUSE_NEVER;
        pst_stage next = pst_map(graph, name, last, &u64, look, NULL);
        pst_edge_configure(graph, last, next, &apart);
        last = next;
    }
    new_sink(graph, last);
    changed = 0;
    RUNS(pst_graph_run(graph, engine));
    CHECK(changed == 0);
    pst_graph_destroy(graph);
}

int main(void) {
    static const uint32_t workers[] = {2, 3, LARGEST};
    /* Cores that there are not make workers that are bound nowhere: any number of real threads. */
    static const char *const topologies[] = {"live", "synthetic:core:8 pu:1"};
    begin(120);
    for (size_t t = 0; t < sizeof(layouts) / sizeof(*layouts); t++) {
        product large = new_product(layouts[t], 300, 300, 300, 1);
        product many = new_product(layouts[t], 40, 41, 42, 50);
        for (size_t i = 0; i < 2 * sizeof(workers) / sizeof(*workers); i++) {
            pst_engine *engine = NULL;
            pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
            options.workers = workers[i / 2];
            options.topology = topologies[i % 2];
            RUNS(pst_engine_create(&options, &engine));
            check_on(engine, &large, topologies[i % 2]);
            check_on(engine, &many, topologies[i % 2]);
            check_workers(engine, workers[i / 2]);
            pst_engine_destroy(engine);
        }
        free_product(&large);
        free_product(&many);
    }
    return end("float_mode");
}
