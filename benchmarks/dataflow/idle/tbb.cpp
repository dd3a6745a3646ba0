#include "idle.h"

#include "../elements.h"
#include "../tbb_threads.hpp"

extern "C" void idle_tbb(bench_run *run) {
    bench::threads threads(run);
    std::uint64_t next = 0;
    const std::uint64_t n = 100000;
    total sum{};
    tbb::parallel_pipeline(
        16, tbb::make_filter<void, std::uint64_t>(tbb::filter_mode::serial_in_order,
                                                  [&](tbb::flow_control &control) -> std::uint64_t {
                                                      if (next == n) {
                                                          control.stop();
                                                          return 0;
                                                      }
                                                      return next++;
                                                  }) &
                tbb::make_filter<std::uint64_t, void>(tbb::filter_mode::serial_in_order,
                                                      [&](std::uint64_t x) { add_one(&sum, x); }));
    idle_measure(run);
    if (sum.count != n || sum.disordered)
        bench_fault(run, "wrong result");
}
