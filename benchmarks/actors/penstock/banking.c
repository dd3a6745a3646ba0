/* Transfers between a thousand accounts: the teller tells the account that pays, which asks the one
 * that is paid, and then tells the teller. */
#include "../work/random.h"
#include "program.h"

#include <stdlib.h>

enum { ACCOUNTS = 1000, FIRST_BALANCE = 1000000 };
enum { CREDIT = FIRST_TYPE, DEBIT, DONE_TRANSFER };

struct transfer {
    pst_actor to;
    uint64_t amount;
};

/* A queue of transfers, of which the first is under way. It grows, and is reused. */
struct account {
    _Alignas(64) struct order order;
    pst_actor teller;
    int64_t balance;
    struct transfer *waiting;
    size_t first, end, capacity; /* a power of two, or 0 */
};

static pst_status enqueue(struct account *me, const struct transfer *transfer) {
    if (me->end - me->first == me->capacity) {
        size_t capacity = me->capacity ? 2 * me->capacity : 16;
        struct transfer *grown = malloc(capacity * sizeof *grown);
        if (!grown)
            return PST_ENOMEM;
        for (size_t i = me->first; i < me->end; i++)
            grown[i & (capacity - 1)] = me->waiting[i & (me->capacity - 1)];
        free(me->waiting);
        me->waiting = grown;
        me->capacity = capacity;
    }
    me->waiting[me->end++ & (me->capacity - 1)] = *transfer;
    return PST_OK;
}

static pst_status paid(pst_context *cx, void *state, pst_status status, const pst_message *message,
                       void *user);

/* One transfer at a time: those that come meanwhile wait in the account. */
static pst_status begin(pst_context *cx, struct account *me) {
    const struct transfer *first = &me->waiting[me->first & (me->capacity - 1)];
    me->balance -= (int64_t)first->amount;
    return ask(cx, &me->order, first->to, DEBIT, &first->amount, sizeof first->amount, paid, NULL);
}

static pst_status paid(pst_context *cx, void *state, pst_status status, const pst_message *message,
                       void *user) {
    (void)user;
    struct account *me = state;
    if (status)
        return status;
    opened(&me->order, message);
    me->first++;
    status = tell(cx, &me->order, me->teller, DONE_TRANSFER, NULL, 0);
    return status || me->first == me->end ? status : begin(cx, me);
}

static pst_status account(pst_context *cx, void *state, const pst_message *message) {
    struct account *me = state;
    const void *payload = opened(&me->order, message);
    if (message->type == DEBIT) {
        me->balance += (int64_t) * (const uint64_t *)payload;
        return answer_to(cx, &me->order, message, NULL, 0);
    }
    pst_status status = enqueue(me, payload);
    return status || me->end - me->first > 1 ? status : begin(cx, me);
}

struct teller {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    uint64_t transfers, left;
    pst_actor accounts[ACCOUNTS];
};

static pst_status order_transfers(pst_context *cx, struct teller *me, const pst_message *message) {
    uint32_t random = 0;
    pst_status status = PST_OK;
    stopwatch_begin(&me->watch, message);
    /* From an account to one with a higher number: no two wait for each other. */
    for (uint64_t i = 0; i < me->transfers && status == PST_OK; i++) {
        uint32_t from = random_next(&random) % (ACCOUNTS / 10 * 8);
        uint32_t to = from + 1 + random_next(&random) % (ACCOUNTS - from - 1);
        struct transfer transfer = {me->accounts[to], random_next(&random) % 1000};
        status = tell(cx, &me->order, me->accounts[from], CREDIT, &transfer, sizeof transfer);
    }
    return status;
}

static pst_status tell_accounts(pst_context *cx, void *state, const pst_message *message) {
    struct teller *me = state;
    if (message->type == RUN)
        return order_transfers(cx, me, message);
    opened(&me->order, message);
    return --me->left ? PST_OK : stopwatch_end(cx, &me->watch);
}

void banking(struct program *program) {
    struct account *accounts = reserve(ACCOUNTS, sizeof *accounts);
    struct teller *teller = reserve(1, sizeof *teller);
    teller->transfers = teller->left = program->size;
    pst_actor root = spawn(program, tell_accounts, teller);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        accounts[i].teller = root;
        accounts[i].balance = FIRST_BALANCE;
        teller->accounts[i] = spawn(program, account, &accounts[i]);
    }
    run(program, root);
    int64_t sum = 0;
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        sum += accounts[i].balance;
    expect("the sum of the balances", (uint64_t)sum, (uint64_t)ACCOUNTS * FIRST_BALANCE);
    program->operations = 4 * program->size;
    end_actors(program, teller->accounts, ACCOUNTS);
    end_actors(program, &root, 1);
    for (uint32_t i = 0; i < ACCOUNTS; i++) {
        order_end(&accounts[i].order);
        free(accounts[i].waiting);
    }
    order_end(&teller->order);
    free(accounts);
    free(teller);
}
