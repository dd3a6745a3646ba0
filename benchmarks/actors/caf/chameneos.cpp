#include "program.hpp"

namespace {
constexpr uint64_t creatures = 100;

using meet_atom = caf::atom_constant<caf::atom("meet")>;
using change_atom = caf::atom_constant<caf::atom("change")>;
using exit_atom = caf::atom_constant<caf::atom("exit")>;

/* Colours 0 to 2: the same one, or the third. */
uint32_t complement(uint32_t mine, uint32_t other) {
    return mine == other ? mine : 3 - mine - other;
}

struct creature_state {
    caf::actor mall;
    uint32_t colour;
    uint64_t meetings = 0;
};

caf::behavior creature(caf::stateful_actor<creature_state> *self, uint32_t colour) {
    self->state.colour = colour;
    auto visit = [=] {
        self->send(self->state.mall, meet_atom::value, caf::actor{self}, self->state.colour);
    };
    return {
        [=](meet_atom, const caf::actor &other, uint32_t its) {
            self->state.colour = complement(self->state.colour, its);
            self->state.meetings++;
            self->send(other, change_atom::value, self->state.colour);
            visit();
        },
        [=](change_atom, uint32_t colour) {
            self->state.colour = colour;
            self->state.meetings++;
            visit();
        },
        [=](exit_atom) { return self->state.meetings; },
        [=](start_atom, const caf::actor &mall) {
            self->state.mall = mall;
            visit();
        },
    };
}

struct mall_state {
    stopwatch watch;
    caf::actor waiting;
    uint64_t left = 0, gone = 0, met = 0;
};

caf::behavior mall(caf::stateful_actor<mall_state> *self, std::vector<caf::actor> all,
                   uint64_t meetings) {
    self->state.left = meetings;
    return {
        [=](meet_atom, const caf::actor &visitor, uint32_t colour) {
            mall_state &mall = self->state;
            if (mall.left == 0) {
                self->send(visitor, exit_atom::value);
            } else if (!mall.waiting) {
                mall.waiting = visitor;
            } else {
                mall.left--;
                self->send(mall.waiting, meet_atom::value, visitor, colour);
                mall.waiting = nullptr;
            }
        },
        [=](uint64_t met) {
            self->state.met += met;
            if (++self->state.gone < creatures)
                return;
            self->state.watch.end(self);
            expect("meetings", self->state.met, 2 * meetings);
        },
        [=](run_atom, const caf::actor &host) {
            self->state.watch.begin(host);
            for (const caf::actor &creature : all)
                self->send(creature, start_atom::value, caf::actor{self});
        },
    };
}
} // namespace

void chameneos(caf::actor_system &system, program &program) {
    std::vector<caf::actor> all;
    for (uint32_t i = 0; i < creatures; i++)
        all.push_back(system.spawn(creature, i % 3));
    caf::actor root = system.spawn(mall, all, program.size);
    run(system, program, root);
    program.operations = 4 * program.size;
    all.push_back(root);
    end_actors(system, all);
}
