// What every oneTBB row shares.
#pragma once

#include "harness.h"
#include "timing.h"

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_pipeline.h>

namespace bench {

// As many threads as the row says, the calling one among them; more make every row here slower.
struct threads {
    explicit threads(const bench_run *run)
        : control(tbb::global_control::max_allowed_parallelism,
                  static_cast<std::size_t>(run->setting.threads)) {}
    tbb::global_control control;
};

// Seconds of body().
template <class Body> double time(Body &&body) {
    auto start = now_ns();
    body();
    return static_cast<double>(now_ns() - start) * 1e-9;
}

} // namespace bench
