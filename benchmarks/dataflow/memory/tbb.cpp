// For information: TBB's tasks come from tbbmalloc, which maps memory itself and which this counter
// does not see.
#include "memory.h"

#include "../tbb_threads.hpp"

extern "C" void memory_tbb_flow(bench_run *run) {
    using namespace tbb::flow;
    bench::threads threads(run);
    numbers from{0, run->setting.elements};
    total sum{};
    graph all;
    input_node<std::uint64_t> source(all, [&](tbb::flow_control &control) -> std::uint64_t {
        if (from.next == from.end) {
            control.stop();
            return 0;
        }
        memory_watch(&from);
        return from.next++;
    });
    function_node<std::uint64_t, continue_msg> sink(all, serial, [&](std::uint64_t x) {
        add_one(&sum, x);
        return continue_msg{};
    });
    make_edge(source, sink);
    source.activate();
    all.wait_for_all();
    memory_figure(run);
    bench_expect(run, sum.count, sum.sum, 0);
}
