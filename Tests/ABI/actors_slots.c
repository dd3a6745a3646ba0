/* Slots of actors that have ended are taken again, also by other threads than those that owned
 * them; then a new actor is on its way to its slot for a moment. Nothing of that shows: it can be
 * watched, stopped and spawned anywhere from the first moment, and references to the former one are
 * stale. */
#include "actors_test.h"

enum { FORMER = 1300, CROWD = 400 };

/* So many that all workers have free slots, and have given some of them to the others. */
static void use_slots(pst_engine *engine) {
    static pst_actor former[FORMER];
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = count_destroyed;
    for (int i = 0; i < FORMER; i++)
        former[i] = spawn_with(engine, ignore, NULL, &options);
    for (int i = 0; i < FORMER; i++)
        RUNS(pst_actor_stop(engine, former[i], PST_STOP_NOW));
    settle(engine);
    CHECK(states_destroyed == FORMER);
    for (int i = 0; i < FORMER; i += 100)
        CHECK(is_gone(engine, former[i]));
}

typedef struct crowd {
    bool children;
    pst_stop_mode mode;
    atomic_int downs, wrong;
} crowd;

/* Spawns them, watches them and stops them, all before they have handled anything. */
static pst_status tend(pst_context *cx, void *state, const pst_message *message) {
    crowd *c = state;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = count_destroyed;
    if (message->type == PST_DOWN) {
        const pst_down *down = message->data;
        c->wrong += down->reason != PST_OK;
        c->downs++;
        return PST_OK;
    }
    for (int i = 0; i < CROWD; i++) {
        pst_actor actor;
        pst_status status = c->children ? pst_spawn_child(cx, ignore, NULL, &options, &actor)
                                        : pst_spawn(cx, ignore, NULL, &options, &actor);
        if (status || (status = pst_watch(cx, actor)) || (status = pst_stop(cx, actor, c->mode)))
            return status;
    }
    return PST_OK;
}

static void newborns_of_actors(pst_engine *engine) {
    static crowd c;
    use_slots(engine);
    for (int i = 0; i < 4; i++) {
        c = (crowd){.children = i & 1, .mode = i & 2 ? PST_STOP_NOW : PST_STOP_LAST};
        states_destroyed = 0;
        pst_actor parent = spawn(engine, tend, &c);
        send(engine, parent, 0, 0);
        settle(engine);
        if (!CHECK(c.downs == CROWD && c.wrong == 0 && states_destroyed == CROWD))
            printf("    %d DOWNs, %d of them wrong, %ld states destroyed; children %d, mode %d\n",
                   c.downs, c.wrong, states_destroyed, c.children, c.mode);
        RUNS(pst_actor_stop(engine, parent, PST_STOP_NOW));
    }
    CHECK(counts_of(engine).failed == 0);
}

/* A parent that ends at once after it has spawned: its children end before it. */
static pst_status leave_children(pst_context *cx, void *state, const pst_message *message) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    (void)state, (void)message;
    options.destroy = count_destroyed;
    for (int i = 0; i < CROWD; i++) {
        pst_actor actor;
        if (pst_spawn_child(cx, ignore, NULL, &options, &actor))
            return PST_EINTERNAL;
    }
    return PST_END;
}

static atomic_long destroyed_before_parent;
static void note_children(void *state) {
    (void)state;
    destroyed_before_parent = states_destroyed;
}

static void newborn_children_end_with_their_parent(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    use_slots(engine);
    options.destroy = note_children;
    states_destroyed = destroyed_before_parent = 0;
    pst_actor parent = spawn_with(engine, leave_children, NULL, &options);
    send(engine, parent, 0, 0);
    settle(engine);
    CHECK(destroyed_before_parent == CROWD);
    CHECK(is_gone(engine, parent));
}

static void newborns_of_the_host(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.destroy = count_destroyed;
    use_slots(engine);
    states_destroyed = 0;
    for (int i = 0; i < CROWD; i++) {
        pst_actor actor = spawn_with(engine, ignore, NULL, &options);
        RUNS(pst_actor_stop(engine, actor, i % 2 ? PST_STOP_NOW : PST_STOP_LAST));
    }
    settle(engine);
    if (!CHECK(states_destroyed == CROWD))
        printf("    %ld of %d have ended\n", states_destroyed, CROWD);
}

/* A host's own thread: slots of its actors are for all, though it never polls again. */
static void slots_of_a_dispatcher(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    pst_dispatcher *dispatcher = NULL;
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    options.dispatcher = dispatcher;
    options.destroy = count_destroyed;
    for (int i = 0; i < FORMER; i++) {
        pst_actor actor = spawn_with(engine, ignore, NULL, &options);
        RUNS(pst_actor_stop(engine, actor, PST_STOP_LAST));
    }
    /* More than one poll: what waits after the first may be on its way still. */
    while (states_destroyed < FORMER)
        (void)pst_dispatcher_poll(dispatcher, 0, 0, NULL);
    for (int i = 0; i < 10; i++)
        (void)pst_dispatcher_poll(dispatcher, 0, 0, NULL);
    options = (pst_actor_options)PST_ACTOR_OPTIONS_INIT;
    options.destroy = count_destroyed;
    states_destroyed = 0;
    for (int i = 0; i < FORMER; i++) {
        pst_actor actor = spawn_with(engine, ignore, NULL, &options);
        RUNS(pst_actor_stop(engine, actor, PST_STOP_LAST));
    }
    pst_status status =
        pst_actors_await_quiescent(engine, now_in.simulated ? PST_FOREVER : 20000000000);
    if (!CHECK(status == PST_OK && states_destroyed == FORMER))
        printf("    %ld of %d have ended\n", states_destroyed, FORMER);
    pst_dispatcher_destroy(dispatcher);
}

/* An answer comes to the slot of an asker that has ended, and then there is a new actor in it,
 * which begins with its start function. */
static pst_token late_token;
static atomic_int starts, letters;
enum { ASK_AND_END = 1, KEEP_TOKEN, ANSWER_AND_SPAWN };

static pst_status count_start(pst_context *cx, void *state) {
    (void)cx, (void)state;
    starts++;
    return PST_OK;
}

static pst_status count_letter(pst_context *cx, void *state, const pst_message *message) {
    (void)cx, (void)state, (void)message;
    letters++;
    return PST_OK;
}

static pst_status forget_answer(pst_context *cx, void *state, pst_status status,
                                const pst_message *message, void *user) {
    (void)cx, (void)state, (void)status, (void)message, (void)user;
    return PST_EINTERNAL;
}

static pst_status ask_and_end(pst_context *cx, void *state, const pst_message *message) {
    pst_actor *answering = state;
    (void)message;
    if (pst_ask(cx, *answering, KEEP_TOKEN, NULL, 0, PST_FOREVER, forget_answer, NULL))
        return PST_EINTERNAL;
    return PST_END;
}

static pst_status answer_and_spawn(pst_context *cx, void *state, const pst_message *message) {
    pst_actor *other = state;
    if (message->type == KEEP_TOKEN) {
        late_token = message->token;
        return PST_OK;
    }
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.start = count_start;
    pst_actor newborn;
    pst_status status = pst_reply(cx, late_token, PST_OK, NULL, 0);
    if (status == PST_OK)
        status = pst_spawn(cx, count_letter, NULL, &options, &newborn);
    if (status == PST_OK)
        status = pst_send(cx, *other, 0, NULL, 0);
    return status == PST_OK ? pst_send(cx, newborn, 0, NULL, 0) : status;
}

static void newborn_after_a_late_answer(pst_engine *engine) {
    static pst_actor answering, other;
    starts = letters = 0;
    other = spawn(engine, count_letter, NULL);
    answering = spawn(engine, answer_and_spawn, &other);
    send(engine, spawn(engine, ask_and_end, &answering), ASK_AND_END, 0);
    settle(engine);
    send(engine, answering, ANSWER_AND_SPAWN, 0);
    settle(engine);
    CHECK(starts == 1 && letters == 2);
    CHECK(counts_of(engine).failed == 0);
}

int main(void) {
    begin(60);
    EVERYWHERE(newborns_of_actors);
    EVERYWHERE(newborn_children_end_with_their_parent);
    EVERYWHERE(newborns_of_the_host);
    EVERYWHERE(slots_of_a_dispatcher);
    EVERYWHERE(newborn_after_a_late_answer);
    return end("actors_slots");
}
