/* Operators and what they are made of: what is given is copied, parts and handles may go in any
 * order and on any thread, also while somebody applies them or runs a graph with them, and however
 * many stand in one another, making, using and destroying them ends. */
#include "misuse.h"

#include <sched.h>
#include <stdint.h>

static const pst_layout f32 = {sizeof(pst_layout), PST_F32, 0, NULL},
                        i64 = {sizeof(pst_layout), PST_I64, 0, NULL},
                        u64_ = {sizeof(pst_layout), PST_U64, 0, NULL};
static const pst_type number = PST_TYPE(float);

#define MADE(call)                                                                                 \
    do {                                                                                           \
        if ((call) != PST_OK)                                                                      \
            exit(pst_report(stdout) != PST_OK);                                                    \
    } while (0)

static float apply_to(const pst_operator *op, float in) {
    float out = -77;
    RUNS(pst_operator_apply(op, &in, &out, 1, 0));
    return out;
}

/* ---- What is given is copied, but for live tables ---- */

static void copied(void) {
    const size_t three = 3;
    const pst_layout rows = {sizeof rows, PST_F32, 1, &three};
    float operand = 2, table[3] = {10, 20, 30}, mean = 1, deviation = 2;
    size_t shape[] = {1};
    pst_layout single = {sizeof single, PST_F32, 1, shape}, layout = PST_LAYOUT_INIT;
    pst_operator *ops[5] = {NULL};
    MADE(pst_operator_binary(&single, PST_ADD, &operand, NULL, false, &ops[0]));
    MADE(pst_operator_constant(&single, &operand, &single, &ops[1]));
    MADE(pst_operator_normalise(&single, &mean, &deviation, 1, &ops[2]));
    MADE(pst_operator_gather(&i64, table, &rows, false, &ops[3]));
    MADE(pst_operator_gather(&i64, table, &rows, true, &ops[4]));
    operand = mean = deviation = 99;
    shape[0] = 77;
    for (int i = 0; i < 3; i++)
        table[i]++;
    CHECK(apply_to(ops[0], 5) == 7 && apply_to(ops[1], 5) == 2 && apply_to(ops[2], 5) == 2);
    RUNS(pst_operator_get_layouts(ops[0], &layout, NULL));
    CHECK(layout.rank == 1 && layout.shape != shape && layout.shape[0] == 1);
    const int64_t last = -1;
    float out[2] = {0};
    RUNS(pst_operator_apply(ops[3], &last, &out[0], 1, 0));
    RUNS(pst_operator_apply(ops[4], &last, &out[1], 1, 0));
    CHECK(out[0] == 30 && out[1] == 31);
    for (int i = 0; i < 5; i++)
        pst_operator_destroy(ops[i]);
}

/* Indexes at the ends of their types, and none that could be taken for another. */
static void indexes(void) {
    const size_t three = 3;
    const pst_layout rows = {sizeof rows, PST_F32, 1, &three};
    const float table[3] = {10, 20, 30};
    pst_operator *of_signed = NULL, *of_unsigned = NULL, *hot = NULL, *hot_u = NULL;
    MADE(pst_operator_gather(&i64, table, &rows, false, &of_signed));
    MADE(pst_operator_gather(&u64_, table, &rows, false, &of_unsigned));
    MADE(pst_operator_one_hot(&i64, 3, PST_U8, &hot));
    MADE(pst_operator_one_hot(&u64_, 3, PST_U8, &hot_u));
    const int64_t bad[] = {3, -4, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        const uint64_t as_unsigned = (uint64_t)bad[i];
        float out = 77;
        unsigned char marks[3] = {7, 7, 7}, zero[3] = {0};
        FAILS(PST_EINVAL, "element 0: gather", pst_operator_apply(of_signed, &bad[i], &out, 1, 0));
        FAILS(PST_EINVAL, "element 0: gather",
              pst_operator_apply(of_unsigned, &as_unsigned, &out, 1, 0));
        CHECK(out == 77);
        RUNS(pst_operator_apply(hot, &bad[i], marks, 1, 0));
        CHECK(memcmp(marks, zero, 3) == 0);
        memset(marks, 7, sizeof(marks));
        RUNS(pst_operator_apply(hot_u, &as_unsigned, marks, 1, 0));
        CHECK(memcmp(marks, zero, 3) == 0);
    }
    const uint64_t minus_one = UINT64_MAX;
    float out = 77;
    FAILS(PST_EINVAL, "gather", pst_operator_apply(of_unsigned, &minus_one, &out, 1, 0));
    pst_operator *all[] = {of_signed, of_unsigned, hot, hot_u};
    for (int i = 0; i < 4; i++)
        pst_operator_destroy(all[i]);
}

/* Rows of a live table that stand at odd addresses, with work on them behind. */
static void odd_addresses(void) {
    enum { ROWS = 3, WIDTH = 2000 };
    const size_t shape[] = {ROWS, WIDTH};
    const pst_layout table = {sizeof table, PST_F32, 2, shape},
                     row = {sizeof row, PST_F32, 1, shape + 1};
    static char memory[ROWS * WIDTH * sizeof(float) + 1];
    static float out[WIDTH];
    for (int i = 0; i < ROWS * WIDTH; i++) {
        const float value = (float)i;
        memcpy(memory + 1 + i * sizeof(float), &value, sizeof(value));
    }
    const float two = 2;
    const int64_t index = 1;
    pst_operator *parts[2] = {NULL}, *all = NULL;
    MADE(pst_operator_gather(&i64, memory + 1, &table, true, &parts[0]));
    MADE(pst_operator_binary(&row, PST_MULTIPLY, &two, NULL, false, &parts[1]));
    MADE(pst_operator_chain((const pst_operator *const *)parts, 2, &all));
    RUNS(pst_operator_apply(all, &index, out, 1, 0));
    for (int i = 0; i < WIDTH; i++)
        CHECK(out[i] == 2 * (float)(WIDTH + i));
    pst_operator_destroy(parts[0]);
    pst_operator_destroy(parts[1]);
    pst_operator_destroy(all);
}

/* ---- In one another ---- */

/* Adds the operator's own input to what it makes; destroys it. NULL: it is refused. */
static pst_operator *one_more(pst_operator *op, const pst_operator *negative) {
    pst_operator *made = NULL;
    if (pst_operator_combine(PST_ADD, op, negative, &made) != PST_OK)
        return NULL;
    pst_operator_destroy(op);
    return made;
}

static void deep(void) {
    pst_operator *negative = NULL, *op = NULL, *last = NULL;
    MADE(pst_operator_unary(&f32, PST_NEGATIVE, &negative));
    MADE(pst_operator_unary(&f32, PST_NEGATIVE, &op));
    int depth = 1;
    for (; depth < 200000 && (last = one_more(op, negative)); depth++)
        op = last;
    CHECK(depth == 1000);
    CHECK(strstr(pst_last_error(), "pst_operator_combine: operators stand more than 1000 deep"));
    CHECK(apply_to(op, 1) == -1000);
    pst_operator *made = (pst_operator *)77;
    FAILS(PST_EINVAL, "1000 deep", pst_operator_combine(PST_ADD, negative, op, &made));
    const pst_part part = {op, 0};
    FAILS(PST_EINVAL, "1000 deep", pst_operator_record(&part, 1, 4, &made));
    CHECK(made == (pst_operator *)77);
    /* In a chain they are as deep as they were. */
    const pst_operator *both[] = {op, negative};
    MADE(pst_operator_chain(both, 2, &last));
    CHECK(apply_to(last, 1) == 1000);
    pst_operator_destroy(last);
    pst_operator_destroy(op);
    pst_operator_destroy(negative);
}

/* Whether it may fail is asked of each once, not along all of 2^40 ways. */
static void wide(void) {
    const size_t shape = 1 << 10;
    const pst_layout row = {sizeof row, PST_F32, 1, &shape};
    pst_operator *op = NULL, *twice = NULL, *field = NULL, *all = NULL;
    MADE(pst_operator_unary(&row, PST_NEGATIVE, &op));
    for (int i = 0; i < 40; i++) {
        MADE(pst_operator_combine(PST_ADD, op, op, &twice));
        pst_operator_destroy(op);
        op = twice;
    }
    MADE(pst_operator_field(8192, 16, &row, &field));
    const pst_operator *both[] = {field, op};
    MADE(pst_operator_chain(both, 2, &all));
    pst_operator_destroy(all);
    pst_operator_destroy(field);
    pst_operator_destroy(op);
}

/* Chains of chains: of what is read in place, and of what goes over numbers together. */
static void long_chains(void) {
    enum { BYTES = 8192 };
    const size_t size = BYTES;
    const pst_layout bytes = {sizeof bytes, PST_U8, 1, &size};
    static unsigned char in[BYTES], out[BYTES];
    pst_operator *parts[] = {NULL, NULL};
    MADE(pst_operator_field(BYTES, 0, &bytes, &parts[0]));
    MADE(pst_operator_unary(&bytes, PST_NOT, &parts[1]));
    for (int kind = 0; kind < 2; kind++) {
        pst_operator *op = parts[kind], *made = NULL;
        int length = 1;
        for (;; length *= 4) {
            const pst_operator *four[] = {op, op, op, op};
            if (pst_operator_chain(four, 4, &made) != PST_OK)
                break;
            pst_operator_destroy(op);
            op = made;
        }
        CHECK(length == 1 << 14);
        CHECK(strstr(pst_last_error(), "a chain of 65536 operators is longer than 16384"));
        memset(in, 5, sizeof(in));
        RUNS(pst_operator_apply(op, in, out, 1, 0));
        CHECK(memcmp(in, out, sizeof(in)) == 0);
        pst_operator_destroy(op);
    }
}

/* ---- Gone in any order ---- */

static void parts_first(void) {
    pst_operator *negative = NULL, *half = NULL, *is = NULL, *sum = NULL, *chosen = NULL,
                 *record = NULL, *field = NULL, *all = NULL;
    const float two = 2, zero = 0;
    MADE(pst_operator_unary(&f32, PST_NEGATIVE, &negative));
    MADE(pst_operator_binary(&f32, PST_DIVIDE, &two, NULL, false, &half));
    MADE(pst_operator_binary(&f32, PST_LESS, &zero, NULL, false, &is));
    MADE(pst_operator_combine(PST_ADD, negative, half, &sum));
    MADE(pst_operator_select(is, sum, half, &chosen));
    const pst_part parts[] = {{half, 1}, {chosen, 5}};
    MADE(pst_operator_record(parts, 2, 10, &record));
    MADE(pst_operator_field(10, 5, &f32, &field));
    const pst_operator *both[] = {record, field};
    MADE(pst_operator_chain(both, 2, &all));
    pst_operator *gone[] = {negative, half, is, sum, chosen, record, field};
    for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
        pst_operator_destroy(gone[i]);
    CHECK(apply_to(all, 8) == 4 && apply_to(all, -8) == 4);
    pst_operator_destroy(all);
    float out = 77;
    FAILS(PST_EHANDLE, "op is not a live operator", pst_operator_apply(all, &two, &out, 1, 0));
    CHECK(out == 77);
}

/* An operator for whoever comes next; a handle that is taken out is somebody's to destroy. */
enum { SLOTS = 4, THREADS = 4 };
static _Atomic(pst_operator *) slots[SLOTS];
static atomic_bool at_end;

static pst_status destroy_one(pst_context *cx, const void *in, void *out, size_t n) {
    memcpy(out, in, n * sizeof(float));
    pst_operator_destroy(atomic_exchange(&slots[pst_position(cx) % SLOTS], NULL));
    return PST_OK;
}

static pst_status ones(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t position = pst_position(cx);
    for (; *count < capacity && position < 500; position++)
        ((float *)out)[(*count)++] = 1;
    return position < 500 ? PST_OK : PST_END;
}

static void *make_use_destroy(void *first) {
    uintptr_t number_ = (uintptr_t)first;
    const float operand = 1;
    while (!at_end) {
        pst_operator *parts[] = {NULL, NULL}, *all = NULL;
        MADE(pst_operator_binary(&f32, PST_ADD, &operand, NULL, false, &parts[0]));
        MADE(pst_operator_binary(&f32, PST_MULTIPLY, &operand, NULL, false, &parts[1]));
        MADE(pst_operator_chain((const pst_operator *const *)parts, 2, &all));
        pst_operator_destroy(parts[0]);
        pst_operator_destroy(parts[1]);
        pst_operator_destroy(atomic_exchange(&slots[number_++ % SLOTS], all));
        /* Maybe gone by now, maybe while it is applied: nothing or the right thing. */
        const pst_operator *any = slots[number_ % SLOTS];
        float in[40], out[40] = {0};
        for (int i = 0; i < 40; i++)
            in[i] = (float)i;
        const pst_status status = pst_operator_apply(any, in, out, 40, 0);
        CHECK(status == PST_EHANDLE || (status == PST_OK && out[39] == 40));
    }
    return NULL;
}

/* Threads and callbacks destroy what others apply, chain and describe graphs with. */
static void anywhere(pst_engine *engine) {
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, make_use_destroy, (void *)i);
    for (int runs = 0, round = 0; runs < 30; round++) {
        pst_graph *g = new_graph();
        pst_stage source = pst_source(g, "ones", &number, ones, NULL);
        pst_stage gone = pst_map(g, "gone", source, &number, destroy_one, NULL);
        float sum = 0;
        pst_stage made = pst_apply(g, "op", gone, &number, slots[round % SLOTS]);
        if (made.id != 0) {
            pst_stage drain = pst_drain(g, "drain", made);
            float results[64];
            size_t count = 0;
            RUNS(pst_graph_start(g, engine));
            if (round % 7 == 0)
                pst_graph_cancel(g);
            while (pst_pull(g, drain, results, 64, PST_FOREVER, &count) == PST_OK)
                for (size_t i = 0; i < count; i++)
                    sum += results[i];
            CHECK(round % 7 == 0 || sum == 1000);
            runs++;
        } else {
            sched_yield();
        }
        pst_graph_destroy(g);
    }
    at_end = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SLOTS; i++)
        pst_operator_destroy(slots[i]);
}

int main(void) {
    begin(120);
    copied();
    indexes();
    odd_addresses();
    deep();
    wide();
    long_chains();
    parts_first();
    pst_engine *engine = new_engine(2);
    anywhere(engine);
    pst_engine_destroy(engine);
    return end("operators_lifetime");
}
