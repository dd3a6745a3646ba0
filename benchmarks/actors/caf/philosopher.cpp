#include "program.hpp"

namespace {
constexpr uint32_t seats = 20;

using hungry_atom = caf::atom_constant<caf::atom("hungry")>;
using denied_atom = caf::atom_constant<caf::atom("denied")>;
using eat_atom = caf::atom_constant<caf::atom("eat")>;
using again_atom = caf::atom_constant<caf::atom("again")>;
using exit_atom = caf::atom_constant<caf::atom("exit")>;

struct philosopher_state {
    caf::actor arbiter;
    uint64_t left = 0;
};

caf::behavior seat(caf::stateful_actor<philosopher_state> *self, uint32_t number, uint64_t rounds) {
    self->state.left = rounds;
    auto ask = [=] {
        self->send(self->state.arbiter, hungry_atom::value, caf::actor{self}, number);
    };
    return {
        [=](denied_atom) { ask(); },
        [=](eat_atom) {
            philosopher_state &me = self->state;
            self->send(me.arbiter, done_atom::value, number);
            if (--me.left)
                self->send(self, again_atom::value);
            else
                self->send(me.arbiter, exit_atom::value);
        },
        [=](again_atom) { ask(); },
        [=](start_atom, const caf::actor &arbiter) {
            self->state.arbiter = arbiter;
            ask();
        },
    };
}

struct arbiter_state {
    stopwatch watch;
    uint64_t meals = 0;
    uint32_t gone = 0;
    bool taken[seats] = {};
};

caf::behavior arbiter(caf::stateful_actor<arbiter_state> *self, std::vector<caf::actor> all) {
    return {
        [=](hungry_atom, const caf::actor &who, uint32_t number) {
            bool &left = self->state.taken[number];
            bool &right = self->state.taken[(number + 1) % seats];
            if (left || right) {
                self->send(who, denied_atom::value);
                return;
            }
            left = right = true;
            self->send(who, eat_atom::value);
        },
        [=](done_atom, uint32_t number) {
            self->state.taken[number] = self->state.taken[(number + 1) % seats] = false;
            self->state.meals++;
        },
        [=](exit_atom) {
            if (++self->state.gone == seats)
                self->state.watch.end(self);
        },
        [=](run_atom, const caf::actor &host) {
            self->state.watch.begin(host);
            for (const caf::actor &philosopher : all)
                self->send(philosopher, start_atom::value, caf::actor{self});
        },
        [=](retrieve_atom) { return self->state.meals; },
    };
}
} // namespace

void philosopher(caf::actor_system &system, program &program) {
    std::vector<caf::actor> all;
    for (uint32_t i = 0; i < seats; i++)
        all.push_back(system.spawn(seat, i, program.size));
    caf::actor root = system.spawn(arbiter, all);
    run(system, program, root);
    expect("meals", retrieve(system, root), seats * program.size);
    program.operations = seats * program.size;
    all.push_back(root);
    end_actors(system, all);
}
