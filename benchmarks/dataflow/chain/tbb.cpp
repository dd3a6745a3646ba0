// The chain in oneTBB, per item and in blocks made by hand. Bodies are lambdas that the compiler
// sees, so TBB pays one virtual call a filter and no indirect call of ours.
#include "chain.h"

#include "../elements.h"
#include "../tbb_threads.hpp"

#include <vector>

namespace {

// Keeps the compiler from seeing that a map is x + 1 (a user's map would not fold away either).
inline std::uint64_t increment_item(std::uint64_t x) {
    asm volatile("" : "+r"(x));
    return x + 1;
}

// promises_order: a flow graph does not, from two threads on.
template <class Run> void measure(bench_run *run, bool promises_order, Run &&once) {
    bench::threads threads(run);
    const std::uint64_t n = run->setting.elements;
    once(n / 16);
    total sum{};
    double seconds = bench::time([&] { sum = once(n); });
    run->value[0] = static_cast<double>(n) / seconds;
    bench_expect(run, sum.count, sum.sum, 3);
    if (promises_order && sum.disordered)
        bench_fault(run, "out of order");
}

// Sized exactly: blocks with gaps would fall into few sets of the first-level cache.
template <std::size_t N> struct block {
    alignas(64) std::uint64_t a[N], b[N];
    std::size_t n;
};

template <class Block> struct forth {
    Block *operator()(Block *block) const {
        increment(block->a, block->b, block->n);
        return block;
    }
};
template <class Block> struct back {
    Block *operator()(Block *block) const {
        increment(block->b, block->a, block->n);
        return block;
    }
};

} // namespace

extern "C" void chain_tbb_pipeline(bench_run *run) {
    auto mode =
        run->setting.parallel ? tbb::filter_mode::parallel : tbb::filter_mode::serial_in_order;
    auto map = [](std::uint64_t x) { return increment_item(x); };
    measure(run, true, [&](std::uint64_t n) {
        std::uint64_t next = 0;
        total sum = total_from(3);
        auto source = [&](tbb::flow_control &control) -> std::uint64_t {
            if (next == n) {
                control.stop();
                return 0;
            }
            return next++;
        };
        tbb::parallel_pipeline(
            static_cast<std::size_t>(run->setting.tokens),
            tbb::make_filter<void, std::uint64_t>(tbb::filter_mode::serial_in_order, source) &
                tbb::make_filter<std::uint64_t, std::uint64_t>(mode, map) &
                tbb::make_filter<std::uint64_t, std::uint64_t>(mode, map) &
                tbb::make_filter<std::uint64_t, std::uint64_t>(mode, map) &
                tbb::make_filter<std::uint64_t, void>(tbb::filter_mode::serial_in_order,
                                                      [&](std::uint64_t x) { add_one(&sum, x); }));
        return sum;
    });
}

template <std::size_t N> static void pipeline_blocks(bench_run *run) {
    using item = block<N>;
    auto mode =
        run->setting.parallel ? tbb::filter_mode::parallel : tbb::filter_mode::serial_in_order;
    const auto tokens = static_cast<std::size_t>(run->setting.tokens);
    // The sink is in order, so at most `tokens` consecutive blocks live at once.
    std::vector<item> blocks(tokens);
    measure(run, true, [&](std::uint64_t n) {
        numbers from{0, n};
        total sum = total_from(3);
        std::size_t turn = 0;
        auto source = [&](tbb::flow_control &control) -> item * {
            if (from.next == n) {
                control.stop();
                return nullptr;
            }
            item *b = &blocks[turn++ % tokens];
            b->n = fill_numbers(&from, b->a, N);
            return b;
        };
        auto sink = [&](item *b) { add_up(&sum, b->b, b->n); };
        tbb::parallel_pipeline(
            tokens, tbb::make_filter<void, item *>(tbb::filter_mode::serial_in_order, source) &
                        tbb::make_filter<item *, item *>(mode, forth<item>{}) &
                        tbb::make_filter<item *, item *>(mode, back<item>{}) &
                        tbb::make_filter<item *, item *>(mode, forth<item>{}) &
                        tbb::make_filter<item *, void>(tbb::filter_mode::serial_in_order, sink));
        return sum;
    });
}

extern "C" void chain_tbb_pipeline_blocks(bench_run *run) {
    if (run->setting.batch == 1024)
        pipeline_blocks<1024>(run);
    else
        pipeline_blocks<64>(run);
}

extern "C" void chain_tbb_flow(bench_run *run) {
    using node = tbb::flow::function_node<std::uint64_t, std::uint64_t>;
    auto map = [](std::uint64_t x) { return increment_item(x); };
    measure(run, run->setting.threads == 1, [&](std::uint64_t n) {
        std::uint64_t next = 0;
        total sum = total_from(3);
        tbb::flow::graph graph;
        tbb::flow::input_node<std::uint64_t> source(graph, [&](tbb::flow_control &control) {
            if (next == n) {
                control.stop();
                return std::uint64_t{0};
            }
            return next++;
        });
        node map1(graph, tbb::flow::serial, map), map2(graph, tbb::flow::serial, map),
            map3(graph, tbb::flow::serial, map);
        tbb::flow::function_node<std::uint64_t, tbb::flow::continue_msg> sink(
            graph, tbb::flow::serial, [&](std::uint64_t x) {
                add_one(&sum, x);
                return tbb::flow::continue_msg{};
            });
        tbb::flow::make_edge(source, map1);
        tbb::flow::make_edge(map1, map2);
        tbb::flow::make_edge(map2, map3);
        tbb::flow::make_edge(map3, sink);
        source.activate();
        graph.wait_for_all();
        return sum;
    });
}

extern "C" void chain_tbb_flow_blocks(bench_run *run) {
    using item = block<64>;
    using node = tbb::flow::function_node<item *, item *>;
    const auto tokens = static_cast<std::size_t>(run->setting.tokens);
    // The input node holds one block that the limiter has not let in yet.
    std::vector<item> blocks(tokens + 2);
    measure(run, run->setting.threads == 1, [&](std::uint64_t n) {
        numbers from{0, n};
        total sum = total_from(3);
        std::size_t turn = 0;
        tbb::flow::graph graph;
        tbb::flow::input_node<item *> source(graph, [&](tbb::flow_control &control) -> item * {
            if (from.next == n) {
                control.stop();
                return nullptr;
            }
            item *b = &blocks[turn++ % blocks.size()];
            b->n = fill_numbers(&from, b->a, 64);
            return b;
        });
        tbb::flow::limiter_node<item *> limiter(graph, tokens);
        node map1(graph, tbb::flow::serial, forth<item>{}),
            map2(graph, tbb::flow::serial, back<item>{}),
            map3(graph, tbb::flow::serial, forth<item>{});
        tbb::flow::function_node<item *, tbb::flow::continue_msg> sink(
            graph, tbb::flow::serial, [&](item *b) {
                add_up(&sum, b->b, b->n);
                return tbb::flow::continue_msg{};
            });
        tbb::flow::make_edge(source, limiter);
        tbb::flow::make_edge(limiter, map1);
        tbb::flow::make_edge(map1, map2);
        tbb::flow::make_edge(map2, map3);
        tbb::flow::make_edge(map3, sink);
        tbb::flow::make_edge(sink, limiter.decrementer());
        source.activate();
        graph.wait_for_all();
        return sum;
    });
}
