#include "../work/dictionary.h"
#include "program.hpp"

namespace {
constexpr uint32_t workers = 20, write_percent = 10;

using write_atom = caf::atom_constant<caf::atom("write")>;
using read_atom = caf::atom_constant<caf::atom("read")>;
using result_atom = caf::atom_constant<caf::atom("result")>;

struct dictionary_state {
    dictionary_slot *slots = dictionary_make();
    uint64_t asked = 0;

    ~dictionary_state() { std::free(slots); }
};

caf::behavior dictionary(caf::stateful_actor<dictionary_state> *self) {
    return {
        [=](read_atom, uint32_t key) {
            self->state.asked++;
            uint32_t value = dictionary_find(self->state.slots, key)->value;
            return caf::make_message(result_atom::value, value);
        },
        [=](write_atom, uint32_t key, uint32_t value) {
            self->state.asked++;
            dictionary_find(self->state.slots, key)->value = value;
            return caf::make_message(result_atom::value, value);
        },
        [=](retrieve_atom) { return self->state.asked; },
    };
}

struct worker_state {
    caf::actor master;
    uint64_t left = 0;
    uint32_t random = 0, key = 0;
};

/* Every value is congruent to its key, so that each answer can be checked. */
caf::behavior worker(caf::stateful_actor<worker_state> *self, caf::actor dictionary,
                     uint32_t number, uint64_t requests) {
    self->state.left = requests;
    self->state.random = number;
    auto next = [=] {
        worker_state &me = self->state;
        if (me.left-- == 0) {
            self->send(me.master, done_atom::value);
            return;
        }
        bool writes = random_next(&me.random) % 100 < write_percent;
        me.key = dictionary_key(&me.random);
        if (writes)
            self->send(dictionary, write_atom::value, me.key,
                       me.key + DICTIONARY_KEYS * (random_next(&me.random) % 1000));
        else
            self->send(dictionary, read_atom::value, me.key);
    };
    return {
        [=](result_atom, uint32_t value) {
            expect("a value's key", value % DICTIONARY_KEYS, self->state.key % DICTIONARY_KEYS);
            next();
        },
        [=](start_atom, const caf::actor &master) {
            self->state.master = master;
            next();
        },
    };
}
} // namespace

void concdict(caf::actor_system &system, program &program) {
    caf::actor store = system.spawn(dictionary);
    std::vector<caf::actor> all;
    for (uint32_t i = 0; i < workers; i++)
        all.push_back(system.spawn(worker, store, i, program.size));
    caf::actor master = spawn_master(system, all, workers);
    run(system, program, master);
    expect("requests", retrieve(system, store), workers * program.size);
    program.operations = 2 * workers * program.size;
    all.push_back(store);
    all.push_back(master);
    end_actors(system, all);
}
