#include "farm.h"

#include "../elements.h"
#include "../tbb_threads.hpp"

#include <vector>

namespace {

struct farm {
    bench_run *run;
    total sum;
};

struct block {
    alignas(64) std::uint64_t in[64], out[64];
    std::size_t n;
};

std::uint64_t work_item(std::uint64_t x, std::uint64_t steps) {
    auto done = work(x, steps);
    asm volatile("" ::"r"(done));
    return x + 1;
}

double items(void *argument, std::uint64_t elements) {
    auto *self = static_cast<farm *>(argument);
    const auto tokens = static_cast<std::size_t>(self->run->setting.tokens);
    const std::uint64_t steps = work_steps(self->run->setting.work_ns);
    self->sum = total_from(1);
    std::uint64_t next = 0;
    auto source = [&](tbb::flow_control &control) -> std::uint64_t {
        if (next == elements) {
            control.stop();
            return 0;
        }
        return next++;
    };
    auto map = [&](std::uint64_t x) { return work_item(x, steps); };
    auto sink = [&](std::uint64_t x) { add_one(&self->sum, x); };
    return bench::time([&] {
        tbb::parallel_pipeline(
            tokens,
            tbb::make_filter<void, std::uint64_t>(tbb::filter_mode::serial_in_order, source) &
                tbb::make_filter<std::uint64_t, std::uint64_t>(tbb::filter_mode::parallel, map) &
                tbb::make_filter<std::uint64_t, void>(tbb::filter_mode::serial_in_order, sink));
    });
}

double blocks(void *argument, std::uint64_t elements) {
    auto *self = static_cast<farm *>(argument);
    const auto tokens = static_cast<std::size_t>(self->run->setting.tokens);
    const std::uint64_t steps = work_steps(self->run->setting.work_ns);
    self->sum = total_from(1);
    numbers from{0, elements};
    std::vector<block> pool(tokens);
    std::size_t turn = 0;
    auto source = [&](tbb::flow_control &control) -> block * {
        if (from.next == elements) {
            control.stop();
            return nullptr;
        }
        block *b = &pool[turn++ % tokens];
        b->n = fill_numbers(&from, b->in, 64);
        return b;
    };
    auto map = [&](block *b) {
        for (std::size_t i = 0; i < b->n; i++)
            b->out[i] = work_item(b->in[i], steps);
        return b;
    };
    auto sink = [&](block *b) { add_up(&self->sum, b->out, b->n); };
    return bench::time([&] {
        tbb::parallel_pipeline(
            tokens, tbb::make_filter<void, block *>(tbb::filter_mode::serial_in_order, source) &
                        tbb::make_filter<block *, block *>(tbb::filter_mode::parallel, map) &
                        tbb::make_filter<block *, void>(tbb::filter_mode::serial_in_order, sink));
    });
}

} // namespace

extern "C" void farm_tbb(bench_run *run) {
    bench::threads threads(run);
    farm self{run, {}};
    farm_measure(run, run->setting.batch > 1 ? blocks : items, &self);
    bench_expect(run, self.sum.count, self.sum.sum, 1);
    if (self.sum.disordered)
        bench_fault(run, "out of order");
}
