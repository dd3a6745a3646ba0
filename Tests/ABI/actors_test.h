/* What the tests of actors share: engines of all kinds, and payloads that count their owners.
 *
 * A test is a function of an engine. It runs on real threads and in simulated executors of many
 * seeds, and says nothing about time or order that the header does not promise. After each test
 * what the header promises of every run is checked: see finish(). */
#ifndef PENSTOCK_TESTS_ACTORS_H
#define PENSTOCK_TESTS_ACTORS_H

#include "misuse.h"

/* Message types of the tests; those below 16 are free for each test. */
enum { PLEASE_STOP = 16, PLEASE_FAIL, PLEASE_ANSWER, PLEASE_HOLD };

/* Which engine a test runs on, for its own choices and for the line that replays a failure. */
typedef struct setting {
    char executor[48];
    uint32_t workers;
    bool simulated;
    uint64_t seed;
    /* Random numbers of the test's own, the same in each replay. */
    uint64_t random;
} setting;
static setting now_in;

typedef void (*actor_test)(pst_engine *engine);

static atomic_long payloads_made, payloads_released, states_destroyed;
static uint64_t bytes_of_this_test, watchdog_of_this_test;
static const char *topology_of_this_test;

HELPER uint32_t chance(uint32_t bound) {
    now_in.random ^= now_in.random << 13;
    now_in.random ^= now_in.random >> 7;
    now_in.random ^= now_in.random << 17;
    return (uint32_t)(now_in.random >> 20) % bound;
}

/* ---- Payloads ---- */

static void release_payload(void *owner) {
    payloads_released++;
    free(owner);
}

/* Memory with an owner that must be released exactly once: twice is what a sanitizer or free()
 * sees, never is what finish() sees. */
HELPER pst_bytes new_payload(const void *data, size_t size) {
    void *memory = malloc(size + 1);
    if (memory == NULL)
        abort();
    memcpy(memory, data, size);
    payloads_made++;
    return (pst_bytes){memory, size, memory, release_payload};
}

/* The sender has it still. */
HELPER void keep_payload(const pst_bytes *bytes) {
    bytes->release(bytes->owner);
}

/* A payload that does not travel inside a message, beginning with a number. */
#define LONG_BYTES 200
HELPER const void *long_payload(uint64_t number) {
    static _Thread_local uint64_t memory[LONG_BYTES / 8];
    for (size_t i = 0; i < LONG_BYTES / 8; i++)
        memory[i] = number + i;
    return memory;
}
HELPER bool is_long_payload(const pst_message *message, uint64_t number) {
    return message->size == LONG_BYTES &&
           memcmp(message->data, long_payload(number), LONG_BYTES) == 0;
}
/* The number at the beginning of a payload. */
HELPER uint64_t number_of(const pst_message *message) {
    uint64_t number = 0;
    memcpy(&number, message->data, message->size < 8 ? message->size : 8);
    return number;
}

/* ---- Engines ---- */

HELPER pst_engine *new_actor_engine(void) {
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    pst_engine *engine = NULL;
    options.executor = now_in.executor;
    options.workers = now_in.workers;
    options.topology = topology_of_this_test;
    options.actor_bytes = bytes_of_this_test;
    options.watchdog_ns = watchdog_of_this_test;
    if (now_in.simulated && options.topology == NULL)
        options.topology = "synthetic:core:4 pu:1";
    if (pst_engine_create(&options, &engine))
        exit(pst_report(stdout));
    return engine;
}

/* Nobody has anything to do. */
HELPER void settle(pst_engine *engine) {
    RUNS(pst_actors_await_quiescent(engine, PST_FOREVER));
}

HELPER pst_actor_counts counts_of(pst_engine *engine) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    RUNS(pst_actors_get_counts(engine, &counts));
    return counts;
}

/* What holds after every run: each message has one fate, each actor has ended, each payload is
 * released. */
HELPER void check_end(const pst_actor_counts *counts) {
    bool ok = CHECK(counts->sent == counts->delivered + counts->dropped + counts->dead_letters);
    ok = CHECK(counts->spawned == counts->stopped) && ok;
    ok = CHECK(payloads_made == payloads_released) && ok;
    if (!ok)
        printf("    sent %llu = delivered %llu + dropped %llu + dead %llu; spawned %llu, "
               "stopped %llu; payloads made %ld, released %ld\n",
               (unsigned long long)counts->sent, (unsigned long long)counts->delivered,
               (unsigned long long)counts->dropped, (unsigned long long)counts->dead_letters,
               (unsigned long long)counts->spawned, (unsigned long long)counts->stopped,
               payloads_made, payloads_released);
}

HELPER void finish(pst_engine *engine) {
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT, again = PST_ACTOR_COUNTS_INIT;
    RUNS(pst_actors_stop(engine, 0, &counts));
    check_end(&counts);
    RUNS(pst_actors_stop(engine, 0, &again));
    CHECK(memcmp(&counts, &again, sizeof counts) == 0);
    pst_engine_destroy(engine);
}

HELPER void run_once(actor_test test, const char *name) {
    int before = failures;
    now_in.random = now_in.seed * 2654435761 + 88172645463325252;
    payloads_made = payloads_released = states_destroyed = 0;
    pst_engine *engine = new_actor_engine();
    test(engine);
    finish(engine);
    if (failures != before)
        printf("    in %s on %s, workers %u\n", name, now_in.executor, now_in.workers);
}

HELPER void on_threads(actor_test test, const char *name) {
    const uint32_t workers[] = {1, 2, 4};
    for (int i = 0; i < 3; i++) {
        now_in = (setting){.executor = "threads", .workers = workers[i], .seed = i};
        run_once(test, name);
    }
}

HELPER void simulated(actor_test test, const char *name, uint64_t seeds, const char *faults) {
    /* One seed alone, to look at a failure: SEED=17 build/.../abi_actors_order */
    const char *only = getenv("SEED");
    for (uint64_t seed = 0; seed < seeds && failures < 20; seed++) {
        if (only != NULL)
            seed = strtoull(only, NULL, 10);
        now_in =
            (setting){.workers = 1 + (uint32_t)(seed % 4), .simulated = true, .seed = seed + 1};
        snprintf(now_in.executor, sizeof now_in.executor, "simulated:%llu%s",
                 (unsigned long long)seed, faults);
        run_once(test, name);
        if (only != NULL)
            break;
    }
}

/* Wherever actors run. */
#define EVERYWHERE(test)                                                                           \
    do {                                                                                           \
        if (getenv("SEED") == NULL)                                                                \
            on_threads(test, #test);                                                               \
        SIMULATED(test);                                                                           \
    } while (0)
/* Only where time is virtual. */
#ifndef SEEDS
#define SEEDS 100
#endif
#define SIMULATED(test) simulated(test, #test, SEEDS, "")

/* ---- Actors ---- */

HELPER pst_actor spawn(pst_engine *engine, pst_behaviour_fn behaviour, void *state) {
    pst_actor actor = PST_NO_ACTOR;
    RUNS(pst_actor_spawn(engine, behaviour, state, NULL, &actor));
    return actor;
}

HELPER pst_actor spawn_with(pst_engine *engine, pst_behaviour_fn behaviour, void *state,
                            const pst_actor_options *options) {
    pst_actor actor = PST_NO_ACTOR;
    RUNS(pst_actor_spawn(engine, behaviour, state, options, &actor));
    return actor;
}

HELPER void send(pst_engine *engine, pst_actor actor, uint32_t type, uint64_t number) {
    RUNS(pst_actor_send(engine, actor, type, &number, sizeof number));
}

HELPER bool is_gone(pst_engine *engine, pst_actor actor) {
    return pst_actor_send(engine, actor, 0, NULL, 0) == PST_ESTALE;
}

/* The state is no pointer, or static. */
HELPER void count_destroyed(void *state) {
    (void)state;
    states_destroyed++;
}

/* Does nothing with what it is sent. */
HELPER pst_status ignore(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state, (void)message;
    return PST_OK;
}

/* Lets at least so much of the engine's time pass, real or virtual: nobody answers. */
HELPER void let_pass(pst_engine *engine, uint64_t nanoseconds) {
    pst_actor silent = spawn(engine, ignore, NULL);
    CHECK(pst_actor_ask(engine, silent, 0, NULL, 0, nanoseconds, NULL, NULL) == PST_ETIMEDOUT);
    RUNS(pst_actor_stop(engine, silent, PST_STOP_NOW));
}
/* What will happen in some time; the alarm tells if it does not. */
#define AWAIT(engine, condition)                                                                   \
    do {                                                                                           \
        while (!(condition))                                                                       \
            let_pass((engine), 50000);                                                             \
    } while (0)

/* ---- Asks ---- */

/* How an ask of an actor's ended; `right`: nothing is wrong with a long answer. */
typedef struct ask_ending {
    int calls;
    pst_status status;
    size_t size;
    uint64_t number;
    pst_actor self;
    void *state;
    bool right;
} ask_ending;

HELPER pst_status remember(pst_context *cx, void *state, pst_status status,
                           const pst_message *message, void *user) {
    ask_ending *e = user;
    *e = (ask_ending){e->calls + 1, status, message->size, message->size ? number_of(message) : 0,
                      pst_self(cx), state,  true};
    if (message->size == LONG_BYTES)
        e->right = is_long_payload(message, e->number);
    return PST_OK;
}

/* What somebody saw, in order. */
typedef struct diary {
    atomic_int count;
    uint64_t entries[256];
} diary;

HELPER void note(diary *diary, uint64_t entry) {
    /* Two actors may end at once. */
    int at = atomic_fetch_add(&diary->count, 1);
    if (at < 256)
        diary->entries[at] = entry;
}

HELPER void check_diary(const diary *diary, const uint64_t *expected, int count, const char *file,
                        int line) {
    bool ok = diary->count == count;
    for (int i = 0; ok && i < count; i++)
        ok = diary->entries[i] == expected[i];
    if (check(ok, file, line, "diary"))
        return;
    printf("    got ");
    for (int i = 0; i < diary->count && i < 256; i++)
        printf(" %llu", (unsigned long long)diary->entries[i]);
    printf("\n    want");
    for (int i = 0; i < count; i++)
        printf(" %llu", (unsigned long long)expected[i]);
    printf("\n");
}
#define DIARY(diary, ...)                                                                          \
    do {                                                                                           \
        const uint64_t expected_[] = {__VA_ARGS__};                                                \
        check_diary(&(diary), expected_, (int)(sizeof expected_ / 8), __FILE__, __LINE__);         \
    } while (0)

#endif
