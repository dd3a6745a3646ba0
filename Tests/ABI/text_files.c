/* Files as they are found: empty, cut off, without an end, too long, no files at all. Whatever they
 * are, a run ends well or with a sentence that names the file, and one that is cancelled ends. */
#include "misuse.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static char folder[] = "/var/tmp/penstock-files-XXXXXX";

static const char *path_of(const char *name) {
    static char paths[8][256];
    static int used;
    char *path = paths[used++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static const char *write_file(const char *name, const char *text, size_t size) {
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(text, 1, size, file) != size || fclose(file))
        abort();
    return path;
}

/* What came: its bytes one after the other, as far as there is room. */
typedef struct seen {
    uint64_t bytes, blocks;
    atomic_int started;
    char text[1 << 16];
} seen;

static pst_status look(pst_context *cx, const void *in, size_t n) {
    const pst_bytes *blocks = in;
    seen *all = pst_user(cx);
    for (size_t i = 0; i < n; i++) {
        if (all->bytes + blocks[i].size <= sizeof(all->text))
            memcpy(all->text + all->bytes, blocks[i].data, blocks[i].size);
        all->bytes += blocks[i].size;
        all->blocks++;
    }
    pst_bytes_release((void *)(uintptr_t)in, sizeof(pst_bytes), n);
    all->started = 1;
    return PST_OK;
}

static pst_files_options cut_at(pst_cut cut, size_t block, size_t largest) {
    pst_files_options options = PST_FILES_OPTIONS_INIT;
    options.cut = cut;
    options.record_size = 8;
    options.block_size = block;
    options.largest = largest;
    return options;
}

static seen all;

static pst_graph *reader(const char *path, const pst_files_options *options, pst_failure policy) {
    pst_graph *g = new_graph();
    memset(&all, 0, sizeof(all));
    pst_stage files = pst_files(g, "files", &path, 1, options);
    pst_stage_options stage = PST_STAGE_OPTIONS_INIT;
    stage.on_failure = policy;
    stage.retries = 2;
    stage.backoff_ns = 1;
    pst_stage_configure(g, files, &stage);
    pst_sink(g, "look", files, look, &all);
    return g;
}

/* The file's bytes arrive as they are. */
static void arrives(pst_engine *engine, const char *path, pst_cut cut, size_t block,
                    const char *text, size_t size) {
    const pst_files_options options = cut_at(cut, block, 0);
    pst_graph *g = reader(path, &options, PST_FAIL);
    RUNS(pst_graph_run(g, engine));
    CHECK(all.bytes == size && memcmp(all.text, text, size) == 0);
    CHECK(cut != PST_CUT_FILES || all.blocks == (size > 0));
    pst_graph_destroy(g);
}

/* The run fails with a sentence that names the file, and again when it is tried again. */
static void fails(pst_engine *engine, const char *path, pst_cut cut, size_t block, size_t largest,
                  const char *part) {
    const pst_files_options options = cut_at(cut, block, largest);
    for (int retries = 0; retries < 2; retries++) {
        pst_graph *g = reader(path, &options, retries ? PST_RETRY : PST_FAIL);
        for (int run = 0; run < 2; run++) {
            FAILS(PST_ESTAGE, part, pst_graph_run(g, engine));
            CHECK(strstr(pst_last_error(), path) != NULL);
            CHECK(all.bytes == 0);
        }
        pst_graph_destroy(g);
    }
}

static void contents(pst_engine *engine) {
    static char words[20000];
    for (size_t i = 0; i < sizeof(words); i++)
        words[i] = i % 3001 == 3000 ? '\n' : (char)('a' + i % 7);
    const char *empty = write_file("empty", "", 0), *open = write_file("open", "a\nb", 3),
               *long_words = write_file("long", words, sizeof(words) / 8 * 8);
    for (int cut = PST_CUT_LINES; cut <= PST_CUT_FILES; cut++) {
        arrives(engine, empty, (pst_cut)cut, 512, "", 0);
        /* Words, lines and a file that are longer than a block. */
        arrives(engine, long_words, (pst_cut)cut, 512, words, sizeof(words) / 8 * 8);
        if (cut != PST_CUT_RECORDS)
            arrives(engine, open, (pst_cut)cut, 512, "a\nb", 3);
    }
    fails(engine, open, PST_CUT_RECORDS, 512, 0, "its last 3 bytes are no record of 8 bytes");
    fails(engine, long_words, PST_CUT_LINES, 512, 600, "a line in it is longer than 600 bytes");
    fails(engine, long_words, PST_CUT_SPACES, 512, 600, "a word in it is longer than 600 bytes");
    fails(engine, long_words, PST_CUT_FILES, 512, 600, "it is longer than largest, 600 bytes");
    /* One byte less is the file. */
    arrives(engine, write_file("fits", words, 600), PST_CUT_FILES, 512, words, 600);
}

static void no_files(pst_engine *engine) {
    fails(engine, path_of("nowhere"), PST_CUT_LINES, 0, 0, "cannot open it: No such file");
    fails(engine, folder, PST_CUT_LINES, 0, 0, "cannot read it: Is a directory");
    fails(engine, folder, PST_CUT_FILES, 0, 0, "cannot read it: Is a directory");
    fails(engine, "/proc/self/mem", PST_CUT_LINES, 0, 0, "cannot read it: Input/output error");
    fails(engine, "/dev/zero", PST_CUT_FILES, 0, 200000, "it is longer than largest");
    char long_name[5000];
    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = 0;
    const char *named = long_name;
    pst_graph *g = new_graph();
    pst_sink(g, "look", pst_files(g, "files", &named, 1, NULL), look, &all);
    FAILS(PST_ESTAGE, "file 'xxxx", pst_graph_run(g, engine));
    pst_graph_destroy(g);
}

/* ---- FIFOs ---- */

static void *write_slowly(void *path) {
    int fifo = open(path, O_WRONLY);
    for (int i = 0; i < 50; i++) {
        if (write(fifo, "line\nli", 7) != 7 || (i % 10 == 0 && usleep(2000)) ||
            write(fifo, "ne\n", 3) != 3)
            abort();
    }
    close(fifo);
    return NULL;
}

static void fifos(pst_engine *engine, pst_thread thread) {
    const char *path = path_of(thread == PST_WORKER ? "fifo" : "fifo of a thread");
    if (mkfifo(path, 0600))
        abort();
    for (int cut = PST_CUT_LINES; cut <= PST_CUT_FILES; cut++) {
        const pst_files_options options = cut_at((pst_cut)cut, 512, 0);
        pst_graph *g = reader(path, &options, PST_FAIL);
        /* Nobody writes: no worker waits, and the run can be cancelled. */
        RUNS(pst_graph_start(g, engine));
        CHECK(pst_graph_wait(g, 1000000) == PST_ETIMEDOUT);
        RUNS(pst_graph_cancel(g));
        CHECK(pst_graph_wait(g, PST_FOREVER) == PST_ECANCELED);
        /* Also while a writer is silent. */
        int fifo = open(path, O_RDWR);
        if (write(fifo, "abc", 3) != 3)
            abort();
        RUNS(pst_graph_start(g, engine));
        CHECK(pst_graph_wait(g, 1000000) == PST_ETIMEDOUT);
        RUNS(pst_graph_cancel(g));
        CHECK(pst_graph_wait(g, PST_FOREVER) == PST_ECANCELED);
        close(fifo);
        /* What somebody writes, who comes late and pauses. */
        if (cut != PST_CUT_RECORDS) {
            pthread_t writer;
            memset(&all, 0, sizeof(all));
            RUNS(pst_graph_start(g, engine));
            pthread_create(&writer, NULL, write_slowly, (void *)(uintptr_t)path);
            RUNS(pst_graph_wait(g, PST_FOREVER));
            pthread_join(writer, NULL);
            CHECK(all.bytes == 500);
            for (int i = 0; i < 100; i++)
                CHECK(memcmp(all.text + 5 * i, "line\n", 5) == 0);
        }
        pst_graph_destroy(g);
    }
}

/* ---- Long ones ---- */

static const char *sparse(const char *name, off_t size) {
    const char *path = write_file(name, "", 0);
    if (truncate(path, size))
        abort();
    return path;
}

/* A line without an end: the run can be cancelled all the same. */
static void endless_line(pst_engine *engine) {
    const char *path = sparse("endless", (off_t)1 << 40);
    for (int cut = PST_CUT_LINES; cut <= PST_CUT_SPACES; cut++) {
        const pst_files_options options = cut_at((pst_cut)cut, 0, (size_t)1 << 40);
        pst_graph *g = reader(path, &options, PST_FAIL);
        RUNS(pst_graph_start(g, engine));
        CHECK(pst_graph_wait(g, 1000000) == PST_ETIMEDOUT);
        RUNS(pst_graph_cancel(g));
        CHECK(pst_graph_wait(g, PST_FOREVER) == PST_ECANCELED);
        pst_graph_destroy(g);
    }
}

static void beyond_four_gib(pst_engine *engine) {
    const uint64_t size = ((uint64_t)4 << 30) + 24;
    pst_files_options options = cut_at(PST_CUT_RECORDS, 4 << 20, 0);
    pst_graph *g = reader(sparse("large", (off_t)size), &options, PST_FAIL);
    RUNS(pst_graph_run(g, engine));
    CHECK(all.bytes == size);
    pst_graph_destroy(g);
}

/* Somebody cuts the file off while it is read: what is still there arrives. */
static void cut_off(pst_engine *engine) {
    const char *path = sparse("cut off", 1 << 28);
    for (int cut = PST_CUT_RECORDS; cut <= PST_CUT_FILES; cut++) {
        const pst_files_options options = cut_at((pst_cut)cut, 512, 0);
        pst_graph *g = reader(path, &options, PST_FAIL);
        RUNS(pst_graph_start(g, engine));
        while (cut == PST_CUT_RECORDS && !all.started)
            usleep(10);
        if (truncate(path, 1000))
            abort();
        RUNS(pst_graph_wait(g, PST_FOREVER));
        CHECK(all.bytes <= 1 << 28);
        pst_graph_destroy(g);
        if (truncate(path, 1 << 28))
            abort();
    }
}

/* Blocks and their pieces outlive the graph and its engine, and may go on any thread. */
typedef struct share {
    pst_bytes *first;
    size_t count, wrong;
} share;

static void *look_and_release(void *of) {
    share *mine = of;
    for (size_t i = 0; i < mine->count; i++)
        mine->wrong += mine->first[i].size != 4 || memcmp(mine->first[i].data, "word", 4) != 0;
    pst_bytes_release(mine->first, sizeof(pst_bytes), mine->count);
    return NULL;
}

static void outliving(void) {
    enum { WORDS = 20000, THREADS = 4 };
    static char text[5 * WORDS];
    static pst_bytes words[WORDS];
    for (int i = 0; i < WORDS; i++)
        memcpy(text + 5 * i, "word ", 5);
    const char *path = write_file("words", text, sizeof(text));
    const pst_files_options options = cut_at(PST_CUT_SPACES, 512, 0);
    for (int ends = 0; ends < 2; ends++) {
        pst_engine *own = new_engine(2);
        pst_graph *g = new_graph();
        pst_stage files = pst_files(g, "files", &path, 1, &options);
        pst_stage drain = pst_drain(g, "drain", pst_split(g, "words", files, NULL));
        RUNS(pst_graph_start(g, own));
        size_t n = 0, count = 0;
        while (n < (ends ? WORDS : WORDS / 2) &&
               pst_pull(g, drain, words + n, WORDS - n, PST_FOREVER, &count) == PST_OK)
            n += count;
        /* In the middle of the run, too, which that cancels. */
        pst_graph_destroy(g);
        pst_engine_destroy(own);
        CHECK(ends ? n == WORDS : n >= WORDS / 2);
        pthread_t threads[THREADS];
        share shares[THREADS];
        for (size_t i = 0; i < THREADS; i++) {
            const size_t from = n * i / THREADS, to = n * (i + 1) / THREADS;
            shares[i] = (share){words + from, to - from, 0};
            pthread_create(&threads[i], NULL, look_and_release, &shares[i]);
        }
        for (size_t i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            CHECK(shares[i].wrong == 0);
        }
    }
}

/* More files than a process may have open: one is open at a time, and none afterwards. */
static void many_files(pst_engine *engine) {
    enum { COUNT = 2000 };
    static const char *paths[COUNT];
    struct rlimit before, few;
    for (int i = 0; i < COUNT; i++)
        paths[i] = i % 2 ? "/dev/null" : "/proc/self/cmdline";
    const int lowest = dup(0);
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    few.rlim_cur = (rlim_t)lowest + 8;
    setrlimit(RLIMIT_NOFILE, &few);
    memset(&all, 0, sizeof(all));
    pst_graph *g = new_graph();
    pst_sink(g, "look", pst_files(g, "files", paths, COUNT, NULL), look, &all);
    RUNS(pst_graph_run(g, engine));
    CHECK(all.blocks == COUNT / 2);
    pst_graph_destroy(g);
    setrlimit(RLIMIT_NOFILE, &before);
    close(lowest);
    const int now = dup(0);
    CHECK(now == lowest);
    close(now);
}

int main(void) {
    begin(120);
    /* In memory, if it can be, where the holes of large files take none. */
    if (access("/dev/shm", W_OK) == 0)
        memcpy(folder, "/dev/shm", strlen("/var/tmp"));
    if (!mkdtemp(folder))
        abort();
    pst_engine *engine = new_engine(2);
    contents(engine);
    no_files(engine);
    fifos(engine, PST_WORKER);
    fifos(engine, PST_BLOCKING);
    endless_line(engine);
    cut_off(engine);
    outliving();
    beyond_four_gib(engine);
    many_files(engine);
    pst_engine_destroy(engine);
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", folder);
    CHECK(system(command) == 0);
    return end("text_files");
}
