/* What pst_actors_observe tells: failures, restarts, dead letters, with payloads and names; how it
 * is called; and the watchdog. */
#include "actors_test.h"

enum { LETTER, FAIL, FAIL_TEXT, HOLD };

static pst_status fail_on_demand(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == FAIL_TEXT)
        return pst_fail(cx, PST_EUSER, 0, "the cat ate it");
    return message->type == FAIL ? (pst_status)number_of(message) : PST_OK;
}

static pst_actor failing(pst_engine *engine, pst_on_failure on_failure, const char *name) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.on_failure = on_failure;
    options.name = name;
    return spawn_with(engine, fail_on_demand, NULL, &options);
}

typedef struct heard {
    atomic_int count, of_kind[5], wrong;
    pst_actor_event last;
    char name[32], text[64];
} heard;
static heard h;

static void hear(const pst_actor_event *event, void *user) {
    heard *h = user;
    h->count++;
    h->of_kind[event->kind]++;
    h->last = *event;
    snprintf(h->name, sizeof h->name, "%s", event->name);
    snprintf(h->text, sizeof h->text, "%s", event->text);
    h->wrong += event->kind != PST_EVENT_FAILED && (event->status || event->text[0]);
    if (event->kind == PST_EVENT_DEAD_LETTER)
        h->wrong += event->message == NULL || event->message->type != LETTER ||
                    number_of(event->message) % 100 != 42;
}

static void events(pst_engine *engine) {
    uint64_t number = 42;
    memset(&h, 0, sizeof h);
    RUNS(pst_actors_observe(engine, hear, &h));
    pst_actor it = failing(engine, PST_ACTOR_RESTARTS, "felix");
    send(engine, it, FAIL_TEXT, 0);
    settle(engine);
    CHECK(h.of_kind[PST_EVENT_FAILED] == 1 && h.of_kind[PST_EVENT_RESTARTED] == 1);
    CHECK(strcmp(h.name, "felix") == 0 && h.last.actor.id == it.id);
    /* A failure without a text has none, also after one that had. */
    pst_actor plain = failing(engine, PST_ACTOR_STOPS, NULL);
    send(engine, plain, FAIL_TEXT, 0);
    settle(engine);
    CHECK(h.of_kind[PST_EVENT_FAILED] == 2 && strcmp(h.text, "the cat ate it") == 0);
    CHECK(h.last.status == PST_EUSER && h.name[0] == '\0' && h.last.actor.id == plain.id);
    plain = failing(engine, PST_ACTOR_STOPS, NULL);
    send(engine, plain, FAIL, PST_EUSER + 1);
    settle(engine);
    CHECK(h.of_kind[PST_EVENT_FAILED] == 3 && h.text[0] == '\0');
    CHECK(h.last.status == (pst_status)(PST_EUSER + 1));
    /* Dead letters: at the send, and of all kinds of payload. */
    CHECK(pst_actor_send(engine, plain, LETTER, &number, 8) == PST_ESTALE);
    CHECK(h.of_kind[PST_EVENT_DEAD_LETTER] == 1 && h.last.actor.id == plain.id);
    pst_bytes bytes = new_payload(&number, 8);
    CHECK(pst_actor_send_bytes(engine, plain, LETTER, &bytes) == PST_ESTALE);
    CHECK(pst_actor_send(engine, plain, LETTER, long_payload(42), LONG_BYTES) == PST_ESTALE);
    CHECK(pst_actor_ask(engine, plain, LETTER, &number, 8, 5, NULL, NULL) == PST_ESTALE);
    const uint64_t numbers[] = {42, 142, 242};
    CHECK(pst_actor_send_many(engine, plain, LETTER, numbers, 8, 3, NULL) == PST_ESTALE);
    CHECK(h.of_kind[PST_EVENT_DEAD_LETTER] == 7 && h.wrong == 0);
    /* Nobody is told any more. */
    RUNS(pst_actors_observe(engine, NULL, NULL));
    int before = h.count;
    CHECK(pst_actor_send(engine, plain, LETTER, &number, 8) == PST_ESTALE);
    send(engine, it, FAIL_TEXT, 0);
    settle(engine);
    CHECK(h.count == before);
}

/* Dead letters that were in a mailbox: the payload is still there, and the name. */
static void events_of_the_end(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_dispatcher *dispatcher = NULL;
    uint64_t number = 42;
    memset(&h, 0, sizeof h);
    RUNS(pst_actors_observe(engine, hear, &h));
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    options.name = "felix";
    pst_actor it = spawn_with(engine, ignore, NULL, &options);
    send(engine, it, LETTER, 42);
    RUNS(pst_actor_send(engine, it, LETTER, long_payload(142), LONG_BYTES));
    pst_bytes bytes = new_payload(&number, 8);
    RUNS(pst_actor_send_bytes(engine, it, LETTER, &bytes));
    if (chance(2))
        pst_dispatcher_destroy(dispatcher);
    else
        RUNS(pst_actors_stop(engine, 0, NULL));
    CHECK(h.of_kind[PST_EVENT_DEAD_LETTER] == 3 && h.count == 3 && h.wrong == 0);
    CHECK(strcmp(h.name, "felix") == 0 && payloads_released == 1);
    pst_dispatcher_destroy(dispatcher);
}

/* ---- Whom it calls, and when ---- */

static atomic_int told_times[2], inside_twice, is_inside, wrong;
static pst_engine *the_engine;

static void hear_and_send(const pst_actor_event *event, void *user) {
    (void)event;
    inside_twice += is_inside++ != 0;
    ++*(atomic_int *)user;
    /* Causes no events itself. */
    wrong += pst_actor_send(the_engine, PST_NO_ACTOR, LETTER, NULL, 0) != PST_ESTALE;
    wrong += pst_actors_observe(the_engine, NULL, NULL) != PST_EDEADLK;
    is_inside--;
}

static pst_status send_to_nobody(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    return pst_send(cx, PST_NO_ACTOR, LETTER, NULL, 0) == PST_ESTALE ? PST_OK : PST_EINTERNAL;
}

static void told(pst_engine *engine) {
    the_engine = engine;
    told_times[0] = told_times[1] = inside_twice = wrong = 0;
    pst_actor actors[4];
    for (int i = 0; i < 4; i++)
        actors[i] = spawn(engine, send_to_nobody, NULL);
    RUNS(pst_actors_observe(engine, hear_and_send, &told_times[0]));
    for (int i = 0; i < 40; i++)
        send(engine, actors[i % 4], LETTER, 0);
    settle(engine);
    CHECK(told_times[0] == 40);
    for (int i = 0; i < 40; i++) {
        send(engine, actors[i % 4], LETTER, 0);
        if (i == 20) {
            /* When this returns the former one is not called any more. */
            RUNS(pst_actors_observe(engine, hear_and_send, &told_times[1]));
            told_times[0] = 1000;
        }
    }
    settle(engine);
    CHECK(told_times[0] == 1000 && told_times[1] >= 19 && inside_twice == 0 && wrong == 0);
    CHECK(counts_of(engine).failed == 0);
}

/* ---- The watchdog ---- */

static atomic_bool is_blocked;
static atomic_int blocked_count;
static pst_actor blocked_actor;
static char blocked_name[16];

static void hear_blocked(const pst_actor_event *event, void *user) {
    const uint64_t *limit = user;
    if (event->kind != PST_EVENT_BLOCKED)
        return;
    wrong += event->ns < *limit || event->message != NULL || event->status || event->text[0];
    blocked_actor = event->actor;
    snprintf(blocked_name, sizeof blocked_name, "%s", event->name);
    blocked_count++;
    is_blocked = true;
}

/* What it waits for is that somebody is told. */
static pst_status wait_for_watchdog(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state;
    while (message->type == HOLD && !is_blocked)
        usleep(100);
    return PST_OK;
}

static void watchdog(pst_engine *engine) {
    static uint64_t limit = 2000000;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.name = "sleeper";
    wrong = 0;
    RUNS(pst_actors_observe(engine, hear_blocked, &limit));
    pst_actor it = spawn_with(engine, wait_for_watchdog, NULL, &options);
    for (int i = 1; i <= 3; i++) {
        is_blocked = false;
        blocked_count = 0;
        send(engine, it, HOLD, 0);
        settle(engine);
        /* Once for a call. */
        CHECK(is_blocked && blocked_count == 1 && blocked_actor.id == it.id && wrong == 0);
        CHECK(strcmp(blocked_name, "sleeper") == 0);
    }
}

int main(void) {
    begin(60);
    EVERYWHERE(events);
    EVERYWHERE(events_of_the_end);
    EVERYWHERE(told);
    watchdog_of_this_test = 2000000;
    on_threads(watchdog, "watchdog");
    return end("actors_events");
}
