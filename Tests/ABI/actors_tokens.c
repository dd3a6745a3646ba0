/* Tokens that are kept, sent and answered anywhere; what becomes of answers when the asker has
 * ended, or asks again. */
#include "actors_test.h"

enum { ECHO, KEEP, ANSWER_KEPT };

static ask_ending endings[4];
static pst_actor first, second, asker;

/* Sends the token to another actor, which answers; or to the host's thread. */
static pst_token for_host[2];
static atomic_int tokens_of_host;

static pst_status hand_over(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == 1) {
        for_host[tokens_of_host++] = message->token;
        return PST_OK;
    }
    pst_token token = message->token;
    return pst_send(cx, second, 1, &token, sizeof token);
}

static pst_status answer_for_another(pst_context *cx, void *state, const pst_message *message) {
    pst_token token;
    (void)state;
    memcpy(&token, message->data, sizeof token);
    return pst_reply(cx, token, PST_OK, long_payload(3), LONG_BYTES);
}

static pst_status ask_for_tokens(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    if (pst_ask(cx, first, 0, NULL, 0, PST_FOREVER, remember, &endings[0]) ||
        pst_ask(cx, first, 1, NULL, 0, PST_FOREVER, remember, &endings[1]) ||
        pst_ask(cx, first, 1, NULL, 0, PST_FOREVER, remember, &endings[2]))
        return PST_EINTERNAL;
    return PST_OK;
}

static void tokens_travel(pst_engine *engine) {
    memset(endings, 0, sizeof endings);
    tokens_of_host = 0;
    first = spawn(engine, hand_over, NULL);
    second = spawn(engine, answer_for_another, NULL);
    asker = spawn(engine, ask_for_tokens, NULL);
    send(engine, asker, 0, 0);
    settle(engine);
    CHECK(endings[0].calls == 1 && endings[0].size == LONG_BYTES && endings[0].right);
    CHECK(tokens_of_host == 2 && endings[1].calls == 0);
    uint64_t number = 99;
    RUNS(pst_actor_reply(engine, for_host[0], PST_OK, &number, 8));
    CHECK(pst_actor_reply(engine, for_host[0], PST_OK, &number, 8) == PST_ESTALE);
    RUNS(pst_actor_reply(engine, for_host[1], PST_OK, long_payload(4), LONG_BYTES));
    CHECK(pst_actor_reply(engine, for_host[1], PST_OK, long_payload(4), LONG_BYTES) == PST_ESTALE);
    settle(engine);
    CHECK(endings[1].calls == 1 && endings[1].number == 99);
    CHECK(endings[2].calls == 1 && endings[2].right && endings[2].number == 4);
    RUNS(pst_actor_stop(engine, first, PST_STOP_NOW));
    settle(engine);
    CHECK(endings[1].calls == 1 && endings[2].calls == 1);
}

/* Many tokens, answered in another order than they came: none gets another's answer. */
enum { MANY = 300 };
static pst_token many[MANY];
static ask_ending many_endings[MANY];

static pst_status keep_many(pst_context *cx, void *state, const pst_message *message) {
    static _Thread_local char text[8];
    (void)state, (void)text;
    if (message->token.id) {
        many[number_of(message)] = message->token;
        return PST_OK;
    }
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t at = i * 7 % MANY;
        if (i % 3 != 0 && pst_reply(cx, many[at], PST_OK, &at, 8))
            return PST_EINTERNAL;
    }
    return PST_OK;
}

static pst_status ask_many(pst_context *cx, void *state, const pst_message *message) {
    (void)state, (void)message;
    for (uint64_t i = 0; i < MANY; i++)
        if (pst_ask(cx, first, 0, &i, 8, PST_FOREVER, remember, &many_endings[i]))
            return PST_EINTERNAL;
    return pst_send(cx, first, 1, NULL, 0);
}

static void many_tokens(pst_engine *engine) {
    memset(many_endings, 0, sizeof many_endings);
    first = spawn(engine, keep_many, NULL);
    send(engine, spawn(engine, ask_many, NULL), 0, 0);
    settle(engine);
    RUNS(pst_actor_stop(engine, first, PST_STOP_LAST));
    settle(engine);
    int wrong = 0;
    for (uint64_t i = 0; i < MANY; i++) {
        const ask_ending *e = &many_endings[i * 7 % MANY];
        if (i % 3 == 0)
            wrong += e->calls != 1 || e->status != PST_ESTALE;
        else
            wrong += e->calls != 1 || e->status != PST_OK || e->number != i * 7 % MANY;
    }
    CHECK(wrong == 0);
}

/* ---- The asker ---- */

/* Keeps one token until it is told to answer. */
static pst_token kept;
static pst_status keep_or_echo(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == ECHO)
        return pst_reply(cx, message->token, PST_OK, message->data, message->size);
    if (message->type == KEEP)
        kept = message->token;
    else
        return pst_reply(cx, kept, PST_OK, NULL, 0);
    return PST_OK;
}

static pst_status ask_and_go(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type == 1)
        return PST_END;
    return pst_ask(cx, first, KEEP, NULL, 0, PST_FOREVER, remember, &endings[0]);
}

/* An asker that has ended is not called; its answer is dropped, and counted as late. */
static void asker_ends(pst_engine *engine) {
    memset(endings, 0, sizeof endings);
    first = spawn(engine, keep_or_echo, NULL);
    asker = spawn(engine, ask_and_go, NULL);
    send(engine, asker, 0, 0);
    send(engine, asker, 1, 0);
    settle(engine);
    send(engine, first, ANSWER_KEPT, 0);
    settle(engine);
    CHECK(endings[0].calls == 0 && counts_of(engine).late_replies == 1);
    CHECK(counts_of(engine).failed == 0);
}

/* An answer is a call of the actor's: it may fail, end, and ask again. */
static pst_status chain(pst_context *cx, void *state, pst_status status, const pst_message *message,
                        void *user) {
    int *left = user;
    (void)state;
    if (status || number_of(message) != (uint64_t)*left)
        return PST_EINTERNAL;
    if (--*left == 0)
        return PST_END;
    uint64_t number = (uint64_t)*left;
    return pst_ask(cx, *left % 2 ? first : pst_self(cx), ECHO, &number, 8, PST_FOREVER, chain,
                   left);
}

static pst_status begin_chain(pst_context *cx, void *state, const pst_message *message) {
    uint64_t number = 20;
    if (message->token.id)
        return pst_reply(cx, message->token, PST_OK, message->data, message->size);
    return pst_ask(cx, pst_self(cx), ECHO, &number, 8, PST_FOREVER, chain, state);
}

static void answers_ask(pst_engine *engine) {
    static int left;
    left = 20;
    first = spawn(engine, keep_or_echo, NULL);
    asker = spawn(engine, begin_chain, &left);
    send(engine, asker, 0, 0);
    settle(engine);
    CHECK(left == 0 && is_gone(engine, asker) && counts_of(engine).failed == 0);
}

int main(void) {
    begin(60);
    EVERYWHERE(tokens_travel);
    EVERYWHERE(many_tokens);
    EVERYWHERE(asker_ends);
    EVERYWHERE(answers_ask);
    return end("actors_tokens");
}
