/* Tensors of other libraries as operands: what comes out is what the same product gives by hand. */
#include "misuse.h"
#include "tensor.h"

enum { M = 5, N = 7, K = 6, STACK = 4, ROOM = 1000 };

typedef struct element {
    uint8_t code, bits;
} element;

/* One row for each combination of element types: A, B, C. */
typedef struct layout {
    pst_gemm_type type;
    element a, b, c;
} layout;
static const layout layouts[] = {
    {PST_GEMM_F32, {FLOAT, 32}, {FLOAT, 32}, {FLOAT, 32}},
    {PST_GEMM_F64, {FLOAT, 64}, {FLOAT, 64}, {FLOAT, 64}},
    {PST_GEMM_BF16, {BFLOAT, 16}, {BFLOAT, 16}, {FLOAT, 32}},
    {PST_GEMM_S8, {INT, 8}, {INT, 8}, {INT, 32}},
    {PST_GEMM_U8S8, {UINT, 8}, {INT, 8}, {INT, 32}},
};
static layout it;
static _Alignas(64) char a[ROOM * 8], b[ROOM * 8], c[ROOM * 8], wanted[ROOM * 8];

static void set(element of, void *x, size_t i, int value) {
    const float number = (float)value;
    uint32_t bits;
    if (of.bits == 8)
        ((uint8_t *)x)[i] = (uint8_t)value;
    else if (of.bits == 32)
        ((float *)x)[i] = number;
    else if (of.bits == 64)
        ((double *)x)[i] = value;
    else {
        memcpy(&bits, &number, sizeof(bits));
        ((uint16_t *)x)[i] = (uint16_t)(bits >> 16);
    }
}

/* rank 2: without the first of shape and strides. */
static tensor tensor_of(void *data, int rank, int64_t *shape, int64_t *strides) {
    element of = data == (void *)a ? it.a : data == (void *)b ? it.b : it.c;
    strides = strides ? strides + 3 - rank : NULL;
    return (tensor){data, CPU, 0, rank, of.code, of.bits, 1, shape + 3 - rank, strides, 0};
}

static pst_gemm_args by_hand(void) {
    pst_gemm_args g = PST_GEMM_ARGS_INIT;
    g.type = it.type;
    g.m = M, g.n = N, g.k = K;
    g.a = a, g.a_row = K, g.a_col = 1;
    g.b = b, g.b_row = N, g.b_col = 1;
    g.c = wanted, g.c_row = N, g.c_col = 1;
    return g;
}

static void compare(const tensor *x, const tensor *y, tensor *z, const pst_gemm_args *hand) {
    pst_gemm_args g = PST_GEMM_ARGS_INIT;
    memset(c, 0x11, sizeof(c));
    memset(wanted, 0x11, sizeof(wanted));
    RUNS(pst_gemm(hand));
    SUCCEEDS(pst_gemm_args_dlpack(&g, x, y, z));
    CHECK(g.type == it.type && g.m == M && g.n == N && g.k == K);
    RUNS(pst_gemm(&g));
    CHECK(memcmp(c, wanted, sizeof(c)) == 0);
}

static void matrices(void) {
    int64_t sa[] = {0, M, K}, sb[] = {0, K, N}, sc[] = {0, M, N};
    tensor x = tensor_of(a, 2, sa, NULL), y = tensor_of(b, 2, sb, NULL),
           z = tensor_of(c, 2, sc, NULL);
    pst_gemm_args hand = by_hand();
    compare(&x, &y, &z, &hand);
    const int32_t devices[] = {CUDA_HOST, ROCM_HOST};
    for (int i = 0; i < 2; i++) {
        x.device_type = devices[i];
        x.device_id = 3;
        compare(&x, &y, &z, &hand);
    }

    /* Transposed, with gaps, backwards from an offset. */
    int64_t down[] = {0, 1, M + 2}, back[] = {0, -N, -1}, wide[] = {0, N + 3, 1};
    x = tensor_of(a, 2, sa, down);
    y = tensor_of(b, 2, sb, back);
    y.byte_offset = (uint64_t)(K * N - 1) * it.b.bits / 8;
    z = tensor_of(c, 2, sc, wide);
    z.byte_offset = 16;
    hand.a_row = 1, hand.a_col = M + 2;
    hand.b = b + y.byte_offset, hand.b_row = -N, hand.b_col = -1;
    hand.c = wanted + 16, hand.c_row = N + 3;
    compare(&x, &y, &z, &hand);

    /* One row for all, as broadcasting makes them. */
    int64_t same[] = {0, 0, 1};
    x = tensor_of(a, 2, sa, same);
    hand.a_row = 0, hand.a_col = 1;
    compare(&x, &y, &z, &hand);
}

static void stacks(void) {
    int64_t sa[] = {STACK, M, K}, sb[] = {STACK, K, N}, sc[] = {STACK, M, N};
    tensor x = tensor_of(a, 3, sa, NULL), y = tensor_of(b, 3, sb, NULL),
           z = tensor_of(c, 3, sc, NULL);
    pst_gemm_args hand = by_hand();
    hand.batch = STACK;
    hand.a_batch = M * K, hand.b_batch = K * N, hand.c_batch = M * N;
    compare(&x, &y, &z, &hand);

    /* Heads of one matrix: the stack is the middle dimension in memory. */
    int64_t heads[] = {K, STACK * K, 1};
    x = tensor_of(a, 3, sa, heads);
    hand.a_batch = K, hand.a_row = STACK * K;
    compare(&x, &y, &z, &hand);

    /* B for all: a matrix, or a stack of one. */
    int64_t one[] = {1, K, N};
    y = tensor_of(b, 2, sb, NULL);
    hand.b_batch = 0;
    compare(&x, &y, &z, &hand);
    y = tensor_of(b, 3, one, NULL);
    compare(&x, &y, &z, &hand);

    /* Stacks of one are matrices. */
    sa[0] = sc[0] = 1;
    hand.batch = 1;
    compare(&x, &y, &z, &hand);
    /* Stacks of none, and empty matrices, are no products. */
    sa[0] = sc[0] = 0;
    hand.batch = 0;
    compare(&x, &y, &z, &hand);
    CHECK(c[0] == 0x11);
}

/* B packed ahead, its shape in the arguments; a B that comes as a tensor takes its place. */
static void packed(void) {
    int64_t sa[] = {0, M, K}, sb[] = {0, K, N}, sc[] = {0, M, N};
    tensor x = tensor_of(a, 2, sa, NULL), y = tensor_of(b, 2, sb, NULL),
           z = tensor_of(c, 2, sc, NULL);
    pst_gemm_args hand = by_hand(), g = PST_GEMM_ARGS_INIT;
    pst_packed *other = NULL, *weights = NULL;
    SUCCEEDS(pst_packed_create(it.type, K, N, b, N, 1, &weights));
    /* Anything else. */
    SUCCEEDS(pst_packed_create(it.type, K, N, b + 64, N, 1, &other));
    memset(c, 0, sizeof(c));
    memset(wanted, 0, sizeof(wanted));
    RUNS(pst_gemm(&hand));
    g.packed_b = weights;
    g.k = K;
    g.n = N;
    g.alpha = 1;
    SUCCEEDS(pst_gemm_args_dlpack(&g, &x, NULL, &z));
    CHECK(g.packed_b == weights && g.b == NULL);
    RUNS(pst_gemm(&g));
    CHECK(memcmp(c, wanted, sizeof(c)) == 0);
    memset(c, 0, sizeof(c));
    g.packed_b = other;
    SUCCEEDS(pst_gemm_args_dlpack(&g, &x, &y, &z));
    CHECK(g.packed_b == NULL);
    RUNS(pst_gemm(&g));
    CHECK(memcmp(c, wanted, sizeof(c)) == 0);
    pst_packed_destroy(other);
    pst_packed_destroy(weights);
}

/* Everything else in the arguments stays. */
static void kept(void) {
    int64_t sa[] = {0, M, K}, sb[] = {0, K, N}, sc[] = {0, M, N};
    tensor x = tensor_of(a, 2, sa, NULL), y = tensor_of(b, 2, sb, NULL),
           z = tensor_of(c, 2, sc, NULL);
    const void *arrays[1] = {NULL};
    pst_gemm_args g = PST_GEMM_ARGS_INIT;
    g.alpha = 2, g.beta = 3, g.bias = a, g.bias_by_row = true, g.activation = PST_RELU;
    g.low = 4, g.high = 5, g.scale = 6, g.residual = b, g.residual_row = 7, g.residual_col = 8;
    g.residual_batch = 9, g.threads = 10, g.kc = 11, g.mc = 12, g.nc = 13;
    g.a_array = arrays;
    pst_gemm_args before = g;
    SUCCEEDS(pst_gemm_args_dlpack(&g, &x, &y, &z));
    CHECK(g.alpha == 2 && g.beta == 3 && g.a_array == NULL);
    CHECK(memcmp(&g.bias, &before.bias, sizeof(g) - offsetof(pst_gemm_args, bias)) == 0);
}

int main(void) {
    begin(60);
    for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
        it = layouts[i];
        for (size_t e = 0; e < ROOM; e++) {
            set(it.a, a, e, (int)(e * 7 % 11) - 5);
            set(it.b, b, e, (int)(e * 5 % 13) - 6);
        }
        matrices();
        stacks();
        packed();
        kept();
    }
    return end("tensors");
}
