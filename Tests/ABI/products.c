/* Products through the C interface: values against sums written out, and bits against each other
 * whatever the layout, the batch, the packing, the blocks and the threads. */
#include "misuse.h"

#include <math.h>

typedef enum kind { F32, F64, BF16, S8, U8, S32 } kind;
static const size_t size_of[] = {4, 8, 2, 1, 1, 4};

/* One row for each type: the elements of A, B and C. */
typedef struct layout {
    pst_gemm_type type;
    kind a, b, c;
} layout;
static const layout layouts[] = {{PST_GEMM_F32, F32, F32, F32},
                                 {PST_GEMM_F64, F64, F64, F64},
                                 {PST_GEMM_BF16, BF16, BF16, F32},
                                 {PST_GEMM_S8, S8, S8, S32},
                                 {PST_GEMM_U8S8, U8, S8, S32}};
static layout it;

static bool is_integer(void) {
    return it.c == S32;
}

static double get(kind of, const void *x, ptrdiff_t i) {
    uint32_t bits;
    float value;
    switch (of) {
    case F32:
        return ((const float *)x)[i];
    case F64:
        return ((const double *)x)[i];
    case S8:
        return ((const int8_t *)x)[i];
    case U8:
        return ((const uint8_t *)x)[i];
    case S32:
        return ((const int32_t *)x)[i];
    default:
        bits = (uint32_t)((const uint16_t *)x)[i] << 16;
        memcpy(&value, &bits, sizeof(value));
        return value;
    }
}

static void set(kind of, void *x, ptrdiff_t i, double number) {
    uint32_t bits;
    float value = (float)number;
    switch (of) {
    case F32:
        ((float *)x)[i] = value;
        break;
    case F64:
        ((double *)x)[i] = number;
        break;
    case S8:
        ((int8_t *)x)[i] = (int8_t)number;
        break;
    case U8:
        ((uint8_t *)x)[i] = (uint8_t)number;
        break;
    case S32:
        ((int32_t *)x)[i] = (int32_t)number;
        break;
    default:
        memcpy(&bits, &value, sizeof(bits));
        ((uint16_t *)x)[i] = (uint16_t)(bits >> 16);
    }
}

static uint64_t state;

static uint64_t next(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static int pick(int low, int high) {
    return low + (int)(next() % (uint64_t)(high - low + 1));
}

static bool one_in(int n) {
    return pick(1, n) == 1;
}

/* ------------------------------------------------------------------------------------------------
 * Operands: stacks of matrices with a margin around them and gaps between them.
 * --------------------------------------------------------------------------------------------- */

enum { MARGIN = 40, MOST = 64 };

typedef struct operand {
    kind of;
    size_t rows, columns, count;
    ptrdiff_t row, column, step;
    size_t elements;
    char *memory;
    void *first;       /* element (0, 0) of matrix 0 */
    void *array[MOST]; /* of each matrix */
} operand;

/* Whole numbers so small that sums of them are exact, or numbers that are not. */
static double value(kind of, bool whole) {
    if (of == U8)
        return whole ? pick(0, 3) : pick(0, 255);
    if (of == S8 && !whole)
        return pick(-128, 127);
    return whole || of == S32 ? pick(-3, 3) : (double)(int64_t)next() * 0x1p-63;
}

static operand make(kind of, size_t rows, size_t columns, size_t count, bool writable, bool whole) {
    const size_t size = size_of[of];
    operand x = {of, rows, columns, count, 0, 0, 0, 0, NULL, NULL, {NULL}};
    ptrdiff_t m = (ptrdiff_t)rows, n = (ptrdiff_t)columns, extra = one_in(2) ? 0 : pick(1, 9);
    switch (pick(0, 5)) {
    case 0:
    case 1:
        x.row = n + extra, x.column = 1;
        break;
    case 2:
    case 3:
        x.row = 1, x.column = m + extra;
        break;
    case 4:
        x.row = 2 * n + extra, x.column = 2;
        break;
    default:
        x.row = 3, x.column = 3 * m + extra;
        break;
    }
    ptrdiff_t extent = (m - 1) * x.row + (n - 1) * x.column + 1;
    /* One after the other, or side by side. */
    x.step = extent + pick(0, 5);
    if (x.column == 1 && one_in(3)) {
        x.step = n;
        x.row = n * (ptrdiff_t)count + extra;
        extent = (m - 1) * x.row + n;
    }
    if (one_in(6))
        x.row = -x.row;
    if (one_in(6))
        x.column = -x.column;
    if (one_in(4))
        x.step = -x.step;
    if (!writable && one_in(10))
        x.row = 0;
    if (!writable && one_in(5))
        x.step = 0;
    ptrdiff_t down = (m - 1) * x.row, across = (n - 1) * x.column;
    ptrdiff_t on = ((ptrdiff_t)count - 1) * x.step;
    ptrdiff_t low = (down < 0 ? down : 0) + (across < 0 ? across : 0) + (on < 0 ? on : 0);
    ptrdiff_t high = (down > 0 ? down : 0) + (across > 0 ? across : 0) + (on > 0 ? on : 0);
    x.elements = (size_t)(high - low + 1) + 2 * MARGIN;
    x.memory = malloc(x.elements * size);
    for (size_t i = 0; i < x.elements; i++)
        set(of, x.memory, (ptrdiff_t)i, of < S8 ? NAN : 99); /* read, it shows in C */
    x.first = x.memory + (size_t)(MARGIN - low) * size;
    for (size_t p = 0; p < count; p++) {
        x.array[p] = (char *)x.first + (ptrdiff_t)p * x.step * (ptrdiff_t)size;
        for (ptrdiff_t i = 0; i < m; i++)
            for (ptrdiff_t j = 0; j < n; j++)
                set(of, x.array[p], i * x.row + j * x.column, value(of, whole));
    }
    return x;
}

static double element(const operand *x, size_t p, size_t i, size_t j) {
    return get(x->of, x->array[p], (ptrdiff_t)i * x->row + (ptrdiff_t)j * x->column);
}

static char *copy_of(const operand *x) {
    return memcpy(malloc(x->elements * size_of[x->of]), x->memory, x->elements * size_of[x->of]);
}

static void restore(const operand *x, const char *copy) {
    memcpy(x->memory, copy, x->elements * size_of[x->of]);
}

static bool same(const operand *x, const char *copy) {
    return memcmp(x->memory, copy, x->elements * size_of[x->of]) == 0;
}

/* ------------------------------------------------------------------------------------------------
 * Products
 * --------------------------------------------------------------------------------------------- */

typedef struct product {
    operand a, b, c, bias, residual;
    pst_gemm_args args;
} product;

static product new_product(size_t m, size_t n, size_t k, size_t batch, bool whole) {
    product p;
    pst_gemm_args *g = &p.args;
    *g = (pst_gemm_args)PST_GEMM_ARGS_INIT;
    g->type = it.type;
    g->m = m;
    g->n = n;
    g->k = k;
    p.a = make(it.a, m, k, batch, false, whole);
    p.b = make(it.b, k, n, batch, false, whole);
    p.c = make(it.c, m, n, batch, true, whole);
    g->bias_by_row = one_in(2);
    p.bias = make(it.c, 1, g->bias_by_row ? m : n, 1, true, whole);
    p.residual = make(it.c, m, n, batch, false, whole);
    g->a = p.a.first, g->a_row = p.a.row, g->a_col = p.a.column, g->a_batch = p.a.step;
    g->b = p.b.first, g->b_row = p.b.row, g->b_col = p.b.column, g->b_batch = p.b.step;
    g->c = p.c.first, g->c_row = p.c.row, g->c_col = p.c.column, g->c_batch = p.c.step;
    g->batch = batch;
    g->alpha = one_in(2) ? 1 : whole ? pick(-2, 2) : 0.3;
    g->beta = one_in(2) ? 0 : pick(-1, 2);
    if (one_in(2)) {
        /* A vector without gaps; the margin before it may hold what it likes. */
        for (size_t i = 0; i < p.bias.columns; i++)
            set(it.c, p.bias.memory, (ptrdiff_t)i, value(it.c, whole));
        g->bias = p.bias.memory;
    }
    static const pst_activation activations[] = {PST_LINEAR, PST_LINEAR, PST_RELU, PST_CLAMP};
    g->activation = whole ? activations[pick(0, 3)] : (pst_activation)pick(0, PST_CLAMP);
    g->low = -pick(0, 20);
    g->high = pick(0, 20);
    g->scale = one_in(2) ? 1 : 0.25 * pick(-4, 4);
    if (one_in(2)) {
        g->residual = p.residual.first;
        g->residual_row = p.residual.row;
        g->residual_col = p.residual.column;
        g->residual_batch = p.residual.step;
    }
    if (is_integer()) {
        g->alpha = g->scale = 1;
        g->beta = one_in(2);
        g->activation = PST_LINEAR;
    }
    return p;
}

static void free_product(product *p) {
    free(p->a.memory);
    free(p->b.memory);
    free(p->c.memory);
    free(p->bias.memory);
    free(p->residual.memory);
}

/* What the header says, in double; exact for whole numbers. */
static double expected(const product *p, size_t index, size_t i, size_t j, double before) {
    const pst_gemm_args *g = &p->args;
    double x = g->beta == 0 ? 0 : g->beta * before;
    for (size_t s = 0; s < g->k && g->alpha != 0; s++)
        x += g->alpha * element(&p->a, index, i, s) * element(&p->b, index, s, j);
    if (g->bias)
        x += get(it.c, g->bias, (ptrdiff_t)(g->bias_by_row ? i : j));
    if (g->activation == PST_RELU)
        x = x > 0 ? x : 0;
    if (g->activation == PST_CLAMP)
        x = fmin(fmax(x, g->low), g->high);
    x *= g->scale;
    return g->residual ? x + element(&p->residual, index, i, j) : x;
}

/* C of `before` becomes what is expected, and nothing else changes. */
static void check_values(product *p, const char *before, const char *what) {
    bool right = true;
    char *wanted = malloc(p->c.elements * size_of[it.c]);
    memcpy(wanted, before, p->c.elements * size_of[it.c]);
    for (size_t index = 0; index < p->c.count; index++) {
        void *to = wanted + ((char *)p->c.array[index] - p->c.memory);
        for (size_t i = 0; i < p->c.rows; i++)
            for (size_t j = 0; j < p->c.columns; j++) {
                ptrdiff_t at = (ptrdiff_t)i * p->c.row + (ptrdiff_t)j * p->c.column;
                double x = expected(p, index, i, j, get(it.c, to, at));
                right = right && get(it.c, p->c.array[index], at) == x;
                /* Zeros may differ in sign. */
                set(it.c, to, at, get(it.c, p->c.array[index], at));
            }
    }
    if (!CHECK(right && same(&p->c, wanted)))
        printf("    %s: type %d, %zu x %zu x %zu, batch %zu\n", what, it.type, p->args.m, p->args.n,
               p->args.k, p->args.batch);
    free(wanted);
}

static void check_bits(product *p, const char *before, const char *wanted, pst_gemm_args args,
                       const char *what) {
    restore(&p->c, before);
    RUNS(pst_gemm(&args));
    if (!CHECK(same(&p->c, wanted)))
        printf("    %s: type %d, %zu x %zu x %zu, batch %zu\n", what, it.type, args.m, args.n,
               args.k, args.batch);
}

/* On cores that there are not, so many threads take part on any machine; on its own, as many as
 * there are cores. */
static const struct {
    uint32_t workers;
    const char *topology, *executor;
} engine_kinds[] = {{1, "live", "threads"},
                    {2, "synthetic:core:8 pu:1", "threads"},
                    {3, "synthetic:core:8 pu:1", "threads"},
                    {8, "synthetic:core:8 pu:1", "threads"},
                    {8, "live", "threads"},
                    {3, "live", "simulated:5"}};
enum { ENGINES = sizeof(engine_kinds) / sizeof(*engine_kinds) };
static pst_engine *engines[ENGINES];

static void make_engines(void) {
    for (int i = 0; i < ENGINES; i++) {
        pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
        options.workers = engine_kinds[i].workers;
        options.topology = engine_kinds[i].topology;
        options.executor = engine_kinds[i].executor;
        RUNS(pst_engine_create(&options, &engines[i]));
    }
}

/* The same product in every other way. C holds the result of the first; so it does at the end. */
static void other_ways(product *p, const char *before) {
    char *wanted = copy_of(&p->c);
    pst_gemm_args g = p->args;
    check_bits(p, before, wanted, g, "again");
    g.a_array = (const void *const *)p->a.array;
    check_bits(p, before, wanted, g, "array of A");
    g.a = NULL;
    g.c_array = p->c.array;
    check_bits(p, before, wanted, g, "arrays of A and C");
    g.b_array = (const void *const *)p->b.array;
    check_bits(p, before, wanted, g, "arrays");
    g = p->args;
    g.kc = (size_t)pick(1, 50);
    g.mc = (size_t)pick(1, 50);
    g.nc = (size_t)pick(1, 50);
    check_bits(p, before, wanted, g, "blocks");
    for (int i = 0; i < ENGINES; i++) {
        static const size_t threads[] = {0, 1, 2, 3, 100};
        g = p->args;
        g.engine = engines[i];
        g.threads = threads[pick(0, 4)];
        check_bits(p, before, wanted, g, "engine");
        g.a_array = (const void *const *)p->a.array;
        g.b_array = (const void *const *)p->b.array;
        g.c_array = p->c.array;
        check_bits(p, before, wanted, g, "engine, arrays");
    }
    /* Of a column-major C, alpha goes with B, but not with a packed one. */
    bool rounds = p->args.alpha == 0.3 && p->c.column != 1;
    if ((p->b.step == 0 || p->args.batch == 1) && !rounds) {
        pst_packed *packed = NULL;
        g = p->args;
        SUCCEEDS(pst_packed_create(g.type, g.k, g.n, g.b, g.b_row, g.b_col, &packed));
        g.packed_b = packed;
        g.b = NULL;
        check_bits(p, before, wanted, g, "packed");
        g.engine = engines[pick(0, ENGINES - 1)];
        check_bits(p, before, wanted, g, "packed, engine");
        pst_packed_destroy(packed);
    }
    /* One by one, as the plain functions do it. */
    bool plain = (it.type == PST_GEMM_F32 || it.type == PST_GEMM_F64) && !g.bias_by_row &&
                 g.activation != PST_CLAMP && g.scale == 1 && !g.residual;
    restore(&p->c, before);
    for (size_t i = 0; i < p->args.batch; i++) {
        g = p->args;
        g.batch = 1;
        g.a = p->a.array[i];
        g.b = p->b.array[i];
        g.c = p->c.array[i];
        g.residual = g.residual ? p->residual.array[i] : NULL;
        if (!plain)
            RUNS(pst_gemm(&g));
        else if (it.type == PST_GEMM_F32)
            RUNS(pst_gemm_f32(g.m, g.n, g.k, (float)g.alpha, g.a, g.a_row, g.a_col, g.b, g.b_row,
                              g.b_col, (float)g.beta, g.c, g.c_row, g.c_col, g.bias, g.activation));
        else
            RUNS(pst_gemm_f64(g.m, g.n, g.k, g.alpha, g.a, g.a_row, g.a_col, g.b, g.b_row, g.b_col,
                              g.beta, g.c, g.c_row, g.c_col, g.bias, g.activation));
    }
    CHECK(same(&p->c, wanted));
    free(wanted);
}

static void random_products(int count, bool whole) {
    for (int i = 0; i < count; i++) {
        size_t batch = one_in(2) ? 1 : (size_t)pick(2, MOST);
        int most = batch > 8 ? 20 : 60;
        product p = new_product((size_t)pick(1, most), (size_t)pick(1, most),
                                (size_t)pick(one_in(5) ? 0 : 1, most), batch, whole);
        char *before = copy_of(&p.c), *a = copy_of(&p.a), *b = copy_of(&p.b);
        RUNS(pst_gemm(&p.args));
        if (whole)
            check_values(&p, before, "value");
        other_ways(&p, before);
        CHECK(same(&p.a, a) && same(&p.b, b));
        free(before);
        free(a);
        free(b);
        free_product(&p);
    }
}

/* Large enough that threads share them: cut into rectangles, or into runs of products. */
static void large_products(void) {
    static const size_t shapes[][4] = {{311, 257, 193, 1}, {64, 900, 301, 1},  {900, 48, 300, 1},
                                       {1, 3000, 1100, 1}, {130, 140, 150, 3}, {40, 41, 42, 64}};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        const size_t *s = shapes[i];
        product p = new_product(s[0], s[1], s[2], s[3], false);
        char *before = copy_of(&p.c);
        RUNS(pst_gemm(&p.args));
        other_ways(&p, before);
        char *wanted = copy_of(&p.c);
        for (int run = 0; run < 3; run++)
            for (int e = 0; e < ENGINES; e++)
                for (size_t threads = 0; threads < 4; threads++) {
                    pst_gemm_args g = p.args;
                    g.engine = engines[e];
                    g.threads = threads;
                    check_bits(&p, before, wanted, g, "large");
                }
        free(before);
        free(wanted);
        free_product(&p);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Inside of a stage, on the engine that runs it
 * --------------------------------------------------------------------------------------------- */

/* Large enough for two threads with elements of any type. */
enum { SIDE = 280, ROUNDS = 4 };

typedef struct work {
    pst_gemm_args args;
    const void *wanted;
    void *c;
    int right;
} work;

static pst_status count_rounds(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t at = pst_position(cx), *to = out;
    while (*count < capacity && at < ROUNDS)
        to[(*count)++] = at++;
    return at < ROUNDS ? PST_OK : PST_END;
}

static pst_status multiply(pst_context *cx, const void *in, size_t n) {
    work *w = pst_user(cx);
    (void)in;
    for (; n > 0; n--) {
        memset(w->c, 0, SIDE * SIDE * size_of[it.c]);
        pst_status status = pst_gemm(&w->args);
        if (status)
            return status;
        w->right += memcmp(w->c, w->wanted, SIDE * SIDE * size_of[it.c]) == 0;
    }
    return PST_OK;
}

static void inside_stages(void) {
    static double memory[5][SIDE * SIDE];
    char *at[5];
    for (int i = 0; i < 5; i++)
        at[i] = (char *)memory[i];
    for (ptrdiff_t i = 0; i < SIDE * SIDE; i++) {
        set(it.a, at[0], i, value(it.a, false));
        set(it.b, at[1], i, value(it.b, false));
    }
    pst_gemm_args g = PST_GEMM_ARGS_INIT;
    g.type = it.type;
    g.m = g.n = g.k = SIDE;
    g.a = at[0], g.a_row = SIDE, g.a_col = 1;
    g.b = at[1], g.b_row = SIDE, g.b_col = 1;
    g.c = at[2], g.c_row = SIDE, g.c_col = 1;
    RUNS(pst_gemm(&g));
    for (int e = 0; e < ENGINES; e++) {
        work both[2];
        pst_graph *graph = new_graph();
        pst_stage numbers = pst_source(graph, "rounds", &u64, count_rounds, NULL);
        for (int i = 0; i < 2; i++) {
            both[i] = (work){g, at[2], at[3 + i], 0};
            both[i].args.c = at[3 + i];
            both[i].args.engine = engines[e];
            pst_sink(graph, i ? "right" : "left", numbers, multiply, &both[i]);
        }
        RUNS(pst_graph_run(graph, engines[e]));
        CHECK(both[0].right == ROUNDS && both[1].right == ROUNDS);
        pst_graph_destroy(graph);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Engines that go away
 * --------------------------------------------------------------------------------------------- */

typedef struct user {
    pst_gemm_args args;
    const void *wanted;
    atomic_int products;
} user;

static void *until_destroyed(void *of) {
    user *u = of;
    for (;;) {
        pst_status status = pst_gemm(&u->args);
        if (status != PST_OK)
            return status == PST_EHANDLE ? u : NULL;
        if (memcmp(u->args.c, u->wanted, SIDE * SIDE * size_of[it.c]) != 0)
            return NULL;
        u->products++;
    }
}

/* Products under way end well; later ones find the handle dead. */
static void destroyed_engines(void) {
    enum { USERS = 3 };
    static double a[SIDE * SIDE], b[SIDE * SIDE], c[USERS][SIDE * SIDE], wanted[SIDE * SIDE];
    for (ptrdiff_t i = 0; i < SIDE * SIDE; i++) {
        set(it.a, a, i, value(it.a, false));
        set(it.b, b, i, value(it.b, false));
    }
    pst_gemm_args g = PST_GEMM_ARGS_INIT;
    g.type = it.type;
    g.m = g.n = g.k = SIDE;
    g.a = a, g.a_row = SIDE, g.a_col = 1;
    g.b = b, g.b_row = SIDE, g.b_col = 1;
    g.c = wanted, g.c_row = SIDE, g.c_col = 1;
    g.threads = 2;
    RUNS(pst_gemm(&g));
    for (int round = 0; round < 5; round++) {
        pst_engine *engine = new_engine((uint32_t)(2 + round % 3));
        user users[USERS];
        pthread_t threads[USERS];
        for (int i = 0; i < USERS; i++) {
            users[i].args = g;
            users[i].args.engine = engine;
            users[i].args.c = c[i];
            users[i].wanted = wanted;
            atomic_init(&users[i].products, 0);
            CHECK(pthread_create(&threads[i], NULL, until_destroyed, &users[i]) == 0);
        }
        for (int i = 0; i < USERS; i++)
            while (users[i].products < 3)
                usleep(100);
        pst_engine_destroy(engine);
        for (int i = 0; i < USERS; i++) {
            void *ended = NULL;
            CHECK(pthread_join(threads[i], &ended) == 0 && ended == &users[i]);
        }
    }
}

/* ------------------------------------------------------------------------------------------------
 * Explanations
 * --------------------------------------------------------------------------------------------- */

static char *explain(const pst_gemm_args *g) {
    char *text = NULL;
    SUCCEEDS(pst_gemm_explain(g, &text));
    return text;
}

#define EXPLAINS(part, ...)                                                                        \
    do {                                                                                           \
        pst_gemm_args g = PST_GEMM_ARGS_INIT;                                                      \
        g.type = it.type;                                                                          \
        g.m = 300, g.n = 200, g.k = 100;                                                           \
        g.a_row = 100, g.a_col = 1, g.b_row = 200, g.b_col = 1, g.c_row = 200, g.c_col = 1;        \
        __VA_ARGS__;                                                                               \
        char *text = explain(&g);                                                                  \
        if (!CHECK(strstr(text, part) != NULL))                                                    \
            printf("    no '%s' in\n%s", part, text);                                              \
        CHECK(text[strlen(text) - 1] == '\n');                                                     \
        pst_text_free(text);                                                                       \
    } while (0)

/* The paths of f32 and f64. */
static void explained_paths(void) {
    char of_size[16];
    snprintf(of_size, sizeof(of_size), "of %zu-byte", size_of[it.a]);
    EXPLAINS(of_size, (void)0);
    EXPLAINS("small", g.k = 1);
    EXPLAINS("skinny", (g.m = 3, g.n = 100000, g.b_row = 100000, g.c_row = 100000));
    EXPLAINS("general", (g.n = 100000, g.b_row = 100000, g.c_row = 100000));
    EXPLAINS("B         packed in chunks", (g.n = 100000, g.b_row = 100000, g.c_row = 100000));
    EXPLAINS("transposed on the way", (g.n = 100000, g.b_row = 1, g.b_col = 100, g.c_row = 100000));
    EXPLAINS("copied, times alpha", g.alpha = 2);
}

static void explanations(void) {
    static const double zero;
    pst_packed *packed = NULL;
    SUCCEEDS(pst_packed_create(it.type, 100, 200, &zero, 0, 0, &packed));
    EXPLAINS("m 300, n 200, k 100\n", (void)0);
    EXPLAINS("m 300, n 200, k 100, 7 of them", g.batch = 7);
    EXPLAINS("packed ahead", g.packed_b = packed);
    EXPLAINS("A         not read", g.k = 0);
    EXPLAINS("column-major", (g.c_row = 1, g.c_col = 300));
    EXPLAINS("go through a copy", (g.c_row = 400, g.c_col = 2));
    EXPLAINS("kc 16 (set by hand)", g.kc = 16);
    EXPLAINS("nothing to do", g.m = 0);
    EXPLAINS("nothing to do", g.batch = 0);
    EXPLAINS("threads   1: no engine", (void)0);
    EXPLAINS("threads   1: too little work", (g.engine = engines[1], g.m = 8));
    EXPLAINS("threads   1: as asked", (g.engine = engines[1], g.m = 3000, g.threads = 1));
    EXPLAINS("threads   at most 2 of ", (g.engine = engines[1], g.m = 3000, g.threads = 2));
    EXPLAINS("rectangles of", (g.engine = engines[1], g.m = 3000));
    EXPLAINS("runs of", (g.engine = engines[1], g.batch = 1000));
    pst_packed_destroy(packed);
}

static void never(pst_status status) {
    (void)status;
    CHECK(false);
}

/* Three products as NumPy asks for them: A read backwards, one B for all, a bias, C with gaps. */
static void loops(void) {
    enum { COUNT = 3, M = 5, N = 6, K = 7, GAP = 2 };
    const ptrdiff_t size = (ptrdiff_t)size_of[it.c];
    static double a[COUNT * M * K], b[K * N], bias[N], c[COUNT * M * (N + GAP)];
    for (int i = 0; i < COUNT * M * K; i++)
        set(it.a, a, i, i % 5 - 2);
    for (int i = 0; i < K * N; i++)
        set(it.b, b, i, i % 7 - 3);
    for (int i = 0; i < N; i++)
        set(it.c, bias, i, i);
    for (int with = 0; with < 2; with++) {
        for (int i = 0; i < COUNT * M * (N + GAP); i++)
            set(it.c, c, i, 99);
        char *const last = (char *)a + (M * K - 1) * size;
        void *args[] = {last, b, with ? bias : c, c};
        const ptrdiff_t dimensions[] = {COUNT, M, K, N}, next_c = M * (N + GAP) * size;
        const ptrdiff_t with_bias[] = {M * K * size, 0,    0,    next_c,           -K * size, -size,
                                       N * size,     size, size, (N + GAP) * size, size};
        const ptrdiff_t without[] = {M * K * size, 0,    next_c,           -K * size, -size,
                                     N * size,     size, (N + GAP) * size, size};
        pst_gemm_loop loop = PST_GEMM_LOOP_INIT;
        loop.type = it.type;
        loop.has_bias = with;
        loop.activation = PST_RELU;
        loop.failed = never;
        pst_gemm_arrays(args, dimensions, with ? with_bias : without, &loop);
        for (int p = 0; p < COUNT; p++)
            for (int i = 0; i < M; i++)
                for (int j = 0; j < N + GAP; j++) {
                    double sum = with ? j : 0;
                    for (int k = 0; k < K; k++)
                        sum +=
                            get(it.a, a, (p + 1) * M * K - 1 - i * K - k) * get(it.b, b, k * N + j);
                    CHECK(get(it.c, c, (p * M + i) * (N + GAP) + j) == (j >= N    ? 99
                                                                        : sum > 0 ? sum
                                                                                  : 0));
                }
    }
}

int main(void) {
    begin(120);
    make_engines();
    for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
        it = layouts[i];
        state = 20261121;
        random_products(150, true);
        random_products(150, false);
        large_products();
        inside_stages();
        destroyed_engines();
        explanations();
        if (it.a == F32 || it.a == F64) {
            explained_paths();
            loops();
        }
    }
    for (int i = 0; i < ENGINES; i++)
        pst_engine_destroy(engines[i]);
    return end("products");
}
