/* Tensors that are no operands: every refusal names the tensor and leaves the arguments alone. */
#include "misuse.h"
#include "tensor.h"

enum { M = 2, N = 3, K = 4, STACK = 5 };

/* The three tensors of a good call, and room to change them. */
typedef struct call {
    int64_t shape[3][4], strides[3][4];
    tensor a, b, c;
} call;

static float data[3][STACK * K * K];

static void fill_tensor(call *it, int which, tensor *t, int64_t rows, int64_t columns) {
    int64_t *shape = it->shape[which], *strides = it->strides[which];
    shape[0] = rows;
    shape[1] = columns;
    strides[0] = columns;
    strides[1] = 1;
    *t = (tensor){data[which], CPU, 0, 2, FLOAT, 32, 1, shape, strides, 0};
}

static void good(call *it) {
    memset(it, 0, sizeof(*it));
    fill_tensor(it, 0, &it->a, M, K);
    fill_tensor(it, 1, &it->b, K, N);
    fill_tensor(it, 2, &it->c, M, N);
}

/* The tensor becomes so many matrices, without gaps. */
static void stack(tensor *t, int64_t count) {
    t->ndim = 3;
    t->shape[2] = t->shape[1];
    t->shape[1] = t->shape[0];
    t->shape[0] = count;
    t->strides[2] = 1;
    t->strides[1] = t->shape[2];
    t->strides[0] = t->shape[1] * t->shape[2];
}

static pst_gemm_args marked(void) {
    pst_gemm_args args = PST_GEMM_ARGS_INIT;
    args.m = args.n = args.k = 77;
    args.a = args.b = args.c = (void *)77;
    args.a_row = args.b_row = args.c_row = args.a_batch = 77;
    args.batch = 77;
    return args;
}

#define REFUSES(part, ...)                                                                         \
    do {                                                                                           \
        call t;                                                                                    \
        pst_gemm_args args = marked();                                                             \
        const pst_gemm_args before = args;                                                         \
        good(&t);                                                                                  \
        __VA_ARGS__;                                                                               \
        FAILS(PST_EINVAL, part, pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));                    \
        CHECK(memcmp(&args, &before, sizeof(args)) == 0);                                          \
    } while (0)
/* Each of the three tensors in turn is t. */
#define REFUSES_EACH(part, ...)                                                                    \
    do {                                                                                           \
        static const char *const names[] = {"a" part, "b" part, "c" part};                         \
        for (int which = 0; which < 3; which++)                                                    \
            REFUSES(names[which], tensor *x = which == 0   ? &t.a                                  \
                                              : which == 1 ? &t.b                                  \
                                                           : &t.c;                                 \
                    __VA_ARGS__);                                                                  \
    } while (0)

static void refused(void) {
    call t;
    good(&t);
    pst_gemm_args args = marked();
    const pst_gemm_args before = args;
    FAILS(PST_EINVAL, "args", pst_gemm_args_dlpack(NULL, &t.a, &t.b, &t.c));
    FAILS(PST_EINVAL, "a is NULL", pst_gemm_args_dlpack(&args, NULL, &t.b, &t.c));
    FAILS(PST_EINVAL, "c is NULL", pst_gemm_args_dlpack(&args, &t.a, &t.b, NULL));
    CHECK(memcmp(&args, &before, sizeof(args)) == 0);
    const size_t sizes[] = {0, 8, offsetof(pst_gemm_args, bias) - 1, (1 << 16) + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        args.struct_size = sizes[i];
        FAILS(PST_EINVAL, "struct_size", pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    }

    REFUSES_EACH(": device type 2", x->device_type = CUDA);
    REFUSES_EACH(": device type 0", x->device_type = 0);
    REFUSES_EACH(": device type -1", x->device_type = -1);
    REFUSES_EACH(" has -1 dimensions", x->ndim = -1);
    REFUSES_EACH(" has 0 dimensions", x->ndim = 0);
    REFUSES_EACH(" has 1 dimension", x->ndim = 1);
    REFUSES_EACH(" has 4 dimensions", x->ndim = 4);
    REFUSES_EACH(" has 2147483647 dimensions", x->ndim = INT32_MAX);
    REFUSES_EACH(" has no shape", x->shape = NULL);
    REFUSES_EACH(" has elements of 4 lanes", x->lanes = 4);
    REFUSES_EACH(" has elements of 0 lanes", x->lanes = 0);
    REFUSES_EACH(": dimension 0 is -1", x->shape[0] = -1);
    REFUSES_EACH(": dimension 1 is", x->shape[1] = INT64_MIN);
    REFUSES_EACH(": byte_offset", x->byte_offset = UINT64_MAX);
    REFUSES_EACH(": byte_offset", x->byte_offset = (uint64_t)INT64_MAX + 1);
    REFUSES_EACH(" is too large", stack(x, 2), x->strides = NULL, x->shape[1] = INT64_MAX,
                 x->shape[2] = 2);

    static const struct {
        uint8_t code, bits;
    } types[] = {{FLOAT, 16}, {FLOAT, 64}, {BFLOAT, 16},  {INT, 32},  {INT, 8},
                 {UINT, 8},   {BOOL, 8},   {COMPLEX, 64}, {FLOAT, 0}, {255, 255}};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        REFUSES_EACH(" (code", x->code = types[i].code, x->bits = types[i].bits);
    REFUSES("c (code 2, 16 bits)", t.a.bits = t.b.bits = t.c.bits = 16);
    REFUSES("a (code 0, 8 bits)", t.a.code = t.c.code = INT, t.a.bits = 8);
    REFUSES("types", t.a.code = t.b.code = BFLOAT, t.a.bits = t.b.bits = t.c.bits = 16);

    REFUSES("a has 3 rows, c 2", t.a.shape[0] = 3);
    REFUSES("a has 5 columns, b 4", t.a.shape[1] = 5);
    REFUSES("a has 4 columns, b 5", t.b.shape[0] = 5);
    REFUSES("b has 4 columns, c 3", t.b.shape[1] = 4);
    REFUSES("b has 3 columns, c 4", t.c.shape[1] = 4);
    REFUSES("a has 2 rows, c 0", t.c.shape[0] = 0);
    REFUSES("a is a stack of 2, c of 3", stack(&t.a, 2), stack(&t.c, 3));
    REFUSES("b is a stack of 2, c of 3", stack(&t.b, 2), stack(&t.c, 3));
    REFUSES("a is a stack of 0, c of 3", stack(&t.a, 0), stack(&t.c, 3));
    REFUSES("b is a stack of 3, c of 1", stack(&t.b, 3));
    REFUSES("a is a stack of 3, c of 1", stack(&t.a, 3), stack(&t.c, 1));
    REFUSES("a is a stack of 3, c of 0", stack(&t.a, 3), stack(&t.c, 0));

    /* Without b, k and n are those of the arguments. */
    good(&t);
    args = marked();
    FAILS(PST_EINVAL, "k is 77", pst_gemm_args_dlpack(&args, &t.a, NULL, &t.c));
    args.k = K;
    FAILS(PST_EINVAL, "n is 77", pst_gemm_args_dlpack(&args, &t.a, NULL, &t.c));
    args.k = SIZE_MAX;
    FAILS(PST_EINVAL, "k is", pst_gemm_args_dlpack(&args, &t.a, NULL, &t.c));
}

/* What cannot be multiplied for other reasons is refused by the product. */
static void passed_on(void) {
    call t;
    pst_gemm_args args = PST_GEMM_ARGS_INIT;
    good(&t);
    t.a.data = NULL;
    t.a.byte_offset = 4;
    SUCCEEDS(pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    FAILS(PST_EINVAL, "A is NULL", pst_gemm(&args));
    good(&t);
    t.b.byte_offset = 2;
    SUCCEEDS(pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    FAILS(PST_EINVAL, "B is not aligned", pst_gemm(&args));
    good(&t);
    t.c.strides[0] = t.c.strides[1] = 0;
    SUCCEEDS(pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    FAILS(PST_EINVAL, "C overlaps", pst_gemm(&args));
    good(&t);
    t.a.strides[0] = INT64_MAX;
    SUCCEEDS(pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    FAILS(PST_EINVAL, "A reaches", pst_gemm(&args));
    good(&t);
    stack(&t.c, STACK);
    t.c.strides[0] = 1;
    SUCCEEDS(pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    FAILS(PST_EINVAL, "C overlaps", pst_gemm(&args));
    good(&t);
    t.a.byte_offset = INT64_MAX;
    SUCCEEDS(pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    FAILS(PST_EINVAL, "A", pst_gemm(&args));
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < sizeof(data[i]) / sizeof(float); k++)
            CHECK(data[i][k] == 0);
}

/* An old caller's struct ends where it ends. */
static void shorter(void) {
    call t;
    pst_gemm_args args = PST_GEMM_ARGS_INIT;
    good(&t);
    args.struct_size = offsetof(pst_gemm_args, bias);
    memset((char *)&args + args.struct_size, 0x5a, sizeof(args) - args.struct_size);
    SUCCEEDS(pst_gemm_args_dlpack(&args, &t.a, &t.b, &t.c));
    for (size_t i = args.struct_size; i < sizeof(args); i++)
        CHECK(((char *)&args)[i] == 0x5a);
    SUCCEEDS(pst_gemm(&args));
}

int main(void) {
    begin(60);
    refused();
    passed_on();
    shorter();
    return end("misuse_dlpack");
}
