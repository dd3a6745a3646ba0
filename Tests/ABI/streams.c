/* Section 14 of the header: ranges, slices, shuffles and rows, beside a plain model of each. */
#include "misuse.h"

static int64_t got[1 << 20];
static size_t got_count;

static pst_status collect(pst_context *cx, const void *in, size_t n) {
    (void)cx;
    memcpy(got + got_count, in, n * sizeof(int64_t));
    got_count += n;
    return PST_OK;
}

static void run(pst_engine *engine, pst_graph *g, pst_stage last) {
    got_count = 0;
    pst_sink(g, "collect", last, collect, NULL);
    RUNS(pst_graph_run(g, engine));
}

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* One period of n numbers through a window, the way a textbook has it. */
static void model_period(int64_t *numbers, size_t n, size_t window, uint64_t seed, uint64_t epoch) {
    int64_t *held = malloc(window * sizeof(*held));
    uint64_t state = mix(seed ^ mix(epoch + 1));
    size_t front = window, given = 0;
    for (size_t i = 0; i < n; i++) {
        if (front > 0) {
            held[--front] = numbers[i];
            continue;
        }
        state += 0x9e3779b97f4a7c15u;
        size_t chosen = (size_t)(((unsigned __int128)mix(state) * window) >> 64);
        int64_t out = held[chosen];
        held[chosen] = numbers[i];
        numbers[given++] = out;
    }
    for (size_t count = window - front; count > 0; count--) {
        state += 0x9e3779b97f4a7c15u;
        size_t chosen = front + (size_t)(((unsigned __int128)mix(state) * count) >> 64);
        numbers[given++] = held[chosen];
        held[chosen] = held[front + count - 1];
    }
    free(held);
}

static void shuffles(pst_engine *engine, size_t total, size_t window, size_t period) {
    static int64_t want[1 << 20];
    pst_graph *g = new_graph();
    pst_stage numbers = pst_range(g, "numbers", 0, 1, total ? total : 1, 0, total);
    run(engine, g, pst_shuffle(g, "shuffle", numbers, window, 7, period, 3));
    CHECK(got_count == total);
    size_t step = period ? period : total ? total : 1;
    size_t room = period && window > period ? period : window;
    for (size_t at = 0; at < total; at += step) {
        size_t n = total - at < step ? total - at : step;
        for (size_t i = 0; i < n; i++)
            want[at + i] = (int64_t)(at + i);
        model_period(want + at, n, room, 7, 3 + at / step);
    }
    CHECK(memcmp(got, want, total * sizeof(int64_t)) == 0);
    /* A second run begins anew. */
    got_count = 0;
    RUNS(pst_graph_run(g, engine));
    CHECK(got_count == total);
    pst_graph_destroy(g);

    /* The same in spans of the caller's own, with a copy of the state half-way. */
    static int64_t in[1 << 16], out[1 << 16], held[1 << 17], copy[1 << 17];
    pst_shuffle_state state = PST_SHUFFLE_STATE_INIT, saved;
    state.window = window;
    state.seed = 7;
    state.period = period;
    state.epoch = 3;
    size_t made = 0, next = 0, half = 0;
    memset(&saved, 0, sizeof(saved));
    for (size_t n = 1; next < total; n = n * 3 % 1021 + 1) {
        if (n > total - next)
            n = total - next;
        for (size_t i = 0; i < n; i++)
            in[i] = (int64_t)next++;
        size_t count = 99;
        SUCCEEDS(pst_shuffle_span(&state, held, 8, in, n, out, &count));
        CHECK(memcmp(out, want + made, count * 8) == 0);
        made += count;
        if (next >= total / 2 && half == 0) {
            half = next;
            saved = state;
            memcpy(copy, held, sizeof(held));
        }
    }
    for (size_t count = 1; count > 0; made += count) {
        SUCCEEDS(pst_shuffle_span(&state, held, 8, NULL, 13, out, &count));
        CHECK(memcmp(out, want + made, count * 8) == 0);
    }
    CHECK(made == total && state.taken == total && state.given == total);
    if (half) {
        made = saved.given;
        for (; half < total; half++) {
            int64_t number = (int64_t)half;
            size_t count = 0;
            SUCCEEDS(pst_shuffle_span(&saved, copy, 8, &number, 1, out, &count));
            CHECK(count == 0 || out[0] == want[made]);
            made += count;
        }
    }
}

static void ranges(pst_engine *engine) {
    struct {
        int64_t first, step;
        uint64_t length, from, until;
    } cases[] = {{0, 1, 1000, 0, 1000},   {5, -3, 10, 0, 35},
                 {0, 1, 7, 100, 20000},   {0, 0, 1, 0, 5},
                 {9, 2, 3, 4, 4},         {0, 1, 0, 0, 0},
                 {INT64_MAX, 1, 3, 0, 3}, {0, 1, UINT64_MAX, UINT64_MAX - 4, UINT64_MAX}};
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        pst_graph *g = new_graph();
        run(engine, g,
            pst_range(g, "r", cases[c].first, cases[c].step, cases[c].length, cases[c].from,
                      cases[c].until));
        CHECK(got_count == cases[c].until - cases[c].from);
        for (uint64_t i = 0; i < got_count; i++) {
            uint64_t place = (cases[c].from + i) % cases[c].length;
            CHECK((uint64_t)got[i] == (uint64_t)cases[c].first + (uint64_t)cases[c].step * place);
        }
        pst_graph_destroy(g);
    }
}

static void slices(pst_engine *engine) {
    const uint64_t firsts[] = {0, 1, 9, 10, 11, UINT64_MAX}, counts[] = {0, 1, 5, 10, UINT64_MAX},
                   periods[] = {0, 1, 10, 13};
    for (size_t a = 0; a < 6; a++)
        for (size_t b = 0; b < 5; b++)
            for (size_t c = 0; c < 4; c++) {
                pst_graph *g = new_graph();
                pst_stage numbers = pst_range(g, "numbers", 0, 1, 1000, 0, 1000);
                run(engine, g, pst_slice(g, "s", numbers, firsts[a], counts[b], periods[c]));
                size_t n = 0;
                bool same = true;
                for (uint64_t i = 0; i < 1000; i++) {
                    uint64_t place = periods[c] ? i % periods[c] : i;
                    if (place >= firsts[a] && place - firsts[a] < counts[b])
                        same = same && n < got_count && got[n++] == (int64_t)i;
                }
                CHECK(same && n == got_count);
                pst_graph_destroy(g);
            }
    /* Of a stream without end the first ones are enough. */
    pst_graph *g = new_graph();
    pst_stage all = pst_range(g, "all", 0, 1, UINT64_MAX, 0, UINT64_MAX);
    run(engine, g, pst_slice(g, "s", all, 10, 90, 0));
    CHECK(got_count == 90 && got[0] == 10 && got[89] == 99);
    pst_graph_destroy(g);
}

/* What a slice does not pass on is destroyed, once; what it passes on is its consumer's. */
static atomic_int owned_made, owned_gone, owned_taken;

static void give_up(void *elements, size_t n, void *user) {
    (void)elements, (void)user;
    owned_gone += (int)n;
}

static pst_status make_owned(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t *to = out;
    const uint64_t at = pst_position(cx);
    while (*count < capacity && at + *count < 1000)
        to[(*count)++] = 1;
    owned_made += (int)*count;
    return at + *count < 1000 ? PST_OK : PST_END;
}

static pst_status take_owned(pst_context *cx, const void *in, size_t n) {
    (void)cx, (void)in;
    owned_taken += (int)n;
    return PST_OK;
}

static void slices_of_owned(pst_engine *engine) {
    const uint64_t periods[] = {0, 7, 10};
    for (size_t i = 0; i < 3; i++) {
        owned_made = owned_gone = owned_taken = 0;
        pst_type type = PST_TYPE(uint64_t);
        type.destroy = give_up;
        pst_graph *g = new_graph();
        pst_stage made = pst_source(g, "made", &type, make_owned, NULL);
        pst_sink(g, "take", pst_slice(g, "slice", made, 3, 4, periods[i]), take_owned, NULL);
        RUNS(pst_graph_run(g, engine));
        pst_graph_destroy(g);
        CHECK(owned_taken == (periods[i] == 0 ? 4 : periods[i] == 7 ? 571 : 400));
        CHECK(owned_made == owned_taken + owned_gone);
    }
}

typedef struct pair {
    int64_t number;
    float half;
    uint8_t byte;
} pair;

static size_t pairs;

static pst_status check_pairs(pst_context *cx, const void *in, size_t n) {
    (void)cx;
    const pair *p = in;
    for (size_t i = 0; i < n; i++, pairs++) {
        int64_t want = (int64_t)(pairs * 7 % 100);
        static const char zero[3];
        CHECK(p[i].number == want && p[i].half == (float)want / 2 && p[i].byte == (uint8_t)want &&
              memcmp(&p[i].byte + 1, zero, 3) == 0);
    }
    return PST_OK;
}

static pst_status ignore(pst_context *cx, const void *in, size_t n) {
    (void)cx, (void)in, (void)n;
    return PST_OK;
}

static void rows(pst_engine *engine) {
    static int64_t numbers[200], bytes_of[100];
    static float halves[100];
    for (int i = 0; i < 100; i++) {
        numbers[2 * i] = i;
        halves[99 - i] = (float)i / 2;
        ((uint8_t *)bytes_of)[3 * i] = (uint8_t)i;
    }
    pst_type type = PST_TYPE(pair);
    pst_column columns[] = {{numbers, 16, 8, offsetof(pair, number)},
                            {halves + 99, -4, 4, offsetof(pair, half)},
                            {bytes_of, 3, 1, offsetof(pair, byte)}};
    pst_graph *g = new_graph();
    pst_stage index = pst_range(g, "index", 0, 7, 100, 0, 14);
    pst_stage made = pst_rows(g, "rows", index, &type, columns, 3, 100);
    pst_sink(g, "check", made, check_pairs, NULL);
    RUNS(pst_graph_run(g, engine));
    CHECK(pairs == 14);
    pst_graph_destroy(g);

    /* A row that is not there fails as its element. */
    for (int64_t first = -1; first <= 95; first += 96) {
        g = new_graph();
        index = pst_range(g, "index", first, 5, 9, 0, 9);
        made = pst_rows(g, "rows", index, &type, columns, 3, 100);
        pst_sink(g, "eat", made, ignore, NULL);
        FAILS(PST_ESTAGE, first < 0 ? "row -1 of an array of 100" : "row 100 of an array of 100",
              pst_graph_run(g, engine));
        pst_graph_destroy(g);
    }
    /* Whole rows, neighbours and others. */
    g = new_graph();
    static int64_t table[100][4];
    for (int i = 0; i < 400; i++)
        table[i / 4][i % 4] = i;
    pst_type row = PST_ROW_TYPE(int64_t, 4);
    pst_column whole = {table, sizeof(*table), sizeof(*table), 0};
    index = pst_range(g, "index", 0, 1, 100, 0, 250);
    made = pst_rows(g, "rows", index, &row, &whole, 1, 100);
    pst_stage_options two = PST_STAGE_OPTIONS_INIT;
    two.replicas = 2;
    pst_stage_configure(g, made, &two);
    pst_stage drain = pst_drain(g, "drain", made);
    RUNS(pst_graph_start(g, engine));
    size_t count = 0, at = 0;
    int64_t buffer[64][4];
    while (pst_pull(g, drain, buffer, 64, PST_FOREVER, &count) == PST_OK)
        for (size_t i = 0; i < count; i++, at++)
            CHECK(memcmp(buffer[i], table[at % 100], sizeof(*table)) == 0);
    CHECK(at == 250);
    RUNS(pst_graph_wait(g, PST_FOREVER));
    pst_graph_destroy(g);
}

/* Spans of the program's own go through an operator in replicas, in order. */
static void lent(pst_engine *engine) {
    enum { ROWS = 600, WIDTH = 100 };
    static float in[ROWS][WIDTH], out[ROWS][WIDTH];
    const size_t width = WIDTH;
    pst_layout row = {sizeof row, PST_F32, 1, &width}, one = {sizeof one, PST_F32, 0, NULL};
    pst_operator *op = NULL;
    float two = 2;
    SUCCEEDS(pst_operator_binary(&row, PST_MULTIPLY, &two, &one, false, &op));
    pst_type type = PST_TYPE(pst_lent);
    pst_graph *g = new_graph();
    pst_stage feed = pst_feed(g, "feed", &type), done = pst_apply_lent(g, "op", feed, op);
    pst_stage_options three = PST_STAGE_OPTIONS_INIT;
    three.replicas = 3;
    pst_stage_configure(g, done, &three);
    pst_stage drain = pst_drain(g, "drain", done);
    pst_operator_destroy(op);
    RUNS(pst_graph_start(g, engine));
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t k = 0; k < WIDTH; k++)
            in[i][k] = (float)(i * k);
        pst_lent span = {in[i], out[ROWS - 1 - i], 1, i};
        RUNS(pst_push(g, feed, &span, 1, PST_FOREVER, NULL));
    }
    pst_lent nothing = {NULL, NULL, 0, ROWS};
    RUNS(pst_push(g, feed, &nothing, 1, PST_FOREVER, NULL));
    RUNS(pst_close(g, feed));
    pst_lent span;
    size_t count = 0, at = 0;
    for (; pst_pull(g, drain, &span, 1, PST_FOREVER, &count) == PST_OK; at++)
        CHECK(span.first == at);
    CHECK(at == ROWS + 1);
    RUNS(pst_graph_wait(g, PST_FOREVER));
    bool same = true;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t k = 0; k < WIDTH; k++)
            same = same && out[ROWS - 1 - i][k] == (float)(i * k) * 2;
    CHECK(same);
    pst_graph_destroy(g);
}

/* The number of a lent span's first element, and not the replica, decides what is random. */
static void lent_and_random(pst_engine *engine) {
    enum { SPANS = 100, EACH = 3, SIDE = 6, CUT = 3 };
    static uint8_t in[SPANS * EACH][SIDE * SIDE], out[SPANS * EACH][CUT * CUT],
        want[SPANS * EACH][CUT * CUT];
    const size_t sides[] = {SIDE, SIDE};
    const pst_layout image = {sizeof image, PST_U8, 2, sides};
    pst_operator *op = NULL;
    for (int i = 0; i < SPANS * EACH * SIDE * SIDE; i++)
        in[i / (SIDE * SIDE)][i % (SIDE * SIDE)] = (uint8_t)(i * 7);
    SUCCEEDS(pst_operator_random_crop(&image, CUT, CUT, 5, &op));
    SUCCEEDS(pst_operator_apply(op, in, want, SPANS * EACH, 0));
    pst_type type = PST_TYPE(pst_lent);
    pst_graph *g = new_graph();
    pst_stage feed = pst_feed(g, "feed", &type), done = pst_apply_lent(g, "op", feed, op);
    pst_stage_options three = PST_STAGE_OPTIONS_INIT;
    three.replicas = 3;
    three.order = PST_UNORDERED;
    pst_stage_configure(g, done, &three);
    pst_sink(g, "ignore", done, ignore, NULL);
    RUNS(pst_graph_start(g, engine));
    for (size_t i = 0; i < SPANS; i++) {
        const pst_lent span = {in[i * EACH], out[i * EACH], EACH, i * EACH};
        RUNS(pst_push(g, feed, &span, 1, PST_FOREVER, NULL));
    }
    RUNS(pst_close(g, feed));
    RUNS(pst_graph_wait(g, PST_FOREVER));
    CHECK(memcmp(out, want, sizeof(out)) == 0);
    pst_graph_destroy(g);
    pst_operator_destroy(op);
}

int main(void) {
    begin(120);
    pst_engine *engine = new_engine(0);
    ranges(engine);
    slices(engine);
    slices_of_owned(engine);
    lent_and_random(engine);
    rows(engine);
    lent(engine);
    const size_t totals[] = {0, 1, 2, 1000, 50000}, windows[] = {1, 2, 10, 1000, 60000},
                 periods[] = {0, 1, 10, 250, 1000};
    for (size_t a = 0; a < 5; a++)
        for (size_t b = 0; b < 5; b++)
            for (size_t c = 0; c < 5; c++)
                shuffles(engine, totals[a], windows[b], periods[c]);
    shuffles(engine, 1003, 10, 250);
    shuffles(engine, 1255, 10, 250);
    shuffles(engine, 7, 10, 250);
    pst_engine_destroy(engine);
    return end("streams");
}
