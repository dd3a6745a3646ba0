/* Files, pieces and keys as the header forbids them, and where memory is out. */
#include "misuse.h"

#include <sys/resource.h>

static pst_engine *engine;
static const char *const here[] = {"/dev/null"};

static void eat_destroy(void *elements, size_t n, void *user) {
    (void)elements, (void)n, (void)user;
}

static void tear_down(pst_context *cx) {
    (void)cx;
}

static void refuse_files(void) {
    const char *const none_named[] = {"/dev/null", ""}, *const null[] = {NULL};
    pst_files_options o;
    REFUSED(PST_EINVAL, "'f'", new_sink(g, pst_files(g, "f", NULL, 1, NULL)));
    REFUSED(PST_EINVAL, "count 0", new_sink(g, pst_files(g, "f", here, 0, NULL)));
    REFUSED(PST_EINVAL, "count", new_sink(g, pst_files(g, "f", here, SIZE_MAX, NULL)));
    REFUSED(PST_EINVAL, "paths[0] is NULL", new_sink(g, pst_files(g, "f", null, 1, NULL)));
    REFUSED(PST_EINVAL, "paths[1] is empty", new_sink(g, pst_files(g, "f", none_named, 2, NULL)));
    REFUSED(PST_EINVAL, "name", new_sink(g, pst_files(g, NULL, here, 1, NULL)));
    REPORTS(PST_EHANDLE, "graph", pst_files(NULL, "f", here, 1, NULL));
#define FILES(part, change)                                                                        \
    REFUSED(PST_EINVAL, part, {                                                                    \
        o = (pst_files_options)PST_FILES_OPTIONS_INIT;                                             \
        change;                                                                                    \
        new_sink(g, pst_files(g, "f", here, 1, &o));                                               \
    })
    FILES("struct_size", o.struct_size = 0);
    FILES("cut 4", o.cut = (pst_cut)4);
    FILES("record_size 0", o.cut = PST_CUT_RECORDS);
    FILES("record_size", (o.cut = PST_CUT_RECORDS, o.record_size = SIZE_MAX));
    FILES("block_size 511", o.block_size = 511);
    FILES("block_size", o.block_size = SIZE_MAX);
    FILES("largest", o.largest = SIZE_MAX);
    ACCEPTED({
        pst_type bytes = pst_bytes_type();
        o = (pst_files_options)PST_FILES_OPTIONS_INIT;
        o.struct_size = sizeof(size_t);
        o.cut = (pst_cut)99; /* of a caller that knows of none */
        pst_sink(g, "s", pst_map(g, "m", pst_files(g, "f", here, 1, &o), &bytes, pass, NULL), eat,
                 NULL);
    });
}

static void refuse_splits(void) {
    pst_split_options o;
    REFUSED(PST_ETYPE, "'s': its input must carry pst_bytes",
            pst_split(g, "s", new_source(g), NULL));
    REFUSED(PST_EHANDLE, "'s'", pst_split(g, "s", none, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_split(NULL, "s", none, NULL));
#define SPLIT(part, change)                                                                        \
    REFUSED(PST_EINVAL, part, {                                                                    \
        o = (pst_split_options)PST_SPLIT_OPTIONS_INIT;                                             \
        change;                                                                                    \
        new_sink(g, pst_split(g, "s", pst_files(g, "f", here, 1, NULL), &o));                      \
    })
    SPLIT("struct_size", o.struct_size = 1);
    SPLIT("kind 4", o.kind = (pst_split_kind)4);
    SPLIT("record_size 0", o.kind = PST_SPLIT_RECORDS);
    pst_type big = {sizeof(pst_type), 8, 8, "big", eat_destroy, NULL, NULL};
    REFUSED(PST_ETYPE, "destroy", pst_unpack(g, "u", pst_files(g, "f", here, 1, NULL), &big));
    REFUSED(PST_ETYPE, "pst_bytes", pst_unpack(g, "u", new_source(g), &u64));
    REFUSED(PST_EINVAL, "type", pst_unpack(g, "u", pst_files(g, "f", here, 1, NULL), NULL));
    REPORTS(PST_EHANDLE, "graph", pst_unpack(NULL, "u", none, &u64));

    /* What these stages bring themselves. */
    pst_stage_options s = PST_STAGE_OPTIONS_INIT;
    s.batch = 2;
    REFUSED(PST_EINVAL, "batch", {
        pst_stage words = pst_split(g, "s", pst_files(g, "f", here, 1, NULL), NULL);
        pst_stage_configure(g, words, &s);
    });
    s = (pst_stage_options)PST_STAGE_OPTIONS_INIT;
    s.teardown = tear_down;
    REFUSED(PST_EINVAL, "tear-down", {
        pst_stage words = pst_split(g, "s", pst_files(g, "f", here, 1, NULL), NULL);
        pst_stage_configure(g, words, &s);
    });
    REFUSED(PST_EINVAL, "tear-down", pst_stage_configure(g, pst_files(g, "f", here, 1, NULL), &s));
    /* It is the library that knows how many pieces a block has. */
    s = (pst_stage_options)PST_STAGE_OPTIONS_INIT;
    s.max_outputs = 1;
    ACCEPTED({
        pst_stage words = pst_split(g, "s", pst_files(g, "f", here, 1, NULL), NULL);
        pst_stage_configure(g, words, &s);
        new_sink(g, words);
    });
}

static void refuse_reductions(void) {
    static const pst_aggregate sum = {PST_SUM, PST_I64, 0};
    pst_aggregate many[65];
    pst_reduce_options o;
    for (int i = 0; i < 65; i++)
        many[i] = sum;
    REFUSED(PST_ETYPE, "no pst_bytes for the key at offset 0",
            pst_reduce(g, "r", new_source(g), NULL));
    REFUSED(PST_EHANDLE, "'r'", pst_reduce(g, "r", none, NULL));
    REPORTS(PST_EHANDLE, "graph", pst_reduce(NULL, "r", none, NULL));
#define REDUCE(want, part, change)                                                                 \
    REFUSED(want, part, {                                                                          \
        o = (pst_reduce_options)PST_REDUCE_OPTIONS_INIT;                                           \
        o.key = PST_U64;                                                                           \
        o.aggregates = many;                                                                       \
        o.aggregate_count = 1;                                                                     \
        many[0] = sum;                                                                             \
        change;                                                                                    \
        new_sink(g, pst_reduce(g, "r", new_source(g), &o));                                        \
    })
    REDUCE(PST_EINVAL, "struct_size", o.struct_size = 0);
    REDUCE(PST_EINVAL, "options.key 12", o.key = (pst_scalar)12);
    REDUCE(PST_EINVAL, "no keys", o.key = PST_F32);
    REDUCE(PST_EINVAL, "key_offset 1", o.key_offset = 1);
    REDUCE(PST_EINVAL, "key_offset", o.key_offset = SIZE_MAX);
    REDUCE(PST_ETYPE, "key", (o.key = PST_BYTES, o.key_offset = SIZE_MAX));
    REDUCE(PST_EINVAL, "aggregate_count 65", o.aggregate_count = 65);
    REDUCE(PST_EINVAL, "aggregate_count", o.aggregate_count = SIZE_MAX);
    REDUCE(PST_EINVAL, "aggregates is NULL", o.aggregates = NULL);
    REDUCE(PST_EINVAL, "aggregates[0].what 5", many[0].what = (pst_reduction)5);
    REDUCE(PST_EINVAL, "options.key 0", o.key = PST_BOOL);
    REDUCE(PST_EINVAL, "aggregates[0].field 11", many[0].field = PST_BYTES);
    REDUCE(PST_EINVAL, "aggregates[0].field 0", many[0].field = PST_BOOL);
    REDUCE(PST_EINVAL, "aggregates[0].offset 1", many[0].offset = 1);
    REDUCE(PST_EINVAL, "aggregates[0].offset", many[0].offset = SIZE_MAX);
}

static void elements(void) {
    static char text[] = "abc";
    pst_bytes some[3] = {{text, 3, NULL, NULL}, {NULL, 0, NULL, NULL}, {text, 2, NULL, NULL}};
    char data[8];
    int64_t offsets[4];
    uint64_t keys[3];
    FAILS(PST_EINVAL, "elements", pst_bytes_gather(NULL, 32, 1, data, 8, offsets));
    FAILS(PST_EINVAL, "stride 31", pst_bytes_gather(some, 31, 3, data, 8, offsets));
    FAILS(PST_EINVAL, "stride 24", pst_bytes_gather(some, 24, 3, data, 8, offsets));
    FAILS(PST_EINVAL, "stride", pst_bytes_gather(some, SIZE_MAX, 3, data, 8, offsets));
    FAILS(PST_EINVAL, "count", pst_bytes_gather(some, 32, SIZE_MAX, data, 8, offsets));
    FAILS(PST_EINVAL, "count", pst_bytes_gather(some, SIZE_MAX / 4, 8, data, 8, offsets));
    FAILS(PST_EINVAL, "elements", pst_bytes_gather((char *)some + 1, 32, 1, data, 8, offsets));
    FAILS(PST_EINVAL, "size 4 is too small: elements[2]",
          pst_bytes_gather(some, 32, 3, data, 4, offsets));
    SUCCEEDS(pst_bytes_gather(some, 32, 3, data, 5, NULL));
    SUCCEEDS(pst_bytes_gather(some, 32, 3, NULL, 0, offsets));
    SUCCEEDS(pst_bytes_gather(NULL, 0, 0, NULL, 0, NULL));
    /* Room beyond all measure is room. */
    SUCCEEDS(pst_bytes_gather(some, 32, 3, data, SIZE_MAX, offsets));
    SUCCEEDS(pst_bytes_gather(some, 32, 3, data, (size_t)1 << 63, offsets));
    CHECK(memcmp(data, "abcab", 5) == 0 && offsets[1] == 3 && offsets[2] == 3 && offsets[3] == 5);
    pst_bytes nothing = {NULL, 1, NULL, NULL}, huge = {text, SIZE_MAX, NULL, NULL};
    FAILS(PST_EINVAL, "elements[0]", pst_bytes_gather(&nothing, 32, 1, data, 8, offsets));
    FAILS(PST_EINVAL, "elements[0]", pst_bytes_gather(&huge, 32, 1, NULL, 0, offsets));
    REPORTS(PST_EINVAL, "elements", (pst_bytes_release(NULL, 32, 1), 0));
    REPORTS(PST_EINVAL, "stride", (pst_bytes_release(some, 8, 2), 0));
    pst_bytes_release(some, 32, 3);
    pst_bytes_release(NULL, 0, 0);
    CHECK(some[0].data == NULL && some[2].size == 0);

    const int64_t falling[3] = {0, 2, 1}, negative[2] = {-1, 2}, good[4] = {1, 1, 3, 4};
    FAILS(PST_EINVAL, "offsets is NULL", pst_bytes_scatter(data, NULL, 3, some));
    FAILS(PST_EINVAL, "elements is NULL", pst_bytes_scatter(data, good, 3, NULL));
    FAILS(PST_EINVAL, "data is NULL", pst_bytes_scatter(NULL, good, 3, some));
    FAILS(PST_EINVAL, "offsets[2]", pst_bytes_scatter(data, falling, 2, some));
    FAILS(PST_EINVAL, "offsets[0]", pst_bytes_scatter(data, negative, 1, some));
    FAILS(PST_EINVAL, "count", pst_bytes_scatter(data, good, SIZE_MAX, some));
    FAILS(PST_EINVAL, "count", pst_bytes_scatter(data, good, SIZE_MAX / 64, some));
    SUCCEEDS(pst_bytes_scatter(NULL, NULL, 0, NULL));
    SUCCEEDS(pst_bytes_scatter(text, good, 3, some));
    CHECK(some[0].size == 0 && memcmp(some[1].data, "bc", 2) == 0 && some[2].size == 1);
    pst_bytes_release(some, 32, 3);
    const int64_t far[2] = {0, INT64_MAX};
    FAILS(PST_ENOMEM, "no memory", pst_bytes_scatter(text, far, 1, some));

    CHECK(pst_bytes_to_hash(NULL, NULL, keys, 1) == PST_EINVAL);
    CHECK(pst_bytes_to_hash(NULL, some, NULL, 1) == PST_EINVAL);
    CHECK(pst_bytes_to_hash(NULL, NULL, NULL, 0) == PST_OK);
    pst_bytes equal[3] = {{text, 3, NULL, NULL}, {"abc", 3, NULL, NULL}, {NULL, 0, NULL, NULL}};
    pst_bytes_hash(equal, keys, 3, NULL);
    CHECK(keys[0] == keys[1] && keys[0] != keys[2]);
    const uint64_t first = keys[0];
    keys[0] = 0;
    CHECK(pst_bytes_to_hash(NULL, equal, keys, 3) == PST_OK && keys[0] == first);
    pst_bytes_hash(NULL, keys, 3, NULL);
    pst_bytes_hash(equal, NULL, 3, NULL);
    pst_bytes_hash(equal, keys, 0, NULL);
}

/* ---- Blocks that are none ---- */

static pst_status give_bad(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)capacity;
    ((pst_bytes *)out)[0] = *(pst_bytes *)pst_user(cx);
    *count = 1;
    return PST_END;
}

static void bad_block(pst_bytes block, int how, const char *part) {
    pst_graph *g = new_graph();
    pst_type bytes = pst_bytes_type(), three = {sizeof(pst_type), 3, 1, "three", NULL, NULL, NULL};
    pst_split_options records = PST_SPLIT_OPTIONS_INIT;
    records.kind = PST_SPLIT_RECORDS;
    records.record_size = 3;
    pst_stage s = pst_source(g, "s", &bytes, give_bad, &block);
    if (how == 0)
        pst_sink(g, "e", pst_split(g, "x", s, NULL), eat, NULL);
    else if (how == 1)
        pst_sink(g, "e", pst_split(g, "x", s, &records), eat, NULL);
    else if (how == 2)
        pst_sink(g, "e", pst_unpack(g, "x", s, &three), eat, NULL);
    else
        pst_sink(g, "e", pst_reduce(g, "x", s, NULL), eat, NULL);
    FAILS(PST_ESTAGE, part, pst_graph_run(g, engine));
    CHECK(strstr(pst_last_error(), "'x'") != NULL);
    pst_graph_destroy(g);
}

/* ---- Memory ---- */

static pst_status new_words(pst_context *cx, void *out, size_t capacity, size_t *count) {
    static char text[1 << 20][24];
    uint64_t next = pst_position(cx);
    pst_bytes *to = out;
    for (; *count < capacity; next++) {
        char *word = text[next % (1 << 20)];
        int size = snprintf(word, 24, "word number %llu", (unsigned long long)next);
        to[(*count)++] = (pst_bytes){word, (size_t)size, NULL, NULL};
    }
    return PST_OK;
}

/* A table that grows until there is no memory ends the run and not the process. */
HELPER void no_room_for_keys(void) {
    pst_type bytes = pst_bytes_type();
    pst_graph *g = new_graph();
    pst_sink(g, "e", pst_reduce(g, "keys", pst_source(g, "words", &bytes, new_words, NULL), NULL),
             eat, NULL);
    struct rlimit before, limit;
    getrlimit(RLIMIT_DATA, &before);
    limit = before;
    limit.rlim_cur = 300u << 20;
    setrlimit(RLIMIT_DATA, &limit);
    FAILS(PST_ESTAGE, "no memory for more than", pst_graph_run(g, engine));
    setrlimit(RLIMIT_DATA, &before);
    pst_graph_destroy(g);
}

static pst_stage words_of_files(pst_graph *g) {
    const char *const paths[] = {"/proc/self/limits", "/proc/self/status"};
    return pst_split(g, "words", pst_files(g, "files", paths, 2, NULL), NULL);
}

static pst_status few_words(pst_context *cx, void *out, size_t capacity, size_t *count) {
    static const char text[] = "abcdefghijklmnopqrstuvwxyz";
    uint64_t next = pst_position(cx);
    for (; *count < capacity && next < 50; next++)
        ((pst_bytes *)out)[(*count)++] = (pst_bytes){text + next % 24, 1 + next % 2, NULL, NULL};
    return next < 50 ? PST_OK : PST_END;
}

/* Their tables are of different sizes, so that now the one and now the other is joined to it. */
static pst_stage words_by_length(pst_graph *g) {
    const pst_type bytes = pst_bytes_type();
    return pst_source(g, "words", &bytes, few_words, NULL);
}

static void failing_allocations(pst_stage (*words_of)(pst_graph *), uint32_t replicas,
                                const char *chance, unsigned seed, int *ok, int *no_memory) {
    char executor[64];
    pst_engine *simulated = NULL;
    pst_graph *g = NULL;
    snprintf(executor, sizeof(executor), "simulated:%u,alloc=%s", seed, chance);
    setenv("PST_EXECUTOR", executor, 1);
    pst_status status = pst_engine_create(NULL, &simulated);
    unsetenv("PST_EXECUTOR");
    if (status == PST_OK)
        status = pst_graph_create("g", &g);
    if (status == PST_OK) {
        pst_stage words = words_of(g), counts = pst_reduce(g, "count", words, NULL);
        pst_stage_options o = PST_STAGE_OPTIONS_INIT;
        o.replicas = replicas;
        if (words_of == words_of_files)
            pst_stage_configure(g, words, &o);
        o.order = PST_UNORDERED;
        pst_stage_configure(g, counts, &o);
        pst_drain(g, "drain", counts);
        status = pst_graph_run(g, simulated);
    }
    if (status == PST_OK)
        ++*ok;
    if (status == PST_ENOMEM || (status == PST_ESTAGE && strstr(pst_last_error(), "no memory")))
        ++*no_memory;
    else if (!CHECK(status == PST_OK))
        printf("    %s: %s\n", executor, pst_last_error());
    pst_graph_destroy(g);
    pst_engine_destroy(simulated);
}

int main(void) {
    static char text[] = "abcd";
    begin(60);
    engine = new_engine(2);
    refuse_files();
    refuse_splits();
    refuse_reductions();
    elements();
    for (int how = 0; how < 3; how++) {
        bad_block((pst_bytes){NULL, 3, NULL, NULL}, how, how == 2 ? "records of 3" : "no data");
        bad_block((pst_bytes){text, SIZE_MAX, NULL, NULL}, how, how == 2 ? "records" : "size");
    }
    bad_block((pst_bytes){text, 4, NULL, NULL}, 1, "4 bytes is not made of records of 3");
    bad_block((pst_bytes){text, 4, NULL, NULL}, 2, "4 bytes is not made of records of 3");
    bad_block((pst_bytes){NULL, 4, NULL, NULL}, 3, "no data");
    bad_block((pst_bytes){text, SIZE_MAX, NULL, NULL}, 3, "size");
    int ok = 0, no_memory = 0;
    for (unsigned seed = 0; seed < 100; seed++)
        failing_allocations(words_of_files, 2, "0.02", seed, &ok, &no_memory);
    CHECK(ok > 0 && no_memory > 0);
    ok = no_memory = 0;
    for (unsigned seed = 0; seed < 400; seed++)
        failing_allocations(words_by_length, 6, "0.005", seed, &ok, &no_memory);
    CHECK(ok > 0 && no_memory > 0);
    if (!SANITIZED)
        no_room_for_keys();
    pst_engine_destroy(engine);
    return end("misuse_text");
}
