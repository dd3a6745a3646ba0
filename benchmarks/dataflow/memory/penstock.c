#include "memory.h"
#include "../allocations.h"
#include "../penstock_rig.h"

static pst_status fill(pst_context *cx, void *out, size_t capacity, size_t *count) {
    struct numbers *numbers = pst_user(cx);
    *count = fill_numbers(numbers, out, capacity);
    memory_watch(numbers);
    return numbers->next < numbers->end ? PST_OK : PST_END;
}

void memory_penstock_chain(struct bench_run *run) {
    struct numbers numbers = {0, run->setting.elements};
    struct total total = {.offset = 1};
    pst_type u64 = PST_TYPE(uint64_t);
    struct rig rig;
    if (rig_open(&rig, run, "memory", run->setting.threads)) {
        pst_stage source = pst_source(rig.graph, "numbers", &u64, fill, &numbers);
        pst_stage map = pst_map(rig.graph, "map", source, &u64, rig_increment, NULL);
        pst_stage sink = pst_sink(rig.graph, "sum", map, rig_add_up, &total);
        if (run->setting.split) {
            rig_cut(&rig, source, map);
            rig_cut(&rig, map, sink);
        }
        rig_run(&rig);
        memory_figure(run);
        bench_expect(run, total.count, total.sum, 1);
    }
    rig_close(&rig);
}

void memory_penstock_farm(struct bench_run *run) {
    struct numbers numbers = {0, run->setting.elements};
    struct total total = {.offset = 1};
    pst_type u64 = PST_TYPE(uint64_t);
    pst_stage_options two = PST_STAGE_OPTIONS_INIT;
    two.replicas = 2;
    struct rig rig;
    if (rig_open(&rig, run, "memory", run->setting.threads)) {
        pst_stage source = pst_source(rig.graph, "numbers", &u64, fill, &numbers);
        pst_stage map = pst_map(rig.graph, "map", source, &u64, rig_increment, NULL);
        pst_sink(rig.graph, "sum", map, rig_add_up, &total);
        pst_stage_configure(rig.graph, map, &two);
        rig_run(&rig);
        memory_figure(run);
        bench_expect(run, total.count, total.sum, 1);
        if (total.disordered)
            bench_fault(run, "out of order");
    }
    rig_close(&rig);
}

static pst_status keep_even(pst_context *cx, const void *in, bool *keep, size_t n) {
    (void)cx;
    for (size_t i = 0; i < n; i++)
        keep[i] = ((const uint64_t *)in)[i] % 2 == 0;
    return PST_OK;
}

/* The other half again: x and x + 1 for each even x. */
static pst_status both(pst_context *cx, const void *in, size_t n) {
    size_t room = 0;
    uint64_t *out = pst_reserve(cx, 0, 2 * n, &room);
    if (room < 2 * n)
        return PST_EUSER;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = ((const uint64_t *)in)[i];
        out[2 * i + 1] = out[2 * i] + 1;
    }
    return pst_commit(cx, 0, 2 * n);
}

static pst_status fold_in(pst_context *cx, void *state, const void *in, size_t n) {
    (void)cx;
    for (size_t i = 0; i < n; i++)
        *(uint64_t *)state += ((const uint64_t *)in)[i];
    return PST_OK;
}

static pst_status add_sums(pst_context *cx, const void *in, size_t n) {
    struct total *total = pst_user(cx);
    for (size_t i = 0; i < n; i++)
        total->sum += ((const uint64_t *)in)[i];
    total->count += n;
    return PST_OK;
}

void memory_penstock_process(struct bench_run *run) {
    struct numbers numbers = {0, run->setting.elements};
    struct total total = {0};
    pst_type u64 = PST_TYPE(uint64_t);
    pst_stage_options doubles = PST_STAGE_OPTIONS_INIT;
    doubles.max_outputs = 2;
    struct rig rig;
    if (rig_open(&rig, run, "memory", run->setting.threads)) {
        pst_stage source = pst_source(rig.graph, "numbers", &u64, fill, &numbers);
        pst_stage even = pst_filter(rig.graph, "even", source, keep_even, NULL);
        pst_stage twice = pst_process(rig.graph, "both", even, &u64, 1, both, NULL);
        pst_stage sums = pst_fold(rig.graph, "sums", twice, &u64, NULL, 1024, fold_in, NULL);
        pst_sink(rig.graph, "total", sums, add_sums, &total);
        pst_stage_configure(rig.graph, twice, &doubles);
        rig_cut(&rig, even, twice);
        rig_run(&rig);
        memory_figure(run);
        if (total.count != run->setting.elements / 1024)
            bench_fault(run, "%llu sums", (unsigned long long)total.count);
        bench_expect(run, run->setting.elements, total.sum, 0);
    }
    rig_close(&rig);
}
