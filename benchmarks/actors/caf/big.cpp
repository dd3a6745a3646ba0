#include "../work/random.h"
#include "program.hpp"

namespace {
constexpr uint32_t actors = 120;

using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;

struct big_state {
    std::vector<caf::actor> all;
    caf::actor sink;
    uint64_t sent = 0;
    uint32_t random = 0, expected = 0;
};

caf::behavior big_actor(caf::stateful_actor<big_state> *self, uint32_t number, uint64_t pings) {
    self->state.random = number;
    auto next = [=] {
        big_state &me = self->state;
        if (me.sent++ == pings) {
            self->send(me.sink, done_atom::value);
            return;
        }
        me.expected = random_next(&me.random) % actors;
        self->send(me.all[me.expected], ping_atom::value, number);
    };
    return {
        [=](ping_atom, uint32_t from) {
            self->send(self->state.all[from], pong_atom::value, number);
        },
        [=](pong_atom, uint32_t from) {
            expect("the one that answered", from, self->state.expected);
            next();
        },
        [=](item_atom, std::vector<caf::actor> &all) { self->state.all = std::move(all); },
        [=](start_atom, const caf::actor &sink) {
            self->state.sink = sink;
            next();
        },
    };
}
} // namespace

void big(caf::actor_system &system, program &program) {
    std::vector<caf::actor> all;
    for (uint32_t i = 0; i < actors; i++)
        all.push_back(system.spawn(big_actor, i, program.size));
    for (const caf::actor &actor : all)
        caf::anon_send(actor, item_atom::value, all);
    caf::actor master = spawn_master(system, all, actors);
    run(system, program, master);
    program.operations = 2 * actors * program.size;
    all.push_back(master);
    end_actors(system, all);
}
