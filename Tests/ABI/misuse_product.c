/* Arguments of pst_gemm, pst_gemm_explain and packed matrices. After every refused product nothing
 * around, in front of or in C has changed. */
#include "misuse.h"

#include <math.h>
#include <stdint.h>

/* One row for each type: the sizes of elements of A, B and C. */
typedef struct layout {
    pst_gemm_type type;
    ptrdiff_t a, b, c;
} layout;
static const layout layouts[] = {{PST_GEMM_F32, 4, 4, 4},
                                 {PST_GEMM_F64, 8, 8, 8},
                                 {PST_GEMM_BF16, 2, 2, 4},
                                 {PST_GEMM_S8, 1, 1, 4},
                                 {PST_GEMM_U8S8, 1, 1, 4}};

enum { M = 3, N = 4, K = 5, ROOM = 1024 };
/* Operands at these elements of the memory, far from each other. */
enum { AT_A = 100, AT_B = 200, AT_C = 300, AT_BIAS = 500, AT_RESIDUAL = 600 };
static _Alignas(64) unsigned char memory[ROOM * 8], before[ROOM * 8];
static layout it;

static void *at(ptrdiff_t element, ptrdiff_t size) {
    return memory + element * size;
}

static pst_gemm_args good(void) {
    pst_gemm_args g = PST_GEMM_ARGS_INIT;
    g.type = it.type;
    g.m = M;
    g.n = N;
    g.k = K;
    g.a = at(AT_A, it.a);
    g.a_row = K;
    g.a_col = 1;
    g.b = at(AT_B, it.b);
    g.b_row = N;
    g.b_col = 1;
    g.c = at(AT_C, it.c);
    g.c_row = N;
    g.c_col = 1;
    return g;
}

/* Explaining never follows a pointer: it says something or refuses, too. */
static void explain(const pst_gemm_args *g) {
    char *const untouched = (char *)77;
    char *text = untouched;
    pst_status status = pst_gemm_explain(g, &text);
    if (status != PST_OK) {
        CHECK(text == untouched);
        return;
    }
    CHECK(text != untouched && text[0] != 0);
    pst_text_free(text);
}

#define REFUSES(want, part, ...)                                                                   \
    do {                                                                                           \
        pst_gemm_args g = good();                                                                  \
        __VA_ARGS__;                                                                               \
        FAILS(want, part, pst_gemm(&g));                                                           \
        CHECK(memcmp(memory, before, sizeof(memory)) == 0);                                        \
        explain(&g);                                                                               \
    } while (0)
#define TAKES(...)                                                                                 \
    do {                                                                                           \
        pst_gemm_args g = good();                                                                  \
        __VA_ARGS__;                                                                               \
        SUCCEEDS(pst_gemm(&g));                                                                    \
        memcpy(memory, before, sizeof(memory));                                                    \
        explain(&g);                                                                               \
    } while (0)

static void structs(void) {
    pst_gemm_args whole = good();
    char *text = NULL;
    FAILS(PST_EINVAL, "args", pst_gemm(NULL));
    FAILS(PST_EINVAL, "args", pst_gemm_explain(NULL, &text));
    FAILS(PST_EINVAL, "text", pst_gemm_explain(&whole, NULL));
    CHECK(text == NULL);
    const size_t sizes[] = {0, 1, 7, (1 << 16) + 1, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
        REFUSES(PST_EINVAL, "struct_size", g.struct_size = sizes[i]);
    TAKES(g.struct_size = 8); /* all defaults: an empty C */
    /* An older, shorter struct: what follows it is not read. */
    for (size_t size = offsetof(pst_gemm_args, batch); size < sizeof(pst_gemm_args); size++)
        TAKES(g.struct_size = size, memset((char *)&g + size, 0x5a, sizeof(g) - size));
    struct {
        pst_gemm_args known;
        char added[64];
    } later = {good(), {0}};
    later.known.struct_size = sizeof(later);
    SUCCEEDS(pst_gemm(&later.known));
    memcpy(memory, before, sizeof(memory));
}

static void sizes_and_kinds(void) {
    REFUSES(PST_EINVAL, "type", g.type = (pst_gemm_type)5);
    REFUSES(PST_EINVAL, "type", g.type = (pst_gemm_type)-1);
    REFUSES(PST_EINVAL, "activation", g.activation = (pst_activation)7);
    REFUSES(PST_EINVAL, "activation", g.activation = (pst_activation)-1);
    const size_t negative[] = {SIZE_MAX, SIZE_MAX / 2 + 1};
    for (int i = 0; i < 2; i++) {
        size_t s = negative[i];
        REFUSES(PST_EINVAL, "m is negative", g.m = s);
        REFUSES(PST_EINVAL, "n is negative", g.n = s);
        REFUSES(PST_EINVAL, "k is negative", g.k = s);
        REFUSES(PST_EINVAL, "batch is negative", g.batch = s);
        REFUSES(PST_EINVAL, "m is negative", (g.m = s, g.batch = 0));
        REFUSES(PST_EINVAL, "k is negative", (g.k = s, g.n = 0));
        REFUSES(PST_EINVAL, "threads", g.threads = s);
        REFUSES(PST_EINVAL, "kc", g.kc = s);
        REFUSES(PST_EINVAL, "mc", g.mc = s);
        REFUSES(PST_EINVAL, "nc", g.nc = s);
    }
    const size_t huge[] = {SIZE_MAX / 2, SIZE_MAX / 2 - 2, (size_t)1 << 62, SIZE_MAX / 16};
    for (int i = 0; i < 4; i++) {
        size_t h = huge[i];
        REFUSES(PST_EINVAL, "C", g.m = h);
        REFUSES(PST_EINVAL, "C", g.n = h);
        REFUSES(PST_EINVAL, "A", g.k = h);
        REFUSES(PST_EINVAL, "C", g.m = g.n = g.k = h);
        REFUSES(PST_EINVAL, "C", (g.m = g.n = h, g.c_row = g.c_col = 1));
        TAKES(g.kc = g.mc = g.nc = h);
        TAKES(g.threads = h);
    }
    TAKES(g.kc = g.mc = g.nc = 1);
    /* Nothing to compute, however often. */
    TAKES(g.m = 0, g.batch = SIZE_MAX / 2);
    TAKES(g.n = 0, g.batch = (size_t)1 << 60, g.c_batch = 1);
    TAKES(g = (pst_gemm_args)PST_GEMM_ARGS_INIT);
    TAKES(g.batch = 0, g.a = g.b = g.c = NULL);
    /* No steps: A and B are not read, so they may be anywhere. */
    TAKES(g.k = 0, g.a = g.b = NULL, g.a_row = g.b_row = PTRDIFF_MAX);
    TAKES(g.k = 0, g.a = g.c, g.b = g.c);
}

static void bounds(void) {
    if (it.type == PST_GEMM_S8 || it.type == PST_GEMM_U8S8)
        return;
    const double wrong[][2] = {{1, 0}, {NAN, 0}, {0, NAN}, {NAN, NAN}, {INFINITY, -INFINITY}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        REFUSES(PST_EINVAL, "low",
                (g.activation = PST_CLAMP, g.low = wrong[i][0], g.high = wrong[i][1]));
        TAKES(g.activation = PST_RELU, g.low = wrong[i][0], g.high = wrong[i][1]);
    }
    TAKES(g.activation = PST_CLAMP); /* both are 0 */
    TAKES(g.activation = PST_CLAMP, g.low = -INFINITY, g.high = INFINITY);
}

/* Sums of integers are neither scaled nor bent. */
static void integers(void) {
    if (it.type != PST_GEMM_S8 && it.type != PST_GEMM_U8S8)
        return;
    REFUSES(PST_EINVAL, "alpha", g.alpha = 2);
    REFUSES(PST_EINVAL, "alpha", g.alpha = 0);
    REFUSES(PST_EINVAL, "beta", g.beta = 0.5);
    REFUSES(PST_EINVAL, "beta", g.beta = -1);
    REFUSES(PST_EINVAL, "scale", g.scale = 2);
    for (int activation = PST_RELU; activation <= PST_CLAMP; activation++)
        REFUSES(PST_EINVAL, "activation", g.activation = (pst_activation)activation);
    TAKES(g.beta = 1, g.bias = at(AT_BIAS, it.c), g.bias_by_row = true);
}

static void strides(void) {
    const ptrdiff_t far[] = {PTRDIFF_MAX, PTRDIFF_MIN, PTRDIFF_MAX / 4, PTRDIFF_MIN / 4};
    for (int i = 0; i < (it.a < 4 ? 2 : 4); i++) {
        ptrdiff_t f = far[i];
        REFUSES(PST_EINVAL, "A", g.a_row = f);
        REFUSES(PST_EINVAL, "A", g.a_col = f);
        REFUSES(PST_EINVAL, "B", g.b_row = f);
        REFUSES(PST_EINVAL, "B", g.b_col = f);
        REFUSES(PST_EINVAL, "C", g.c_row = f);
        REFUSES(PST_EINVAL, "C", g.c_col = f);
        REFUSES(PST_EINVAL, "residual",
                (g.residual = at(AT_RESIDUAL, it.c), g.residual_row = f, g.residual_col = 1));
        REFUSES(PST_EINVAL, "residual",
                (g.residual = at(AT_RESIDUAL, it.c), g.residual_row = N, g.residual_col = f));
        /* The stride of what is there once does not count. */
        TAKES(g.m = 1, g.a_row = g.c_row = f);
        TAKES(g.n = 1, g.b_col = g.c_col = f);
        TAKES(g.k = 1, g.a_col = g.b_row = f);
        TAKES(g.a_batch = g.b_batch = g.c_batch = 0);
    }
    REFUSES(PST_EINVAL, "C overlaps itself", g.c_row = N - 1);
    REFUSES(PST_EINVAL, "C overlaps itself", g.c_row = -(N - 1));
    REFUSES(PST_EINVAL, "C overlaps itself", g.c_row = 0);
    REFUSES(PST_EINVAL, "C overlaps itself", g.c_col = 0);
    REFUSES(PST_EINVAL, "C overlaps itself", g.c_row = 1);
    TAKES(g.c_row = 1, g.c_col = M);
    REFUSES(PST_EINVAL, "C overlaps itself", (g.c_row = 1, g.c_col = M - 1));
    TAKES(g.a_row = g.a_col = g.b_row = g.b_col = 0);
    TAKES(g.a_row = -K, g.a_col = -1);
}

static void *odd(void *address) {
    return (char *)address + 1;
}

static void pointers(void) {
    void *bias = at(AT_BIAS, it.c), *residual = at(AT_RESIDUAL, it.c);
    REFUSES(PST_EINVAL, "A is NULL", g.a = NULL);
    REFUSES(PST_EINVAL, "B is NULL", g.b = NULL);
    REFUSES(PST_EINVAL, "C is NULL", g.c = NULL);
    if (it.a > 1)
        REFUSES(PST_EINVAL, "A is not aligned", g.a = odd(at(AT_A, it.a)));
    if (it.b > 1)
        REFUSES(PST_EINVAL, "B is not aligned", g.b = odd(at(AT_B, it.b)));
    REFUSES(PST_EINVAL, "C is not aligned", g.c = odd(at(AT_C, it.c)));
    REFUSES(PST_EINVAL, "bias is not aligned", g.bias = odd(bias));
    REFUSES(PST_EINVAL, "residual is not aligned", g.residual = odd(residual));

    /* C shares its first or its last element with what is read. */
    for (int last = 0; last < 2; last++) {
        char *c = at(AT_C, it.c);
        REFUSES(PST_EINVAL, "A shares", g.a = last ? c + (M * N - 1) * it.c : c);
        REFUSES(PST_EINVAL, "A shares", g.a = c - (last ? (M * K - 1) * it.a : 0));
        REFUSES(PST_EINVAL, "B shares", g.b = last ? c + (M * N - 1) * it.c : c);
        REFUSES(PST_EINVAL, "B shares", g.b = c - (last ? (K * N - 1) * it.b : 0));
        REFUSES(PST_EINVAL, "bias shares", g.bias = c + (last ? (M * N - 1) * it.c : 0));
        REFUSES(PST_EINVAL, "bias shares", g.bias = c - (last ? (N - 1) * it.c : 0));
        REFUSES(PST_EINVAL, "bias shares",
                (g.bias = c - (last ? (M - 1) * it.c : 0), g.bias_by_row = true));
        REFUSES(PST_EINVAL, "residual shares",
                (g.residual = c + (last ? (M * N - 1) * it.c : 0), g.residual_row = N,
                 g.residual_col = 1));
        REFUSES(PST_EINVAL, "residual shares", g.residual = c + (last ? (M * N - 1) * it.c : 0));
    }
    char *c = at(AT_C, it.c);
    TAKES(g.bias = c - N * it.c);
    TAKES(g.bias = c - M * it.c, g.bias_by_row = true);
    TAKES(g.bias = c + M * N * it.c);
    TAKES(g.a = c - M * K * it.a);
    TAKES(g.b = c + M * N * it.c);
    TAKES(g.residual = c + M * N * it.c);
    /* Blocks of one matrix interleave and share nothing. */
    TAKES(g.c_row = 32, g.residual = c + N * it.c, g.residual_row = 32, g.residual_col = 1);
    REFUSES(
        PST_EINVAL, "residual shares",
        (g.c_row = 32, g.residual = c + (N - 1) * it.c, g.residual_row = 32, g.residual_col = 1));
    TAKES(g.c_row = 32, g.bias = c + 2 * N * it.c);
}

static void batches(void) {
    REFUSES(PST_EINVAL, "C overlaps itself", g.batch = 2);
    REFUSES(PST_EINVAL, "C overlaps itself", g.batch = SIZE_MAX / 2);
    const ptrdiff_t close[] = {1, M * N - 1, -(M * N - 1), N, -1};
    for (size_t i = 0; i < sizeof(close) / sizeof(*close); i++)
        REFUSES(PST_EINVAL, "C overlaps itself", (g.batch = 3, g.c_batch = close[i]));
    TAKES(g.batch = 3, g.c_batch = M * N);
    TAKES(g.batch = 3, g.c_batch = -M * N);
    TAKES(g.batch = 3, g.c_batch = N, g.c_row = 3 * N); /* side by side */
    REFUSES(PST_EINVAL, "C overlaps itself", (g.batch = 4, g.c_batch = N, g.c_row = 3 * N));

    const ptrdiff_t far[] = {PTRDIFF_MAX, PTRDIFF_MIN, PTRDIFF_MAX / 8, PTRDIFF_MIN / 8};
    for (int i = 0; i < (it.a < 4 ? 2 : 4); i++) {
        ptrdiff_t f = far[i];
        REFUSES(PST_EINVAL, "A reaches", (g.batch = 3, g.c_batch = M * N, g.a_batch = f));
        REFUSES(PST_EINVAL, "B reaches", (g.batch = 3, g.c_batch = M * N, g.b_batch = f));
        REFUSES(PST_EINVAL, "C reaches", (g.batch = 3, g.c_batch = f));
        REFUSES(PST_EINVAL, "residual reaches",
                (g.batch = 3, g.c_batch = M * N, g.residual_batch = f,
                 g.residual = at(AT_RESIDUAL, it.c)));
        REFUSES(PST_EINVAL, "A reaches", (g.batch = 3, g.c_batch = M * N, g.a_batch = f, g.k = 0));
    }
    REFUSES(PST_EINVAL, "reaches",
            (g.batch = SIZE_MAX / 2, g.c_batch = M * N, g.a_batch = M * K, g.b_batch = K * N));
    REFUSES(PST_EINVAL, "C reaches", (g.batch = (size_t)1 << 59, g.c_batch = M * N));
    /* One product writes what another one reads. */
    REFUSES(
        PST_EINVAL, "A shares",
        (g.batch = 2, g.c_batch = M * N, g.a = at(AT_C - 50, it.c), g.a_batch = 50 * it.c / it.a));
    REFUSES(PST_EINVAL, "B shares",
            (g.batch = 2, g.c_batch = M * N, g.b = at(AT_C + M * N + 1, it.c)));
    REFUSES(PST_EINVAL, "bias shares", (g.batch = 2, g.c_batch = 50, g.bias = at(AT_C + 50, it.c)));
    REFUSES(PST_EINVAL, "residual shares",
            (g.batch = 3, g.c_batch = M * N, g.residual = at(AT_C - 200, it.c),
             g.residual_batch = 100));
    /* A, B and C of each product side by side in one struct of 64 elements. */
    if (it.a == it.c && it.b == it.c) {
        TAKES(g.batch = 5, g.a_batch = g.b_batch = g.c_batch = 64, g.a = at(AT_C + 12, it.c),
              g.b = at(AT_C + 28, it.c));
        REFUSES(PST_EINVAL, "B shares",
                (g.batch = 5, g.a_batch = g.b_batch = g.c_batch = 64, g.a = at(AT_C + 12, it.c),
                 g.b = at(AT_C + 64 - 19, it.c)));
    }
}

static void arrays(void) {
    for (size_t i = 0; i < 3; i++) {
        const void *a[3], *b[3];
        void *c[3];
        char product[32];
        snprintf(product, sizeof(product), "product %zu", i);
#define RESET                                                                                      \
    for (int p = 0; p < 3; p++) {                                                                  \
        a[p] = at(AT_A + 2 * p, it.a);                                                             \
        b[p] = at(AT_B + 3 * p, it.b);                                                             \
        c[p] = at(AT_C + M * N * (2 - p), it.c); /* downwards */                                   \
    }
#define REFUSES_ARRAYS(part, ...)                                                                  \
    do {                                                                                           \
        RESET;                                                                                     \
        __VA_ARGS__;                                                                               \
        REFUSES(                                                                                   \
            PST_EINVAL, part,                                                                      \
            (g.batch = 3, g.a_array = a, g.b_array = b, g.c_array = c, g.a = g.b = g.c = NULL));   \
    } while (0)
        RESET;
        TAKES(g.batch = 3, g.a_array = a, g.b_array = b, g.c_array = c, g.a = g.b = g.c = NULL);
        TAKES(g.batch = 3, g.a_array = a, g.b_array = b, g.c_batch = M * N);
        TAKES(g.batch = 3, g.b_array = b, g.c_array = c, g.a_batch = -1);
        TAKES(g.batch = 1, g.a_array = a, g.b_array = b, g.c_array = c);

        REFUSES_ARRAYS("A is NULL", a[i] = NULL);
        REFUSES_ARRAYS("B is NULL", b[i] = NULL);
        REFUSES_ARRAYS("C is NULL", c[i] = NULL);
        REFUSES_ARRAYS(product, a[i] = NULL);
        REFUSES_ARRAYS(product, c[i] = NULL);
        REFUSES_ARRAYS("C is not aligned", c[i] = odd(c[i]));
        if (it.a > 1)
            REFUSES_ARRAYS("A is not aligned", a[i] = odd((void *)(uintptr_t)a[i]));
        REFUSES_ARRAYS("A shares", a[i] = c[i]);
        REFUSES_ARRAYS("A shares", a[i] = c[(i + 1) % 3]);
        REFUSES_ARRAYS("B shares", b[i] = (char *)c[(i + 2) % 3] + it.c);
        REFUSES_ARRAYS("C overlaps itself", c[i] = c[(i + 1) % 3]);
        REFUSES_ARRAYS("C overlaps itself", c[i] = (char *)c[(i + 1) % 3] + it.c);
        REFUSES_ARRAYS("C reaches", c[i] = (void *)(UINTPTR_MAX / 8 * 8));

        RESET;
        REFUSES(PST_EINVAL, "A shares", (g.batch = 3, g.a = c[i], g.b_array = b, g.c_array = c));
        REFUSES(PST_EINVAL, "B shares",
                (g.batch = 3, g.a_array = a, g.b_array = b, g.c_batch = M * N,
                 b[i] = at(AT_C + 3 * M * N - 1, it.c)));
        RESET;
        REFUSES(PST_EINVAL, "bias shares", (g.batch = 3, g.c_array = c, g.bias = c[i]));
        REFUSES(
            PST_EINVAL, "residual shares",
            (g.batch = 3, g.c_array = c, g.residual = at(AT_C - 100, it.c), g.residual_batch = 50));
        REFUSES(PST_EINVAL, "A reaches",
                (g.batch = 3, g.c_array = c, g.a_batch = PTRDIFF_MAX / it.a));
        REFUSES(PST_EINVAL, "A is NULL", (g.batch = 3, g.c_array = c, g.a = NULL));
        /* Nobody looks at what nobody reads. */
        TAKES(g.batch = 3, g.k = 0, g.a_array = a, g.c_array = c, a[i] = NULL);
        TAKES(g.batch = 0, g.c_array = c, c[i] = NULL);
        TAKES(g.batch = 3, g.m = 0, g.c_array = c, c[i] = NULL);
    }
}

static void engines(void) {
    static char garbage[64];
    pst_engine *engine = new_engine(3), *dead = new_engine(1);
    pst_graph *graph = new_graph();
    pst_packed *packed = NULL;
    pst_gemm_args ok = good();
    SUCCEEDS(pst_packed_create(it.type, K, N, ok.b, N, 1, &packed));
    pst_engine_destroy(dead);
    void *bad[] = {graph, packed, dead, garbage, (char *)engine + 4, (void *)1, (void *)-1};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        REFUSES(PST_EHANDLE, "engine", g.engine = bad[i]);
        REFUSES(PST_EHANDLE, "engine", (g.engine = bad[i], g.m = 0));
        char *const untouched = (char *)77;
        char *text = untouched;
        pst_gemm_args g = good();
        g.engine = bad[i];
        FAILS(PST_EHANDLE, "engine", pst_gemm_explain(&g, &text));
        CHECK(text == untouched);
    }
    const size_t threads[] = {0, 1, 2, 3, 4, 1000000, SIZE_MAX / 2};
    for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++)
        TAKES(g.engine = engine, g.threads = threads[i]);

    pid_t child = fork();
    if (child == 0) {
        failures = 0;
        REFUSES(PST_EFORK, "engine", g.engine = engine);
        TAKES((void)0); /* without an engine there is nothing to miss */
        _exit(failures > 0);
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    pst_packed_destroy(packed);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
}

static void packed_matrices(void) {
    static char garbage[64];
    const void *b = at(AT_B, it.b);
    pst_packed *const untouched = (pst_packed *)77;
    pst_packed *p = untouched;
#define PACKS_NOT(want, part, ...)                                                                 \
    do {                                                                                           \
        FAILS(want, part, pst_packed_create(__VA_ARGS__, &p));                                     \
        CHECK(p == untouched);                                                                     \
    } while (0)
    FAILS(PST_EINVAL, "packed", pst_packed_create(it.type, K, N, b, N, 1, NULL));
    PACKS_NOT(PST_EINVAL, "type", (pst_gemm_type)5, K, N, b, N, 1);
    PACKS_NOT(PST_EINVAL, "type", (pst_gemm_type)-1, K, N, b, N, 1);
    PACKS_NOT(PST_EINVAL, "k is negative", it.type, SIZE_MAX, N, b, N, 1);
    PACKS_NOT(PST_EINVAL, "n is negative", it.type, K, SIZE_MAX, b, N, 1);
    PACKS_NOT(PST_EINVAL, "B is NULL", it.type, K, N, NULL, N, 1);
    if (it.b > 1)
        PACKS_NOT(PST_EINVAL, "B is not aligned", it.type, K, N, (const char *)b + 1, N, 1);
    PACKS_NOT(PST_EINVAL, "B reaches", it.type, SIZE_MAX / 2, N, b, N, 1);
    if (it.b > 1)
        PACKS_NOT(PST_EINVAL, "B reaches", it.type, K, SIZE_MAX / 2, b, N, 1);
    PACKS_NOT(PST_EINVAL, "B reaches", it.type, K, N, b, PTRDIFF_MAX, 1);
    PACKS_NOT(PST_EINVAL, "B reaches", it.type, K, N, b, N, PTRDIFF_MIN);
    PACKS_NOT(PST_ENOMEM, "memory", it.type, SIZE_MAX / 2, 1, b, 0, 0);
    PACKS_NOT(PST_ENOMEM, "memory", it.type, 1, SIZE_MAX / 2, b, 0, 0);
    PACKS_NOT(PST_ENOMEM, "memory", it.type, (size_t)1 << 40, (size_t)1 << 30, b, 0, 0);
    p = NULL;
    SUCCEEDS(pst_packed_create(it.type, 0, N, NULL, 0, 0, &p));
    TAKES(g.k = 0, g.packed_b = p);
    pst_packed_destroy(p);
    SUCCEEDS(pst_packed_create(it.type, K, 0, NULL, 0, 0, &p));
    TAKES(g.n = 0, g.packed_b = p);
    pst_packed_destroy(p);

    SUCCEEDS(pst_packed_create(it.type, K, N, b, -1, 0, &p));
    TAKES(g.packed_b = p, g.b = NULL);
    REFUSES(PST_EINVAL, "packed_b is 5 x 4", (g.packed_b = p, g.k = K - 1));
    REFUSES(PST_EINVAL, "packed_b is 5 x 4", (g.packed_b = p, g.n = N + 1));
    REFUSES(PST_EINVAL, "packed_b is 5 x 4", (g.packed_b = p, g.m = 0, g.n = 0));
    for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
        if (layouts[i].type != it.type)
            REFUSES(PST_EINVAL, "packed_b is 5 x 4", (g.packed_b = p, g.type = layouts[i].type));
    pst_engine *engine = new_engine(1);
    pst_graph *graph = new_graph();
    pst_packed *dead = NULL;
    SUCCEEDS(pst_packed_create(it.type, K, N, b, N, 1, &dead));
    canary();
    pst_packed_destroy(dead);
    pst_packed_destroy(dead);
    pst_packed_destroy(NULL);
    void *bad[] = {dead, engine, graph, garbage, (char *)p + 4, (void *)1, (void *)-1};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        REFUSES(PST_EHANDLE, "packed_b", g.packed_b = bad[i]);
        REFUSES(PST_EHANDLE, "packed_b", (g.packed_b = bad[i], g.batch = 0));
        if (bad[i] != engine && bad[i] != graph)
            pst_packed_destroy(bad[i]);
    }
    /* Of another kind: both are still alive. */
    pst_packed_destroy((pst_packed *)engine);
    pst_packed_destroy((pst_packed *)graph);
    pst_engine_destroy((pst_engine *)p);
    pst_graph_destroy((pst_graph *)p);
    new_sink(graph, new_source(graph));
    SUCCEEDS(pst_graph_run(graph, engine));
    TAKES(g.packed_b = p, g.b = NULL);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    pst_packed_destroy(p);
}

static pst_status told;
static int tellings;
static void tell(pst_status status) {
    told = status;
    tellings++;
}

/* Its ways to say that something is wrong: to do nothing, and to tell `failed`. */
static void loops(void) {
    if (it.type > PST_GEMM_F64)
        return;
    ptrdiff_t size = it.c;
    void *args[] = {at(AT_A, size), at(AT_B, size), at(AT_BIAS, size), at(AT_C, size)};
    ptrdiff_t dimensions[] = {1, M, K, N};
    ptrdiff_t steps[] = {0, 0, 0, 0, K * size, size, N * size, size, size, N * size, size};
    const pst_gemm_loop good_loop = {sizeof(pst_gemm_loop), it.type, true, PST_LINEAR, tell};
    pst_gemm_loop loop = good_loop;
#define TELLS(want, ...)                                                                           \
    do {                                                                                           \
        told = PST_OK;                                                                             \
        __VA_ARGS__;                                                                               \
        CHECK(told == (want));                                                                     \
        CHECK(memcmp(memory, before, sizeof(memory)) == 0);                                        \
        loop = good_loop;                                                                          \
    } while (0)
    TELLS(PST_OK, pst_gemm_arrays(args, dimensions, steps, NULL));
    TELLS(PST_OK, loop.struct_size = 0, pst_gemm_arrays(args, dimensions, steps, &loop));
    TELLS(PST_OK, loop.struct_size = (size_t)-1, pst_gemm_arrays(args, dimensions, steps, &loop));
    TELLS(PST_EINVAL, pst_gemm_arrays(NULL, dimensions, steps, &loop));
    TELLS(PST_EINVAL, pst_gemm_arrays(args, NULL, steps, &loop));
    TELLS(PST_EINVAL, pst_gemm_arrays(args, dimensions, NULL, &loop));
    TELLS(PST_OK, loop.failed = NULL, pst_gemm_arrays(NULL, NULL, NULL, &loop));
    for (int type = PST_GEMM_BF16; type < PST_GEMM_BF16 + 5; type++)
        TELLS(PST_EINVAL, loop.type = (pst_gemm_type)type,
              pst_gemm_arrays(args, dimensions, steps, &loop));
    TELLS(PST_EINVAL, loop.activation = PST_CLAMP, pst_gemm_arrays(args, dimensions, steps, &loop));
    TELLS(PST_EINVAL, loop.activation = (pst_activation)99,
          pst_gemm_arrays(args, dimensions, steps, &loop));
    for (int i = 0; i < 2; i++) {
        void *operand = args[i];
        TELLS(PST_EINVAL, args[i] = NULL, pst_gemm_arrays(args, dimensions, steps, &loop));
        args[i] = operand;
    }
    TELLS(PST_EINVAL, steps[8] = 2 * size, pst_gemm_arrays(args, dimensions, steps, &loop));
    steps[8] = size;
    for (int i = 4; i < 11; i++) { /* not whole numbers; the bias is at 8 */
        ptrdiff_t step = steps[i];
        TELLS(PST_EINVAL, steps[i] = step + 1, pst_gemm_arrays(args, dimensions, steps, &loop));
        TELLS(PST_EINVAL, steps[i] = -step - 1, pst_gemm_arrays(args, dimensions, steps, &loop));
        steps[i] = step;
    }
    TELLS(PST_EINVAL, dimensions[1] = -1, pst_gemm_arrays(args, dimensions, steps, &loop));
    dimensions[1] = M;
    TELLS(PST_OK, dimensions[0] = 0, pst_gemm_arrays(args, dimensions, steps, &loop));
    TELLS(PST_OK, dimensions[0] = -1, pst_gemm_arrays(args, dimensions, steps, &loop));
    /* Of several, each that fails. */
    tellings = 0;
    TELLS(PST_EINVAL, dimensions[0] = 3, loop.activation = PST_CLAMP,
          pst_gemm_arrays(args, dimensions, steps, &loop));
    CHECK(tellings == 3);
#undef TELLS
}

int main(void) {
    begin(120);
    for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
        it = layouts[i];
        memset(memory, 0, sizeof(memory));
        memset(at(AT_C - 1, it.c), 0x11, (size_t)((M * N * 3 + 2) * it.c));
        memcpy(before, memory, sizeof(memory));
        structs();
        sizes_and_kinds();
        bounds();
        integers();
        strides();
        pointers();
        batches();
        arrays();
        engines();
        packed_matrices();
        loops();
    }
    return end("misuse_product");
}
