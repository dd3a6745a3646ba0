#include "program.hpp"

namespace {
constexpr uint64_t actors = 60;

caf::behavior worker(caf::stateful_actor<uint64_t> *self, uint64_t count) {
    self->state = count;
    return {
        [=](item_atom) {
            if (--self->state == 0)
                self->send(caf::actor_cast<caf::actor>(self->current_sender()), done_atom::value);
        },
    };
}

std::vector<caf::actor> spawn_workers(caf::actor_system &system, uint64_t count) {
    std::vector<caf::actor> workers;
    for (uint64_t i = 0; i < actors; i++)
        workers.push_back(system.spawn(worker, count));
    return workers;
}

struct driver_state {
    stopwatch watch;
    uint64_t reports = actors;
};

caf::behavior driver(caf::stateful_actor<driver_state> *self, std::vector<caf::actor> workers,
                     uint64_t count) {
    return {
        [=](done_atom) {
            if (--self->state.reports == 0)
                self->state.watch.end(self);
        },
        [=](run_atom, const caf::actor &host) {
            self->state.watch.begin(host);
            for (uint64_t i = 0; i < count; i++)
                for (const caf::actor &worker : workers)
                    self->send(worker, item_atom::value);
        },
    };
}
} // namespace

void fjthrput(caf::actor_system &system, program &program) {
    std::vector<caf::actor> all = spawn_workers(system, program.size);
    all.push_back(system.spawn(driver, all, program.size));
    run(system, program, all.back());
    program.operations = actors * program.size;
    end_actors(system, all);
}

/* From the main thread, as Savina does it. */
void fjthrput_outside(caf::actor_system &system, program &program) {
    std::vector<caf::actor> workers = spawn_workers(system, program.size);
    {
        caf::scoped_actor host{system};
        uint64_t start = now_ns();
        for (uint64_t i = 0; i < program.size; i++)
            for (const caf::actor &worker : workers)
                host->send(worker, item_atom::value);
        uint64_t reports = 0;
        host->receive_for(reports, actors)([](done_atom) {});
        program.elapsed = now_ns() - start;
    }
    program.operations = actors * program.size;
    end_actors(system, workers);
}
