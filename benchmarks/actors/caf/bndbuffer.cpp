#include "../work/cost.h"
#include "program.hpp"

#include <deque>

namespace {
constexpr uint64_t producers = 40, consumers = 40, buffer = 50;

using produce_atom = caf::atom_constant<caf::atom("produce")>;
using ready_atom = caf::atom_constant<caf::atom("ready")>;
using exit_atom = caf::atom_constant<caf::atom("exit")>;

struct producer_state {
    uint64_t made = 0;
    double item = 0;
};

caf::behavior producer(caf::stateful_actor<producer_state> *self, uint64_t items, uint64_t cost) {
    return {
        [=](produce_atom, const caf::actor &manager) {
            producer_state &me = self->state;
            if (me.made == items) {
                self->send(manager, exit_atom::value);
                return;
            }
            me.made++;
            me.item = cost_spend(me.item, cost);
            self->send(manager, item_atom::value, caf::actor{self}, me.item);
        },
    };
}

struct consumer_state {
    uint64_t taken = 0;
    double sum = 0;
};

caf::behavior consumer(caf::stateful_actor<consumer_state> *self, uint64_t cost) {
    return {
        [=](item_atom, double item, const caf::actor &manager) {
            self->state.taken++;
            self->state.sum = cost_spend(self->state.sum + item, cost);
            self->send(manager, ready_atom::value, caf::actor{self});
        },
        [=](retrieve_atom) { return self->state.taken; },
    };
}

struct manager_state {
    stopwatch watch;
    std::deque<caf::actor> idle_producers, idle_consumers;
    std::deque<double> items;
    uint64_t gone = 0;
};

caf::behavior manager(caf::stateful_actor<manager_state> *self, std::vector<caf::actor> makers,
                      const std::vector<caf::actor> &takers) {
    self->state.idle_consumers.assign(takers.begin(), takers.end());
    return {
        [=](item_atom, const caf::actor &maker, double item) {
            manager_state &me = self->state;
            if (me.idle_consumers.empty()) {
                me.items.push_back(item);
            } else {
                self->send(me.idle_consumers.front(), item_atom::value, item, caf::actor{self});
                me.idle_consumers.pop_front();
            }
            if (me.items.size() >= buffer - producers)
                me.idle_producers.push_back(maker);
            else
                self->send(maker, produce_atom::value, caf::actor{self});
        },
        [=](ready_atom, const caf::actor &taker) {
            manager_state &me = self->state;
            if (me.items.empty()) {
                me.idle_consumers.push_back(taker);
                if (me.gone == producers && me.idle_consumers.size() == consumers)
                    me.watch.end(self);
                return;
            }
            self->send(taker, item_atom::value, me.items.front(), caf::actor{self});
            me.items.pop_front();
            if (!me.idle_producers.empty()) {
                self->send(me.idle_producers.front(), produce_atom::value, caf::actor{self});
                me.idle_producers.pop_front();
            }
        },
        [=](exit_atom) {
            manager_state &me = self->state;
            if (++me.gone == producers && me.idle_consumers.size() == consumers)
                me.watch.end(self);
        },
        [=](run_atom, const caf::actor &host) {
            self->state.watch.begin(host);
            for (const caf::actor &maker : makers)
                self->send(maker, produce_atom::value, caf::actor{self});
        },
    };
}
} // namespace

void bndbuffer(caf::actor_system &system, program &program) {
    std::vector<caf::actor> makers, takers;
    for (uint64_t i = 0; i < producers; i++)
        makers.push_back(system.spawn(producer, program.size, program.second));
    for (uint64_t i = 0; i < consumers; i++)
        takers.push_back(system.spawn(consumer, program.second));
    caf::actor root = system.spawn(manager, makers, takers);
    run(system, program, root);
    uint64_t taken = 0;
    for (const caf::actor &taker : takers)
        taken += retrieve(system, taker);
    expect("items", taken, producers * program.size);
    program.operations = 4 * producers * program.size;
    makers.insert(makers.end(), takers.begin(), takers.end());
    makers.push_back(root);
    end_actors(system, makers);
}
