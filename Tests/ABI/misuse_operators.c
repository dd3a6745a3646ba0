/* Arguments of what makes, composes and uses operators. What is refused leaves its out-parameter
 * alone. */
#include "misuse.h"

#include <math.h>
#include <stdint.h>
#include <sys/resource.h>

static const size_t image_shape[] = {4, 5, 3};
static const pst_layout number = {sizeof(pst_layout), PST_F32, 0, NULL},
                        integer = {sizeof(pst_layout), PST_I64, 0, NULL},
                        image = {sizeof(pst_layout), PST_U8, 3, image_shape};
static pst_operator *const untouched = (pst_operator *)77;
static pst_operator *made;

/* The call, which is given &made, is refused and makes nothing. */
#define REFUSES(status, part, call)                                                                \
    do {                                                                                           \
        made = untouched;                                                                          \
        FAILS(status, part, call);                                                                 \
        CHECK(made == untouched);                                                                  \
    } while (0)

static pst_operator *new_cast(const pst_layout *input, pst_scalar scalar) {
    pst_operator *op = NULL;
    if (pst_operator_cast(input, scalar, &op))
        exit(pst_report(stdout));
    return op;
}

/* What every function does that makes an operator of a layout. */
#define LAYOUTS(call)                                                                              \
    do {                                                                                           \
        static const size_t empty[] = {0, 3}, huge[] = {1 << 20, 1 << 20},                         \
                            endless[] = {SIZE_MAX, 2};                                             \
        pst_layout bad = image;                                                                    \
        const pst_layout *input = NULL;                                                            \
        REFUSES(PST_EINVAL, "input is NULL", call);                                                \
        input = &bad;                                                                              \
        bad.struct_size = 0;                                                                       \
        REFUSES(PST_EINVAL, "input.struct_size is 0", call);                                       \
        bad = image;                                                                               \
        bad.scalar = (pst_scalar)99;                                                               \
        REFUSES(PST_EINVAL, "input.scalar 99 is no pst_scalar", call);                             \
        bad = image;                                                                               \
        bad.rank = 9;                                                                              \
        REFUSES(PST_EINVAL, "input.rank 9 is more than 8", call);                                  \
        bad.rank = 2;                                                                              \
        bad.shape = NULL;                                                                          \
        REFUSES(PST_EINVAL, "input.shape is NULL", call);                                          \
        bad.shape = empty;                                                                         \
        REFUSES(PST_EINVAL, "shape (0, 3)", call);                                                 \
        bad.shape = huge;                                                                          \
        REFUSES(PST_EINVAL, "shape (1048576, 1048576)", call);                                     \
        bad.shape = endless;                                                                       \
        REFUSES(PST_EINVAL, "is not of 1 to", call);                                               \
    } while (0)

static void numbers_by_themselves(void) {
    const float one = 1;
    const size_t three[] = {3}, two[] = {2};
    pst_layout row = {sizeof row, PST_F32, 1, three}, wrong = {sizeof wrong, PST_F32, 1, two},
               ints = {sizeof ints, PST_I32, 1, three};
    LAYOUTS(pst_operator_unary(input, PST_NEGATIVE, &made));
    LAYOUTS(pst_operator_cast(input, PST_F32, &made));
    LAYOUTS(pst_operator_binary(input, PST_ADD, &one, NULL, false, &made));
    LAYOUTS(pst_operator_constant(input, &one, &number, &made));
    LAYOUTS(pst_operator_normalise(input, &one, &one, 1, &made));

    FAILS(PST_EINVAL, "made is NULL", pst_operator_unary(&number, PST_NEGATIVE, NULL));
    REFUSES(PST_EINVAL, "kind 7 is no pst_unary", pst_operator_unary(&number, (pst_unary)7, &made));
    REFUSES(PST_EINVAL, "there is no squareRoot of i64",
            pst_operator_unary(&integer, PST_SQUARE_ROOT, &made));
    REFUSES(PST_EINVAL, "scalar 11 is no pst_scalar",
            pst_operator_cast(&number, (pst_scalar)11, &made));
    REFUSES(PST_EINVAL, "kind 17 is no pst_binary",
            pst_operator_binary(&number, (pst_binary)17, &one, NULL, false, &made));
    REFUSES(PST_EINVAL, "operand is NULL",
            pst_operator_binary(&number, PST_ADD, NULL, NULL, false, &made));
    REFUSES(PST_EINVAL, "there is no and of f32",
            pst_operator_binary(&number, PST_AND, &one, NULL, false, &made));
    REFUSES(PST_EINVAL, "the operand is of i32, and the input of f32",
            pst_operator_binary(&row, PST_ADD, &one, &ints, false, &made));
    REFUSES(PST_EINVAL, "operand of shape [2] does not broadcast to elements of shape [3]",
            pst_operator_binary(&row, PST_ADD, &one, &wrong, false, &made));
    REFUSES(PST_EINVAL, "operand is NULL", pst_operator_constant(&row, NULL, &row, &made));
    REFUSES(PST_EINVAL, "layout is NULL", pst_operator_constant(&row, &one, NULL, &made));
    REFUSES(PST_EINVAL, "mean is NULL", pst_operator_normalise(&row, NULL, &one, 1, &made));
    REFUSES(PST_EINVAL, "deviation is NULL", pst_operator_normalise(&row, &one, NULL, 1, &made));
    REFUSES(PST_EINVAL, "count 2 is neither 1 nor",
            pst_operator_normalise(&row, &one, &one, 2, &made));
    REFUSES(PST_EINVAL, "count 0 is neither 1 nor",
            pst_operator_normalise(&number, &one, &one, 0, &made));
}

static void composed(void) {
    pst_operator *a = new_cast(&number, PST_F32), *b = new_cast(&integer, PST_F32),
                 *c = new_cast(&number, PST_I64), *flags = new_cast(&number, PST_BOOL);
    REFUSES(PST_EINVAL, "kind 99 is no pst_binary",
            pst_operator_combine((pst_binary)99, a, a, &made));
    REFUSES(PST_EHANDLE, "left is NULL", pst_operator_combine(PST_ADD, NULL, a, &made));
    REFUSES(PST_EHANDLE, "right is not a live operator",
            pst_operator_combine(PST_ADD, a, (pst_operator *)12345, &made));
    REFUSES(PST_EINVAL, "left takes f32, and right i64",
            pst_operator_combine(PST_ADD, a, b, &made));
    REFUSES(PST_EINVAL, "left makes f32, and right i64",
            pst_operator_combine(PST_ADD, a, c, &made));
    REFUSES(PST_EINVAL, "there is no or of f32", pst_operator_combine(PST_OR, a, a, &made));
    REFUSES(PST_EHANDLE, "chosen is NULL", pst_operator_select(NULL, a, a, &made));
    REFUSES(PST_EHANDLE, "left is NULL", pst_operator_select(flags, NULL, a, &made));
    REFUSES(PST_EHANDLE, "right is NULL", pst_operator_select(flags, a, NULL, &made));
    REFUSES(PST_EINVAL, "chosen makes f32", pst_operator_select(a, a, a, &made));
    REFUSES(PST_EINVAL, "chosen takes f32", pst_operator_select(flags, b, b, &made));

    const pst_operator *chain[] = {a, b};
    REFUSES(PST_EINVAL, "operators is NULL", pst_operator_chain(NULL, 1, &made));
    REFUSES(PST_EINVAL, "count 0 is not in", pst_operator_chain(chain, 0, &made));
    REFUSES(PST_EINVAL, "operator 0 makes f32, and operator 1 takes i64",
            pst_operator_chain(chain, 2, &made));
    chain[1] = NULL;
    REFUSES(PST_EHANDLE, "operators[1] is NULL", pst_operator_chain(chain, 2, &made));

    pst_operator_destroy(c);
    REFUSES(PST_EHANDLE, "left is not a live operator", pst_operator_combine(PST_ADD, c, a, &made));
    pst_operator_destroy(c);
    pst_operator_destroy(NULL);
    pst_operator_destroy(a);
    pst_operator_destroy(b);
    pst_operator_destroy(flags);
}

static void tables_and_structs(void) {
    const uint8_t table[12] = {0};
    const size_t rows[] = {4, 3};
    pst_layout layout = {sizeof layout, PST_U8, 2, rows}, none_ = PST_LAYOUT_INIT;
    LAYOUTS(pst_operator_gather(input, table, &layout, false, &made));
    LAYOUTS(pst_operator_one_hot(input, 10, PST_F32, &made));
    REFUSES(PST_EINVAL, "gather takes integers, not f32",
            pst_operator_gather(&number, table, &layout, false, &made));
    REFUSES(PST_EINVAL, "table is NULL",
            pst_operator_gather(&integer, NULL, &layout, false, &made));
    REFUSES(PST_EINVAL, "layout is NULL", pst_operator_gather(&integer, table, NULL, false, &made));
    REFUSES(PST_EINVAL, "table has rank 0",
            pst_operator_gather(&integer, table, &none_, false, &made));
    REFUSES(PST_EINVAL, "one_hot takes integers", pst_operator_one_hot(&number, 3, PST_F32, &made));
    REFUSES(PST_EINVAL, "shape (0)", pst_operator_one_hot(&integer, 0, PST_F32, &made));
    REFUSES(PST_EINVAL, "is not of 1 to", pst_operator_one_hot(&integer, SIZE_MAX, PST_F32, &made));
    REFUSES(PST_EINVAL, "scalar 50 is no",
            pst_operator_one_hot(&integer, 3, (pst_scalar)50, &made));

    REFUSES(PST_EINVAL, "field is NULL", pst_operator_field(8, 0, NULL, &made));
    REFUSES(PST_EINVAL, "a field f32 at offset 6 is not in 8 bytes",
            pst_operator_field(8, 6, &number, &made));
    REFUSES(PST_EINVAL, "is not in 8 bytes", pst_operator_field(8, SIZE_MAX, &number, &made));
    REFUSES(PST_EINVAL, "shape (0)", pst_operator_field(0, 0, &number, &made));

    const ptrdiff_t steps[] = {3, 1}, far[] = {PTRDIFF_MAX, 1}, back[] = {-3, 1};
    pst_layout wide = layout;
    wide.scalar = PST_F32;
    LAYOUTS(pst_operator_arrange(input, &none_, steps, 0, &made));
    REFUSES(PST_EINVAL, "output is NULL", pst_operator_arrange(&image, NULL, steps, 0, &made));
    REFUSES(PST_EINVAL, "strides is NULL", pst_operator_arrange(&image, &layout, NULL, 0, &made));
    REFUSES(PST_EINVAL, "the output is of f32, and the input of u8",
            pst_operator_arrange(&image, &wide, steps, 0, &made));
    REFUSES(PST_EINVAL, "the numbers 49 to 60 of an element are asked for",
            pst_operator_arrange(&image, &layout, steps, 49, &made));
    REFUSES(PST_EINVAL, "the numbers -9 to 2 of an element are asked for",
            pst_operator_arrange(&image, &layout, back, 0, &made));
    REFUSES(PST_EINVAL, "leaves the element", pst_operator_arrange(&image, &layout, far, 0, &made));
    REFUSES(PST_EINVAL, "leaves the element",
            pst_operator_arrange(&image, &layout, steps, SIZE_MAX, &made));

    pst_operator *a = new_cast(&number, PST_F32), *b = new_cast(&integer, PST_F32);
    pst_part parts[] = {{a, 0}, {a, 2}};
    REFUSES(PST_EINVAL, "parts is NULL", pst_operator_record(NULL, 1, 8, &made));
    REFUSES(PST_EINVAL, "count 0 is not in", pst_operator_record(parts, 0, 8, &made));
    REFUSES(PST_EINVAL, "part 1 of 4 bytes at offset 2 overlaps",
            pst_operator_record(parts, 2, 8, &made));
    parts[1].offset = SIZE_MAX;
    REFUSES(PST_EINVAL, "overlaps", pst_operator_record(parts, 2, 8, &made));
    parts[1].offset = 8;
    REFUSES(PST_EINVAL, "overlaps", pst_operator_record(parts, 2, 8, &made));
    parts[1] = (pst_part){b, 4};
    REFUSES(PST_EINVAL, "part 0 takes f32, and part 1 i64",
            pst_operator_record(parts, 2, 8, &made));
    parts[1].value = NULL;
    REFUSES(PST_EHANDLE, "parts[1].value is NULL", pst_operator_record(parts, 2, 8, &made));
    REFUSES(PST_EHANDLE, "random is NULL", pst_operator_numbered(NULL, 0, &made));
    REFUSES(PST_EINVAL, "there are no 8 bytes at offset 0 of f32",
            pst_operator_numbered(a, 0, &made));
    REFUSES(PST_EINVAL, "there are no 8 bytes at offset 1", pst_operator_numbered(b, 1, &made));
    REFUSES(PST_EINVAL, "there are no 8 bytes", pst_operator_numbered(b, SIZE_MAX, &made));
    pst_operator_destroy(a);
    pst_operator_destroy(b);
}

static void images(void) {
    LAYOUTS(pst_operator_crop(input, 0, 0, 1, 1, &made));
    LAYOUTS(pst_operator_flip(input, true, false, &made));
    LAYOUTS(pst_operator_random_crop(input, 1, 1, 0, &made));
    LAYOUTS(pst_operator_random_flip(input, true, false, 0.5, 0, &made));
    LAYOUTS(pst_operator_resize(input, 2, 2, PST_NEAREST, &made));
    REFUSES(PST_EINVAL, "images have height, width", pst_operator_flip(&number, true, true, &made));
    REFUSES(PST_EINVAL, "a crop of 4 x 3 at (1, 0) is not in an image of 4 x 5",
            pst_operator_crop(&image, 1, 0, 4, 3, &made));
    REFUSES(PST_EINVAL, "is not in an image", pst_operator_crop(&image, 0, 0, 0, 1, &made));
    REFUSES(PST_EINVAL, "is not in an image", pst_operator_crop(&image, SIZE_MAX, 0, 1, 1, &made));
    REFUSES(PST_EINVAL, "is not in an image", pst_operator_crop(&image, 0, 5, 1, 1, &made));
    REFUSES(PST_EINVAL, "a crop of 5 x 1 is not in",
            pst_operator_random_crop(&image, 5, 1, 0, &made));
    REFUSES(PST_EINVAL, "is not in an image", pst_operator_random_crop(&image, 1, 0, 0, &made));
    REFUSES(PST_EINVAL, "probability 1.5 is not in",
            pst_operator_random_flip(&image, true, true, 1.5, 0, &made));
    REFUSES(PST_EINVAL, "probability nan is not in",
            pst_operator_random_flip(&image, true, true, NAN, 0, &made));
    REFUSES(PST_EINVAL, "method 2 is no pst_resize",
            pst_operator_resize(&image, 2, 2, (pst_resize)2, &made));
    REFUSES(PST_EINVAL, "a size of 0 x 2 is not in",
            pst_operator_resize(&image, 0, 2, PST_NEAREST, &made));
    REFUSES(PST_EINVAL, "is not in 1...2^20",
            pst_operator_resize(&image, 2, SIZE_MAX, PST_BILINEAR, &made));
    pst_layout wide = image;
    wide.scalar = PST_F64;
    REFUSES(PST_EINVAL, "there is no bilinear resize of f64",
            pst_operator_resize(&wide, 2, 2, PST_BILINEAR, &made));
}

static void used(pst_engine *engine) {
    pst_operator *op = new_cast(&integer, PST_F32), *flags = new_cast(&integer, PST_BOOL),
                 *wide = new_cast(&number, PST_I64);
    int64_t in[4] = {1, 2, 3, 4};
    float out[4];
    pst_layout layout = PST_LAYOUT_INIT;
    FAILS(PST_EHANDLE, "op is NULL", pst_operator_get_layouts(NULL, &layout, &layout));
    layout.struct_size = 3;
    FAILS(PST_EINVAL, "output.struct_size is 3", pst_operator_get_layouts(op, NULL, &layout));
    pst_layout other = PST_LAYOUT_INIT;
    other.rank = 77;
    FAILS(PST_EINVAL, "output.struct_size is 3", pst_operator_get_layouts(op, &other, &layout));
    CHECK(other.rank == 77);
    FAILS(PST_EINVAL, "input.struct_size is 3", pst_operator_get_layouts(op, &layout, &other));
    CHECK(other.rank == 77);
    SUCCEEDS(pst_operator_get_layouts(op, NULL, NULL));
    FAILS(PST_EHANDLE, "op is NULL", pst_operator_apply(NULL, in, out, 4, 0));
    FAILS(PST_EHANDLE, "op is not a live operator",
          pst_operator_apply((pst_operator *)engine, in, out, 4, 0));
    FAILS(PST_EINVAL, "in is NULL", pst_operator_apply(op, NULL, out, 4, 0));
    FAILS(PST_EINVAL, "out is NULL", pst_operator_apply(op, in, NULL, 4, 0));
    FAILS(PST_EINVAL, "in is not aligned", pst_operator_apply(op, (char *)in + 4, out, 1, 0));
    FAILS(PST_EINVAL, "out is not aligned", pst_operator_apply(op, in, (char *)out + 1, 1, 0));
    FAILS(PST_EINVAL, "in and out overlap", pst_operator_apply(op, in, in + 1, 2, 0));
    FAILS(PST_EINVAL, "do not fit in memory", pst_operator_apply(op, in, out, SIZE_MAX, 0));
    FAILS(PST_EINVAL, "do not fit in memory", pst_operator_apply(op, in, out, SIZE_MAX / 8, 0));
    SUCCEEDS(pst_operator_apply(op, NULL, NULL, 0, 0));

    const pst_type f32 = PST_TYPE(float);
    pst_type owning = u32, packed = u64;
    owning.name = "owning";
    owning.destroy = pst_tensor_type().destroy;
    packed.alignment = 1;
    canary();
    CHECK(pst_apply(NULL, "op", none, &f32, op).id == 0);
    CHECK(pst_apply_filter(NULL, "op", none, flags).id == 0);
    REFUSED(PST_EHANDLE, "stage 'op': op is NULL",
            new_sink(g, pst_apply(g, "op", new_source(g), &f32, NULL)));
    REFUSED(PST_EINVAL, "stage 'op': type is NULL",
            new_sink(g, pst_apply(g, "op", new_source(g), NULL, op)));
    REFUSED(PST_EHANDLE, "stage 'op': the stage it is given is none",
            new_sink(g, pst_apply(g, "op", none, &f32, op)));
    REFUSED(PST_ETYPE, "stage 'op': the operator makes f32, 4 bytes; the elements are uint64_t",
            new_sink(g, pst_apply(g, "op", new_source(g), &u64, op)));
    REFUSED(PST_ETYPE, "stage 'op': the operator takes f32, 4 bytes; the elements are uint64_t",
            new_sink(g, pst_apply(g, "op", new_source(g), &u64, wide)));
    REFUSED(PST_ETYPE, "an operator's elements are plain numbers",
            new_sink(g, pst_apply(g, "op", new_source(g), &owning, op)));
    REFUSED(PST_ETYPE, "the operator takes i64",
            new_sink(g, pst_apply(g, "op", pst_source(g, "s", &packed, fill, NULL), &f32, op)));
    REFUSED(PST_EHANDLE, "stage 'op': op is NULL",
            new_sink(g, pst_apply_filter(g, "op", new_source(g), NULL)));
    REFUSED(PST_ETYPE, "stage 'op': the operator makes f32; to filter it must make one bool",
            new_sink(g, pst_apply_filter(g, "op", new_source(g), op)));
    REFUSED(PST_EHANDLE, "stage 'op': the stage it is given is none",
            new_sink(g, pst_apply_filter(g, "op", none, flags)));
    /* A graph keeps what it needs. */
    ACCEPTED(pst_stage made_ = pst_apply(g, "op", new_source(g), &f32, op);
             pst_operator_destroy(op); new_sink(g, made_));
    pst_operator_destroy(flags);
    pst_operator_destroy(wide);
}

/* Every function with every kind of handle that is none, and with stages of another graph. */
static void no_operators(pst_engine *engine) {
    static char garbage[64];
    pst_operator *dead = new_cast(&integer, PST_BOOL), *op = new_cast(&integer, PST_BOOL);
    pst_graph *other = new_graph();
    const pst_stage foreign = new_source(other);
    pst_operator_destroy(dead);
    const pst_type byte = {sizeof(pst_type), 1, 1, "bool", NULL, NULL, NULL},
                   lent = PST_TYPE(pst_lent);
    const void *bad[] = {NULL, dead, engine, other, garbage, (void *)1, (void *)UINTPTR_MAX};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const pst_operator *it = bad[i];
        const pst_operator *chain[] = {op, it};
        const pst_part parts[] = {{op, 0}, {it, 1}};
        int64_t in[2] = {0};
        char out[2] = {7, 7};
        pst_layout layout = PST_LAYOUT_INIT;
        REFUSES(PST_EHANDLE, "left", pst_operator_combine(PST_AND, it, op, &made));
        REFUSES(PST_EHANDLE, "right", pst_operator_combine(PST_AND, op, it, &made));
        REFUSES(PST_EHANDLE, "chosen", pst_operator_select(it, op, op, &made));
        REFUSES(PST_EHANDLE, "left", pst_operator_select(op, it, op, &made));
        REFUSES(PST_EHANDLE, "right", pst_operator_select(op, op, it, &made));
        REFUSES(PST_EHANDLE, "operators[1]", pst_operator_chain(chain, 2, &made));
        REFUSES(PST_EHANDLE, "parts[1].value", pst_operator_record(parts, 2, 8, &made));
        REFUSES(PST_EHANDLE, "random", pst_operator_numbered(it, 0, &made));
        FAILS(PST_EHANDLE, "op", pst_operator_get_layouts(it, &layout, &layout));
        FAILS(PST_EHANDLE, "op", pst_operator_apply(it, in, out, 2, 0));
        CHECK(out[0] == 7 && out[1] == 7);
        REFUSED(PST_EHANDLE, "'op': op", new_sink(g, pst_apply(g, "op", new_source(g), &byte, it)));
        REFUSED(PST_EHANDLE, "'op': op", new_sink(g, pst_apply_filter(g, "op", new_source(g), it)));
        REFUSED(PST_EHANDLE, "'op': op", pst_apply_lent(g, "op", pst_feed(g, "f", &lent), it));
        pst_operator_destroy((pst_operator *)(uintptr_t)it);
    }
    REFUSED(PST_EHANDLE, "'op'", new_sink(g, pst_apply(g, "op", foreign, &byte, op)));
    REFUSED(PST_EHANDLE, "'op'", new_sink(g, pst_apply_filter(g, "op", foreign, op)));
    REFUSED(PST_EHANDLE, "'op'", new_sink(g, pst_apply_lent(g, "op", foreign, op)));
    REFUSED(PST_EINVAL, "name is NULL", pst_apply(g, NULL, new_source(g), &byte, op));
    REFUSED(PST_EINVAL, "name is NULL", pst_apply_filter(g, NULL, new_source(g), op));
    REFUSED(PST_EINVAL, "name is NULL", pst_apply_lent(g, NULL, new_source(g), op));
    REPORTS(PST_EHANDLE, "graph", pst_apply_lent(NULL, "op", none, op));
    pst_graph_destroy(other);
    pst_operator_destroy(op);
}

/* What is too large for the process gives PST_ENOMEM, and nothing is read or written. */
static void without_memory(void) {
    const size_t large[] = {1, (size_t)1 << 29}, place = 3;
    const pst_layout rows = {sizeof rows, PST_U8, 2, large};
    pst_operator *parts[2] = {NULL}, *chain = NULL;
    pst_layout between = PST_LAYOUT_INIT;
    struct rlimit limit;
    size_t pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!CHECK(statm && fscanf(statm, "%zu", &pages) == 1))
        return;
    fclose(statm);
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = pages * (size_t)sysconf(_SC_PAGESIZE) + ((size_t)64 << 20);
    setrlimit(RLIMIT_AS, &limit);
    REFUSES(PST_ENOMEM, "no memory for the operator's constants",
            pst_operator_gather(&integer, &place, &rows, false, &made));
    REFUSES(PST_ENOMEM, "no memory", pst_operator_constant(&integer, &place, &rows, &made));
    RUNS(pst_operator_one_hot(&integer, (size_t)1 << 28, PST_U8, &parts[0]));
    RUNS(pst_operator_get_layouts(parts[0], NULL, &between));
    RUNS(pst_operator_one_hot(&between, 1, PST_U8, &parts[1]));
    RUNS(pst_operator_chain((const pst_operator *const *)parts, 2, &chain));
    static const int64_t in = 1; /* far below the stack */
    char out = 77;
    FAILS(PST_ENOMEM, "no memory for the operator's scratch",
          pst_operator_apply(chain, &in, &out, 1, 0));
    CHECK(out == 77);
    pst_operator_destroy(parts[0]);
    pst_operator_destroy(parts[1]);
    pst_operator_destroy(chain);
}

int main(void) {
    begin(60);
    pst_engine *engine = new_engine(2);
    numbers_by_themselves();
    composed();
    tables_and_structs();
    images();
    used(engine);
    no_operators(engine);
    pst_engine_destroy(engine);
    if (!SANITIZED)
        without_memory();
    return end("misuse_operators");
}
