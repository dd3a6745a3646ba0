#include "program.hpp"

namespace {
constexpr uint64_t actors = 100;

struct link_state {
    caf::actor next, master;
};

caf::behavior link(caf::stateful_actor<link_state> *self, uint64_t hops) {
    return {
        [=](uint64_t left) {
            if (left)
                self->send(self->state.next, left - 1);
            else
                self->send(self->state.master, done_atom::value);
        },
        [=](item_atom, const caf::actor &next, const caf::actor &master) {
            self->state.next = next;
            self->state.master = master;
        },
        [=](start_atom, const caf::actor &) { self->send(self->state.next, hops - 1); },
    };
}
} // namespace

void threadring(caf::actor_system &system, program &program) {
    std::vector<caf::actor> ring;
    for (uint64_t i = 0; i < actors; i++)
        ring.push_back(system.spawn(link, program.size));
    caf::actor master = spawn_master(system, {ring[0]}, 1);
    for (uint64_t i = 0; i < actors; i++)
        caf::anon_send(ring[i], item_atom::value, ring[(i + 1) % actors], master);
    run(system, program, master);
    program.operations = program.size;
    ring.push_back(master);
    end_actors(system, ring);
}
