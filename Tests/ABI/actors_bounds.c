/* Mailboxes with a bound: refuse, drop the newest, drop the oldest, wait; what always goes in; and
 * what becomes of payloads and asks that do not. */
#include "actors_test.h"

enum { LETTER, BEGIN, STAY };
enum { CAPACITY = 4 };

static pst_dispatcher *dispatcher;
static diary seen;
static atomic_int events, asks_again, asks_ended;

static pst_status note_letter(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == LETTER)
        note(&seen, number_of(message));
    return message->token.id ? pst_reply(cx, message->token, PST_OK, NULL, 0) : PST_OK;
}

static void hear(const pst_actor_event *event, void *user) {
    (void)user;
    events += event->kind == PST_EVENT_DROPPED;
}

/* It runs only while the test polls, so the test knows what waits. */
static pst_actor bounded(pst_engine *engine, pst_overflow overflow, size_t capacity) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.dispatcher = dispatcher;
    options.capacity = capacity;
    options.overflow = overflow;
    options.statistics = true;
    seen.count = events = asks_again = asks_ended = 0;
    pst_actor it = spawn_with(engine, note_letter, NULL, &options);
    /* Its slot may have been another's: it is there when this has been handled. */
    size_t handled = 0;
    send(engine, it, BEGIN, 0);
    while (handled == 0)
        (void)pst_dispatcher_poll(dispatcher, 0, 1000000, &handled);
    return it;
}

static void poll_all(pst_engine *engine) {
    pst_status status;
    while ((status = pst_dispatcher_poll(dispatcher, 0, 0, NULL)) == PST_OK)
        ;
    CHECK(status == PST_EAGAIN);
    settle(engine);
}

static pst_actor_stats stats_of(pst_engine *engine, pst_actor actor) {
    pst_actor_stats stats = PST_ACTOR_STATS_INIT;
    RUNS(pst_actor_get_stats(engine, actor, &stats));
    return stats;
}

static void open_dispatcher(pst_engine *engine) {
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    RUNS(pst_actors_observe(engine, hear, NULL));
}

static void refuses(pst_engine *engine) {
    open_dispatcher(engine);
    pst_actor it = bounded(engine, PST_REFUSE, CAPACITY);
    for (uint64_t i = 0; i < CAPACITY; i++)
        send(engine, it, LETTER, i);
    uint64_t before = counts_of(engine).sent;
    CHECK(stats_of(engine, it).queue_length == CAPACITY);
    pst_bytes bytes = new_payload("x", 1);
    size_t sent = 77;
    FAILS(PST_EAGAIN, "full", pst_actor_send(engine, it, LETTER, NULL, 0));
    FAILS(PST_EAGAIN, "full", pst_actor_send(engine, it, LETTER, long_payload(1), LONG_BYTES));
    FAILS(PST_EAGAIN, "full", pst_actor_send_bytes(engine, it, LETTER, &bytes));
    FAILS(PST_EAGAIN, "full", pst_actor_send_many(engine, it, LETTER, "ab", 1, 2, &sent));
    FAILS(PST_EAGAIN, "full",
          pst_actor_ask(engine, it, LETTER, long_payload(1), LONG_BYTES, PST_FOREVER, NULL, NULL));
    /* Nothing has happened: the payload is the sender's. */
    CHECK(sent == 0 && payloads_released == 0 && counts_of(engine).sent == before);
    keep_payload(&bytes);
    poll_all(engine);
    DIARY(seen, 0, 1, 2, 3);
    /* As many as there is room for. */
    const uint64_t numbers[] = {4, 5, 6, 7, 8, 9};
    send(engine, it, LETTER, 99);
    FAILS(PST_EAGAIN, "full", pst_actor_send_many(engine, it, LETTER, numbers, 8, 6, &sent));
    CHECK(sent == 3);
    poll_all(engine);
    DIARY(seen, 0, 1, 2, 3, 99, 4, 5, 6);
    CHECK(events == 0 && stats_of(engine, it).queue_high_water == CAPACITY);
    CHECK(stats_of(engine, it).dropped == 0 && stats_of(engine, it).queue_length == 0);
    pst_dispatcher_destroy(dispatcher);
}

static void drops_the_newest(pst_engine *engine) {
    open_dispatcher(engine);
    pst_actor it = bounded(engine, PST_DROP_NEWEST, CAPACITY);
    const uint64_t numbers[] = {0, 1, 2, 3, 4, 5};
    size_t sent = 0;
    RUNS(pst_actor_send_many(engine, it, LETTER, numbers, 8, 6, &sent));
    CHECK(sent == 6);
    pst_bytes bytes = new_payload("x", 1);
    RUNS(pst_actor_send_bytes(engine, it, LETTER, &bytes));
    CHECK(payloads_released == 1);
    RUNS(pst_actor_send(engine, it, LETTER, long_payload(1), LONG_BYTES));
    FAILS(PST_EAGAIN, "full",
          pst_actor_ask(engine, it, LETTER, long_payload(1), LONG_BYTES, PST_FOREVER, NULL, NULL));
    poll_all(engine);
    DIARY(seen, 0, 1, 2, 3);
    CHECK(counts_of(engine).dropped == 5);
    if (!CHECK(events == 5))
        printf("    %d events\n", events);
    CHECK(stats_of(engine, it).dropped == 5);
    pst_dispatcher_destroy(dispatcher);
}

static pst_status note_end(pst_context *cx, void *state, pst_status status,
                           const pst_message *message, void *user) {
    (void)cx, (void)state, (void)message, (void)user;
    asks_ended++;
    asks_again += status == PST_EAGAIN;
    return PST_OK;
}

static void drops_the_oldest(pst_engine *engine) {
    open_dispatcher(engine);
    pst_actor it = bounded(engine, PST_DROP_OLDEST, CAPACITY);
    for (uint64_t i = 0; i < CAPACITY; i++) {
        pst_bytes bytes = new_payload(&i, 8);
        if (i == 1)
            RUNS(pst_dispatcher_ask(dispatcher, it, LETTER, &i, 8, PST_FOREVER, note_end, NULL));
        RUNS(pst_actor_send_bytes(engine, it, LETTER, &bytes));
    }
    /* Up to twice as many wait; what comes then is dropped instead. */
    for (uint64_t i = CAPACITY; i < 2 * CAPACITY + 3; i++)
        send(engine, it, LETTER, i);
    CHECK(counts_of(engine).dropped == 4);
    poll_all(engine);
    DIARY(seen, 3, 4, 5, 6);
    CHECK(counts_of(engine).dropped == 8 && payloads_released == CAPACITY);
    CHECK(asks_again == 1 && asks_ended == 1);
    if (!CHECK(events == 8))
        printf("    %d events\n", events);
    CHECK(stats_of(engine, it).dropped == 8);
    pst_dispatcher_destroy(dispatcher);
}

/* ---- Waiting ---- */

enum { WRITERS = 3, LETTERS = 50 };
typedef struct writer {
    pst_engine *engine;
    pst_actor to;
    pthread_t thread;
    uint64_t number;
    atomic_int failed;
} writer;

static void *write_letters(void *argument) {
    writer *w = argument;
    for (uint64_t i = 0; i < LETTERS; i++) {
        uint64_t numbers[3] = {w->number << 32 | i, w->number << 32 | (i + 1),
                               w->number << 32 | (i + 2)};
        if (i % 10 == 4) {
            w->failed += pst_actor_send_many(w->engine, w->to, LETTER, numbers, 8, 3, NULL) != 0;
            i += 2;
        } else if (i % 10 == 9) {
            w->failed +=
                pst_actor_ask(w->engine, w->to, LETTER, numbers, 8, PST_FOREVER, NULL, NULL) != 0;
        } else {
            w->failed += pst_actor_send(w->engine, w->to, LETTER, numbers, 8) != 0;
        }
    }
    return NULL;
}

static uint64_t next_of[WRITERS + 1];
static atomic_int out_of_order, read_letters;
static pst_status read_letter(pst_context *cx, void *state, const pst_message *message) {
    uint64_t number = number_of(message);
    (void)state;
    out_of_order += next_of[number >> 32]++ != (uint32_t)number;
    read_letters++;
    return message->token.id ? pst_reply(cx, message->token, PST_OK, NULL, 0) : PST_OK;
}

/* A behaviour never waits: it tries and is refused, which must not hold up those that wait. */
static pst_status try_to_send(pst_context *cx, void *state, const pst_message *message) {
    const pst_actor *to = state;
    uint64_t number = (uint64_t)WRITERS << 32 | next_of[WRITERS];
    (void)message;
    pst_status status = pst_send(cx, *to, BEGIN, &number, 8);
    if (status != PST_OK && status != PST_EAGAIN && status != PST_ESTALE)
        return status;
    return status == PST_ESTALE ? PST_END : pst_send(cx, pst_self(cx), 0, NULL, 0);
}

static pst_status only_letters(pst_context *cx, void *state, const pst_message *message) {
    return message->type == LETTER ? read_letter(cx, state, message) : PST_OK;
}

static void hosts_wait(pst_engine *engine) {
    static writer writers[WRITERS];
    static pst_actor to;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.capacity = 1;
    options.overflow = PST_WAIT;
    memset(next_of, 0, sizeof next_of);
    out_of_order = read_letters = 0;
    to = spawn_with(engine, only_letters, NULL, &options);
    send(engine, spawn(engine, try_to_send, &to), 0, 0);
    for (uint64_t i = 0; i < WRITERS; i++) {
        writers[i] = (writer){.engine = engine, .to = to, .number = i};
        /* One thread at a time steps a simulation. */
        if (now_in.simulated)
            write_letters(&writers[i]);
        else
            pthread_create(&writers[i].thread, NULL, write_letters, &writers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        if (!now_in.simulated)
            pthread_join(writers[i].thread, NULL);
        CHECK(writers[i].failed == 0);
    }
    RUNS(pst_actor_stop(engine, to, PST_STOP_LAST));
    settle(engine);
    CHECK(read_letters == WRITERS * LETTERS && out_of_order == 0);
    CHECK(counts_of(engine).failed == 0);
}

/* The one who waits hears of the end: of the actor, and of all. */
static void *send_until_refused(void *argument) {
    writer *w = argument;
    pst_status status;
    while ((status = pst_actor_send(w->engine, w->to, LETTER, NULL, 0)) == PST_OK)
        ;
    w->failed = (int)status;
    return NULL;
}

static void waiting_ends(pst_engine *engine) {
    static writer writers[2];
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    if (now_in.simulated)
        return;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    options.capacity = 2;
    options.overflow = PST_WAIT;
    for (int i = 0; i < 2; i++) {
        writers[i] = (writer){.engine = engine, .to = spawn_with(engine, ignore, NULL, &options)};
        pthread_create(&writers[i].thread, NULL, send_until_refused, &writers[i]);
    }
    RUNS(pst_actor_stop(engine, writers[0].to, PST_STOP_NOW));
    while (writers[0].failed == 0)
        (void)pst_dispatcher_poll(dispatcher, 3, 1000000, NULL);
    pthread_join(writers[0].thread, NULL);
    CHECK(writers[0].failed == PST_ESTALE);
    RUNS(pst_actors_stop(engine, 0, NULL));
    pthread_join(writers[1].thread, NULL);
    CHECK(writers[1].failed == PST_ESTATE || writers[1].failed == PST_ESTALE);
    pst_dispatcher_destroy(dispatcher);
}

/* ---- What always goes in: replies, DOWN, timers, stops; and from inside ---- */

static atomic_int answers, downs, ticks, refused;
static pst_actor helper;
static pst_status count_answer(pst_context *cx, void *state, pst_status status,
                               const pst_message *message, void *user) {
    (void)cx, (void)state, (void)message, (void)user;
    answers += status == PST_OK;
    return PST_OK;
}

static pst_status fill_oneself(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    switch (message->type) {
    case BEGIN:
        for (int i = 0; i < 3; i++) {
            pst_actor child;
            if (pst_ask(cx, helper, LETTER, NULL, 0, PST_FOREVER, count_answer, NULL) ||
                pst_spawn_child(cx, ignore, NULL, NULL, &child) || pst_watch(cx, child) ||
                pst_stop(cx, child, PST_STOP_NOW) ||
                pst_timer_start(cx, (uint64_t)i, 0, STAY, NULL, 0, NULL))
                return PST_EINTERNAL;
        }
        /* Its own mailbox: what is handled now takes no place any more. */
        for (int i = 0; i < 3; i++)
            refused += pst_send(cx, pst_self(cx), LETTER, NULL, 0) == PST_EAGAIN;
        refused += pst_ask(cx, pst_self(cx), LETTER, NULL, 0, 0, count_answer, NULL) == PST_EAGAIN;
        return PST_OK;
    case PST_DOWN:
        downs++;
        return PST_OK;
    case STAY:
        ticks++;
        return PST_OK;
    default:
        return PST_OK;
    }
}

static void some_always_go_in(pst_engine *engine) {
    for (int overflow = PST_REFUSE; overflow <= PST_WAIT; overflow++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        options.capacity = 1;
        options.overflow = (pst_overflow)overflow;
        answers = downs = ticks = refused = 0;
        seen.count = 0;
        helper = spawn(engine, note_letter, NULL);
        pst_actor it = spawn_with(engine, fill_oneself, NULL, &options);
        send(engine, it, BEGIN, 0);
        AWAIT(engine, ticks == 3);
        settle(engine);
        CHECK(answers == 3 && downs == 3 && ticks == 3);
        CHECK(refused == (overflow == PST_REFUSE || overflow == PST_WAIT ? 3 : 0));
        RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
        settle(engine);
        CHECK(is_gone(engine, it));
    }
    CHECK(counts_of(engine).failed == 0);
}

int main(void) {
    begin(60);
    EVERYWHERE(refuses);
    EVERYWHERE(drops_the_newest);
    EVERYWHERE(drops_the_oldest);
    EVERYWHERE(hosts_wait);
    on_threads(waiting_ends, "waiting_ends");
    EVERYWHERE(some_always_go_in);
    return end("actors_bounds");
}
