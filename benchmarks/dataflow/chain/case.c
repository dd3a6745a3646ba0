#include "chain.h"

#define C_BLOCKS "C blocks of 1024, 1 thread"
#define C_RING "C ring, calls per item"
#define TBB_ITEM "TBB per item"
#define TBB_BLOCKS "TBB blocks of 64"
#define FUSED "Penstock fused, 1 worker"
#define UNFUSED "Penstock, one edge unfused"

static const struct bench_metric metrics[] = {{"throughput", "elements/s", true}, {0}};

static const struct bench_system systems[] = {
    {C_BLOCKS, NULL, chain_c_blocks, {.elements = 1ull << 31, .batch = 1024}},
    {"C ring of 64, per item, split 1|2",
     C_RING,
     chain_c_ring,
     {.elements = 1 << 27, .threads = 2, .batch = 64, .split = 2}},
    {"C ring of 64, per item, split 2|1",
     C_RING,
     chain_c_ring,
     {.elements = 1 << 27, .threads = 2, .batch = 64, .split = 3}},
    {"TBB pipeline, 16 tokens, 1 thread",
     TBB_ITEM,
     TBB_ROW(chain_tbb_pipeline),
     {.elements = 1 << 22, .threads = 1, .tokens = 16}},
    {"TBB pipeline, 4 tokens, 2 threads",
     TBB_ITEM,
     TBB_ROW(chain_tbb_pipeline),
     {.elements = 1 << 21, .threads = 2, .tokens = 4}},
    {"TBB pipeline, parallel maps, 2 threads",
     TBB_ITEM,
     TBB_ROW(chain_tbb_pipeline),
     {.elements = 1 << 22, .threads = 2, .tokens = 16, .parallel = true}},
    {"TBB flow graph, 1 thread",
     TBB_ITEM,
     TBB_ROW(chain_tbb_flow),
     {.elements = 1 << 20, .threads = 1}},
    {"TBB flow graph, 2 threads",
     TBB_ITEM,
     TBB_ROW(chain_tbb_flow),
     {.elements = 1 << 20, .threads = 2}},
    {"TBB pipeline, blocks of 64, 2 threads",
     TBB_BLOCKS,
     TBB_ROW(chain_tbb_pipeline_blocks),
     {.elements = 1 << 26, .threads = 2, .tokens = 16, .batch = 64}},
    {"TBB pipeline, blocks of 64, parallel maps",
     TBB_BLOCKS,
     TBB_ROW(chain_tbb_pipeline_blocks),
     {.elements = 1 << 27, .threads = 2, .tokens = 16, .batch = 64, .parallel = true}},
    {"TBB flow graph, blocks of 64, 1 thread",
     TBB_BLOCKS,
     TBB_ROW(chain_tbb_flow_blocks),
     {.elements = 1 << 25, .threads = 1, .tokens = 16, .batch = 64}},
    {"TBB pipeline, blocks of 1024, par. maps",
     NULL,
     TBB_ROW(chain_tbb_pipeline_blocks),
     {.elements = 1ull << 30, .threads = 2, .tokens = 16, .batch = 1024, .parallel = true}},
    {FUSED, NULL, PENSTOCK_ROW(chain_penstock), {.elements = 1ull << 31, .threads = 1}},
    {"Penstock unfused 1|2, 2 workers",
     UNFUSED,
     PENSTOCK_ROW(chain_penstock),
     {.elements = 1ull << 30, .threads = 2, .split = 2}},
    {"Penstock unfused 2|1, 2 workers",
     UNFUSED,
     PENSTOCK_ROW(chain_penstock),
     {.elements = 1ull << 30, .threads = 2, .split = 3}},
    {"Penstock, every edge unfused, 2 workers",
     NULL,
     PENSTOCK_ROW(chain_penstock),
     {.elements = 1ull << 29, .threads = 2, .split = BENCH_SPLIT_ALL}},
    {"Penstock, nothing said, 2 workers",
     NULL,
     PENSTOCK_ROW(chain_penstock),
     {.elements = 1ull << 30, .threads = 2}},
    {0},
};

static const struct bench_goal goals[] = {
    {FUSED, C_BLOCKS, 0.85, true}, {FUSED, TBB_BLOCKS, 5, true},    {FUSED, TBB_ITEM, 200, true},
    {UNFUSED, C_RING, 4, true},    {UNFUSED, C_BLOCKS, 0.45, true}, {0},
};

const struct bench_case chain_case = {
    "chain",
    "source -> x+1 -> x+1 -> x+1 -> sink, uint64; split a|b: maps before and after the "
    "channel",
    metrics,
    systems,
    goals,
};
