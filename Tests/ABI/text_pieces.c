/* What blocks are split into and what becomes of pieces and keys: section 13 of the header,
 * sentence by sentence, beside what it says. */
#include "misuse.h"

#include <math.h>
#include <stdint.h>

static pst_engine *engine;

/* ---- Blocks of the program's own ---- */

typedef struct block {
    const char *text;
    size_t size;
    atomic_int releases;
} block;

static void release(void *owner) {
    ((block *)owner)->releases++;
}

static pst_status give_block(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)capacity;
    block *one = pst_user(cx);
    *(pst_bytes *)out = (pst_bytes){one->text, one->size, one, release};
    *count = 1;
    return PST_END;
}

static pst_stage source_of(pst_graph *g, block *one) {
    pst_type type = pst_bytes_type();
    return pst_source(g, "block", &type, give_block, one);
}

/* ---- Pieces ---- */

typedef struct pieces {
    const block *of;
    char text[1 << 14]; /* the pieces, each followed by | */
    size_t size;
} pieces;

static void put(pieces *all, const char *text, size_t size) {
    if (all->size + size + 2 > sizeof(all->text))
        abort();
    memcpy(all->text + all->size, text, size);
    all->size += size;
    all->text[all->size++] = '|';
}

static pst_status join(pst_context *cx, const void *in, size_t n) {
    pieces *all = pst_user(cx);
    const pst_bytes *some = in;
    for (size_t i = 0; i < n; i++) {
        const char *from = some[i].data;
        CHECK(from >= all->of->text && from + some[i].size <= all->of->text + all->of->size);
        put(all, from, some[i].size);
    }
    pst_bytes_release((void *)(uintptr_t)in, sizeof(pst_bytes), n);
    return PST_OK;
}

static void splits(pst_split_kind kind, const char *text, size_t size, const char *want,
                   size_t want_size) {
    static pieces all;
    block one = {text, size, 0};
    all.of = &one;
    all.size = 0;
    pst_split_options options = PST_SPLIT_OPTIONS_INIT;
    options.kind = kind;
    options.delimiter = ',';
    options.record_size = 3;
    pst_graph *g = new_graph();
    pst_sink(g, "join", pst_split(g, "split", source_of(g, &one), &options), join, &all);
    RUNS(pst_graph_run(g, engine));
    pst_graph_destroy(g);
    if (!CHECK(all.size == want_size && memcmp(all.text, want, want_size) == 0))
        printf("    '%.*s' became '%.*s', not '%.*s'\n", (int)size, text, (int)all.size, all.text,
               (int)want_size, want);
    CHECK(one.releases == 1);
}

static void splits_text(pst_split_kind kind, const char *text, const char *want) {
    splits(kind, text, strlen(text), want, strlen(want));
}

static bool is_space(char c) {
    return c == ' ' || (c >= 9 && c <= 13);
}

/* The same a byte at a time. */
static void model(pieces *all, pst_split_kind kind, const char *text, size_t size) {
    size_t start = 0;
    all->size = 0;
    for (size_t i = 0; i < size; i++) {
        if (kind == PST_SPLIT_WORDS && is_space(text[i])) {
            if (i > start)
                put(all, text + start, i - start);
            start = i + 1;
        } else if (kind == PST_SPLIT_LINES && text[i] == '\n') {
            put(all, text + start, i - start - (i > start && text[i - 1] == '\r'));
            start = i + 1;
        } else if (kind == PST_SPLIT_BYTE && text[i] == ',') {
            put(all, text + start, i - start);
            start = i + 1;
        } else if (kind == PST_SPLIT_RECORDS && (i + 1) % 3 == 0) {
            put(all, text + start, 3);
            start = i + 1;
        }
    }
    if (start < size)
        put(all, text + start, size - start);
}

/* Blocks that end where their memory does, around the lengths that are scanned at once. */
static void random_texts(void) {
    static const char letters[] = "ab, \n\r\t\v\f\xc3\xa9xyz";
    static pieces want;
    uint64_t random = 1;
    for (int round = 0; round < 400; round++) {
        const size_t sizes[] = {0, 63, 1023, 2047, 4000}, of = sizeof(letters) - 1;
        const size_t size = sizes[round % 5] + (size_t)(round / 5) % 3 + (size_t)(round / 50),
                     variety = 1 + (size_t)round % of;
        char *text = malloc(size + !size);
        for (size_t i = 0; i < size; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[i] = letters[(random >> 33) % variety];
        }
        for (int kind = PST_SPLIT_WORDS; kind <= PST_SPLIT_RECORDS; kind++) {
            const size_t whole = kind == PST_SPLIT_RECORDS ? size / 3 * 3 : size;
            model(&want, (pst_split_kind)kind, text, whole);
            splits((pst_split_kind)kind, text, whole, want.text, want.size);
        }
        free(text);
    }
}

static void kinds(void) {
    splits_text(PST_SPLIT_WORDS, "", "");
    splits_text(PST_SPLIT_WORDS, " \t\n\v\f\r ", "");
    splits_text(PST_SPLIT_WORDS, "a", "a|");
    splits_text(PST_SPLIT_WORDS, "  a\tbc\nd\ve\ff\rg", "a|bc|d|e|f|g|");
    splits_text(PST_SPLIT_WORDS, "\x08_\x0e \x1f\x85\xa0 \xc3\xa9",
                "\x08_\x0e|\x1f\x85\xa0|\xc3\xa9|");
    splits_text(PST_SPLIT_LINES, "", "");
    splits_text(PST_SPLIT_LINES, "\n", "|");
    splits_text(PST_SPLIT_LINES, "a\n\nb", "a||b|");
    splits_text(PST_SPLIT_LINES, "a\r\n\r\nb\rc\r\n", "a||b\rc|");
    splits_text(PST_SPLIT_LINES, "a\r", "a\r|"); /* no line feed behind it */
    splits_text(PST_SPLIT_BYTE, ",a,,b", "|a||b|");
    splits_text(PST_SPLIT_BYTE, "a\r,", "a\r|");
    splits_text(PST_SPLIT_RECORDS, "abcdef", "abc|def|");
    splits_text(PST_SPLIT_RECORDS, "", "");
}

/* An element of the same owner that somebody has taken, and which says so, does not release it. */
static pst_status take_odd(pst_context *cx, const void *in, void *out, size_t n) {
    block *one = pst_user(cx);
    pst_bytes *to = out;
    memcpy(to, in, n * sizeof(*to));
    for (size_t i = 0; i < n; i++) {
        if ((pst_position(cx) + i) % 2) {
            to[i].release(to[i].owner);
            to[i].release = NULL;
        }
    }
    CHECK(one->releases == 0);
    return PST_OK;
}

static pst_status still_there(pst_context *cx, const void *in, void *out, size_t n) {
    const block *one = pst_user(cx);
    CHECK(one->releases == 0);
    for (size_t i = 0; i < n; i++)
        ((uint64_t *)out)[i] = 0;
    pst_status status = pst_bytes_to_hash(cx, in, out, n);
    return status;
}

static void taken(void) {
    static char text[40000];
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < sizeof(text); i += 4)
        text[i] = ' ';
    block one = {text, sizeof(text), 0};
    pst_type bytes = pst_bytes_type();
    pst_graph *g = new_graph();
    pst_stage words = pst_split(g, "words", source_of(g, &one), NULL);
    pst_stage odd = pst_map(g, "take", words, &bytes, take_odd, &one);
    pst_sink(g, "eat", pst_map(g, "hash", odd, &u64, still_there, &one), eat, NULL);
    RUNS(pst_graph_run(g, engine));
    pst_graph_destroy(g);
    CHECK(one.releases == 1);
}

static void channels(void) {
    const char *paths[] = {"/dev/null"};
    for (size_t capacity = 0; capacity <= 64; capacity += 64) {
        pst_graph *g = new_graph();
        pst_edge_options never = PST_EDGE_OPTIONS_INIT;
        never.fusion = PST_FUSE_NEVER;
        never.capacity = capacity;
        pst_stage files = pst_files(g, "files", paths, 1, NULL),
                  words = pst_split(g, "words", files, NULL);
        pst_edge_configure(g, files, words, &never);
        pst_sink(g, "eat", words, eat, NULL);
        RUNS(pst_graph_run(g, engine));
        pst_stage_stats stats = PST_STAGE_STATS_INIT;
        SUCCEEDS(pst_stage_get_stats(g, words, &stats));
        CHECK(stats.queue_capacity == (capacity ? capacity : 4));
        pst_graph_destroy(g);
    }
}

/* ---- Ends in the middle of a block ---- */

typedef struct interrupted {
    pst_graph *graph;
    uint64_t seen, sum;
    int how; /* 0: ends, 1: cancels, 2: fails, else takes all */
} interrupted;

static pst_status add_or_stop(pst_context *cx, const void *in, size_t n) {
    interrupted *all = pst_user(cx);
    const uint64_t *numbers = in;
    for (size_t i = 0; i < n; i++)
        all->sum += numbers[i];
    all->seen += n;
    if (all->how == 0)
        return PST_END;
    if (all->how == 1)
        pst_graph_cancel(all->graph);
    return all->how == 2 ? PST_EUSER : PST_OK;
}

/* A run that stopped in the middle of a block leaves nothing to the next one. */
static void stopped_in_between(void) {
    enum { NUMBERS = 100000 };
    static uint64_t numbers[NUMBERS];
    for (uint64_t i = 0; i < NUMBERS; i++)
        numbers[i] = i;
    const pst_status want[] = {PST_OK, PST_ECANCELED, PST_ESTAGE};
    for (int how = 0; how < 3; how++) {
        block one = {(const char *)numbers, sizeof(numbers), 0};
        interrupted all = {new_graph(), 0, 0, how};
        pst_stage made = pst_unpack(all.graph, "unpack", source_of(all.graph, &one), &u64);
        pst_sink(all.graph, "sum", made, add_or_stop, &all);
        CHECK(pst_graph_run(all.graph, engine) == want[how]);
        CHECK(all.seen < NUMBERS && one.releases == 1);
        all = (interrupted){all.graph, 0, 0, 3};
        RUNS(pst_graph_run(all.graph, engine));
        CHECK(all.seen == NUMBERS && all.sum == (uint64_t)NUMBERS * (NUMBERS - 1) / 2);
        CHECK(one.releases == 2);
        pst_graph_destroy(all.graph);
    }
}

/* ---- Keys ---- */

typedef struct group {
    pst_bytes key;
    int64_t count;
} group;

static const char unsorted[] = "b abcdefghijklmnopqr a b abcdefghijklmnop abcdefghijklmnopq aa b";

/* Groups in order, whose keys outlive graph and engine. */
static void sorted(void) {
    const char *want[] = {"a", "aa", "abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnopqr",
                          "b"};
    block one = {unsorted, sizeof(unsorted) - 1, 0};
    pst_engine *own = new_engine(2);
    pst_reduce_options options = PST_REDUCE_OPTIONS_INIT;
    options.sorted = true;
    pst_graph *g = new_graph();
    pst_stage words = pst_split(g, "words", source_of(g, &one), NULL);
    pst_stage drain = pst_drain(g, "drain", pst_reduce(g, "count", words, &options));
    RUNS(pst_graph_start(g, own));
    group groups[8];
    size_t count = 0, n = 0;
    while (pst_pull(g, drain, groups + n, 8 - n, PST_FOREVER, &count) == PST_OK)
        n += count;
    RUNS(pst_graph_wait(g, PST_FOREVER));
    pst_graph_destroy(g);
    pst_engine_destroy(own);
    CHECK(n == 6);
    for (size_t i = 0; i < n; i++) {
        CHECK(groups[i].key.size == strlen(want[i]));
        CHECK(memcmp(groups[i].key.data, want[i], groups[i].key.size) == 0);
        CHECK(groups[i].count == (i == 5 ? 3 : 1));
        pst_bytes_release(&groups[i], sizeof(group), 1);
    }
}

/* ---- Aggregates at the ends of their types ---- */

typedef struct row {
    int8_t key;
    uint64_t large;
    int64_t low;
    float real;
} row;

static pst_status give_rows(pst_context *cx, void *out, size_t capacity, size_t *count) {
    static const row rows[] = {{-1, UINT64_MAX, INT64_MIN, 1},
                               {1, 1, 1, 1},
                               {-1, 2, -1, NAN},
                               {1, 3, 2, 0.5f},
                               {-1, 7, INT64_MAX, -1}};
    uint64_t at = pst_position(cx);
    for (; *count < capacity && at < 5; at++)
        ((row *)out)[(*count)++] = rows[at];
    return at < 5 ? PST_OK : PST_END;
}

typedef struct totals {
    int64_t key;
    uint64_t sum, least, most;
    int64_t low_sum, low_least, low_most;
    double real_sum, real_least, real_most, mean;
} totals;

static void ends_of_types(void) {
    const pst_aggregate wanted[] = {
        {PST_SUM, PST_U64, offsetof(row, large)}, {PST_MIN, PST_U64, offsetof(row, large)},
        {PST_MAX, PST_U64, offsetof(row, large)}, {PST_SUM, PST_I64, offsetof(row, low)},
        {PST_MIN, PST_I64, offsetof(row, low)},   {PST_MAX, PST_I64, offsetof(row, low)},
        {PST_SUM, PST_F32, offsetof(row, real)},  {PST_MIN, PST_F32, offsetof(row, real)},
        {PST_MAX, PST_F32, offsetof(row, real)},  {PST_MEAN, PST_U64, offsetof(row, large)}};
    pst_reduce_options options = PST_REDUCE_OPTIONS_INIT;
    options.key = PST_I8;
    options.aggregates = wanted;
    options.aggregate_count = 10;
    options.sorted = true;
    const pst_type type = PST_TYPE(row);
    pst_graph *g = new_graph();
    pst_stage source = pst_source(g, "rows", &type, give_rows, NULL);
    pst_stage drain = pst_drain(g, "drain", pst_reduce(g, "reduce", source, &options));
    RUNS(pst_graph_start(g, engine));
    totals t[3];
    size_t count = 0, n = 0;
    while (pst_pull(g, drain, t + n, 3 - n, PST_FOREVER, &count) == PST_OK)
        n += count;
    RUNS(pst_graph_wait(g, PST_FOREVER));
    pst_graph_destroy(g);
    CHECK(n == 2 && t[0].key == -1 && t[1].key == 1);
    CHECK(t[0].sum == 8 && t[0].least == 2 && t[0].most == UINT64_MAX);
    CHECK(t[0].low_sum == -2 && t[0].low_least == INT64_MIN && t[0].low_most == INT64_MAX);
    CHECK(isnan(t[0].real_sum) && isnan(t[0].real_least) && isnan(t[0].real_most));
    CHECK(t[1].sum == 4 && t[1].least == 1 && t[1].most == 3 && t[1].mean == 2);
    CHECK(t[1].real_sum == 1.5 && t[1].real_least == 0.5 && t[1].real_most == 1);
}

/* ---- Elements ---- */

/* What is scattered has one owner, and stays until the last of it is released. */
static void scattered(void) {
    enum { COUNT = 1000 };
    static pst_bytes some[COUNT];
    static int64_t offsets[COUNT + 1];
    static char text[3 * COUNT], back[3 * COUNT];
    for (int i = 0; i < 3 * COUNT; i++)
        text[i] = (char)i;
    for (int i = 0; i <= COUNT; i++)
        offsets[i] = 3 * i;
    SUCCEEDS(pst_bytes_scatter(text, offsets, COUNT, some));
    for (int i = 1; i < COUNT; i++)
        CHECK(some[i].owner == some[0].owner && some[i].data != text + 3 * i);
    pst_bytes_release(some, sizeof(*some), COUNT - 1);
    CHECK(memcmp(some[COUNT - 1].data, text + 3 * COUNT - 3, 3) == 0);
    pst_bytes_release(some + COUNT - 1, sizeof(*some), 1);
    /* Only a part, there and back. */
    SUCCEEDS(pst_bytes_scatter(text, offsets + 10, 5, some));
    SUCCEEDS(pst_bytes_gather(some, sizeof(*some), 5, back, 15, offsets));
    CHECK(memcmp(back, text + 30, 15) == 0 && offsets[5] == 15);
    FAILS(PST_EINVAL, "size 14 is too small: elements[4] ends at byte 15",
          pst_bytes_gather(some, sizeof(*some), 5, back, 14, offsets));
    pst_bytes_release(some, sizeof(*some), 5);
}

int main(void) {
    begin(60);
    engine = new_engine(2);
    kinds();
    random_texts();
    taken();
    channels();
    stopped_in_between();
    sorted();
    ends_of_types();
    scattered();
    pst_engine_destroy(engine);
    return end("text_pieces");
}
