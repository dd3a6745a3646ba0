/* Actors on a thread of the host's: polls, the descriptor, asks that are answered inside polls, and
 * the end of a dispatcher. */
#include "actors_test.h"

#include <poll.h>

enum { LETTER, WHERE, WATCH };

static pst_dispatcher *dispatcher;
static pthread_t handled_by;
static atomic_int handled, wrong;

static pst_status note_thread(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    handled_by = pthread_self();
    handled++;
    if (message->type == WHERE)
        return pst_reply(cx, message->token, PST_OK, &handled_by, sizeof handled_by);
    return PST_OK;
}

static void destroy_here(void *state) {
    states_destroyed++;
    wrong += !pthread_equal(*(pthread_t *)state, pthread_self());
}

static pthread_t here;
static pst_actor hosted(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.dispatcher = dispatcher;
    options.destroy = destroy_here;
    here = pthread_self();
    return spawn_with(engine, note_thread, &here, &options);
}

static void open_one(pst_engine *engine) {
    handled = wrong = 0;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
}

/* It waits for something to do. */
static size_t poll_some(size_t most) {
    size_t some = 0;
    while (some == 0) {
        pst_status status = pst_dispatcher_poll(dispatcher, most, 1000000000, &some);
        if (!CHECK(status == PST_OK || status == PST_ETIMEDOUT))
            break;
    }
    return some;
}

static void only_inside_polls(pst_engine *engine) {
    open_one(engine);
    pst_actor it = hosted(engine);
    size_t some = 77;
    for (int i = 0; i < 10; i++)
        send(engine, it, LETTER, 0);
    CHECK(pst_actors_await_quiescent(engine, 100000) == PST_ETIMEDOUT);
    CHECK(handled == 0);
    /* Up to so many, as often as it takes; at last there is none. */
    while (handled < 10) {
        int before = handled;
        (void)poll_some(3);
        CHECK(handled - before <= 3 && pthread_equal(handled_by, pthread_self()));
    }
    settle(engine);
    FAILS(PST_EAGAIN, "nothing", pst_dispatcher_poll(dispatcher, 0, 0, &some));
    FAILS(PST_ETIMEDOUT, "nothing", pst_dispatcher_poll(dispatcher, 0, 1000, &some));
    FAILS(PST_ETIMEDOUT, "nothing", pst_dispatcher_poll(dispatcher, 5, 100000, NULL));
    for (int i = 0; i < 5; i++)
        send(engine, it, LETTER, 0);
    RUNS(pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, &some));
    CHECK(handled == 15 && some == 5);
    pst_dispatcher_destroy(dispatcher);
    CHECK(states_destroyed == 1 && wrong == 0 && is_gone(engine, it));
    FAILS(PST_EHANDLE, "not a live dispatcher",
          pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, NULL));
    settle(engine);
}

/* ---- The descriptor ---- */

static bool is_readable(int milliseconds) {
    struct pollfd it = {.fd = pst_dispatcher_fd(dispatcher), .events = POLLIN};
    return poll(&it, 1, milliseconds) == 1 && it.revents & POLLIN;
}

static pst_status send_to_all(pst_context *cx, void *state, const pst_message *message) {
    const pst_actor *to = state;
    (void)message;
    for (int i = 0; i < 3; i++)
        if (pst_send(cx, *to, LETTER, NULL, 0))
            return PST_EINTERNAL;
    return PST_OK;
}

static void descriptor(pst_engine *engine) {
    static pst_actor it;
    open_one(engine);
    it = hosted(engine);
    pst_actor sender = spawn(engine, send_to_all, &it);
    while (pst_dispatcher_poll(dispatcher, 0, 0, NULL) == PST_OK)
        ;
    for (int i = 1; i <= 20; i++) {
        send(engine, sender, LETTER, 0);
        if (now_in.simulated)
            (void)pst_actors_await_quiescent(engine, 1000000);
        while (handled < 3 * i) {
            /* An event loop: it sleeps until the descriptor is readable. */
            if (!CHECK(is_readable(20000)))
                break;
            (void)pst_dispatcher_poll(dispatcher, chance(3), 0, NULL);
        }
    }
    settle(engine);
    /* Up to one look too many, and then it is quiet. */
    while (pst_dispatcher_poll(dispatcher, 0, 0, NULL) == PST_OK)
        ;
    (void)pst_dispatcher_poll(dispatcher, 0, 0, NULL);
    CHECK(!is_readable(0));
    /* More than one poll takes: still readable. */
    send(engine, it, LETTER, 0);
    send(engine, it, LETTER, 0);
    CHECK(is_readable(20000));
    RUNS(pst_dispatcher_poll(dispatcher, 1, 0, NULL));
    CHECK(is_readable(0));
    pst_dispatcher_destroy(dispatcher);
}

/* ---- Asks ---- */

typedef struct ending {
    int calls;
    pst_status status;
    uint64_t number;
    size_t size;
    bool right;
} ending;
static ending endings[8];

static pst_status note_end(pst_context *cx, void *state, pst_status status,
                           const pst_message *message, void *user) {
    ending *e = user;
    *e = (ending){e->calls + 1, status, message->size >= 8 ? number_of(message) : 0, message->size,
                  state == NULL && pthread_equal(pthread_self(), here)};
    /* It is a call as of an actor. */
    e->right = e->right && pst_self(cx).id != 0 && pst_now(cx) != UINT64_MAX;
    return PST_OK;
}

static pst_status serve(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    switch (message->type) {
    case 0:
        return pst_reply(cx, message->token, PST_OK, message->data, message->size);
    case 1:
        return pst_reply(cx, message->token, PST_EUSER, long_payload(5), LONG_BYTES);
    case 2:
        return (pst_status)(PST_EUSER + 1);
    case 3:
        return PST_END;
    default:
        return PST_OK;
    }
}

static void asks(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    uint64_t number = 42;
    open_one(engine);
    here = pthread_self();
    memset(endings, 0, sizeof endings);
    options.on_failure = PST_ACTOR_RESUMES;
    pst_actor server = spawn_with(engine, serve, NULL, &options);
    RUNS(pst_dispatcher_ask(dispatcher, server, 0, &number, 8, PST_FOREVER, note_end, &endings[0]));
    RUNS(pst_dispatcher_ask(dispatcher, server, 1, NULL, 0, PST_FOREVER, note_end, &endings[1]));
    RUNS(pst_dispatcher_ask(dispatcher, server, 2, NULL, 0, PST_FOREVER, note_end, &endings[2]));
    RUNS(pst_dispatcher_ask(dispatcher, server, 4, NULL, 0, 1000, note_end, &endings[3]));
    RUNS(pst_dispatcher_ask(dispatcher, server, 0, long_payload(6), LONG_BYTES, PST_FOREVER,
                            note_end, &endings[4]));
    RUNS(pst_dispatcher_ask(dispatcher, server, 3, NULL, 0, PST_FOREVER, note_end, &endings[5]));
    for (int i = 0; i < 6; i++)
        CHECK(endings[i].calls == 0);
    for (int i = 0; i < 6; i++)
        while (endings[i].calls == 0)
            (void)poll_some(0);
    RUNS(pst_dispatcher_ask(dispatcher, server, 0, long_payload(1), LONG_BYTES, PST_FOREVER,
                            note_end, &endings[6]));
    RUNS(pst_dispatcher_ask(dispatcher, PST_NO_ACTOR, 0, NULL, 0, 0, note_end, &endings[7]));
    while (endings[6].calls == 0 || endings[7].calls == 0)
        (void)poll_some(0);
    const pst_status statuses[] = {PST_OK,        PST_EUSER, (pst_status)(PST_EUSER + 1),
                                   PST_ETIMEDOUT, PST_OK,    PST_ESTALE,
                                   PST_ESTALE,    PST_ESTALE};
    for (int i = 0; i < 8; i++) {
        CHECK(endings[i].calls == 1 && endings[i].right);
        /* The one that ends the actor may have come before the time was over. */
        if (!CHECK(endings[i].status == statuses[i] || (i == 3 && endings[i].status == PST_ESTALE)))
            printf("    ask %d: %s\n", i, pst_status_name(endings[i].status));
    }
    CHECK(endings[0].number == 42 && endings[1].size == LONG_BYTES && endings[1].number == 5);
    CHECK(endings[4].size == LONG_BYTES && endings[4].number == 6);
    pst_dispatcher_destroy(dispatcher);
    settle(engine);
}

/* An actor of the host's and one of the workers' play ball. */
typedef struct player {
    pst_actor other;
    int left;
} player;

static pst_status play(pst_context *cx, void *state, const pst_message *message) {
    player *p = state;
    (void)message;
    handled++;
    return p->left-- > 0 ? pst_send(cx, p->other, LETTER, NULL, 0) : PST_OK;
}

static void with_workers(pst_engine *engine) {
    static player a, b;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    open_one(engine);
    a.left = b.left = 100;
    options.dispatcher = dispatcher;
    b.other = spawn_with(engine, play, &a, &options);
    a.other = spawn(engine, play, &b);
    send(engine, b.other, LETTER, 0);
    while (handled < 201)
        (void)poll_some(0);
    settle(engine);
    CHECK(handled == 201);
    pst_dispatcher_destroy(dispatcher);
}

/* ---- The end ---- */

/* With actors that live: they end, children first, on this thread; others hear. */
static atomic_int downs;
static pst_status hear_down(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == PST_DOWN) {
        downs++;
        return PST_OK;
    }
    pst_actor actor;
    memcpy(&actor, message->data, sizeof actor);
    return pst_watch(cx, actor);
}

/* Its child runs on the workers, or there too. */
static pst_status have_children(pst_context *cx, void *state) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_actor actor;
    options.destroy = count_destroyed;
    if (pst_spawn_child(cx, ignore, NULL, &options, &actor))
        return PST_EINTERNAL;
    options.dispatcher = dispatcher;
    options.destroy = destroy_here;
    return pst_spawn_child(cx, ignore, state, &options, &actor);
}

static void destroy_with_actors(pst_engine *engine) {
    pst_actor actors[6];
    downs = 0;
    open_one(engine);
    here = pthread_self();
    pst_actor watcher = spawn(engine, hear_down, NULL);
    for (int i = 0; i < 6; i++) {
        pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
        options.dispatcher = dispatcher;
        options.destroy = destroy_here;
        options.start = i % 2 ? have_children : NULL;
        actors[i] = spawn_with(engine, note_thread, &here, &options);
        send(engine, watcher, WATCH, actors[i].id);
        pst_bytes bytes = new_payload("x", 1);
        RUNS(pst_actor_send_bytes(engine, actors[i], LETTER, &bytes));
    }
    bool polled = chance(2);
    if (polled)
        (void)poll_some(chance(10));
    pst_dispatcher_destroy(dispatcher);
    settle(engine);
    /* Those that had started had two children each. */
    CHECK(states_destroyed >= 6 && wrong == 0 && downs == 6);
    for (int i = 0; i < 6; i++)
        CHECK(is_gone(engine, actors[i]));
    CHECK(payloads_released == 6);
    /* Again: places are taken anew, and one dispatcher does not see the actors of another. */
    for (int i = 0; i < 40; i++) {
        open_one(engine);
        pst_actor it = hosted(engine);
        send(engine, it, LETTER, 0);
        if (i % 2) {
            (void)poll_some(0);
            while (handled == 0)
                (void)poll_some(0);
            CHECK(handled == 1);
        }
        pst_dispatcher_destroy(dispatcher);
        CHECK(is_gone(engine, it) && wrong == 0);
    }
}

static void sixteen_at_a_time(pst_engine *engine) {
    pst_dispatcher *all[17] = {NULL};
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 16; i++)
            RUNS(pst_dispatcher_create(engine, &all[i]));
        FAILS(PST_ENOTSUP, "16", pst_dispatcher_create(engine, &all[16]));
        CHECK(all[16] == NULL);
        for (int i = 0; i < 16; i++)
            pst_dispatcher_destroy(all[i]);
    }
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    pst_actor it = hosted(engine);
    /* After the end of all actors. */
    RUNS(pst_actors_stop(engine, 0, NULL));
    FAILS(PST_ESTATE, "stopped", pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, NULL));
    FAILS(PST_ESTATE, "stopped", pst_dispatcher_ask(dispatcher, it, 0, NULL, 0, 0, note_end, NULL));
    canary();
    pst_dispatcher_destroy(dispatcher);
    CHECK(strstr(pst_last_error(), "canary") != NULL);
    FAILS(PST_EHANDLE, "not a live", pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, NULL));
}

/* Not while another thread is in there, nor from inside; the end of the engine ends a poll. */
static atomic_bool inside, may_leave;
static pst_status stay_inside(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)message;
    wrong += pst_dispatcher_poll(dispatcher, 0, 0, NULL) != PST_EDEADLK;
    pst_dispatcher_destroy(dispatcher);
    wrong += pst_report(devnull) != PST_EDEADLK;
    wrong += pst_actors_await_quiescent(state, 0) != PST_EDEADLK;
    wrong += pst_actor_ask(state, PST_NO_ACTOR, 0, NULL, 0, 0, NULL, NULL) != PST_EDEADLK;
    wrong += pst_actors_stop(state, 0, NULL) != PST_EDEADLK;
    inside = true;
    while (!may_leave)
        usleep(100);
    return PST_OK;
}

static void *poll_for_ever(void *unused) {
    (void)unused;
    pst_status status;
    while ((status = pst_dispatcher_poll(dispatcher, 0, PST_FOREVER, NULL)) == PST_OK)
        ;
    return (void *)(uintptr_t)status;
}

static void two_threads(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pthread_t thread;
    void *result = NULL;
    open_one(engine);
    inside = false;
    may_leave = now_in.simulated;
    options.dispatcher = dispatcher;
    pst_actor it = spawn_with(engine, stay_inside, engine, &options);
    send(engine, it, LETTER, 0);
    if (now_in.simulated) {
        while (!inside)
            (void)poll_some(0);
    } else {
        pthread_create(&thread, NULL, poll_for_ever, NULL);
        while (!inside)
            usleep(100);
        FAILS(PST_EBUSY, "another thread", pst_dispatcher_poll(dispatcher, 0, 0, NULL));
        may_leave = true;
        settle(engine);
        RUNS(pst_actors_stop(engine, 0, NULL));
        pthread_join(thread, &result);
        CHECK((pst_status)(uintptr_t)result == PST_ESTATE);
    }
    CHECK(wrong == 0);
    pst_dispatcher_destroy(dispatcher);
}

int main(void) {
    begin(60);
    EVERYWHERE(only_inside_polls);
    EVERYWHERE(descriptor);
    EVERYWHERE(asks);
    EVERYWHERE(with_workers);
    EVERYWHERE(destroy_with_actors);
    EVERYWHERE(sixteen_at_a_time);
    EVERYWHERE(two_threads);
    return end("actors_dispatcher");
}
