#include "grain.h"

#include "../elements.h"
#include "../tbb_threads.hpp"

namespace {

struct grain {
    std::size_t tokens;
    std::uint64_t steps;
    total sum;
};

std::uint64_t work_item(std::uint64_t x, std::uint64_t steps) {
    auto done = work(x, steps);
    asm volatile("" ::"r"(done));
    return x + 1;
}

double pipeline_once(void *argument, std::uint64_t elements) {
    auto *self = static_cast<grain *>(argument);
    self->sum = total_from(1);
    std::uint64_t next = 0;
    const auto serial = tbb::filter_mode::serial_in_order;
    auto source = [&](tbb::flow_control &control) -> std::uint64_t {
        if (next == elements) {
            control.stop();
            return 0;
        }
        return next++;
    };
    auto map = [&](std::uint64_t x) { return work_item(x, self->steps); };
    auto sink = [&](std::uint64_t x) { add_one(&self->sum, x); };
    return bench::time([&] {
        tbb::parallel_pipeline(self->tokens,
                               tbb::make_filter<void, std::uint64_t>(serial, source) &
                                   tbb::make_filter<std::uint64_t, std::uint64_t>(serial, map) &
                                   tbb::make_filter<std::uint64_t, void>(serial, sink));
    });
}

// The limiter keeps the queue before the slow node short, which is TBB's faster setting here.
double flow_once(void *argument, std::uint64_t elements) {
    using namespace tbb::flow;
    auto *self = static_cast<grain *>(argument);
    self->sum = total_from(1);
    std::uint64_t next = 0;
    graph all;
    input_node<std::uint64_t> source(all, [&](tbb::flow_control &control) -> std::uint64_t {
        if (next == elements) {
            control.stop();
            return 0;
        }
        return next++;
    });
    limiter_node<std::uint64_t> limiter(all, self->tokens);
    function_node<std::uint64_t, std::uint64_t> map(
        all, serial, [&](std::uint64_t x) { return work_item(x, self->steps); });
    function_node<std::uint64_t, continue_msg> sink(all, serial, [&](std::uint64_t x) {
        add_one(&self->sum, x);
        return continue_msg{};
    });
    make_edge(source, limiter);
    make_edge(limiter, map);
    make_edge(map, sink);
    make_edge(sink, limiter.decrementer());
    return bench::time([&] {
        source.activate();
        all.wait_for_all();
    });
}

void measure(bench_run *run, double (*once)(void *, std::uint64_t)) {
    bench::threads threads(run);
    grain self{static_cast<std::size_t>(run->setting.tokens), work_steps(run->setting.work_ns), {}};
    grain_measure(run, once, &self);
    bench_expect(run, self.sum.count, self.sum.sum, 1);
    if (self.sum.disordered)
        bench_fault(run, "out of order");
}

} // namespace

extern "C" void grain_tbb_pipeline(bench_run *run) {
    measure(run, pipeline_once);
}
extern "C" void grain_tbb_flow(bench_run *run) {
    measure(run, flow_once);
}
