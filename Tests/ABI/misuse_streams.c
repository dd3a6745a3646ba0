/* Section 14 of the header with what it forbids. */
#include "misuse.h"

static const pst_type i64 = PST_TYPE(int64_t);

static void destroy(void *elements, size_t n, void *user) {
    (void)elements, (void)n, (void)user;
}

static pst_status own_finish(pst_context *cx) {
    (void)cx;
    return PST_OK;
}

static void descriptions(pst_engine *engine) {
    REFUSED(PST_EINVAL, "name is NULL", pst_range(g, NULL, 0, 1, 1, 0, 1));
    REFUSED(PST_EINVAL, "'r': from 2 is beyond until 1", pst_range(g, "r", 0, 1, 1, 2, 1));
    REFUSED(PST_EINVAL, "'r': length is 0", pst_range(g, "r", 0, 1, 0, 0, 1));
    ACCEPTED(new_sink(g, pst_range(g, "r", 0, 1, 0, 0, 0)));
    ACCEPTED(new_sink(g, pst_range(g, "r", INT64_MIN, -1, UINT64_MAX, 0, UINT64_MAX)));
    REPORTS(PST_EHANDLE, "graph", pst_range(NULL, "r", 0, 1, 1, 0, 1));

    REFUSED(PST_EHANDLE, "is none", pst_slice(g, "s", none, 0, 1, 0));
    REFUSED(PST_EHANDLE, "is none", pst_shuffle(g, "s", none, 1, 0, 0, 0));
    REFUSED(PST_EINVAL, "'s': window is 0", pst_shuffle(g, "s", new_source(g), 0, 0, 0, 0));
    REFUSED(PST_ENOMEM, "'s': no memory for a window",
            pst_shuffle(g, "s", new_source(g), UINT64_MAX, 0, 0, 0));
    REFUSED(PST_ENOMEM, "'s': no memory for a window",
            pst_shuffle(g, "s", new_source(g), (uint64_t)1 << 60, 0, 0, 0));
    ACCEPTED(new_sink(g, pst_shuffle(g, "s", new_source(g), UINT64_MAX, 0, 10, 0)));
    pst_type owned = PST_TYPE(uint64_t);
    owned.destroy = destroy;
    REFUSED(PST_ETYPE, "'s': type 'uint64_t' has destroy",
            pst_shuffle(g, "s", pst_source(g, "o", &owned, fill, NULL), 1, 0, 0, 0));
    ACCEPTED(new_sink(g, pst_slice(g, "s", pst_source(g, "o", &owned, fill, NULL), 1, 0, 0)));

    pst_stage_options two = PST_STAGE_OPTIONS_INIT, finish = PST_STAGE_OPTIONS_INIT,
                      plain = PST_STAGE_OPTIONS_INIT;
    two.replicas = 2;
    finish.finish = own_finish;
    const pst_stage_options *refused[] = {&two, &finish};
    const char *parts[] = {"cannot have replicas", "has a finish of its own"};
    for (int i = 0; i < 2; i++) {
        REFUSED(PST_EINVAL, parts[i],
                pst_stage_configure(g, pst_shuffle(g, "s", new_source(g), 9, 0, 0, 0), refused[i]));
        REFUSED(PST_EINVAL, parts[i],
                pst_stage_configure(g, pst_slice(g, "s", new_source(g), 9, 0, 0), refused[i]));
    }
    ACCEPTED(pst_stage s = pst_shuffle(g, "s", new_source(g), 9, 0, 0, 0);
             pst_stage_configure(g, s, &plain); new_sink(g, s));
}

/* Stages of another graph, ports that are none. */
static void foreign_stages(pst_engine *engine) {
    static int64_t data[10];
    const pst_column column = {data, 8, 8, 0};
    pst_graph *other = new_graph();
    const pst_stage all[] = {new_source(other), {UINT64_MAX}, {1}};
    for (size_t i = 0; i < 3; i++) {
        REFUSED(PST_EHANDLE, "'s'", new_sink(g, pst_slice(g, "s", all[i], 0, 1, 0)));
        REFUSED(PST_EHANDLE, "'s'", new_sink(g, pst_shuffle(g, "s", all[i], 1, 0, 0, 0)));
        REFUSED(PST_EHANDLE, "'s'", new_sink(g, pst_rows(g, "s", all[i], &i64, &column, 1, 10)));
        REFUSED(PST_EHANDLE, "'s'", new_sink(g, pst_split(g, "s", all[i], NULL)));
        REFUSED(PST_EHANDLE, "'s'", new_sink(g, pst_unpack(g, "s", all[i], &i64)));
        REFUSED(PST_EHANDLE, "'s'", new_sink(g, pst_reduce(g, "s", all[i], NULL)));
    }
    REFUSED(PST_EINVAL, "name is NULL", pst_slice(g, NULL, new_source(g), 0, 1, 0));
    REFUSED(PST_EINVAL, "name is NULL", pst_shuffle(g, NULL, new_source(g), 1, 0, 0, 0));
    REFUSED(PST_EINVAL, "name is NULL", pst_rows(g, NULL, new_source(g), &i64, &column, 1, 10));
    REFUSED(PST_EINVAL, "name is NULL", pst_split(g, NULL, new_source(g), NULL));
    REFUSED(PST_EINVAL, "name is NULL", pst_unpack(g, NULL, new_source(g), &i64));
    REFUSED(PST_EINVAL, "name is NULL", pst_reduce(g, NULL, new_source(g), NULL));
    REPORTS(PST_EHANDLE, "graph", pst_slice(NULL, "s", none, 0, 1, 0));
    REPORTS(PST_EHANDLE, "graph", pst_shuffle(NULL, "s", none, 1, 0, 0, 0));
    REPORTS(PST_EHANDLE, "graph", pst_rows(NULL, "s", none, &i64, &column, 1, 10));
    pst_graph_destroy(other);
}

static void row_tables(pst_engine *engine) {
    static int64_t data[10];
    const pst_column good = {data, 8, 8, 0};
    pst_column c = good;
#define ROWS(...) pst_rows(g, "rows", pst_range(g, "i", 0, 1, 10, 0, 10), __VA_ARGS__)
    ACCEPTED(new_sink(g, ROWS(&i64, &c, 1, 10)));
    REFUSED(PST_EINVAL, "type is NULL", ROWS(NULL, &c, 1, 10));
    REFUSED(PST_EINVAL, "columns is NULL", ROWS(&i64, NULL, 1, 10));
    REFUSED(PST_EINVAL, "count 0", ROWS(&i64, &c, 0, 10));
    REFUSED(PST_EINVAL, "count", ROWS(&i64, &c, SIZE_MAX, 10));
    REFUSED(PST_EHANDLE, "is none", pst_rows(g, "rows", none, &i64, &c, 1, 10));
    REFUSED(PST_ETYPE, "row numbers must be int64_t",
            pst_rows(g, "rows", new_source(g), &i64, &c, 1, 10));
    pst_type owned = PST_TYPE(uint64_t);
    owned.destroy = destroy;
    REFUSED(PST_ETYPE, "has destroy", ROWS(&owned, &c, 1, 10));
    c.data = NULL;
    REFUSED(PST_EINVAL, "columns[0].data is NULL", ROWS(&i64, &c, 1, 10));
    ACCEPTED(new_sink(g, ROWS(&i64, &c, 1, 0)));
    const size_t sizes[] = {0, 9, SIZE_MAX, 8, 8, 1}, offsets[] = {0, 0, 0, 1, SIZE_MAX, 8};
    for (int i = 0; i < 6; i++) {
        c = good;
        c.size = sizes[i];
        c.offset = offsets[i];
        REFUSED(PST_EINVAL, "columns[0]: ", ROWS(&i64, &c, 1, 10));
    }
}

static void spans(void) {
    static int64_t held[16], in[16], out[16];
    const size_t untouched = 77;
    size_t count = untouched;
    pst_shuffle_state s = PST_SHUFFLE_STATE_INIT;
#define SPAN(...)                                                                                  \
    do {                                                                                           \
        pst_shuffle_state before = s;                                                              \
        FAILS(PST_EINVAL, __VA_ARGS__);                                                            \
        CHECK(count == untouched && memcmp(&s, &before, sizeof(s)) == 0);                          \
    } while (0)
    SPAN("state.window is 0", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    s.window = 8;
    SPAN("state is NULL", pst_shuffle_span(NULL, held, 8, in, 1, out, &count));
    SPAN("held is NULL", pst_shuffle_span(&s, NULL, 8, in, 1, out, &count));
    SPAN("out is NULL", pst_shuffle_span(&s, held, 8, in, 1, NULL, &count));
    SPAN("count is NULL", pst_shuffle_span(&s, held, 8, in, 1, out, NULL));
    SPAN("size 0", pst_shuffle_span(&s, held, 0, in, 1, out, &count));
    SPAN("size", pst_shuffle_span(&s, held, SIZE_MAX, in, 1, out, &count));
    SPAN("n ", pst_shuffle_span(&s, held, 8, in, SIZE_MAX, out, &count));
    SPAN("n ", pst_shuffle_span(&s, held, 8, in, SIZE_MAX / 8, out, &count));
    /* Windows that no memory holds. */
    const uint64_t windows[] = {UINT64_MAX, (uint64_t)INT64_MAX + 1, INT64_MAX, INT64_MAX / 8 + 1};
    for (size_t i = 0; i < 4; i++) {
        s.window = windows[i];
        SPAN("state.window", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
        SPAN("state.window", pst_shuffle_span(&s, held, 8, NULL, 1, out, &count));
        s.period = windows[i];
        SPAN("state.window", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
        s.period = 8;
        pst_shuffle_state copy = s;
        SUCCEEDS(pst_shuffle_span(&copy, held, 8, in, 1, out, &count));
        s.period = 0;
        count = untouched;
    }
    s.window = 8;
    s.given = 1;
    SPAN("state.taken 0 and state.given 1", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    s.taken = 10;
    SPAN("state.taken 10", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    s.period = 4;
    s.given = 5;
    SPAN("do not go with a window", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    s.period = 0;
    s.taken = UINT64_MAX;
    s.given = UINT64_MAX;
    SPAN("state.taken", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    s.taken = s.given = 0;
    s.struct_size = 3;
    SPAN("struct_size", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    /* What it must write is not in the struct. */
    s.struct_size = offsetof(pst_shuffle_state, taken);
    SPAN("leaves no room", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    s.struct_size = offsetof(pst_shuffle_state, given);
    SPAN("leaves no room", pst_shuffle_span(&s, held, 8, in, 1, out, &count));
    s.struct_size = sizeof(s);
    SUCCEEDS(pst_shuffle_span(&s, held, 8, in, 0, out, &count));
    CHECK(count == 0);
    SUCCEEDS(pst_shuffle_span(&s, held, 8, NULL, 16, out, &count));
    CHECK(count == 0);
}

static void lent_spans(pst_engine *engine) {
    static char garbage[64];
    static double in[8], out[8];
    pst_layout number = {sizeof number, PST_F64, 0, NULL};
    pst_operator *op = NULL, *dead = NULL;
    SUCCEEDS(pst_operator_unary(&number, PST_NEGATIVE, &op));
    SUCCEEDS(pst_operator_unary(&number, PST_NEGATIVE, &dead));
    pst_operator_destroy(dead);
    pst_type type = PST_TYPE(pst_lent);
    const void *bad[] = {NULL, dead, engine, garbage, (void *)1};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        REFUSED(PST_EHANDLE, "'a': op", pst_apply_lent(g, "a", pst_feed(g, "f", &type), bad[i]));
    REFUSED(PST_EHANDLE, "is none", pst_apply_lent(g, "a", none, op));
    REFUSED(PST_ETYPE, "spans that are lent must be pst_lent",
            pst_apply_lent(g, "a", new_source(g), op));
    const pst_lent spans[] = {{NULL, out, 1, 0},
                              {in, NULL, 1, 0},
                              {(char *)in + 1, out, 1, 0},
                              {in, (char *)out + 4, 1, 0},
                              {in, in, 1, 0},
                              {in, in + 1, 2, 0},
                              {in, out, SIZE_MAX, 0},
                              {in, out, SIZE_MAX / 8, 0}};
    const char *parts[] = {"in is NULL",           "out is NULL",         "in is not aligned",
                           "out is not aligned",   "in and out overlap",  "in and out overlap",
                           "do not fit in memory", "do not fit in memory"};
    for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
        pst_graph *g = new_graph();
        pst_stage feed = pst_feed(g, "f", &type);
        pst_drain(g, "d", pst_apply_lent(g, "a", feed, op));
        RUNS(pst_graph_start(g, engine));
        RUNS(pst_push(g, feed, &spans[i], 1, PST_FOREVER, NULL));
        FAILS(PST_ESTAGE, parts[i], pst_graph_wait(g, PST_FOREVER));
        CHECK(strstr(pst_last_error(), "stage 'a', element 0: ") != NULL);
        pst_graph_destroy(g);
    }
    pst_operator_destroy(op);
}

int main(void) {
    begin(60);
    pst_engine *engine = new_engine(2);
    descriptions(engine);
    foreign_stages(engine);
    row_tables(engine);
    spans();
    lent_spans(engine);
    pst_engine_destroy(engine);
    return end("misuse_streams");
}
