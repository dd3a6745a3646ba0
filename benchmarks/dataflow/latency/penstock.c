#include "latency.h"
#include "../penstock_rig.h"

static bool stopped(void *cx) {
    return pst_should_stop(cx);
}

/* One element a call, whatever the capacity; the engine must move it on before it asks again, for
 * the next call waits for its acknowledgement. */
static pst_status send_one(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)capacity;
    *count = latency_send(pst_user(cx), out, stopped, cx);
    return *count ? PST_OK : PST_END;
}

static pst_status receive_span(pst_context *cx, const void *in, size_t n) {
    for (size_t i = 0; i < n; i++)
        latency_receive(pst_user(cx), ((const uint64_t *)in)[i]);
    return PST_OK;
}

void latency_penstock(struct bench_run *run) {
    static struct latency latency;
    pst_type u64 = PST_TYPE(uint64_t);
    struct rig rig;
    if (!latency_init(&latency, run))
        return;
    if (rig_open(&rig, run, "latency", run->setting.threads)) {
        pst_stage source = pst_source(rig.graph, "one", &u64, send_one, &latency);
        pst_stage map = pst_map(rig.graph, "map", source, &u64, rig_increment, NULL);
        pst_sink(rig.graph, "acknowledge", map, receive_span, &latency);
        rig_cut(&rig, source, map);
        rig_run(&rig);
        latency_finish(&latency, run);
    }
    rig_close(&rig);
}
