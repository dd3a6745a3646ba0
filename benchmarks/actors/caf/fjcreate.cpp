#include "program.hpp"

#include <atomic>

namespace {
/* As Savina's latch does, a counter that all share says when the last one has handled its message.
 */
std::atomic<uint64_t> left;

caf::behavior child(caf::event_based_actor *self, const caf::actor &root) {
    return {
        [=](item_atom) {
            if (left.fetch_sub(1) == 1)
                self->send(root, done_atom::value);
            self->quit();
        },
    };
}

caf::behavior parent(caf::stateful_actor<stopwatch> *self, uint64_t count) {
    return {
        [=](done_atom) { self->state.end(self); },
        [=](run_atom, const caf::actor &host) {
            self->state.begin(host);
            for (uint64_t i = 0; i < count; i++)
                self->send(self->spawn(child, caf::actor{self}), item_atom::value);
        },
    };
}
} // namespace

void fjcreate(caf::actor_system &system, program &program) {
    left = program.size;
    caf::actor root = system.spawn(parent, program.size);
    run(system, program, root);
    program.operations = program.size;
    end_actors(system, {root});
}
