#include "../work/random.h"
#include "program.hpp"

#include <deque>

namespace {
constexpr uint64_t accounts = 1000, first_balance = 1000000;

using credit_atom = caf::atom_constant<caf::atom("credit")>;
using debit_atom = caf::atom_constant<caf::atom("debit")>;
using reply_atom = caf::atom_constant<caf::atom("reply")>;

struct transfer {
    uint64_t amount;
    caf::actor to;
};

struct account_state {
    caf::actor teller;
    int64_t balance = first_balance;
    std::deque<transfer> waiting; /* the first one is under way */
};

/* One transfer at a time: those that come meanwhile wait in the account. */
void begin(caf::stateful_actor<account_state> *self) {
    transfer &first = self->state.waiting.front();
    self->state.balance -= (int64_t)first.amount;
    self->request(first.to, caf::infinite, debit_atom::value, first.amount).then([=](reply_atom) {
        self->send(self->state.teller, reply_atom::value);
        self->state.waiting.pop_front();
        if (!self->state.waiting.empty())
            begin(self);
    });
}

caf::behavior account(caf::stateful_actor<account_state> *self) {
    return {
        [=](debit_atom, uint64_t amount) {
            self->state.balance += (int64_t)amount;
            return reply_atom::value;
        },
        [=](credit_atom, uint64_t amount, const caf::actor &to) {
            self->state.waiting.push_back({amount, to});
            if (self->state.waiting.size() == 1)
                begin(self);
        },
        [=](start_atom, const caf::actor &teller) { self->state.teller = teller; },
        [=](retrieve_atom) { return (uint64_t)self->state.balance; },
    };
}

struct teller_state {
    stopwatch watch;
    uint64_t left = 0;
    uint32_t random = 0;
};

caf::behavior teller(caf::stateful_actor<teller_state> *self, std::vector<caf::actor> all,
                     uint64_t transfers) {
    self->state.left = transfers;
    return {
        [=](reply_atom) {
            if (--self->state.left == 0)
                self->state.watch.end(self);
        },
        [=](run_atom, const caf::actor &host) {
            uint32_t *random = &self->state.random;
            self->state.watch.begin(host);
            /* From an account to one with a higher number: no two wait for each other. */
            for (uint64_t i = 0; i < transfers; i++) {
                uint32_t from = random_next(random) % (accounts / 10 * 8);
                uint32_t to = from + 1 + random_next(random) % (accounts - from - 1);
                uint64_t amount = random_next(random) % 1000;
                self->send(all[from], credit_atom::value, amount, all[to]);
            }
        },
    };
}
} // namespace

void banking(caf::actor_system &system, program &program) {
    std::vector<caf::actor> all;
    for (uint64_t i = 0; i < accounts; i++)
        all.push_back(system.spawn(account));
    caf::actor root = system.spawn(teller, all, program.size);
    for (const caf::actor &actor : all)
        caf::anon_send(actor, start_atom::value, root);
    run(system, program, root);
    int64_t sum = 0;
    for (const caf::actor &actor : all)
        sum += (int64_t)retrieve(system, actor);
    expect("the sum of the balances", (uint64_t)sum, accounts * first_balance);
    program.operations = 4 * program.size;
    all.push_back(root);
    end_actors(system, all);
}
