// The calling thread puts one element into a flow graph and spins until the sink has it. TBB has no
// thread that waits for it spinning: an arena that runs dry lets its worker go.
#include "latency.h"

#include "../tbb_threads.hpp"
extern "C" {
#include "../statistics.h"
}

#include <atomic>
#include <vector>

extern "C" void latency_tbb(bench_run *run) {
    using namespace tbb::flow;
    bench::threads threads(run);
    const std::uint64_t n = run->setting.elements;
    std::vector<std::uint32_t> samples(n);
    alignas(128) std::atomic<std::uint64_t> acknowledged{0};
    std::uint64_t received = 0, sum = 0;
    graph all;
    function_node<std::uint64_t, std::uint64_t> map(all, serial, [](std::uint64_t x) {
        asm volatile("" : "+r"(x));
        return x + 1;
    });
    function_node<std::uint64_t, continue_msg> sink(all, serial, [&](std::uint64_t x) {
        received++;
        sum += x;
        acknowledged.store(x, std::memory_order_release);
        return continue_msg{};
    });
    make_edge(map, sink);
    for (std::uint64_t x = 0; x < n; x++) {
        const std::uint64_t stamp = ticks();
        map.try_put(x);
        while (acknowledged.load(std::memory_order_acquire) != x + 1)
            spin_pause();
        samples[x] = static_cast<std::uint32_t>(static_cast<double>(ticks() - stamp) * ns_per_tick);
    }
    all.wait_for_all();
    bench_expect(run, received, sum, 1);
    run->value[0] = quantile_u32(samples.data() + n / 8, n - n / 8, 0.50);
    run->value[1] = quantile_u32(samples.data() + n / 8, n - n / 8, 0.99);
}
