/* Files, pieces and keys: each piece arrives, each block is given back, each key is reduced once.
 */
#include "misuse.h"

#include <fcntl.h>
#include <sys/stat.h>

typedef struct group {
    pst_bytes key;
    int64_t count;
} group;

static char folder[] = "/tmp/penstock-text-XXXXXX";

/* Words w0, w1 ... of which number i stands there i % 7 + 1 times. */
enum { WORDS = 3000, REPEATS = 7 };

static const char *write_words(const char *name, const char *between) {
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file)
        abort();
    for (int round = 0; round < REPEATS; round++) {
        for (int i = 0; i < WORDS; i++)
            if (round <= i % REPEATS)
                fprintf(file, "w%d%s%s", i, i % 10 ? "" : "-a-word-of-more-than-16-bytes", between);
    }
    fclose(file);
    return path;
}

typedef struct tally {
    int64_t seen[WORDS];
    int64_t keys;
} tally;

static pst_status tally_up(pst_context *cx, const void *in, size_t n) {
    tally *all = pst_user(cx);
    const group *groups = in;
    for (size_t i = 0; i < n; i++) {
        char text[64] = "";
        memcpy(text, groups[i].key.data, groups[i].key.size < 63 ? groups[i].key.size : 63);
        int number = atoi(text + 1);
        if (text[0] != 'w' || number < 0 || number >= WORDS)
            return pst_fail(cx, PST_EUSER, i, text);
        all->seen[number] += groups[i].count;
        all->keys++;
        groups[i].key.release(groups[i].key.owner);
    }
    return PST_OK;
}

static void check_tally(const tally *all, int times) {
    CHECK(all->keys == WORDS);
    int wrong = 0;
    for (int i = 0; i < WORDS; i++)
        wrong += all->seen[i] != (i % REPEATS + 1) * times;
    CHECK(wrong == 0);
}

static void count_words(pst_engine *engine, uint32_t replicas, pst_order order, size_t block) {
    char second[256];
    snprintf(second, sizeof(second), "%s", write_words("spaces", "  "));
    const char *paths[] = {write_words("lines", "\n"), second, second};
    pst_graph *g = new_graph();
    tally all;
    pst_files_options files = PST_FILES_OPTIONS_INIT;
    files.cut = PST_CUT_SPACES;
    files.block_size = block;
    pst_stage words = pst_split(g, "words", pst_files(g, "files", paths, 3, &files), NULL);
    pst_stage counts = pst_reduce(g, "count", words, NULL);
    pst_sink(g, "tally", counts, tally_up, &all);
    pst_stage_options options = PST_STAGE_OPTIONS_INIT;
    options.replicas = replicas;
    options.order = order;
    pst_stage_configure(g, words, &options);
    pst_stage_configure(g, counts, &options);
    for (int run = 0; run < 2; run++) {
        memset(&all, 0, sizeof(all));
        RUNS(pst_graph_run(g, engine));
        check_tally(&all, 3);
    }
    pst_graph_destroy(g);
}

/* ---- Blocks of the program's own ---- */

typedef struct owned {
    atomic_int releases;
    char text[4000];
} owned;

static void release(void *owner) {
    ((owned *)owner)->releases++;
}

enum { BLOCKS = 50 };
static owned blocks[BLOCKS];

static void make_blocks(void) {
    for (int b = 0; b < BLOCKS; b++) {
        blocks[b].releases = 0;
        for (size_t i = 0; i < sizeof(blocks[b].text); i++)
            blocks[b].text[i] = (i + (size_t)b) % 5 ? 'a' + (char)(b % 3) : ' ';
    }
}

static pst_status give_blocks(pst_context *cx, void *out, size_t capacity, size_t *count) {
    pst_bytes *to = out;
    uint64_t made = pst_position(cx);
    while (*count < capacity && made < BLOCKS) {
        owned *block = &blocks[made++];
        /* Also empty blocks, and those of which the library frees nothing. */
        to[(*count)++] =
            (pst_bytes){block->text, made % 7 ? sizeof(block->text) : 0, block, release};
    }
    return made < BLOCKS ? PST_OK : PST_END;
}

static pst_status drop(pst_context *cx, const void *in, size_t n) {
    (void)cx;
    pst_bytes_release((void *)(uintptr_t)in, sizeof(pst_bytes), n);
    return PST_OK;
}

static pst_status drop_some(pst_context *cx, const void *in, size_t n) {
    drop(cx, in, n);
    return pst_position(cx) > 5000 ? PST_END : PST_OK;
}

static pst_status fail_soon(pst_context *cx, const void *in, size_t n) {
    if (pst_position(cx) + n > 7000)
        return pst_fail(cx, PST_EUSER, 0, "enough");
    return drop(cx, in, n);
}

/* Every block is released once, whatever becomes of its pieces. */
static void give_back(pst_engine *engine, pst_sink_fn sink, pst_status want, uint32_t replicas,
                      pst_split_kind kind) {
    make_blocks();
    pst_graph *g = new_graph();
    pst_type type = pst_bytes_type();
    pst_split_options split = PST_SPLIT_OPTIONS_INIT;
    split.kind = kind;
    split.delimiter = ' ';
    split.record_size = 8;
    pst_stage pieces =
        pst_split(g, "split", pst_source(g, "blocks", &type, give_blocks, NULL), &split);
    pst_stage_options options = PST_STAGE_OPTIONS_INIT;
    options.replicas = replicas;
    pst_stage_configure(g, pieces, &options);
    /* Also split what is split. */
    split.kind = PST_SPLIT_BYTE;
    split.delimiter = 'b';
    pst_sink(g, "sink", pst_split(g, "again", pieces, &split), sink, NULL);
    CHECK(pst_graph_run(g, engine) == want);
    pst_graph_destroy(g);
    int wrong = 0;
    for (int b = 0; b < BLOCKS; b++)
        wrong += blocks[b].releases > 1 || (want == PST_OK && sink == drop && !blocks[b].releases);
    CHECK(wrong == 0);
}

static void by_key(pst_engine *engine) {
    make_blocks();
    pst_graph *g = new_graph();
    pst_type type = pst_bytes_type();
    pst_stage words =
        pst_split(g, "words", pst_source(g, "blocks", &type, give_blocks, NULL), NULL);
    pst_distribute(g, words, PST_BY_KEY, pst_bytes_hash, NULL);
    pst_stage counts[3];
    for (int i = 0; i < 3; i++) {
        char name[24];
        snprintf(name, sizeof(name), "count %d", i);
        counts[i] = pst_reduce(g, name, words, NULL);
    }
    pst_stage all =
        pst_drain(g, "all", pst_merge(g, "merge", counts, 3, PST_MERGE_ANY, NULL, NULL));
    RUNS(pst_graph_start(g, engine));
    group groups[64];
    size_t n = 0;
    int64_t total = 0, found = 0;
    while (pst_pull(g, all, groups, 64, PST_FOREVER, &n) == PST_OK) {
        for (size_t i = 0; i < n; i++)
            total += groups[i].count;
        found += (int64_t)n;
        int64_t offsets[65];
        char text[64 * 16];
        SUCCEEDS(pst_bytes_gather(groups, sizeof(group), n, text, sizeof(text), offsets));
        CHECK(offsets[0] == 0 && offsets[n] > 0);
        pst_bytes_release(groups, sizeof(group), n);
        pst_bytes_release(groups, sizeof(group), n);
        CHECK(groups[0].key.data == NULL && groups[0].key.release == NULL);
    }
    RUNS(pst_graph_wait(g, PST_FOREVER));
    /* aaaa, bbbb and cccc, and shorter ones where a block begins and ends. */
    CHECK(found >= 3 && found <= 15);
    CHECK(total > (BLOCKS - BLOCKS / 7 - 1) * 800 && total < BLOCKS * 802);
    pst_graph_destroy(g);
    int wrong = 0;
    for (int b = 0; b < BLOCKS; b++)
        wrong += blocks[b].releases != 1;
    CHECK(wrong == 0);
}

/* Each consumer has its own: copies of the bytes, whose owner is the program's, or another hold on
 * what is the library's. */
static void copies(pst_engine *engine) {
    make_blocks();
    pst_graph *g = new_graph();
    pst_type type = pst_bytes_type();
    pst_stage source = pst_source(g, "blocks", &type, give_blocks, NULL);
    pst_stage words = pst_split(g, "words", source, NULL);
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof(name), "sink %d", i);
        pst_sink(g, name, i ? words : source, drop, NULL);
    }
    RUNS(pst_graph_run(g, engine));
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    pst_stage_get_stats(g, words, &stats);
    CHECK(stats.elements_in == BLOCKS && stats.elements_out > BLOCKS * 600);
    pst_graph_destroy(g);
    int wrong = 0;
    for (int b = 0; b < BLOCKS; b++)
        wrong += blocks[b].releases != 1;
    CHECK(wrong == 0);
}

/* ---- Records ---- */

typedef struct sale {
    uint16_t shop;
    int32_t amount;
    float weight;
} sale;

typedef struct shop_group {
    uint64_t shop;
    int64_t sales, total, least, most;
    double mean;
} shop_group;

static pst_status check_shop(pst_context *cx, const void *in, size_t n) {
    const shop_group *groups = in;
    int *shops = pst_user(cx);
    for (size_t i = 0; i < n; i++) {
        int64_t s = (int64_t)groups[i].shop;
        /* Amounts of shop s: s, s - 10, s - 20 ... 1000 of them. */
        CHECK(groups[i].sales == 1000);
        CHECK(groups[i].total == 1000 * s - 10 * 999 * 500);
        CHECK(groups[i].most == s && groups[i].least == s - 9990);
        CHECK(groups[i].mean == 0.5);
        ++*shops;
    }
    return PST_OK;
}

static void records(pst_engine *engine) {
    char path[256];
    snprintf(path, sizeof(path), "%s/sales", folder);
    FILE *file = fopen(path, "wb");
    if (!file)
        abort();
    for (int i = 0; i < 1000; i++)
        for (int s = 0; s < 30; s++) {
            sale one;
            memset(&one, 0, sizeof(one));
            one.shop = (uint16_t)s;
            one.amount = s - 10 * i;
            one.weight = (float)(i % 2);
            fwrite(&one, sizeof(one), 1, file);
        }
    fclose(file);
    const char *paths[] = {path};
    pst_type type = PST_TYPE(sale);
    pst_aggregate wanted[] = {{PST_COUNT, PST_BYTES, 0},
                              {PST_SUM, PST_I32, offsetof(sale, amount)},
                              {PST_MIN, PST_I32, offsetof(sale, amount)},
                              {PST_MAX, PST_I32, offsetof(sale, amount)},
                              {PST_MEAN, PST_F32, offsetof(sale, weight)}};
    pst_files_options files = PST_FILES_OPTIONS_INIT;
    files.cut = PST_CUT_RECORDS;
    files.record_size = sizeof(sale);
    files.block_size = 1000;
    pst_reduce_options reduce = PST_REDUCE_OPTIONS_INIT;
    reduce.key = PST_U16;
    reduce.key_offset = offsetof(sale, shop);
    reduce.aggregates = wanted;
    reduce.aggregate_count = 5;
    pst_graph *g = new_graph();
    int shops = 0;
    pst_stage sales = pst_unpack(g, "sales", pst_files(g, "files", paths, 1, &files), &type);
    pst_stage totals = pst_reduce(g, "totals", sales, &reduce);
    pst_stage_options options = PST_STAGE_OPTIONS_INIT;
    options.replicas = 3;
    options.order = PST_UNORDERED;
    pst_stage_configure(g, totals, &options);
    pst_sink(g, "check", totals, check_shop, &shops);
    RUNS(pst_graph_run(g, engine));
    CHECK(shops == 30);
    pst_graph_destroy(g);
}

static void everything(pst_engine *engine, size_t block) {
    count_words(engine, 1, PST_ORDERED, block);
    count_words(engine, 2, PST_UNORDERED, block);
    count_words(engine, 3, PST_ORDERED, 0);
    for (int kind = PST_SPLIT_WORDS; kind <= PST_SPLIT_RECORDS; kind++) {
        give_back(engine, drop, PST_OK, 1, (pst_split_kind)kind);
        give_back(engine, drop, PST_OK, 3, (pst_split_kind)kind);
        give_back(engine, drop_some, PST_OK, 2, (pst_split_kind)kind);
        give_back(engine, fail_soon, PST_ESTAGE, 2, (pst_split_kind)kind);
    }
    by_key(engine);
    copies(engine);
    records(engine);
}

int main(void) {
    begin(120);
    if (!mkdtemp(folder))
        abort();
    pst_engine *engine = new_engine(2);
    everything(engine, 512);
    everything(engine, 5000);
    pst_engine_destroy(engine);
    for (int seed = 0; seed < (SANITIZED ? 1 : 5); seed++) {
        char executor[32];
        snprintf(executor, sizeof(executor), "simulated:%d", seed);
        setenv("PST_EXECUTOR", executor, 1);
        engine = new_engine(3);
        everything(engine, 2000);
        pst_engine_destroy(engine);
    }
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(system(command) == 0);
    return end("text");
}
