#include "program.hpp"

namespace {
using ping_atom = caf::atom_constant<caf::atom("ping")>;
using pong_atom = caf::atom_constant<caf::atom("pong")>;
using again_atom = caf::atom_constant<caf::atom("again")>;

struct player {
    uint64_t left = 0;
    stopwatch watch;
};

/* Savina's ping tells itself to serve again. */
caf::behavior ping(caf::stateful_actor<player> *self, caf::actor pong, uint64_t rounds) {
    self->state.left = rounds;
    auto serve = [=] {
        --self->state.left;
        self->send(pong, ping_atom::value);
    };
    return {
        [=](again_atom) { serve(); },
        [=](pong_atom) {
            if (self->state.left)
                self->send(self, again_atom::value);
            else
                self->state.watch.end(self);
        },
        [=](run_atom, const caf::actor &host) {
            self->state.watch.begin(host);
            serve();
        },
    };
}

caf::behavior pong(caf::stateful_actor<uint64_t> *self) {
    self->state = 0;
    return {
        [=](ping_atom) {
            ++self->state;
            return pong_atom::value;
        },
        [=](retrieve_atom) { return self->state; },
    };
}
} // namespace

void pingpong(caf::actor_system &system, program &program) {
    caf::actor second = system.spawn(pong);
    caf::actor first = system.spawn(ping, second, program.size);
    run(system, program, first);
    expect("pings", retrieve(system, second), program.size);
    program.operations = 3 * program.size - 1;
    end_actors(system, {first, second});
}
