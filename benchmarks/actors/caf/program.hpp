/* What every CAF program shares: its size, its clock, and how the host thread asks for a run. */
#ifndef ACTORS_CAF_PROGRAM_HPP
#define ACTORS_CAF_PROGRAM_HPP

#include <caf/all.hpp>

#include <cstdint>
#include <vector>

/* Messages carry these by value; they never leave the process. */
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<caf::actor>)

struct program {
    uint64_t size;    /* the benchmark's main parameter */
    uint64_t second;  /* another one, for those that have it */
    uint64_t elapsed; /* ns, of the timed region */
    uint64_t operations;
};

using run_atom = caf::atom_constant<caf::atom("run")>;
using start_atom = caf::atom_constant<caf::atom("start")>;
using done_atom = caf::atom_constant<caf::atom("done")>;
using item_atom = caf::atom_constant<caf::atom("item")>;
using retrieve_atom = caf::atom_constant<caf::atom("retrieve")>;

uint64_t now_ns();
/* Says on stdout what is wrong, and ends the process. */
[[noreturn]] void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
void expect(const char *what, uint64_t value, uint64_t right);

/* The timed region, in the actor that the host asked to run. */
struct stopwatch {
    caf::actor host;
    uint64_t start = 0;

    void begin(const caf::actor &asker) {
        host = asker;
        start = now_ns();
    }
    template <class Self> void end(Self *self) { self->send(host, now_ns() - start); }
};

/* Sends run to the root actor, waits until its stopwatch ends, and adds what it took. */
void run(caf::actor_system &system, program &program, const caf::actor &root);
/* Asks an actor that answers retrieve with a number. */
uint64_t retrieve(caf::actor_system &system, const caf::actor &actor);
/* Ends actors, which may know each other, and waits until no actor is left. */
void end_actors(caf::actor_system &system, const std::vector<caf::actor> &actors);

/* On run it starts some actors, then waits until it was told "done" so many times. */
caf::actor spawn_master(caf::actor_system &system, std::vector<caf::actor> starters,
                        uint64_t reports);

using program_fn = void (*)(caf::actor_system &, program &);
void pingpong(caf::actor_system &, program &);
void counting(caf::actor_system &, program &);
void fjthrput(caf::actor_system &, program &);
void fjthrput_outside(caf::actor_system &, program &);
void fjcreate(caf::actor_system &, program &);
void threadring(caf::actor_system &, program &);
void chameneos(caf::actor_system &, program &);
void big(caf::actor_system &, program &);
void fib(caf::actor_system &, program &);
void bndbuffer(caf::actor_system &, program &);
void concdict(caf::actor_system &, program &);
void banking(caf::actor_system &, program &);
void philosopher(caf::actor_system &, program &);
void crowd(caf::actor_system &, program &);

#endif
