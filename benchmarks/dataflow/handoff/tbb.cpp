// parallel_pipeline runs both filters of a token on one thread: what is measured is TBB's price for
// the same program, not a hand-over between cores.
#include "handoff.h"

#include "../elements.h"
#include "../tbb_threads.hpp"

#include <vector>

namespace {

struct block {
    alignas(64) std::uint64_t slots[64];
    std::size_t n;
};

total run_items(std::size_t tokens, std::uint64_t n) {
    std::uint64_t next = 0;
    total sum{};
    tbb::parallel_pipeline(
        tokens,
        tbb::make_filter<void, std::uint64_t>(tbb::filter_mode::serial_in_order,
                                              [&](tbb::flow_control &control) -> std::uint64_t {
                                                  if (next == n) {
                                                      control.stop();
                                                      return 0;
                                                  }
                                                  return next++;
                                              }) &
            tbb::make_filter<std::uint64_t, void>(tbb::filter_mode::serial_in_order,
                                                  [&](std::uint64_t x) { add_one(&sum, x); }));
    return sum;
}

total run_blocks(std::size_t tokens, std::uint64_t n, std::vector<block> &blocks) {
    numbers from{0, n};
    total sum{};
    std::size_t turn = 0;
    tbb::parallel_pipeline(
        tokens,
        tbb::make_filter<void, block *>(tbb::filter_mode::serial_in_order,
                                        [&](tbb::flow_control &control) -> block * {
                                            if (from.next == n) {
                                                control.stop();
                                                return nullptr;
                                            }
                                            block *b = &blocks[turn++ % tokens];
                                            b->n = fill_numbers(&from, b->slots, 64);
                                            return b;
                                        }) &
            tbb::make_filter<block *, void>(tbb::filter_mode::serial_in_order,
                                            [&](block *b) { add_up(&sum, b->slots, b->n); }));
    return sum;
}

} // namespace

extern "C" void handoff_tbb(bench_run *run) {
    bench::threads threads(run);
    const auto tokens = static_cast<std::size_t>(run->setting.tokens);
    const std::uint64_t n = run->setting.elements;
    std::vector<block> blocks(tokens);
    auto once = [&](std::uint64_t count) {
        return run->setting.batch > 1 ? run_blocks(tokens, count, blocks)
                                      : run_items(tokens, count);
    };
    once(n / 16);
    total sum{};
    double seconds = bench::time([&] { sum = once(n); });
    run->value[0] = static_cast<double>(n) / seconds;
    bench_expect(run, sum.count, sum.sum, 0);
    if (sum.disordered)
        bench_fault(run, "out of order");
}
