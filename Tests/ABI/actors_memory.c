/* Exhausted memory: a send or spawn returns PST_ENOMEM and nothing has happened; DOWN, short
 * replies and supervision go on. By a limit of the engine, and by allocations that fail at random.
 */
#include "actors_test.h"

enum { LETTER, ASK, FAIL, WATCH, KEEP, ANSWER, SPAWN };

static atomic_int downs, answered, handled, wrong;
/* The actor has exhausted the memory and done what it wanted: from here on the host may poll. */
static atomic_bool is_done;

static pst_status count(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    handled++;
    return message->token.id ? pst_reply(cx, message->token, PST_OK, message->data, message->size)
                             : PST_OK;
}

/* ---- A limit ---- */

static void a_limit(pst_engine *unused) {
    (void)unused;
    /* Less than the first slots take. */
    bytes_of_this_test = 1;
    pst_engine *engine = new_actor_engine();
    pst_actor it = {77};
    pst_dispatcher *dispatcher = NULL;
    FAILS(PST_ENOMEM, "memory", pst_actor_spawn(engine, count, NULL, NULL, &it));
    CHECK(it.id == 77 && counts_of(engine).spawned == 0 && counts_of(engine).bytes == 0);
    /* Sends to nobody need none. */
    FAILS(PST_ESTALE, "gone", pst_actor_send(engine, it, LETTER, NULL, 0));
    CHECK(pst_dispatcher_create(engine, &dispatcher) == PST_OK);
    pst_dispatcher_destroy(dispatcher);
    finish(engine);
    bytes_of_this_test = 0;
}

/* Fills all memory with messages for one that does not run, and goes on as far as is promised. */
static pst_actor parent, child, watcher, asker, keeper;
static pst_token kept[4];
static atomic_int kept_count;
static atomic_int child_starts;

static pst_status child_starts_up(pst_context *cx, void *state) {
    (void)cx, (void)state;
    child_starts++;
    return PST_OK;
}

static pst_status fail_or_not(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state;
    return message->type == FAIL ? PST_EUSER : PST_OK;
}

static pst_status raise_child(pst_context *cx, void *state, const pst_message *message) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    (void)state, (void)message;
    options.start = child_starts_up;
    options.on_failure = PST_ACTOR_RESTARTS;
    return pst_spawn_child(cx, fail_or_not, NULL, &options, &child);
}

static pst_status hear_downs(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == PST_DOWN) {
        downs++;
        return PST_OK;
    }
    pst_actor actor;
    memcpy(&actor, message->data, sizeof actor);
    return pst_watch(cx, actor);
}

static pst_status keep_tokens(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == ANSWER) {
        uint64_t block[PST_INLINE_BYTES / 8] = {1, 2, 3, 4, 5, 6};
        while (kept_count > 0)
            wrong += pst_reply(cx, kept[--kept_count], PST_OK, block, sizeof block) != PST_OK;
        return PST_OK;
    }
    kept[kept_count++] = message->token;
    return PST_OK;
}

static pst_status note_answer(pst_context *cx, void *state, pst_status status,
                              const pst_message *message, void *user) {
    (void)cx, (void)state, (void)user;
    answered++;
    wrong += status != PST_OK || message->size != PST_INLINE_BYTES;
    return PST_OK;
}

static pst_status ask_keeper(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    for (int i = 0; i < 4; i++)
        if (pst_ask(cx, keeper, KEEP, NULL, 0, PST_FOREVER, note_answer, NULL))
            return PST_EINTERNAL;
    return PST_OK;
}

static pst_dispatcher *dispatcher;
static pst_actor sink;

/* Until nothing goes in any more, by this thread; messages of the same size that the others need.
 */
static uint64_t fill_memory(pst_engine *engine) {
    uint64_t filled = 0;
    while (pst_actor_send(engine, sink, LETTER, "x", 1) == PST_OK)
        filled++;
    pst_actor_counts before = counts_of(engine), after;
    pst_bytes bytes = new_payload("x", 1);
    size_t sent = 77;
    FAILS(PST_ENOMEM, "exhausted", pst_actor_send(engine, sink, LETTER, NULL, 0));
    FAILS(PST_ENOMEM, "exhausted", pst_actor_send_bytes(engine, sink, LETTER, &bytes));
    FAILS(PST_ENOMEM, "exhausted", pst_actor_send_many(engine, sink, LETTER, "ab", 1, 2, &sent));
    CHECK(sent == 0 && payloads_released == 0);
    keep_payload(&bytes);
    after = counts_of(engine);
    CHECK(after.sent == before.sent && after.bytes == before.bytes);
    return filled;
}

static void goes_on_without_memory(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    downs = answered = handled = wrong = child_starts = kept_count = 0;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    sink = spawn_with(engine, count, NULL, &options);
    parent = spawn(engine, raise_child, NULL);
    watcher = spawn(engine, hear_downs, NULL);
    keeper = spawn(engine, keep_tokens, NULL);
    asker = spawn(engine, ask_keeper, NULL);
    send(engine, parent, SPAWN, 0);
    send(engine, asker, ASK, 0);
    AWAIT(engine, child_starts == 1 && kept_count == 4);
    send(engine, watcher, WATCH, child.id);
    send(engine, child, FAIL, 0);
    AWAIT(engine, child_starts == 2);
    /* So that the counts are exact. */
    settle(engine);
    uint64_t filled = fill_memory(engine);
    CHECK(filled > 0);
    CHECK(counts_of(engine).bytes <= bytes_of_this_test);
    /* The mailbox is emptied: everything works again. */
    uint64_t total = 0;
    size_t some = 0;
    while (total < filled) {
        if (pst_dispatcher_poll(dispatcher, 100, 1000000, &some) == PST_OK)
            total += some;
    }
    CHECK((uint64_t)handled >= filled);
    send(engine, keeper, ANSWER, 0);
    send(engine, child, FAIL, 0);
    AWAIT(engine, child_starts == 3 && answered == 4);
    CHECK(wrong == 0);
    pst_dispatcher_destroy(dispatcher);
}

/* What messages of one size have taken serves those of another. */
static uint64_t fill_and_empty(pst_engine *engine, size_t size) {
    static const char letter[PST_INLINE_BYTES] = "x";
    uint64_t filled = 0, total = 0;
    size_t some = 0;
    while (pst_actor_send(engine, sink, LETTER, letter, size) == PST_OK)
        filled++;
    while (total < filled)
        if (pst_dispatcher_poll(dispatcher, 100, 1000000, &some) == PST_OK)
            total += some;
    return filled;
}

static void one_size_after_the_other(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    sink = spawn_with(engine, count, NULL, &options);
    uint64_t small = fill_and_empty(engine, 1);
    CHECK(fill_and_empty(engine, PST_INLINE_BYTES) > small / 4);
    CHECK(fill_and_empty(engine, 1) > small / 2);
    pst_dispatcher_destroy(dispatcher);
}

/* Inside: an actor exhausts the memory, and then watches, answers, stops, and fails. */
static pst_actor victim;
static pst_token of_host;
static pst_status exhaust(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == KEEP) {
        of_host = message->token;
        return PST_OK;
    }
    while (pst_send(cx, sink, LETTER, NULL, 0) == PST_OK)
        ;
    wrong += pst_send(cx, sink, LETTER, NULL, 0) != PST_ENOMEM;
    /* Actors that there is no room for. */
    pst_actor actor = {77};
    pst_status status;
    int spawned = 0;
    while ((status = pst_spawn(cx, count, NULL, NULL, &actor)) == PST_OK && spawned < 100000)
        spawned++;
    wrong += status != PST_ENOMEM;
    uint64_t block[PST_INLINE_BYTES / 8] = {0};
    wrong += pst_reply(cx, of_host, PST_OK, block, sizeof block) != PST_OK;
    /* What there is no memory for says so, and nothing has happened. */
    status = pst_watch(cx, victim);
    wrong += status != PST_OK && status != PST_ENOMEM;
    pst_bytes bytes = new_payload("x", 1);
    wrong += pst_send_bytes(cx, sink, LETTER, &bytes) != PST_ENOMEM;
    keep_payload(&bytes);
    is_done = true;
    return PST_EUSER;
}

static pst_status spawn_exhaust(pst_context *cx, void *state, const pst_message *message) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor actor;
    (void)state, (void)message;
    options.on_failure = PST_ACTOR_RESTARTS;
    options.start = child_starts_up;
    if (pst_spawn_child(cx, exhaust, NULL, &options, &actor))
        return PST_EINTERNAL;
    return pst_send(cx, watcher, WATCH, &actor, sizeof actor) ||
                   pst_ask(cx, actor, KEEP, NULL, 0, PST_FOREVER, note_answer, NULL) ||
                   pst_send(cx, actor, FAIL, NULL, 0)
               ? PST_EINTERNAL
               : PST_OK;
}

static void inside_an_actor(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    downs = answered = handled = wrong = child_starts = 0;
    is_done = false;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    sink = spawn_with(engine, count, NULL, &options);
    victim = spawn(engine, count, NULL);
    watcher = spawn(engine, hear_downs, NULL);
    parent = spawn(engine, spawn_exhaust, NULL);
    send(engine, parent, SPAWN, 0);
    while (!is_done)
        (void)pst_actors_await_quiescent(engine, 1000000);
    /* It failed without memory, restarts nevertheless, and its answer came. */
    while (child_starts < 2 || answered < 1)
        (void)pst_dispatcher_poll(dispatcher, 0, 1000000, NULL);
    CHECK(child_starts == 2 && answered == 1 && downs == 0);
    if (!CHECK(wrong == 0))
        printf("    %d wrong\n", wrong);
    CHECK(counts_of(engine).bytes <= bytes_of_this_test);
    pst_dispatcher_destroy(dispatcher);
}

/* A watch of an actor that has nothing but its slot, when there is memory for nothing more: either
 * the watch is refused, or DOWN comes when the other ends, and not before. */
enum { WATCHED = 600, DECOYS = 1000 };
static pst_actor watched[WATCHED];
static bool is_watched[WATCHED];
static atomic_int down_of[WATCHED], early, false_downs;
static atomic_bool may_end;
static pst_status watch_without_memory(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == PST_DOWN) {
        const pst_down *down = message->data;
        for (int i = 0; i < WATCHED; i++)
            if (watched[i].id == down->actor.id) {
                down_of[i]++;
                early += !may_end;
                false_downs += down->reason != PST_OK;
            }
        return PST_OK;
    }
    if (message->type == KEEP) {
        /* Memory for watches, but not for those that are watched: nobody has these names. */
        for (uint64_t i = 0; i < DECOYS; i++)
            wrong += pst_watch(cx, (pst_actor){0xabcdef0000000000 + i}) != PST_OK;
        is_done = true;
        return PST_OK;
    }
    for (int i = 0; i < WATCHED; i++) {
        pst_status status = pst_watch(cx, watched[i]);
        is_watched[i] = status == PST_OK;
        wrong += status != PST_OK && status != PST_ENOMEM;
    }
    is_done = true;
    return PST_OK;
}

static void watches(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    wrong = false_downs = early = 0;
    is_done = may_end = false;
    memset(down_of, 0, sizeof down_of);
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    sink = spawn_with(engine, ignore, NULL, &options);
    for (int i = 0; i < WATCHED; i++)
        watched[i] = spawn(engine, ignore, NULL);
    pst_actor it = spawn(engine, watch_without_memory, NULL);
    send(engine, it, KEEP, 0);
    settle(engine);
    CHECK(is_done);
    is_done = false;
    send(engine, it, WATCH, 0);
    while (pst_actor_send(engine, sink, LETTER, NULL, 0) == PST_OK)
        ;
    while (!is_done)
        (void)pst_actors_await_quiescent(engine, 1000000);
    while (pst_actors_await_quiescent(engine, 1000000) != PST_OK)
        (void)pst_dispatcher_poll(dispatcher, 0, 0, NULL);
    CHECK(early == 0);
    may_end = true;
    for (int i = 0; i < WATCHED; i++)
        RUNS(pst_actor_stop(engine, watched[i], PST_STOP_NOW));
    settle(engine);
    int bad = 0;
    for (int i = 0; i < WATCHED; i++)
        bad += down_of[i] != is_watched[i];
    CHECK(bad == 0 && false_downs == 0 && wrong == 0);
    pst_dispatcher_destroy(dispatcher);
}

/* Long payloads count, while the engine has them. */
static pst_bytes taken;
static pst_status take_or_not(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    handled++;
    return message->type == KEEP ? pst_take(cx, message, &taken) : PST_OK;
}

static void long_payloads(pst_engine *engine) {
    enum { LONG = 100000 };
    static char data[LONG * 20];
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    size_t sent = 0;
    handled = 0;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    sink = spawn_with(engine, take_or_not, NULL, &options);
    uint64_t empty = counts_of(engine).bytes;
    RUNS(pst_actor_send(engine, sink, LETTER, data, LONG));
    RUNS(pst_actor_send(engine, sink, KEEP, data, LONG));
    CHECK(counts_of(engine).bytes >= empty + 2 * LONG);
    FAILS(PST_ENOMEM, "memory", pst_actor_send(engine, sink, LETTER, data, sizeof data));
    FAILS(PST_ENOMEM, "memory",
          pst_actor_ask(engine, sink, ASK, data, sizeof data, PST_FOREVER, NULL, NULL));
    FAILS(PST_ENOMEM, "memory", pst_actor_send_many(engine, sink, LETTER, data, LONG, 20, &sent));
    CHECK(sent > 0 && sent < 20 && counts_of(engine).bytes <= bytes_of_this_test);
    while ((size_t)handled < 2 + sent)
        (void)pst_dispatcher_poll(dispatcher, 0, 1000000, NULL);
    CHECK(counts_of(engine).bytes < empty + LONG && taken.size == LONG);
    taken.release(taken.owner);
    pst_dispatcher_destroy(dispatcher);
}

/* ---- Allocations that fail at random ---- */

static pst_status do_something(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor actor = PST_NO_ACTOR;
    pst_status status = PST_OK;
    uint64_t number = message->size >= 8 ? number_of(message) : 0;
    handled++;
    options.on_failure = (pst_on_failure)(number % 4);
    options.start = child_starts_up;
    options.destroy = count_destroyed;
    options.statistics = number % 5 == 0;
    if (message->token.id)
        status = pst_reply(cx, message->token, PST_OK, long_payload(number),
                           number % 2 ? 8 : LONG_BYTES);
    if (number % 7 == 0 && number > 0)
        status = pst_spawn_child(cx, do_something, NULL, &options, &actor);
    if (actor.id) {
        number /= 7;
        (void)pst_watch(cx, actor);
        (void)pst_send(cx, actor, LETTER, &number, 8);
        (void)pst_send(cx, actor, LETTER, long_payload(number + 1), LONG_BYTES);
        (void)pst_ask(cx, actor, ASK, &number, 8, 1000, note_answer, NULL);
        pst_bytes bytes = new_payload(&number, 8);
        status = pst_send_bytes(cx, actor, LETTER, &bytes);
        if (status != PST_OK && status != PST_ESTALE)
            keep_payload(&bytes);
        (void)pst_stop(cx, actor, number % 2 ? PST_STOP_LAST : PST_STOP_NOW);
    }
    if (number % 11 == 3)
        (void)pst_timer_start(cx, 100, 0, LETTER, NULL, 0, NULL);
    if (number % 11 == 4)
        (void)pst_idle_timeout(cx, 1000);
    if (number % 11 == 5)
        (void)pst_stash(cx);
    if (number % 11 == 6)
        (void)pst_unstash(cx);
    return status == PST_OK || status == PST_ENOMEM || status == PST_ESTALE ? PST_OK : PST_EUSER;
}

static void at_random(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    long spawned = 0;
    pst_actor actors[4] = {{0}};
    options.destroy = count_destroyed;
    options.on_failure = PST_ACTOR_RESUMES;
    for (int i = 0; i < 4; i++) {
        pst_status status = pst_actor_spawn(engine, do_something, NULL, &options, &actors[i]);
        if (status == PST_OK)
            spawned++;
        else if (!CHECK(status == PST_ENOMEM))
            return;
    }
    for (uint64_t i = 0; i < 200; i++) {
        pst_status status;
        if (i % 9 == 8) {
            char reply[LONG_BYTES];
            size_t size = sizeof reply;
            status = pst_actor_ask(engine, actors[i % 4], ASK, &i, 8, 100000, reply, &size);
        } else if (i % 9 == 7) {
            pst_bytes bytes = new_payload(&i, 8);
            status = pst_actor_send_bytes(engine, actors[i % 4], LETTER, &bytes);
            if (status != PST_OK && status != PST_ESTALE)
                keep_payload(&bytes);
        } else {
            status = pst_actor_send(engine, actors[i % 4], LETTER, long_payload(i),
                                    i % 9 == 6 ? LONG_BYTES : 8);
        }
        CHECK(status == PST_OK || status == PST_ENOMEM || status == PST_ESTALE ||
              status == PST_ETIMEDOUT);
    }
    (void)pst_actors_await_quiescent(engine, PST_FOREVER);
    CHECK(spawned <= 4);
}

int main(void) {
    begin(60);
    EVERYWHERE(a_limit);
    /* The first slots and messages of four workers, and little more. */
    bytes_of_this_test = 1200 << 10;
    EVERYWHERE(goes_on_without_memory);
    EVERYWHERE(one_size_after_the_other);
    EVERYWHERE(inside_an_actor);
    EVERYWHERE(watches);
    EVERYWHERE(long_payloads);
    bytes_of_this_test = 0;
    simulated(at_random, "at_random", 100, ",alloc=0.02");
    simulated(at_random, "at_random", 100, ",alloc=0.3");
    return end("actors_memory");
}
