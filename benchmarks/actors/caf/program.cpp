#include "program.hpp"

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

uint64_t now_ns() {
    using namespace std::chrono;
    return (uint64_t)duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

void fault(const char *format, ...) {
    va_list values;
    va_start(values, format);
    std::printf("fault ");
    std::vprintf(format, values);
    std::printf("\n");
    va_end(values);
    std::fflush(stdout);
    std::_Exit(1);
}

void expect(const char *what, uint64_t value, uint64_t right) {
    if (value != right)
        fault("%s: %llu instead of %llu", what, (unsigned long long)value,
              (unsigned long long)right);
}

void run(caf::actor_system &system, program &program, const caf::actor &root) {
    caf::scoped_actor host{system};
    host->send(root, run_atom::value, caf::actor{host});
    host->receive([&](uint64_t elapsed) { program.elapsed += elapsed; });
}

uint64_t retrieve(caf::actor_system &system, const caf::actor &actor) {
    uint64_t number = 0;
    caf::scoped_actor host{system};
    host->send(actor, retrieve_atom::value);
    host->receive([&](uint64_t answer) { number = answer; });
    return number;
}

void end_actors(caf::actor_system &system, const std::vector<caf::actor> &actors) {
    for (const caf::actor &actor : actors)
        caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    system.await_all_actors_done();
}

namespace {
struct master_state {
    stopwatch watch;
    std::vector<caf::actor> starters;
    uint64_t reports = 0;
};

caf::behavior master(caf::stateful_actor<master_state> *self, std::vector<caf::actor> starters,
                     uint64_t reports) {
    self->state.starters = std::move(starters);
    self->state.reports = reports;
    return {
        [=](done_atom) {
            if (--self->state.reports == 0)
                self->state.watch.end(self);
        },
        [=](run_atom, const caf::actor &host) {
            self->state.watch.begin(host);
            for (const caf::actor &starter : self->state.starters)
                self->send(starter, start_atom::value, caf::actor{self});
        },
    };
}
} // namespace

caf::actor spawn_master(caf::actor_system &system, std::vector<caf::actor> starters,
                        uint64_t reports) {
    return system.spawn(master, std::move(starters), reports);
}
