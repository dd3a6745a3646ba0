#include "program.hpp"

namespace {
using request_atom = caf::atom_constant<caf::atom("request")>;
using response_atom = caf::atom_constant<caf::atom("response")>;

struct fib_state {
    uint64_t result = 0;
    uint32_t missing = 2;
};

caf::behavior fib_actor(caf::stateful_actor<fib_state> *self, const caf::actor &parent) {
    return {
        [=](request_atom, uint64_t n) {
            if (n <= 2) {
                self->send(parent, response_atom::value, uint64_t{1});
                self->quit();
                return;
            }
            for (uint64_t i = 1; i <= 2; i++)
                self->send(self->spawn(fib_actor, caf::actor{self}), request_atom::value, n - i);
        },
        [=](response_atom, uint64_t value) {
            self->state.result += value;
            if (--self->state.missing)
                return;
            self->send(parent, response_atom::value, self->state.result);
            self->quit();
        },
    };
}

struct root_state {
    stopwatch watch;
    uint64_t result = 0;
};

caf::behavior root_actor(caf::stateful_actor<root_state> *self, uint64_t n) {
    return {
        [=](response_atom, uint64_t value) {
            self->state.result = value;
            self->state.watch.end(self);
        },
        [=](retrieve_atom) { return self->state.result; },
        [=](run_atom, const caf::actor &host) {
            self->state.watch.begin(host);
            self->send(self->spawn(fib_actor, caf::actor{self}), request_atom::value, n);
        },
    };
}
} // namespace

void fib(caf::actor_system &system, program &program) {
    uint64_t before = 0, number = 1; /* of Fibonacci */
    for (uint64_t i = 1; i < program.size; i++) {
        uint64_t next = before + number;
        before = number;
        number = next;
    }
    caf::actor root = system.spawn(root_actor, program.size);
    run(system, program, root);
    expect("the number", retrieve(system, root), number);
    program.operations = 2 * number - 1;
    end_actors(system, {root});
}
