/* What every Penstock row shares: an engine, a graph, and the callbacks around the common bodies.
 */
#ifndef BENCH_PENSTOCK_RIG_H
#define BENCH_PENSTOCK_RIG_H

#include "elements.h"
#include "harness.h"

#include <penstock.h>

struct rig {
    struct bench_run *run;
    pst_engine *engine;
    pst_graph *graph;
};

/* An engine of so many pinned workers and an empty graph; false: noted as the run's fault. */
bool rig_open(struct rig *rig, struct bench_run *run, const char *name, int workers);
/* The edge is always a channel. */
void rig_cut(struct rig *rig, pst_stage from, pst_stage to);
/* Runs the graph to its end; false: noted as the run's fault. Shows the plan if asked to. */
bool rig_run(struct rig *rig);
/* The time of rig_run in seconds, for rows that measure nothing else. */
double rig_time(struct rig *rig);
void rig_close(struct rig *rig);

/* user: struct numbers, struct total. */
pst_status rig_fill(pst_context *cx, void *out, size_t capacity, size_t *count);
pst_status rig_increment(pst_context *cx, const void *in, void *out, size_t n);
pst_status rig_add_up(pst_context *cx, const void *in, size_t n);

#endif
