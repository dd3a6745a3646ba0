/* Batch behaviours: order, failures with and without an index, asks, bounds, and what comes one at
 * a time. */
#include "actors_test.h"

enum { LETTER, FAIL_AT, FAIL_ALL, FAIL_BEYOND, END, ASK, KEEP, SEND_ALL, LONG };

static diary seen;
static atomic_int batches, largest, wrong, starts;

static pst_status note_start(pst_context *cx, void *state) {
    (void)cx, (void)state;
    starts++;
    return PST_OK;
}

static pst_status handle(pst_context *cx, void *state, const pst_message *messages, size_t count) {
    (void)state;
    batches++;
    if (count > (size_t)largest)
        largest = (int)count;
    wrong += count == 0;
    for (size_t i = 0; i < count; i++) {
        const pst_message *m = &messages[i];
        switch (m->type) {
        case FAIL_AT:
            return pst_fail(cx, (pst_status)(PST_EUSER + 1), i, "this one");
        case FAIL_ALL:
            return PST_EUSER;
        case FAIL_BEYOND:
            return pst_fail(cx, PST_EUSER, count + 5, "none of them");
        case END:
            return PST_END;
        case ASK:
            wrong += pst_reply(cx, m->token, PST_OK, m->data, m->size) != PST_OK;
            break;
        case LONG:
            wrong += !is_long_payload(m, number_of(m));
            break;
        case PST_DOWN:
        case KEEP:
            break;
        default:
            note(&seen, number_of(m));
        }
    }
    return PST_OK;
}

static pst_actor batcher(pst_engine *engine, pst_on_failure on_failure,
                         pst_dispatcher *dispatcher) {
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.batch = handle;
    options.on_failure = on_failure;
    options.start = note_start;
    options.dispatcher = dispatcher;
    options.max_restarts = 100;
    seen.count = batches = largest = wrong = starts = 0;
    return spawn_with(engine, NULL, NULL, &options);
}

static void in_order(pst_engine *engine) {
    pst_actor it = batcher(engine, PST_ACTOR_STOPS, NULL);
    for (uint64_t i = 0; i < 200; i++) {
        send(engine, it, LETTER, i);
        if (i % 20 == 7) {
            pst_bytes bytes = new_payload(&i, 8);
            RUNS(pst_actor_send_bytes(engine, it, KEEP, &bytes));
            RUNS(pst_actor_send(engine, it, LONG, long_payload(i), LONG_BYTES));
        }
    }
    uint64_t number = 7, answer = 0;
    size_t size = sizeof answer;
    RUNS(pst_actor_ask(engine, it, ASK, &number, 8, PST_FOREVER, &answer, &size));
    CHECK(answer == 7 && seen.count == 200 && wrong == 0 && starts == 1);
    for (int i = 0; i < 200; i++)
        if (!CHECK(seen.entries[i] == (uint64_t)i))
            break;
    /* PST_END: those of the batch are handled, and it stops. */
    send(engine, it, END, 0);
    settle(engine);
    CHECK(is_gone(engine, it) && counts_of(engine).failed == 0 && payloads_released == 10);
}

/* What waits for a host's thread comes in one batch, as far as it goes. */
static pst_dispatcher *dispatcher;
static void poll_all(pst_engine *engine) {
    while (pst_dispatcher_poll(dispatcher, 0, 0, NULL) == PST_OK)
        ;
    settle(engine);
}

static void together(pst_engine *engine) {
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    pst_actor it = batcher(engine, PST_ACTOR_STOPS, dispatcher);
    size_t handled = 0, sum = 0;
    for (uint64_t i = 0; i < 40; i++)
        send(engine, it, LETTER, i);
    /* Polls count messages: neither batches, nor what begins an actor. */
    while (sum < 6) {
        int before = seen.count;
        if (pst_dispatcher_poll(dispatcher, 3, 1000000, &handled) != PST_OK)
            continue;
        sum += handled;
        CHECK(handled >= 1 && handled <= 3 && (size_t)(seen.count - before) == handled);
    }
    poll_all(engine);
    CHECK(seen.count == 40 && largest > 1 && batches < 40);
    pst_dispatcher_destroy(dispatcher);
}

typedef struct ending {
    int calls;
    pst_status status;
} ending;
static ending endings[8];
static pst_status note_end(pst_context *cx, void *state, pst_status status,
                           const pst_message *message, void *user) {
    ending *e = user;
    (void)cx, (void)state, (void)message;
    *e = (ending){e->calls + 1, status};
    return PST_OK;
}

/* pst_fail says which: those before are handled, those after come again. */
static void failure_with_index(pst_engine *engine) {
    const pst_on_failure kinds[] = {PST_ACTOR_RESUMES, PST_ACTOR_RESTARTS, PST_ACTOR_STOPS};
    for (int i = 0; i < 3; i++) {
        RUNS(pst_dispatcher_create(engine, &dispatcher));
        memset(endings, 0, sizeof endings);
        pst_actor it = batcher(engine, kinds[i], dispatcher);
        pst_actor_counts before = counts_of(engine);
        const uint32_t types[] = {LETTER, KEEP, LETTER, FAIL_AT, KEEP, LETTER, FAIL_AT, LETTER};
        for (uint64_t k = 0; k < 8; k++) {
            if (types[k] == LETTER)
                send(engine, it, LETTER, k);
            else
                RUNS(pst_dispatcher_ask(dispatcher, it, types[k], &k, 8, PST_FOREVER, note_end,
                                        &endings[k]));
        }
        poll_all(engine);
        bool lives = kinds[i] != PST_ACTOR_STOPS;
        if (lives)
            DIARY(seen, 0, 2, 5, 7);
        else
            DIARY(seen, 0, 2);
        CHECK(endings[3].calls == 1 && endings[3].status == (pst_status)(PST_EUSER + 1));
        CHECK(endings[6].calls == 1 &&
              endings[6].status == (lives ? (pst_status)(PST_EUSER + 1) : PST_ESTALE));
        /* Of those that were handled without an answer: they end with the actor. */
        CHECK(endings[1].calls == !lives && endings[4].calls == !lives);
        pst_actor_counts after = counts_of(engine);
        CHECK(after.failed - before.failed == (lives ? 2 : 1));
        CHECK(after.dead_letters - before.dead_letters == (lives ? 0 : 4));
        CHECK(starts == (kinds[i] == PST_ACTOR_RESTARTS ? 3 : 1));
        pst_dispatcher_destroy(dispatcher);
        settle(engine);
    }
}

/* Any other failure loses all of them: their asks end with its status. */
static void failure_without_index(pst_engine *engine) {
    for (int i = 0; i < 2; i++) {
        RUNS(pst_dispatcher_create(engine, &dispatcher));
        memset(endings, 0, sizeof endings);
        pst_actor it = batcher(engine, PST_ACTOR_RESUMES, dispatcher);
        /* It is there before the first message of the batch. */
        send(engine, it, LETTER, 9);
        poll_all(engine);
        seen.count = batches = 0;
        for (uint64_t k = 0; k < 3; k++)
            RUNS(pst_dispatcher_ask(dispatcher, it, KEEP, &k, 8, PST_FOREVER, note_end,
                                    &endings[k]));
        pst_bytes bytes = new_payload("x", 1);
        RUNS(pst_actor_send_bytes(engine, it, KEEP, &bytes));
        RUNS(pst_dispatcher_ask(dispatcher, it, i ? FAIL_BEYOND : FAIL_ALL, NULL, 0, PST_FOREVER,
                                note_end, &endings[3]));
        send(engine, it, KEEP, 0);
        poll_all(engine);
        if (batches == 1 || !now_in.simulated)
            for (int k = 0; k < 4; k++)
                CHECK(endings[k].calls == 1 && endings[k].status == PST_EUSER);
        CHECK(endings[3].calls == 1 && endings[3].status == PST_EUSER &&
              payloads_released == i + 1);
        send(engine, it, LETTER, 1);
        poll_all(engine);
        DIARY(seen, 1);
        pst_dispatcher_destroy(dispatcher);
        settle(engine);
    }
}

/* A stop in the middle of what waits: what was sent before is handled. */
static void stop_in_the_middle(pst_engine *engine) {
    RUNS(pst_dispatcher_create(engine, &dispatcher));
    pst_actor it = batcher(engine, PST_ACTOR_STOPS, dispatcher);
    for (uint64_t i = 0; i < 5; i++)
        send(engine, it, LETTER, i);
    RUNS(pst_actor_stop(engine, it, PST_STOP_LAST));
    for (uint64_t i = 5; i < 8; i++)
        (void)pst_actor_send(engine, it, LETTER, &i, 8);
    poll_all(engine);
    DIARY(seen, 0, 1, 2, 3, 4);
    CHECK(counts_of(engine).dead_letters == 3);
    pst_dispatcher_destroy(dispatcher);
}

int main(void) {
    begin(60);
    EVERYWHERE(in_order);
    EVERYWHERE(together);
    EVERYWHERE(failure_with_index);
    EVERYWHERE(failure_without_index);
    EVERYWHERE(stop_in_the_middle);
    return end("actors_batch");
}
