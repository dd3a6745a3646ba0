#include "program.hpp"

namespace {
caf::behavior counter(caf::stateful_actor<uint64_t> *self) {
    self->state = 0;
    return {
        [=](item_atom) { ++self->state; },
        [=](retrieve_atom) { return self->state; },
    };
}

caf::behavior producer(caf::stateful_actor<stopwatch> *self, caf::actor counter, uint64_t count) {
    return {
        [=](uint64_t counted) {
            self->state.end(self);
            expect("counted", counted, count);
        },
        [=](run_atom, const caf::actor &host) {
            self->state.begin(host);
            for (uint64_t i = 0; i < count; i++)
                self->send(counter, item_atom::value);
            self->send(counter, retrieve_atom::value);
        },
    };
}
} // namespace

void counting(caf::actor_system &system, program &program) {
    caf::actor sink = system.spawn(counter);
    caf::actor source = system.spawn(producer, sink, program.size);
    run(system, program, source);
    program.operations = program.size;
    end_actors(system, {source, sink});
}
