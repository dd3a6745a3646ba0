/* A bank: customers move money between ten accounts through a teller, while an auditor closes one
 * account after the other for a moment. Asks have time-outs, and yet no money is lost or made.
 *
 * Why it holds: an ask ends once. Either pst_reply returns PST_OK and the asker gets that answer,
 * or the asker gets PST_ETIMEDOUT and pst_reply returns PST_ESTALE. So an account moves money if
 * and only if its answer is in time. */
#include <penstock.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS = 10, START = 1000, CUSTOMERS = 8, TRANSFERS = 2000 };
/* To accounts; TRANSFER to the teller. */
enum { WITHDRAW, DEPOSIT, BALANCE, CLOSE, OPEN, TRANSFER };

static const pst_status POOR = PST_EUSER; /* the account has less than that */
static const uint64_t PATIENCE = 200000;  /* ns */

/* ---- Accounts: the state is the balance ---- */

static pst_status closed_account(pst_context *cx, void *state, const pst_message *message);

static pst_status account(pst_context *cx, void *state, const pst_message *message) {
    int64_t *balance = state, amount = message->size ? *(const int64_t *)message->data : 0;
    switch (message->type) {
    case WITHDRAW:
        if (amount > *balance)
            pst_reply(cx, message->token, POOR, NULL, 0);
        else if (pst_reply(cx, message->token, PST_OK, NULL, 0) == PST_OK)
            *balance -= amount;
        return PST_OK;
    case DEPOSIT:
        if (pst_reply(cx, message->token, PST_OK, NULL, 0) == PST_OK)
            *balance += amount;
        return PST_OK;
    case BALANCE:
        pst_reply(cx, message->token, PST_OK, balance, sizeof(*balance));
        return PST_OK;
    case CLOSE:
        if (pst_timer_start(cx, 3 * PATIENCE, 0, OPEN, NULL, 0, NULL))
            return PST_ENOMEM;
        return pst_become(cx, closed_account);
    }
    return PST_OK;
}

/* Everything waits in the stash. */
static pst_status closed_account(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    if (message->type != OPEN)
        return pst_stash(cx);
    pst_status status = pst_become(cx, account);
    return status ? status : pst_unstash(cx);
}

/* ---- The teller: asks within asks ---- */

typedef struct transfer {
    pst_actor from, to;
    int64_t amount;
    pst_token customer;
} transfer;

static pst_status finish(pst_context *cx, transfer *t, pst_status status) {
    pst_reply(cx, t->customer, status, NULL, 0);
    free(t);
    return PST_OK;
}

static pst_status returned(pst_context *cx, void *state, pst_status status,
                           const pst_message *answer, void *user) {
    (void)state, (void)answer;
    return finish(cx, user, status ? status : PST_ETIMEDOUT);
}

static pst_status deposited(pst_context *cx, void *state, pst_status status,
                            const pst_message *answer, void *user) {
    transfer *t = user;
    (void)state, (void)answer;
    if (status == PST_OK)
        return finish(cx, t, PST_OK);
    /* It did not get the money and never will: back with it, however long that takes. */
    return pst_ask(cx, t->from, DEPOSIT, &t->amount, sizeof(t->amount), PST_FOREVER, returned, t);
}

static pst_status withdrawn(pst_context *cx, void *state, pst_status status,
                            const pst_message *answer, void *user) {
    transfer *t = user;
    (void)state, (void)answer;
    if (status)
        return finish(cx, t, status);
    return pst_ask(cx, t->to, DEPOSIT, &t->amount, sizeof(t->amount), PATIENCE, deposited, t);
}

static pst_status teller(pst_context *cx, void *state, const pst_message *message) {
    (void)state;
    transfer *t = malloc(sizeof(*t));
    if (t == NULL)
        return PST_ENOMEM;
    *t = *(const transfer *)message->data;
    t->customer = message->token;
    return pst_ask(cx, t->from, WITHDRAW, &t->amount, sizeof(t->amount), PATIENCE, withdrawn, t);
}

/* ---- The customers: this thread, eight at a time ---- */

typedef struct bank {
    pst_engine *engine;
    pst_dispatcher *dispatcher;
    pst_actor accounts[ACCOUNTS], teller;
    int started;
    unsigned done, poor, late;
} bank;

static pst_status next(bank *b);

static pst_status counted(pst_context *cx, void *state, pst_status status,
                          const pst_message *answer, void *user) {
    bank *b = user;
    (void)cx, (void)state, (void)answer;
    ++*(status == PST_OK ? &b->done : status == POOR ? &b->poor : &b->late);
    return next(b);
}

static pst_status next(bank *b) {
    if (b->started == TRANSFERS)
        return PST_OK;
    int from = rand() % ACCOUNTS, to = (from + 1 + rand() % (ACCOUNTS - 1)) % ACCOUNTS;
    transfer t = {b->accounts[from], b->accounts[to], 1 + rand() % (START / 2), {0}};
    if (b->started++ % 100 == 0) /* the auditor comes */
        pst_actor_send(b->engine, t.to, CLOSE, NULL, 0);
    return pst_dispatcher_ask(b->dispatcher, b->teller, TRANSFER, &t, sizeof(t), PST_FOREVER,
                              counted, b);
}

static pst_status run(bank *b, int64_t *total) {
    static int64_t balances[ACCOUNTS];
    pst_status status = pst_dispatcher_create(b->engine, &b->dispatcher);
    if (!status)
        status = pst_actor_spawn(b->engine, teller, NULL, NULL, &b->teller);
    for (int i = 0; !status && i < ACCOUNTS; i++) {
        balances[i] = START;
        status = pst_actor_spawn(b->engine, account, &balances[i], NULL, &b->accounts[i]);
    }
    for (int i = 0; !status && i < CUSTOMERS; i++)
        status = next(b);
    while (!status && b->done + b->poor + b->late < TRANSFERS)
        status = pst_dispatcher_poll(b->dispatcher, 0, PST_FOREVER, NULL);
    for (int i = 0; !status && i < ACCOUNTS; i++) {
        int64_t balance = 0;
        size_t size = sizeof(balance);
        status = pst_actor_ask(b->engine, b->accounts[i], BALANCE, NULL, 0, PST_FOREVER, &balance,
                               &size);
        *total += balance;
    }
    return status;
}

int main(void) {
    bank b = {0};
    int64_t total = 0;
    if (pst_engine_create(NULL, &b.engine) || run(&b, &total))
        return pst_report(stderr);
    printf("%u transfers, %u refused, %u too late; %lld of %d in the bank\n", b.done, b.poor,
           b.late, (long long)total, ACCOUNTS * START);
    pst_dispatcher_destroy(b.dispatcher);
    pst_engine_destroy(b.engine);
    return total != ACCOUNTS * START;
}
