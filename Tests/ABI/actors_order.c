/* What one sender sends to one actor arrives in the order of the sends, whatever ways it takes, and
 * its DOWN last. Nothing arrives before the start function has returned. */
#include "actors_test.h"

enum { STEP, FORWARD_ME, HELLO, ASK_ME, LAST, LETTER };
enum way { SEND, LONG, BYTES, MANY, ASK, FORWARD, REPLY, FROM_OUTSIDE, WAYS };
enum { COURIERS = 3, LETTERS = 400 };

struct reader;

/* Sends letters to the reader by all ways, and writes down by which. */
typedef struct courier {
    pst_engine *engine;
    struct reader *reader;
    uint32_t number, sent;
    uint64_t random;
    uint8_t ways[LETTERS];
    pst_token tokens[4];
    uint32_t token_count;
} courier;

typedef struct reader {
    pst_actor actor;
    courier couriers[COURIERS];
    pst_actor actors[COURIERS];
    uint32_t seen[COURIERS];
    atomic_int wrong, downs, stale_answers;
    bool gone[COURIERS];
} reader;

static pst_status no_answer(pst_context *cx, void *state, pst_status status,
                            const pst_message *message, void *user) {
    (void)cx, (void)state, (void)status, (void)message, (void)user;
    return PST_OK;
}

static uint32_t choose(courier *c, uint32_t bound) {
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return (uint32_t)(c->random >> 20) % bound;
}

static uint64_t letter(const courier *c) {
    return (uint64_t)c->number << 32 | c->sent;
}

/* One letter, or three; not FORWARD, for which a message must be in hand. */
static pst_status dispatch(pst_context *cx, courier *c, enum way way) {
    uint64_t number = letter(c), three[3] = {number, number + 1, number + 2};
    pst_actor to = c->reader->actor;
    if (way == REPLY && c->token_count == 0)
        way = SEND;
    for (uint32_t i = 0; i < (way == MANY ? 3 : 1); i++)
        c->ways[c->sent++] = (uint8_t)way;
    switch (way) {
    case LONG:
        return pst_send(cx, to, LETTER + way, long_payload(number), LONG_BYTES);
    case BYTES: {
        pst_bytes bytes = new_payload(&number, sizeof number);
        return pst_send_bytes(cx, to, LETTER + way, &bytes);
    }
    case MANY:
        return pst_send_many(cx, to, LETTER + way, three, 8, 3, NULL);
    case ASK:
        return pst_ask(cx, to, LETTER + way, &number, 8, PST_FOREVER, no_answer, NULL);
    case REPLY:
        return pst_reply(cx, c->tokens[--c->token_count], PST_OK, &number, 8);
    case FROM_OUTSIDE:
        return pst_actor_send(c->engine, to, LETTER + way, &number, 8);
    default:
        return pst_send(cx, to, LETTER + way, &number, 8);
    }
}

static pst_status carry(pst_context *cx, void *state, const pst_message *message) {
    courier *c = state;
    if (message->type == ASK_ME) {
        c->tokens[c->token_count++] = message->token;
        return PST_OK;
    }
    if (c->sent + 8 > LETTERS)
        return message->type == LAST ? PST_END : PST_OK;
    if (message->type == FORWARD_ME) {
        c->ways[c->sent++] = FORWARD;
        return pst_forward(cx, c->reader->actor);
    }
    for (uint32_t i = choose(c, 3); i > 0; i--) {
        pst_status status = dispatch(cx, c, (enum way)choose(c, WAYS));
        if (status)
            return status;
    }
    return message->type == LAST ? PST_END : PST_OK;
}

/* The next letter of a courier has come, by this way. */
static void receive(reader *r, uint32_t number, enum way way, uint64_t letter) {
    uint32_t at = r->seen[number]++;
    bool right = !r->gone[number] && at < LETTERS && r->couriers[number].ways[at] == way &&
                 (way == FORWARD || letter == ((uint64_t)number << 32 | at));
    r->wrong += !right;
}

static pst_status get_answer(pst_context *cx, void *state, pst_status status,
                             const pst_message *message, void *user) {
    reader *r = state;
    courier *c = user;
    (void)cx;
    if (status == PST_ESTALE) {
        /* Of those that the courier did not answer: they end before its DOWN as well. */
        r->stale_answers++;
        r->wrong += r->gone[c->number];
        return PST_OK;
    }
    receive(r, c->number, REPLY, number_of(message));
    return PST_OK;
}

static pst_status read_letter(pst_context *cx, void *state, const pst_message *message) {
    reader *r = state;
    if (message->type == HELLO) {
        for (int i = 0; i < COURIERS; i++) {
            if (pst_watch(cx, r->actors[i]))
                r->wrong++;
            for (int k = 0; k < 4; k++)
                if (pst_ask(cx, r->actors[i], ASK_ME, NULL, 0, PST_FOREVER, get_answer,
                            &r->couriers[i]))
                    r->wrong++;
        }
        return PST_OK;
    }
    if (message->type == PST_DOWN) {
        const pst_down *down = message->data;
        r->wrong += message->size != sizeof *down || down->reason != PST_OK;
        for (int i = 0; i < COURIERS; i++) {
            if (r->actors[i].id == down->actor.id) {
                r->wrong += r->gone[i] || r->seen[i] != r->couriers[i].sent;
                r->gone[i] = true;
                r->downs++;
            }
        }
        return PST_OK;
    }
    enum way way = message->type == FORWARD_ME ? FORWARD : (enum way)(message->type - LETTER);
    uint64_t number = number_of(message);
    if (way == LONG)
        r->wrong += !is_long_payload(message, number);
    if (way == ASK)
        r->wrong +=
            pst_reply(cx, message->token, PST_OK, NULL, 0) != PST_OK && !r->gone[number >> 32];
    receive(r, (uint32_t)(number >> 32), way, number);
    return PST_OK;
}

static void all_ways(pst_engine *engine) {
    static reader r;
    memset(&r, 0, sizeof r);
    r.actor = spawn(engine, read_letter, &r);
    for (uint32_t i = 0; i < COURIERS; i++) {
        r.couriers[i] = (courier){
            .engine = engine, .reader = &r, .number = i, .random = now_in.random * (i + 1)};
        r.actors[i] = spawn(engine, carry, &r.couriers[i]);
    }
    send(engine, r.actor, HELLO, 0);
    /* The asks have come: their tokens are there for answers. */
    settle(engine);
    for (int step = 0; step < 40; step++)
        for (uint32_t i = 0; i < COURIERS; i++)
            send(engine, r.actors[i], chance(3) == 0 ? FORWARD_ME : STEP, (uint64_t)i << 32);
    for (uint32_t i = 0; i < COURIERS; i++)
        send(engine, r.actors[i], LAST, 0);
    settle(engine);
    CHECK(r.wrong == 0);
    CHECK(r.downs == COURIERS);
    uint32_t unanswered = 0;
    for (int i = 0; i < COURIERS; i++) {
        unanswered += r.couriers[i].token_count;
        CHECK(r.seen[i] == r.couriers[i].sent);
    }
    if (!CHECK((uint32_t)r.stale_answers == unanswered))
        printf("    %d stale answers of %u\n", r.stale_answers, unanswered);
}

/* A host thread is one sender, too. */
static pst_status read_from_host(pst_context *cx, void *state, const pst_message *message) {
    (void)cx;
    note(state, number_of(message));
    return message->token.id ? pst_reply(cx, message->token, PST_OK, NULL, 0) : PST_OK;
}

static void from_a_host_thread(pst_engine *engine) {
    static diary d;
    d.count = 0;
    pst_actor to = spawn(engine, read_from_host, &d);
    uint64_t next = 0;
    for (int i = 0; i < 40; i++) {
        uint64_t three[3] = {next, next + 1, next + 2};
        pst_bytes bytes;
        switch (chance(5)) {
        case 0:
            RUNS(pst_actor_send(engine, to, LETTER, long_payload(next), LONG_BYTES));
            break;
        case 1:
            bytes = new_payload(&next, sizeof next);
            RUNS(pst_actor_send_bytes(engine, to, LETTER, &bytes));
            break;
        case 2:
            RUNS(pst_actor_send_many(engine, to, LETTER, three, 8, 3, NULL));
            next += 2;
            break;
        case 3:
            RUNS(pst_actor_ask(engine, to, LETTER, &next, 8, PST_FOREVER, NULL, NULL));
            break;
        default:
            send(engine, to, LETTER, next);
        }
        next++;
    }
    settle(engine);
    CHECK((uint64_t)d.count == next);
    for (uint64_t i = 0; i < next; i++)
        if (!CHECK(d.entries[i] == i))
            break;
}

/* ---- Start ---- */

typedef struct starter {
    atomic_bool started;
    atomic_int early, handled;
} starter;

static pst_status start_up(pst_context *cx, void *state) {
    starter *s = state;
    /* What it sends to itself comes after what others sent it before, but after this call. */
    pst_status status = pst_send(cx, pst_self(cx), LETTER, NULL, 0);
    s->started = true;
    return status;
}

static pst_status after_start(pst_context *cx, void *state, const pst_message *message) {
    starter *s = state;
    (void)cx;
    s->early += !s->started;
    s->handled++;
    return message->type == LAST ? PST_END : PST_OK;
}

enum { STARTERS = 30 };
static starter starters[STARTERS];

/* Spawns by turns children and others, and sends to them at once. */
static pst_status spawn_starters(pst_context *cx, void *state, const pst_message *message) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    (void)state;
    options.start = start_up;
    uint64_t first = number_of(message);
    for (uint64_t i = first; i < first + 3; i++) {
        pst_actor actor;
        pst_status status = i % 2
                                ? pst_spawn(cx, after_start, &starters[i], &options, &actor)
                                : pst_spawn_child(cx, after_start, &starters[i], &options, &actor);
        if (status || (status = pst_send(cx, actor, LETTER, NULL, 0)) ||
            (status = pst_send(cx, actor, LAST, NULL, 0)))
            return status;
    }
    return PST_OK;
}

static void start_comes_first(pst_engine *engine) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.start = start_up;
    memset(starters, 0, sizeof starters);
    pst_actor spawner = spawn(engine, spawn_starters, NULL);
    for (uint64_t i = 0; i < STARTERS; i++) {
        /* Slots of those that have ended are taken again, by others than had them. */
        if (i < 15) {
            pst_actor actor = spawn_with(engine, after_start, &starters[i], &options);
            send(engine, actor, LETTER, 0);
            send(engine, actor, LAST, 0);
        } else if (i % 3 == 0) {
            send(engine, spawner, STEP, i);
        }
        if (chance(4) == 0)
            settle(engine);
    }
    settle(engine);
    for (int i = 0; i < STARTERS; i++) {
        CHECK(starters[i].started);
        CHECK(starters[i].early == 0);
        CHECK(starters[i].handled == 2 || starters[i].handled == 3);
    }
    CHECK(counts_of(engine).failed == 0);
}

/* The state's own start function has not ended while it waits for the host, so nothing is handled.
 */
static atomic_bool may_start;
static pst_status start_slowly(pst_context *cx, void *state) {
    while (!may_start && !pst_should_stop(cx))
        usleep(100);
    ((starter *)state)->started = true;
    return PST_OK;
}

static void start_is_waited_for(pst_engine *engine) {
    static starter s;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    memset(&s, 0, sizeof s);
    options.start = start_slowly;
    may_start = now_in.simulated;
    pst_actor actor = spawn_with(engine, after_start, &s, &options);
    for (int i = 0; i < 10; i++)
        send(engine, actor, LETTER, 0);
    CHECK(s.handled == 0 || now_in.simulated);
    may_start = true;
    settle(engine);
    CHECK(s.handled == 10 && s.early == 0);
}

int main(void) {
    begin(60);
    EVERYWHERE(all_ways);
    EVERYWHERE(from_a_host_thread);
    EVERYWHERE(start_comes_first);
    EVERYWHERE(start_is_waited_for);
    return end("actors_order");
}
