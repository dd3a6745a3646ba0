/* Several threads of the host race spawns, sends, asks, watches, stops, polls and the end of the
 * engine in short rounds. Afterwards each message has had one fate, each actor has ended, each
 * payload was released and each ask has ended once. For the sanitizers, too: make test-sanitizers.
 */
#include "actors_test.h"

enum { THREADS = 4, KNOWN = 64, STEPS = 120 };
enum { LETTER, ASK, KEEP, SPAWN, WATCH, END, FAIL, TIMER, STASH, UNSTASH, TYPES };

/* Names that all threads know, some of them stale. */
static _Atomic uint64_t known[KNOWN];
static pst_engine *the_engine;
static _Atomic(pst_dispatcher *) dispatcher;
static atomic_long asks_made, asks_ended, destroys, spawns;
static _Atomic uint64_t tokens[KNOWN];

typedef struct dice {
    uint64_t state;
} dice;

static uint32_t roll(dice *d, uint32_t bound) {
    d->state ^= d->state << 13;
    d->state ^= d->state >> 7;
    d->state ^= d->state << 17;
    return (uint32_t)(d->state >> 20) % bound;
}

static pst_actor someone(dice *d) {
    return (pst_actor){known[roll(d, KNOWN)]};
}

static void destroy_actor(void *state) {
    free(state);
    destroys++;
}

static pst_actor_options options_for(dice *d) {
    pst_actor_options o = PST_ACTOR_OPTIONS_INIT;
    o.destroy = destroy_actor;
    o.on_failure = (pst_on_failure)roll(d, 4);
    o.strategy = (pst_strategy)roll(d, 3);
    o.max_restarts = 100;
    if (roll(d, 3) == 0) {
        o.capacity = 1 + roll(d, 8);
        /* Not PST_WAIT: a thread that waits for one that never runs waits until the end. */
        o.overflow = (pst_overflow)roll(d, 3);
    }
    o.statistics = roll(d, 5) == 0;
    return o;
}

static pst_status act(pst_context *cx, void *state, const pst_message *message);

static pst_status end_of_ask(pst_context *cx, void *state, pst_status status,
                             const pst_message *message, void *user) {
    (void)cx, (void)state, (void)status, (void)message, (void)user;
    asks_ended++;
    return PST_OK;
}

static dice *new_dice(dice *from) {
    dice *mine = malloc(sizeof *mine);
    if (mine == NULL)
        abort();
    mine->state = from->state * 0x9e3779b97f4a7c15 | 1;
    return mine;
}

static void send_payload(pst_context *cx, pst_actor to, uint32_t type) {
    pst_bytes bytes = new_payload("x", 1);
    pst_status status = cx ? pst_send_bytes(cx, to, type, &bytes)
                           : pst_actor_send_bytes(the_engine, to, type, &bytes);
    if (status != PST_OK && status != PST_ESTALE)
        keep_payload(&bytes);
}

/* What an actor does by itself, at most a few things for each message: it dies down. */
static void act_freely(pst_context *cx, dice *d) {
    pst_actor actor = someone(d);
    pst_actor_options options;
    dice *mine;
    switch (roll(d, 14)) {
    case 0:
        (void)pst_send(cx, actor, UNSTASH, NULL, 0);
        break;
    case 1:
        send_payload(cx, actor, STASH);
        break;
    case 2:
        if (pst_ask(cx, actor, roll(d, 2) ? ASK : KEEP, NULL, 0,
                    roll(d, 2) ? roll(d, 100000) : PST_FOREVER, end_of_ask, NULL) == PST_OK)
            asks_made++;
        break;
    case 3:
        options = options_for(d);
        mine = new_dice(d);
        if (pst_spawn_child(cx, act, mine, &options, &actor) == PST_OK) {
            spawns++;
            known[roll(d, KNOWN)] = actor.id;
        } else {
            free(mine);
        }
        break;
    case 4:
        (void)pst_watch(cx, actor);
        break;
    case 5:
        (void)pst_unwatch(cx, actor);
        break;
    case 6:
        (void)pst_stop(cx, actor, (pst_stop_mode)roll(d, 2));
        break;
    case 7:
        (void)pst_timer_start(cx, roll(d, 1000), 0, UNSTASH, NULL, 0, NULL);
        break;
    case 8:
        (void)pst_reply(cx, (pst_token){tokens[roll(d, KNOWN)]}, PST_OK, long_payload(1),
                        roll(d, 2) ? LONG_BYTES : 8);
        break;
    case 9:
        (void)pst_send(cx, actor, UNSTASH, long_payload(1), LONG_BYTES);
        break;
    default:
        break;
    }
}

static pst_status act(pst_context *cx, void *state, const pst_message *message) {
    dice *d = state;
    if (message->type == UNSTASH)
        return pst_unstash(cx);
    act_freely(cx, d);
    switch (message->type) {
    case ASK:
        if (roll(d, 4) == 0 && pst_forward(cx, someone(d)) == PST_OK)
            return PST_OK;
        (void)pst_reply(cx, message->token, PST_OK, long_payload(2), roll(d, 2) ? LONG_BYTES : 0);
        return PST_OK;
    case KEEP:
        tokens[roll(d, KNOWN)] = message->token.id;
        return PST_OK;
    case STASH:
        return pst_stash(cx) == PST_ENOMEM ? PST_ENOMEM : PST_OK;
    case END:
        return PST_END;
    case FAIL:
        return PST_EUSER;
    case TIMER:
        return pst_timer_start(cx, roll(d, 1000), 1000 + roll(d, 100000), LETTER, NULL, 0, NULL);
    default:
        return PST_OK;
    }
}

/* ---- Threads of the host ---- */

static void spawn_one(dice *d) {
    pst_actor_options options = options_for(d);
    dice *mine = new_dice(d);
    pst_actor actor;
    pst_dispatcher *host = dispatcher;
    if (host != NULL && roll(d, 3) == 0)
        options.dispatcher = host;
    if (pst_actor_spawn(the_engine, act, mine, &options, &actor) == PST_OK) {
        spawns++;
        known[roll(d, KNOWN)] = actor.id;
    } else {
        free(mine);
    }
}

static void poll_some(dice *d) {
    pst_dispatcher *host = dispatcher;
    if (host == NULL)
        return;
    (void)pst_dispatcher_poll(host, roll(d, 20), roll(d, 3) ? 0 : 10000, NULL);
    if (roll(d, 2) && pst_dispatcher_ask(host, someone(d), ASK, NULL, 0, roll(d, 100000),
                                         end_of_ask, NULL) == PST_OK)
        asks_made++;
}

/* One destroys it and makes another, while others spawn there and poll. */
static void change_dispatcher(void) {
    pst_dispatcher *next = NULL, *former = atomic_exchange(&dispatcher, NULL);
    pst_dispatcher_destroy(former);
    if (pst_dispatcher_create(the_engine, &next) != PST_OK)
        return;
    former = atomic_exchange(&dispatcher, next);
    pst_dispatcher_destroy(former);
}

static void one_step(dice *d) {
    pst_actor actor = someone(d);
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    char reply[16];
    size_t size = sizeof reply;
    switch (roll(d, 16)) {
    case 0:
    case 1:
    case 2:
        spawn_one(d);
        break;
    case 3:
        send_payload(NULL, actor, roll(d, TYPES));
        break;
    case 4:
        (void)pst_actor_send_many(the_engine, actor, roll(d, TYPES), "abcdef", 1, 6, NULL);
        break;
    case 5:
        (void)pst_actor_send(the_engine, actor, roll(d, TYPES), long_payload(3), LONG_BYTES);
        break;
    case 6:
        (void)pst_actor_ask(the_engine, actor, roll(d, 2) ? ASK : KEEP, NULL, 0, roll(d, 200000),
                            reply, &size);
        break;
    case 7:
        (void)pst_actor_reply(the_engine, (pst_token){tokens[roll(d, KNOWN)]}, PST_OK,
                              long_payload(4), roll(d, 2) ? LONG_BYTES : 8);
        break;
    case 8:
        (void)pst_actor_stop(the_engine, actor, (pst_stop_mode)roll(d, 2));
        break;
    case 9:
    case 10:
        poll_some(d);
        break;
    case 11:
        (void)pst_actors_get_counts(the_engine, &counts);
        break;
    case 12:
        if (roll(d, 4) == 0)
            change_dispatcher();
        break;
    default:
        (void)pst_actor_send(the_engine, actor, roll(d, TYPES), NULL, 0);
    }
}

static void *race(void *argument) {
    dice *d = argument;
    for (int i = 0; i < STEPS; i++)
        one_step(d);
    return NULL;
}

static void hear(const pst_actor_event *event, void *user) {
    ++*(atomic_long *)user;
    if (event->message != NULL && event->message->size > 0)
        (void)number_of(event->message);
}

static void storm(pst_engine *engine) {
    static atomic_long events;
    pthread_t threads[THREADS];
    dice all[THREADS];
    pst_dispatcher *first = NULL;
    asks_made = asks_ended = destroys = spawns = 0;
    the_engine = engine;
    /* Where allocations fail at random, again and again. */
    pst_status status;
    while ((status = pst_actors_observe(engine, hear, &events)) == PST_ENOMEM)
        ;
    CHECK(status == PST_OK);
    while ((status = pst_dispatcher_create(engine, &first)) == PST_ENOMEM)
        ;
    CHECK(status == PST_OK);
    dispatcher = first;
    for (int i = 0; i < KNOWN; i++)
        known[i] = tokens[i] = 0;
    for (int i = 0; i < THREADS; i++) {
        all[i].state = (now_in.random + (uint64_t)i + 1) * 0x9e3779b97f4a7c15 | 1;
        /* Threads take turns on a simulated engine: its order is the seed's. */
        if (now_in.simulated)
            for (int k = 0; k < STEPS; k++)
                one_step(&all[i]);
        else
            pthread_create(&threads[i], NULL, race, &all[i]);
    }
    pst_actor_counts counts = PST_ACTOR_COUNTS_INIT;
    bool early = chance(2);
    if (early)
        RUNS(pst_actors_stop(engine, chance(2) ? 0 : 100000, &counts));
    for (int i = 0; i < THREADS && !now_in.simulated; i++)
        pthread_join(threads[i], NULL);
    if (chance(2)) {
        pst_dispatcher_destroy(dispatcher);
        dispatcher = NULL;
    }
    RUNS(pst_actors_stop(engine, 0, &counts));
    pst_dispatcher_destroy(dispatcher);
    check_end(&counts);
    if (!CHECK(destroys == spawns && counts.spawned >= (uint64_t)spawns))
        printf("    %ld of %ld states destroyed, %llu spawned\n", destroys, spawns,
               (unsigned long long)counts.spawned);
    /* Of askers that ended before: late. */
    CHECK(asks_ended <= asks_made);
}

int main(void) {
    uint64_t rounds = 60;
    begin(600);
    if (getenv("ROUNDS"))
        rounds = strtoull(getenv("ROUNDS"), NULL, 10);
    for (uint64_t seed = 0; seed < rounds; seed++) {
        const uint32_t workers[] = {1, 2, 4};
        now_in =
            (setting){.executor = "threads", .workers = workers[seed % 3], .seed = seed * 31 + 7};
        run_once(storm, "storm");
    }
    simulated(storm, "storm", 100, "");
    simulated(storm, "storm", 50, ",alloc=0.05");
    return end("actors_storm");
}
