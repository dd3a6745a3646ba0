#include "overlap.h"

#include "../elements.h"
#include "../tbb_threads.hpp"

static double run_once(std::size_t tokens, std::uint64_t batches, total *sum) {
    *sum = total{};
    std::uint64_t next = 0;
    const auto serial = tbb::filter_mode::serial_in_order;
    auto prepare = [&](tbb::flow_control &control) -> std::uint64_t {
        if (next == batches) {
            control.stop();
            return 0;
        }
        spin_ns(OVERLAP_WORK_NS);
        return next++;
    };
    auto train = [&](std::uint64_t batch) {
        spin_ns(OVERLAP_WORK_NS);
        add_one(sum, batch);
    };
    return bench::time([&] {
        tbb::parallel_pipeline(tokens, tbb::make_filter<void, std::uint64_t>(serial, prepare) &
                                           tbb::make_filter<std::uint64_t, void>(serial, train));
    });
}

extern "C" void overlap_tbb(bench_run *run) {
    bench::threads threads(run);
    const auto tokens = static_cast<std::size_t>(run->setting.tokens);
    total sum{};
    run_once(tokens, 10, &sum);
    overlap_figure(run, run_once(tokens, run->setting.elements, &sum));
    bench_expect(run, sum.count, sum.sum, 0);
    if (sum.disordered)
        bench_fault(run, "out of order");
}
