/* Asks: blocking, by callback and by dispatcher; their ends; tokens that are kept, sent and
 * answered anywhere; forwarded asks; time-outs and late answers. */
#include "actors_test.h"

enum { ECHO = 0, KEEP, REFUSE, ANSWER_KEPT, TWICE, LEAVE, FAIL, PASS_ON, SILENT, ANSWER_LONG };

/* Answers in all the ways that there are, or keeps the token. */
typedef struct server {
    pst_engine *engine;
    pst_actor other;
    pst_token kept[64];
    int count;
    atomic_int late, wrong;
} server;

static pst_status serve(pst_context *cx, void *state, const pst_message *message) {
    server *s = state;
    pst_status status;
    switch (message->type) {
    case ECHO:
        return pst_reply(cx, message->token, PST_OK, message->data, message->size);
    case ANSWER_LONG:
        return pst_reply(cx, message->token, PST_OK, long_payload(number_of(message)), LONG_BYTES);
    case REFUSE:
        return pst_reply(cx, message->token, (pst_status)(PST_EUSER + 7), "no", 2);
    case TWICE:
        s->wrong += pst_reply(cx, message->token, PST_OK, "1", 1) != PST_OK;
        s->late += pst_reply(cx, message->token, PST_OK, "2", 1) == PST_ESTALE;
        s->late += pst_actor_reply(s->engine, message->token, PST_OK, "3", 1) == PST_ESTALE;
        return PST_OK;
    case KEEP:
        s->kept[s->count++] = message->token;
        return PST_OK;
    case ANSWER_KEPT:
        while (s->count > 0) {
            status = pst_reply(cx, s->kept[--s->count], PST_OK, message->data, message->size);
            s->late += status == PST_ESTALE;
            s->wrong += status != PST_OK && status != PST_ESTALE;
        }
        return PST_OK;
    case PASS_ON:
        return s->other.id ? pst_forward(cx, s->other) : PST_OK;
    case LEAVE:
        return PST_END;
    case FAIL:
        return (pst_status)(PST_EUSER + 3);
    default:
        return PST_OK;
    }
}

static server one, two;
static pst_actor first, second;

static void new_servers(pst_engine *engine) {
    memset(&one, 0, sizeof one);
    memset(&two, 0, sizeof two);
    one.engine = two.engine = engine;
    second = spawn(engine, serve, &two);
    one.other = second;
    first = spawn(engine, serve, &one);
}

/* ---- Blocking ---- */

static void blocking(pst_engine *engine) {
    char reply[256];
    size_t size = sizeof reply;
    uint64_t number = 42;
    new_servers(engine);
    RUNS(pst_actor_ask(engine, first, ECHO, &number, 8, PST_FOREVER, reply, &size));
    CHECK(size == 8 && memcmp(reply, &number, 8) == 0);
    /* Both may be NULL, and nothing need be sent. */
    RUNS(pst_actor_ask(engine, first, ECHO, &number, 8, PST_FOREVER, NULL, NULL));
    RUNS(pst_actor_ask(engine, first, ECHO, NULL, 0, PST_FOREVER, reply, &size));
    CHECK(size == 0);
    /* As long as travels inside an ask, one more, and long; and a long answer to a short ask. */
    const size_t sizes[] = {PST_INLINE_ASK_BYTES, PST_INLINE_ASK_BYTES + 1, PST_INLINE_BYTES,
                            PST_INLINE_BYTES + 1, LONG_BYTES};
    for (int i = 0; i < 5; i++) {
        size = sizeof reply;
        RUNS(pst_actor_ask(engine, first, ECHO, long_payload(9), sizes[i], PST_FOREVER, reply,
                           &size));
        CHECK(size == sizes[i] && memcmp(reply, long_payload(9), size) == 0);
    }
    size = sizeof reply;
    RUNS(pst_actor_ask(engine, first, ANSWER_LONG, &number, 8, PST_FOREVER, reply, &size));
    CHECK(size == LONG_BYTES && memcmp(reply, long_payload(42), size) == 0);
    /* Cut: short ones and long ones. */
    for (int i = 0; i < 2; i++) {
        memset(reply, '#', sizeof reply);
        size = 3;
        FAILS(PST_EINVAL, "room",
              pst_actor_ask(engine, first, i ? ANSWER_LONG : ECHO, "\1\2\3\4\5\6\7", 8, PST_FOREVER,
                            reply, &size));
        CHECK(size == (i ? LONG_BYTES : 8) && memcmp(reply, "\1\2\3#", 4) == 0);
    }
    /* The status is the answer's. */
    size = sizeof reply;
    FAILS((pst_status)(PST_EUSER + 7), "1007",
          pst_actor_ask(engine, first, REFUSE, NULL, 0, PST_FOREVER, reply, &size));
    CHECK(size == 2 && memcmp(reply, "no", 2) == 0);
    /* Answered twice, forwarded, and by a name for any thread. */
    size = sizeof reply;
    RUNS(pst_actor_ask(engine, first, TWICE, NULL, 0, PST_FOREVER, reply, &size));
    CHECK(size == 1 && reply[0] == '1');
    settle(engine);
    CHECK(one.late == 2 && one.wrong == 0);
    one.other = second;
    RUNS(pst_actor_ask(engine, first, ECHO, NULL, 0, PST_FOREVER, NULL, NULL));
    CHECK(counts_of(engine).late_replies == 2);
}

static void ends_of_blocking(pst_engine *engine) {
    new_servers(engine);
    /* The actor fails: with that status. It leaves without an answer, or is gone already. */
    FAILS((pst_status)(PST_EUSER + 3), "1003",
          pst_actor_ask(engine, first, FAIL, NULL, 0, PST_FOREVER, NULL, NULL));
    FAILS(PST_ESTALE, "gone",
          pst_actor_ask(engine, second, LEAVE, NULL, 0, PST_FOREVER, NULL, NULL));
    settle(engine);
    FAILS(PST_ESTALE, "gone", pst_actor_ask(engine, first, ECHO, NULL, 0, PST_FOREVER, NULL, NULL));
    FAILS(PST_ESTALE, "gone",
          pst_actor_ask(engine, PST_NO_ACTOR, ECHO, long_payload(1), 100, 5, NULL, NULL));
    /* In time, or not; an answer after that is dropped and counted. */
    new_servers(engine);
    FAILS(PST_ETIMEDOUT, "time",
          pst_actor_ask(engine, first, KEEP, long_payload(1), 100, 1000, NULL, NULL));
    FAILS(PST_ETIMEDOUT, "time", pst_actor_ask(engine, first, KEEP, NULL, 0, 0, NULL, NULL));
    settle(engine);
    CHECK(one.count == 2);
    send(engine, first, ANSWER_KEPT, 5);
    settle(engine);
    CHECK(one.late == 2 && counts_of(engine).late_replies == 2);
}

static void nothing_can_happen(pst_engine *engine) {
    new_servers(engine);
    FAILS(PST_EDEADLK, "", pst_actor_ask(engine, first, KEEP, NULL, 0, PST_FOREVER, NULL, NULL));
    RUNS(pst_actor_stop(engine, first, PST_STOP_NOW));
    settle(engine);
}

/* ---- By callback ---- */

static atomic_bool is_timed_out;

static pst_status remember_time(pst_context *cx, void *state, pst_status status,
                                const pst_message *message, void *user) {
    pst_status result = remember(cx, state, status, message, user);
    if (status == PST_ETIMEDOUT)
        is_timed_out = true;
    return result;
}

static ask_ending endings[16];
static pst_actor asker;

/* One ask of each kind. */
static pst_status ask_all(pst_context *cx, void *state, const pst_message *message) {
    const uint32_t types[] = {ECHO, ANSWER_LONG, REFUSE, TWICE, PASS_ON, PASS_ON, ECHO, KEEP};
    uint64_t number = 0;
    (void)message;
    for (uint32_t i = 0; i < 8; i++) {
        number = i == 5 ? KEEP : i;
        pst_status status =
            pst_ask(cx, first, types[i], &number, 8, PST_FOREVER, remember_time, &endings[i]);
        if (status)
            return status;
    }
    /* A long payload, a time-out, a dead one, nobody, oneself. */
    if (pst_ask(cx, first, ECHO, long_payload(8), LONG_BYTES, PST_FOREVER, remember_time,
                &endings[8]) ||
        pst_ask(cx, first, SILENT, NULL, 0, 20000, remember_time, &endings[9]) ||
        pst_ask(cx, *(pst_actor *)state, ECHO, NULL, 0, PST_FOREVER, remember_time, &endings[10]) ||
        pst_ask(cx, PST_NO_ACTOR, ECHO, long_payload(1), LONG_BYTES, 5, remember_time,
                &endings[11]) ||
        pst_send(cx, first, ANSWER_KEPT, "\7\0\0\0\0\0\0", 8))
        return PST_EINTERNAL;
    return PST_OK;
}

static void by_callback(pst_engine *engine) {
    static pst_actor gone;
    memset(endings, 0, sizeof endings);
    is_timed_out = false;
    new_servers(engine);
    gone = spawn(engine, ignore, NULL);
    RUNS(pst_actor_stop(engine, gone, PST_STOP_NOW));
    settle(engine);
    asker = spawn(engine, ask_all, &gone);
    send(engine, asker, 0, 0);
    /* The time of the one that is not answered passes. */
    while (!is_timed_out) {
        uint64_t number = 1;
        RUNS(pst_actor_ask(engine, second, ECHO, &number, 8, PST_FOREVER, NULL, NULL));
        settle(engine);
    }
    settle(engine);
    const pst_status statuses[] = {PST_OK, PST_OK, (pst_status)(PST_EUSER + 7), PST_OK, PST_OK};
    for (int i = 0; i < 12; i++) {
        /* What was passed on is echoed there under its own type, which is PASS_ON: no answer. */
        if (i == 4 || i == 5) {
            CHECK(endings[i].calls == 0);
            continue;
        }
        CHECK(endings[i].calls == 1 && endings[i].right && endings[i].self.id == asker.id);
        CHECK(endings[i].state == &gone);
        if (i < 4)
            CHECK(endings[i].status == statuses[i]);
    }
    CHECK(endings[0].number == 0 && endings[0].size == 8);
    CHECK(endings[1].number == 1 && endings[1].size == LONG_BYTES);
    CHECK(endings[6].number == 6 && endings[7].number == 7);
    CHECK(endings[8].size == LONG_BYTES && endings[8].number == 8);
    CHECK(endings[9].status == PST_ETIMEDOUT && endings[9].size == 0);
    CHECK(endings[10].status == PST_ESTALE && endings[11].status == PST_ESTALE);
    /* Those passed on end with the actor that they went to, not with the first. */
    RUNS(pst_actor_stop(engine, first, PST_STOP_NOW));
    settle(engine);
    CHECK(endings[4].calls == 0);
    RUNS(pst_actor_stop(engine, second, PST_STOP_NOW));
    settle(engine);
    CHECK(endings[4].calls == 1 && endings[4].status == PST_ESTALE);
    CHECK(endings[5].calls == 1 && endings[5].status == PST_ESTALE);
}

int main(void) {
    begin(60);
    EVERYWHERE(blocking);
    EVERYWHERE(ends_of_blocking);
    SIMULATED(nothing_can_happen);
    EVERYWHERE(by_callback);
    return end("actors_asks");
}
