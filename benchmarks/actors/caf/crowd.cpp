/* Many actors that have handled one message each and then wait. The harness looks at the process
 * from outside when it says "mark". */
#include "program.hpp"

#include <algorithm>
#include <cstdio>

namespace {
caf::behavior member(caf::stateful_actor<uint64_t> *self) {
    return {
        [=](item_atom) {
            ++self->state;
            return done_atom::value;
        },
    };
}

/* In groups, so that the messages under way take no memory to speak of. */
constexpr uint64_t group = 1000;

void gather(caf::actor_system &system, std::vector<caf::actor> &crowd, uint64_t count) {
    caf::scoped_actor host{system};
    while (count) {
        uint64_t some = std::min(count, group), answers = 0;
        for (uint64_t i = 0; i < some; i++) {
            crowd.push_back(system.spawn(member));
            host->send(crowd.back(), item_atom::value);
        }
        host->receive_for(answers, some)([](done_atom) {});
        count -= some;
    }
}

void mark() {
    std::puts("mark");
    std::fflush(stdout);
    std::getchar();
}
} // namespace

void crowd(caf::actor_system &system, program &program) {
    /* The handles are the program's: they have their memory before the first mark. */
    std::vector<caf::actor> crowd(program.size + group);
    crowd.clear();
    gather(system, crowd, group);
    mark();
    gather(system, crowd, program.size);
    mark();
    program.operations = program.size;
    end_actors(system, crowd);
}
