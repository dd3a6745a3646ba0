/* CAF's side of the actor benchmarks. One measurement a process; see ../../README.md. */
#include "program.hpp"

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <string>

namespace {
struct named {
    const char *name;
    program_fn function;
};
const named benchmarks[] = {
    {"pingpong", pingpong},
    {"counting", counting},
    {"fjthrput", fjthrput},
    {"fjthrput-outside", fjthrput_outside},
    {"fjcreate", fjcreate},
    {"threadring", threadring},
    {"chameneos", chameneos},
    {"big", big},
    {"fib", fib},
    {"bndbuffer", bndbuffer},
    {"concdict", concdict},
    {"banking", banking},
    {"philosopher", philosopher},
    {"crowd", crowd},
};

program_fn find(const std::string &name) {
    for (const named &benchmark : benchmarks)
        if (name == benchmark.name)
            return benchmark.function;
    fault("no benchmark is called %s", name.c_str());
}

/* glibc's heap of each thread gives memory back between two floods, and takes it again page by
 * page: CAF's programs that flood run up to twice as fast with one heap that keeps what it has. */
void use_one_heap() {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, 64 << 20);
}
} // namespace

int main(int count, char **words) {
    if (count == 2 && std::string{words[1]} == "version") {
        std::printf("CAF %d.%d.%d, %s\n", CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION,
                    BENCH_FLAGS);
        return 0;
    }
    if (count != 7) {
        std::fprintf(stderr, "usage: %s BENCHMARK SETTING WORKERS SIZE SECOND WARM-UP\n", words[0]);
        return 64;
    }
    std::string setting = words[2];
    bool sharing = setting.find("sharing") != std::string::npos;
    if (setting.find("one-heap") != std::string::npos)
        use_one_heap();
    caf::actor_system_config config;
    config.set("scheduler.policy", sharing ? caf::atom("sharing") : caf::atom("stealing"));
    config.set("scheduler.max-threads", (size_t)std::strtoull(words[3], nullptr, 10));
    caf::actor_system system{config};

    program_fn function = find(words[1]);
    program program{};
    program.second = std::strtoull(words[5], nullptr, 10);
    program.size = std::strtoull(words[6], nullptr, 10);
    if (program.size)
        function(system, program);
    program.size = std::strtoull(words[4], nullptr, 10);
    program.elapsed = program.operations = 0;
    function(system, program);
    std::printf("result %llu %llu\n", (unsigned long long)program.elapsed,
                (unsigned long long)program.operations);
    return 0;
}
