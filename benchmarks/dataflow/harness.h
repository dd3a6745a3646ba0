/* What a case, a system and a goal are, and what one repetition gets and gives back. */
#ifndef BENCH_HARNESS_H
#define BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a row is run. A row reads what it needs; what it leaves out is zero. */
struct bench_setting {
    uint64_t elements;
    int threads;     /* threads of the peer, workers of Penstock */
    int batch;       /* elements in a hand-made block */
    int tokens;      /* oneTBB: items in flight at once */
    bool parallel;   /* oneTBB: stateless filters may run on both threads at once */
    int split;       /* stages before the edge that is never fused; BENCH_SPLIT_ALL: every edge */
    bool learn;      /* Penstock: pst_graph_learn after the warm-up run */
    double work_ns;  /* work per element */
    double pause_ms; /* latency: the source sleeps this long before each element */
};
#define BENCH_SPLIT_ALL (-1)

enum { BENCH_METRICS = 2 };

/* One repetition, in a process of its own: the setting goes in, figures and verdict come out. */
struct bench_run {
    struct bench_setting setting;
    bool show_plan;              /* print Penstock's plan on stderr */
    double value[BENCH_METRICS]; /* in the order of the case's metrics */
    bool finished;
    char fault[400]; /* empty: the result was right */
};
typedef void (*bench_run_fn)(struct bench_run *run);

/* Notes the first thing that went wrong. */
void bench_fault(struct bench_run *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Faults unless count and sum are those of offset, offset + 1, ... (elements of them). */
void bench_expect(struct bench_run *run, uint64_t count, uint64_t sum, uint64_t offset);

struct bench_system {
    const char *name;
    const char *family; /* settings of one thing, of which the best row counts; or NULL */
    bench_run_fn run;   /* NULL: not built into this program */
    struct bench_setting setting;
};

struct bench_metric {
    const char *name;
    const char *unit;
    bool more_is_better;
};

/* subject's figure against bound, or against bound times base's figure. Both are the name of a
 * system or of a family (its best row). */
struct bench_goal {
    const char *subject;
    const char *base; /* NULL: bound is absolute */
    double bound;
    bool at_least; /* else at most */
};

struct bench_case {
    const char *name;
    const char *title;
    const struct bench_metric *metrics; /* ends with a NULL name; at most BENCH_METRICS */
    const struct bench_system *systems; /* ends with a NULL name; the first is the floor */
    const struct bench_goal *goals;     /* of the first metric; ends with a NULL subject. Or NULL */
};

#if BENCH_WITH_PENSTOCK
#define PENSTOCK_ROW(function) (function)
#else
#define PENSTOCK_ROW(function) NULL
#endif
#if BENCH_WITH_TBB
#define TBB_ROW(function) (function)
#else
#define TBB_ROW(function) NULL
#endif

#ifdef __cplusplus
}
#endif
#endif
