/* What the misuse tests share: checks, small graphs and the callbacks they are made of.
 *
 * Each misuse_*.c is a program of its own that hands the library what its header forbids. A test
 * passes when every such call gives the status and the sentence that the header promises; a crash,
 * a hang (alarm) or a leak (the sanitizer's run) fails it. */
#ifndef PENSTOCK_TESTS_MISUSE_H
#define PENSTOCK_TESTS_MISUSE_H

#include <penstock.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Under a sanitizer, which takes time and memory of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Not every program uses every helper. */
#define HELPER __attribute__((unused)) static

static atomic_int checks, failures;
static FILE *devnull;

HELPER int check(bool ok, const char *file, int line, const char *what) {
    checks++;
    if (!ok) {
        failures++;
        printf("%s:%d: %s\n", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line, what);
        fflush(stdout);
    }
    return ok;
}

HELPER void check_error(pst_status got, pst_status want, const char *part, const char *file,
                        int line, const char *what) {
    const char *text = pst_last_error();
    bool ok = got == want && strstr(text, part) != NULL && strstr(text, "canary") == NULL &&
              pst_report(devnull) == got;
    if (!check(ok, file, line, what))
        printf("    want %s \"...%s...\"\n    got  %s \"%s\" (%s)\n", pst_status_name(want), part,
               pst_status_name(got), text, pst_status_name(pst_report(devnull)));
}

/* An error of this thread that no other call makes, to see whether the next call sets its own. */
HELPER void canary(void) {
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    pst_engine *engine = NULL;
    options.executor = "canary";
    if (pst_engine_create(&options, &engine) == PST_OK)
        abort();
}

#define CHECK(condition) check((condition), __FILE__, __LINE__, #condition)
/* The call gives the status and a sentence with the part. */
#define FAILS(want, part, call)                                                                    \
    do {                                                                                           \
        canary();                                                                                  \
        check_error((call), (want), (part), __FILE__, __LINE__, #call);                            \
    } while (0)
/* The call, which returns no status, leaves an error of that status with the part. */
#define REPORTS(want, part, call)                                                                  \
    do {                                                                                           \
        canary();                                                                                  \
        (void)(call);                                                                              \
        check_error(pst_report(devnull), (want), (part), __FILE__, __LINE__, #call);               \
    } while (0)
/* The run ends well; the callbacks may have left errors of their own. */
#define RUNS(call)                                                                                 \
    do {                                                                                           \
        pst_status got_ = (call);                                                                  \
        if (!check(got_ == PST_OK, __FILE__, __LINE__, #call))                                     \
            printf("    got %s \"%s\"\n", pst_status_name(got_), pst_last_error());                \
    } while (0)
/* The call succeeds and leaves the last error as it was. */
#define SUCCEEDS(call)                                                                             \
    do {                                                                                           \
        canary();                                                                                  \
        pst_status got_ = (call);                                                                  \
        if (!check(got_ == PST_OK && strstr(pst_last_error(), "canary"), __FILE__, __LINE__,       \
                   #call))                                                                         \
            printf("    got %s \"%s\"\n", pst_status_name(got_), pst_last_error());                \
    } while (0)
/* The description is refused with the status and a sentence with the part, by validate and run,
 * every time. It uses graph g. */
#define REFUSED(want, part, ...)                                                                   \
    do {                                                                                           \
        pst_graph *g = new_graph();                                                                \
        __VA_ARGS__;                                                                               \
        FAILS(want, part, pst_graph_validate(g));                                                  \
        FAILS(want, part, pst_graph_run(g, engine));                                               \
        FAILS(want, part, pst_graph_start(g, engine));                                             \
        FAILS(want, part, pst_graph_validate(g));                                                  \
        pst_graph_destroy(g);                                                                      \
    } while (0)
/* The description is accepted. */
#define ACCEPTED(...)                                                                              \
    do {                                                                                           \
        pst_graph *g = new_graph();                                                                \
        __VA_ARGS__;                                                                               \
        SUCCEEDS(pst_graph_validate(g));                                                           \
        pst_graph_destroy(g);                                                                      \
    } while (0)

static const pst_type u64 = PST_TYPE(uint64_t), u32 = PST_TYPE(uint32_t);
static const pst_stage none = {0};

HELPER pst_engine *new_engine(uint32_t workers) {
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    pst_engine *engine = NULL;
    options.workers = workers;
    if (pst_engine_create(&options, &engine))
        exit(pst_report(stdout));
    return engine;
}

HELPER pst_graph *new_graph(void) {
    pst_graph *graph = NULL;
    if (pst_graph_create("g", &graph))
        exit(pst_report(stdout));
    return graph;
}

/* How far a source is. */
typedef struct numbers {
    uint64_t next, end;
} numbers;

/* Gives 0 to 999, in each run anew. */
HELPER pst_status fill(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t next = pst_position(cx), *to = out;
    while (*count < capacity && next < 1000)
        to[(*count)++] = next++;
    return next < 1000 ? PST_OK : PST_END;
}

/* Never ends. */
HELPER pst_status fill_for_ever(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx;
    memset(out, 0, capacity * sizeof(uint64_t));
    *count = capacity;
    return PST_OK;
}

HELPER pst_status pass(pst_context *cx, const void *in, void *out, size_t n) {
    (void)cx;
    memcpy(out, in, n * sizeof(uint64_t));
    return PST_OK;
}

HELPER pst_status keep_all(pst_context *cx, const void *in, bool *keep, size_t n) {
    (void)cx, (void)in;
    memset(keep, 1, n);
    return PST_OK;
}

HELPER pst_status forward(pst_context *cx, const void *in, size_t n) {
    return pst_emit(cx, 0, in, n) == n ? PST_OK : PST_EINTERNAL;
}

HELPER pst_status add(pst_context *cx, void *state, const void *in, size_t n) {
    (void)cx;
    for (size_t i = 0; i < n; i++)
        *(uint64_t *)state += ((const uint64_t *)in)[i];
    return PST_OK;
}

HELPER pst_status eat(pst_context *cx, const void *in, size_t n) {
    uint64_t *eaten = pst_user(cx);
    (void)in;
    if (eaten)
        *eaten += n;
    return PST_OK;
}

HELPER void own_key(const void *in, uint64_t *keys, size_t n, void *user) {
    (void)user;
    memcpy(keys, in, n * sizeof(*keys));
}

HELPER int by_value(const void *a, const void *b, void *user) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    (void)user;
    return x < y ? -1 : x > y;
}

HELPER pst_stage new_source(pst_graph *g) {
    return pst_source(g, "source", &u64, fill, NULL);
}
HELPER void new_sink(pst_graph *g, pst_stage input) {
    pst_sink(g, "sink", input, eat, NULL);
}

HELPER void begin(unsigned seconds) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    devnull = fopen("/dev/null", "w");
    if (devnull == NULL)
        abort();
    alarm(SANITIZED ? 5 * seconds : seconds);
}

HELPER int end(const char *name) {
    printf("%s: %d checks, %d failures\n", name, checks, failures);
    fclose(devnull);
    return failures != 0;
}

#endif
