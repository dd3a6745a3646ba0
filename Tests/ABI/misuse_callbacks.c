/* Callbacks that break their word: failing at a chosen element under each failure policy in each
 * kind of stage, wrong counts, wrong ports, statuses that mean nothing where they are returned.
 * Every element that went in comes out, is skipped, set aside or destroyed exactly once. */
#include "misuse.h"

/* An element whose owner counts the living. */
typedef struct owned {
    uint64_t value;
    uint64_t cookie;
} owned;

static atomic_long alive;
static atomic_int torn; /* destroyed what was not alive */

static void own(owned *o, uint64_t value) {
    o->value = value;
    o->cookie = ~value;
    alive++;
}

static void disown(const owned *o) {
    if (o->cookie != ~o->value)
        torn++;
    alive--;
}

static void destroy_owned(void *elements, size_t n, void *user) {
    (void)user;
    for (size_t i = 0; i < n; i++)
        disown((owned *)elements + i);
}

static pst_status copy_owned(const void *from, void *to, size_t n, void *user) {
    (void)user;
    memcpy(to, from, n * sizeof(owned));
    alive += (long)n;
    return PST_OK;
}

static const pst_type owned_type = {
    sizeof(pst_type), sizeof(owned), _Alignof(owned), "owned", destroy_owned, copy_owned, NULL};

enum { COUNT = 500 };

/* How a stage fails: at the elements whose value is bad, saying which (exact) or not. */
typedef struct fault {
    uint64_t bad;
    bool exact, once;
    pst_status status;
    bool done;
    uint64_t seen;
} fault;

static bool fails(fault *f, uint64_t value) {
    if (value != f->bad || (f->once && f->done))
        return false;
    f->done = true;
    return true;
}

static pst_status fill_owned(pst_context *cx, void *out, size_t capacity, size_t *count) {
    numbers *state = pst_user(cx);
    while (*count < capacity && state->next < state->end)
        own((owned *)out + (*count)++, state->next++);
    return state->next < state->end ? PST_OK : PST_END;
}

/* What the element callbacks share: the index of the first bad element, or n. */
static size_t first_bad(fault *f, const owned *in, size_t n) {
    size_t i = 0;
    while (i < n && !fails(f, in[i].value))
        i++;
    return i;
}

/* Fails at element i of n as the fault says; consumes the elements before it when it is exact. */
#define FAIL_AT(i, consume)                                                                        \
    do {                                                                                           \
        if (!f->exact)                                                                             \
            return f->status;                                                                      \
        for (size_t k = 0; k < (i); k++)                                                           \
            consume;                                                                               \
        return pst_fail(cx, f->status, (i), "bad");                                                \
    } while (0)

static pst_status map_owned(pst_context *cx, const void *in_, void *out_, size_t n) {
    fault *f = pst_user(cx);
    const owned *in = in_;
    size_t i = first_bad(f, in, n);
    if (i < n)
        FAIL_AT(i, ((owned *)out_)[k] = in[k]);
    memcpy(out_, in_, n * sizeof(owned));
    return PST_OK;
}

static pst_status filter_owned(pst_context *cx, const void *in_, bool *keep, size_t n) {
    fault *f = pst_user(cx);
    const owned *in = in_;
    size_t i = first_bad(f, in, n);
    if (i < n)
        FAIL_AT(i, keep[k] = in[k].value % 2 == 0);
    for (size_t k = 0; k < n; k++)
        keep[k] = in[k].value % 2 == 0;
    return PST_OK;
}

static pst_status process_owned(pst_context *cx, const void *in_, size_t n) {
    fault *f = pst_user(cx);
    const owned *in = in_;
    size_t i = first_bad(f, in, n);
    if (i < n && !f->exact) {
        /* What a call emitted that fails as a whole is taken back and destroyed, so it must be
         * something of its own. */
        owned extra;
        own(&extra, 1 << 20);
        if (pst_emit(cx, 0, &extra, 1) != 1)
            disown(&extra);
        return f->status;
    }
    if (i < n)
        FAIL_AT(i, pst_emit(cx, 0, in + k, 1));
    return pst_emit(cx, 0, in, n) == n ? PST_OK : PST_EINTERNAL;
}

static pst_status fold_owned(pst_context *cx, void *state, const void *in_, size_t n) {
    fault *f = pst_user(cx);
    const owned *in = in_;
    size_t i = first_bad(f, in, n);
    (void)state;
    if (i < n)
        FAIL_AT(i, disown(in + k));
    for (size_t k = 0; k < n; k++)
        disown(in + k);
    return PST_OK;
}

static pst_status sink_owned(pst_context *cx, const void *in_, size_t n) {
    fault *f = pst_user(cx);
    const owned *in = in_;
    size_t i = first_bad(f, in, n);
    f->seen += i < n && !f->exact ? 0 : i;
    if (i < n)
        FAIL_AT(i, disown(in + k));
    for (size_t k = 0; k < n; k++)
        disown(in + k);
    return PST_OK;
}

static pst_status swallow(pst_context *cx, const void *in, size_t n) {
    *(uint64_t *)pst_user(cx) += n;
    destroy_owned((void *)in, n, NULL);
    return PST_OK;
}

enum kind { MAP, FILTER, PROCESS, FOLD, SINK, KINDS };
static const char *const kind_names[KINDS] = {"map", "filter", "process", "fold", "sink"};

static void failing(pst_engine *engine, enum kind kind, pst_failure policy, fault f, int replicas,
                    int thread, unsigned batch) {
    numbers state = {0, COUNT};
    uint64_t out = 0, dead = 0;
    fault fine = {UINT64_MAX, false, false, PST_OK, false, 0};
    pst_graph *g = new_graph();
    pst_stage_options o = PST_STAGE_OPTIONS_INIT;
    o.on_failure = policy;
    o.retries = 2;
    o.backoff_ns = 1;
    o.replicas = (uint32_t)replicas;
    o.thread = (pst_thread)thread;
    o.batch = batch;
    pst_stage s = pst_source(g, "source", &owned_type, fill_owned, &state);
    s = pst_map(g, "before", s, &owned_type, map_owned, &fine);
    switch (kind) {
    case MAP:
        s = pst_map(g, "victim", s, &owned_type, map_owned, &f);
        break;
    case FILTER:
        s = pst_filter(g, "victim", s, filter_owned, &f);
        break;
    case PROCESS:
        s = pst_process(g, "victim", s, &owned_type, 1, process_owned, &f);
        break;
    case FOLD:
        s = pst_fold(g, "victim", s, &u64, NULL, 0, fold_owned, &f);
        break;
    default:
        s = pst_sink(g, "victim", s, sink_owned, &f);
        break;
    }
    pst_stage_configure(g, s, &o);
    if (policy == PST_DEAD_LETTER)
        pst_sink(g, "dead", pst_dead_letters(g, s), swallow, &dead);
    if (kind == FOLD)
        pst_sink(g, "out", s, eat, &out);
    else if (kind != SINK)
        pst_sink(g, "out", s, swallow, &out);

    bool recovers =
        policy == PST_SKIP || policy == PST_DEAD_LETTER || (policy == PST_RETRY && f.once);
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    char what[160];
    snprintf(what, sizeof(what),
             "%s, policy %d, bad %d, exact %d, once %d, replicas %d, thread %d, batch %u",
             kind_names[kind], policy, (int)f.bad, f.exact, f.once, replicas, thread, batch);
    canary();
    pst_status status = pst_graph_run(g, engine);
    bool ok = status == (recovers ? PST_OK : PST_ESTAGE) &&
              (recovers || strstr(pst_last_error(), "'victim'"));
    if (!recovers && f.exact) {
        char element[32];
        snprintf(element, sizeof(element), "element %d", (int)f.bad);
        ok = ok && (replicas > 1 || strstr(pst_last_error(), element)) &&
             strstr(pst_last_error(), "bad");
    }
    if (!CHECK(ok))
        printf("    %s: %s \"%s\"\n", what, pst_status_name(status), pst_last_error());
    if (pst_stage_get_stats(g, s, &stats))
        CHECK(!"no statistics");
    if (recovers && f.exact) {
        ok = stats.failed == 1 && stats.skipped == (policy == PST_SKIP) &&
             stats.dead_lettered == (policy == PST_DEAD_LETTER) &&
             stats.retried == (policy == PST_RETRY) && dead == (policy == PST_DEAD_LETTER);
        if (kind == MAP || kind == PROCESS)
            ok = ok && out == COUNT - (policy != PST_RETRY);
        if (!CHECK(ok))
            printf("    %s: failed %d skipped %d dead %d retried %d, out %d\n", what,
                   (int)stats.failed, (int)stats.skipped, (int)stats.dead_lettered,
                   (int)stats.retried, (int)out);
    }
    pst_graph_destroy(g);
    if (!CHECK(alive == 0 && torn == 0))
        printf("    %s: %ld left alive, %d torn\n", what, (long)alive, (int)torn);
    alive = 0;
    torn = 0;
}

static void all_failures(pst_engine *engine, unsigned *random) {
    for (int kind = 0; kind < KINDS; kind++)
        for (int policy = PST_FAIL; policy <= PST_DEAD_LETTER; policy++)
            for (int variant = 0; variant < 8; variant++) {
                fault f = {rand_r(random) % COUNT,
                           variant & 1,
                           variant & 2,
                           variant & 4 ? PST_EUSER : PST_EINVAL,
                           false,
                           0};
                failing(engine, kind, policy, f, 1, PST_WORKER, 0);
                if (variant & 4)
                    failing(engine, kind, policy, f, 1, PST_BLOCKING, 7);
                if (kind != FOLD && (variant & 4) && !(variant & 2))
                    failing(engine, kind, policy, f, 3, PST_WORKER, 0);
            }
    failing(engine, MAP, PST_FAIL, (fault){3, true, false, PST_EUSER, false, 0}, 1, PST_HOST, 0);
    failing(engine, MAP, PST_SKIP, (fault){0, true, false, PST_EUSER, false, 0}, 1, PST_HOST, 0);
}

/* Each bad element is tried anew: the count of retries is the element's, not the stage's. */
static pst_status every_third_call(pst_context *cx, const void *in, void *out, size_t n) {
    int *calls = pst_user(cx);
    for (size_t i = 0; i < n; i++) {
        if (++*calls % 3 == 0)
            return pst_fail(cx, PST_EUSER, i, "every third");
        ((uint64_t *)out)[i] = ((const uint64_t *)in)[i];
    }
    return PST_OK;
}

static void retries_are_per_element(pst_engine *engine) {
    int calls = 0;
    uint64_t out = 0;
    pst_graph *g = new_graph();
    pst_stage_options o = PST_STAGE_OPTIONS_INIT;
    o.on_failure = PST_RETRY;
    o.retries = 1;
    o.backoff_ns = 1;
    pst_stage m = pst_map(g, "m", new_source(g), &u64, every_third_call, &calls);
    pst_stage_configure(g, m, &o);
    pst_sink(g, "sink", m, eat, &out);
    RUNS(pst_graph_run(g, engine));
    CHECK(out == 1000 && calls == 1499);
    pst_graph_destroy(g);
}

/* ---- Statuses, counts, ports ---- */

static pst_status returned; /* what the callbacks below return */

static pst_status odd_source(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx, (void)out, (void)capacity, (void)count;
    return returned;
}
static pst_status odd_map(pst_context *cx, const void *in, void *out, size_t n) {
    pass(cx, in, out, n);
    return returned;
}
static pst_status odd_filter(pst_context *cx, const void *in, bool *keep, size_t n) {
    keep_all(cx, in, keep, n);
    return returned;
}
static pst_status odd_process(pst_context *cx, const void *in, size_t n) {
    forward(cx, in, n);
    return returned;
}
static pst_status odd_fold(pst_context *cx, void *state, const void *in, size_t n) {
    add(cx, state, in, n);
    return returned;
}
static pst_status odd_sink(pst_context *cx, const void *in, size_t n) {
    eat(cx, in, n);
    return returned;
}
static pst_status odd_setup(pst_context *cx) {
    (void)cx;
    return returned;
}

/* An error, and that of the stage it comes from. END ends where the header says so. */
static void odd_statuses(pst_engine *engine) {
    static const int values[] = {PST_END,       PST_EINVAL,     PST_ENOMEM,     PST_EAGAIN,
                                 PST_ECANCELED, PST_ETIMEDOUT,  PST_ESTAGE,     21,
                                 999,           PST_EUSER,      PST_STATUS_MAX, -1,
                                 -1000,         (int)0x80000000};
    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        returned = (pst_status)values[i];
        for (int kind = -1; kind <= KINDS; kind++) {
            pst_graph *g = new_graph();
            pst_stage s = kind < 0 ? pst_source(g, "odd", &u64, odd_source, NULL) : new_source(g);
            pst_stage_options o = PST_STAGE_OPTIONS_INIT;
            switch (kind) {
            case MAP:
                s = pst_map(g, "odd", s, &u64, odd_map, NULL);
                break;
            case FILTER:
                s = pst_filter(g, "odd", s, odd_filter, NULL);
                break;
            case PROCESS:
                s = pst_process(g, "odd", s, &u64, 1, odd_process, NULL);
                break;
            case FOLD:
                s = pst_fold(g, "odd", s, &u64, NULL, 0, odd_fold, NULL);
                break;
            case SINK:
                s = pst_sink(g, "odd", s, odd_sink, NULL);
                break;
            case KINDS:
                o.setup = odd_setup;
                s = pst_map(g, "odd", s, &u64, pass, NULL);
                pst_stage_configure(g, s, &o);
            }
            if (kind != SINK)
                new_sink(g, s);
            bool ends = values[i] == PST_END && (kind < 0 || kind == PROCESS || kind == SINK);
            if (ends)
                RUNS(pst_graph_run(g, engine));
            else
                FAILS(PST_ESTAGE, "'odd'", pst_graph_run(g, engine));
            pst_graph_destroy(g);
        }
    }
}

static size_t claimed;
static pst_status liar(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx, (void)out;
    *count = claimed == 1 ? capacity + 1 : claimed;
    return claimed == 2 ? PST_END : PST_OK;
}

static void odd_counts(pst_engine *engine) {
    static const size_t counts[] = {1, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, (size_t)-5};
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        pst_graph *g = new_graph();
        claimed = counts[i];
        new_sink(g, pst_source(g, "liar", &u64, liar, NULL));
        FAILS(PST_ESTAGE, "'liar'", pst_graph_run(g, engine));
        pst_graph_destroy(g);
    }
}

static pst_status odd_emits(pst_context *cx, const void *in, size_t n) {
    uint64_t element = 7;
    size_t room = 77;
    int mode = *(int *)pst_user(cx);
    CHECK(pst_emit(cx, 1, in, n) == 0);
    CHECK(pst_emit(cx, UINT32_MAX, in, n) == 0);
    CHECK(pst_emit(cx, 0, NULL, 1) == 0);
    CHECK(pst_emit(cx, 0, in, 0) == 0);
    CHECK(pst_reserve(cx, 1, 1, &room) == NULL && room == 0);
    CHECK(pst_reserve(cx, 0, 0, &room) == NULL && room == 0);
    FAILS(PST_EPORT, "port 1", pst_commit(cx, 1, 0));
    FAILS(PST_EINVAL, "pst_commit", pst_commit(cx, 0, 1)); /* nothing reserved */
    uint64_t *to = pst_reserve(cx, 0, SIZE_MAX, &room);
    CHECK(to != NULL && room >= n);
    FAILS(PST_EINVAL, "pst_commit", pst_commit(cx, 0, room + 1));
    FAILS(PST_EINVAL, "pst_commit", pst_commit(cx, 0, SIZE_MAX));
    SUCCEEDS(pst_commit(cx, 0, 0)); /* gives it back */
    FAILS(PST_EINVAL, "pst_commit", pst_commit(cx, 0, 1));
    switch (mode) {
    case 0: /* all that there is room for, three times over */
        room = pst_emit(cx, 0, &element, 1);
        while (pst_emit(cx, 0, &element, 1))
            room++;
        CHECK(room >= n);
        CHECK(pst_reserve(cx, 0, 1, &room) == NULL);
        return PST_OK;
    case 1: /* an emission in the middle of a reservation takes its place */
        to = pst_reserve(cx, 0, SIZE_MAX, &room);
        memset(to, 0, room * sizeof(*to));
        CHECK(pst_emit(cx, 0, &element, 1) == 1);
        FAILS(PST_EINVAL, "pst_commit", pst_commit(cx, 0, room));
        return PST_OK;
    case 2: /* left open at the end of the call */
        to = pst_reserve(cx, 0, n, &room);
        return PST_OK;
    case 3: /* reserved twice: the last counts */
        to = pst_reserve(cx, 0, n, &room);
        to = pst_reserve(cx, 0, 1, &room);
        CHECK(to != NULL && room == 1);
        FAILS(PST_EINVAL, "pst_commit", pst_commit(cx, 0, n + 1));
        to[0] = element;
        SUCCEEDS(pst_commit(cx, 0, 1));
        return PST_OK;
    case 4: /* END in the middle */
        return PST_END;
    case 5:
        return pst_fail(cx, PST_EUSER, SIZE_MAX, "far out");
    case 6:
        return pst_fail(cx, PST_EUSER, n, NULL);
    case 7: /* said to fail, then thought better of it */
        pst_fail(cx, PST_EUSER, 0, "not really");
        return PST_OK;
    default:
        return pst_fail(cx, PST_OK, 0, "\xff\xfe%s%n");
    }
}

static void odd_ports(pst_engine *engine) {
    for (int mode = 0; mode <= 8; mode++) {
        uint64_t eaten = 0;
        pst_graph *g = new_graph();
        pst_stage s = pst_process(g, "odd", new_source(g), &u64, 1, odd_emits, &mode);
        pst_sink(g, "sink", s, eat, &eaten);
        if (mode < 5 || mode == 7)
            RUNS(pst_graph_run(g, engine));
        else
            FAILS(PST_ESTAGE, "'odd'", pst_graph_run(g, engine));
        pst_graph_destroy(g);
    }
}

/* pst_fail without a failing status does not stick to the next failure. */
static pst_status changes_its_mind(pst_context *cx, const void *in, void *out, size_t n) {
    int *calls = pst_user(cx);
    pass(cx, in, out, n);
    if (++*calls == 1) {
        pst_fail(cx, PST_EUSER, 0, "not really");
        return PST_OK;
    }
    return *calls == 2 ? PST_EUSER : PST_OK;
}

static void changed_mind(pst_engine *engine) {
    int calls = 0;
    uint64_t eaten = 0;
    pst_graph *g = new_graph();
    pst_stage_options o = PST_STAGE_OPTIONS_INIT;
    o.batch = 100;
    o.on_failure = PST_SKIP;
    pst_stage m = pst_map(g, "m", new_source(g), &u64, changes_its_mind, &calls);
    pst_stage_configure(g, m, &o);
    pst_sink(g, "sink", m, eat, &eaten);
    RUNS(pst_graph_run(g, engine));
    if (!CHECK(eaten == 900))
        printf("    %d arrived\n", (int)eaten); /* a whole span failed */
    pst_graph_destroy(g);
}

/* Functions for other kinds of callbacks, and for no callback that runs now. */
static pst_status emits_from_map(pst_context *cx, const void *in, void *out, size_t n) {
    size_t room = 77;
    CHECK(pst_emit(cx, 0, in, 1) == 0);
    CHECK(pst_reserve(cx, 0, 1, &room) == NULL && room == 0);
    FAILS(PST_EPORT, "pst_commit", pst_commit(cx, 0, 0));
    return pass(cx, in, out, n);
}

static pst_status emits_in_setup(pst_context *cx) {
    uint64_t element = 0;
    CHECK(pst_emit(cx, 0, &element, 1) == 0);
    pst_set_state(cx, &element);
    CHECK(pst_state(cx) == &element);
    pst_set_state(cx, NULL);
    CHECK(pst_position(cx) == 0 && pst_replica(cx) == 0 && !pst_should_stop(cx));
    return PST_OK;
}

static void emits_in_teardown(pst_context *cx) {
    uint64_t element = 0;
    CHECK(pst_emit(cx, 0, &element, 1) == 0);
}

static int finishes;
static pst_status finish_for_ever(pst_context *cx) {
    uint64_t element = 0;
    while (pst_emit(cx, 0, &element, 1)) {
    }
    return ++finishes < 1000 ? PST_EAGAIN : returned;
}

static void odd_places(pst_engine *engine) {
    pst_stage_options o = PST_STAGE_OPTIONS_INIT;
    pst_graph *g = new_graph();
    new_sink(g, pst_map(g, "m", new_source(g), &u64, emits_from_map, NULL));
    RUNS(pst_graph_run(g, engine));
    pst_graph_destroy(g);

    g = new_graph();
    pst_stage p = pst_process(g, "p", new_source(g), &u64, 1, forward, NULL);
    o.setup = emits_in_setup;
    o.teardown = emits_in_teardown;
    pst_stage_configure(g, p, &o);
    new_sink(g, p);
    RUNS(pst_graph_run(g, engine));
    pst_graph_destroy(g);

    static const int values[] = {PST_OK, PST_END, PST_EUSER, -1};
    for (size_t i = 0; i < 4; i++) {
        g = new_graph();
        finishes = 0;
        returned = (pst_status)values[i];
        o = (pst_stage_options)PST_STAGE_OPTIONS_INIT;
        o.finish = finish_for_ever;
        p = pst_process(g, "p", new_source(g), &u64, 1, forward, NULL);
        pst_stage_configure(g, p, &o);
        new_sink(g, p);
        pst_status status = pst_graph_run(g, engine);
        CHECK(finishes == 1000);
        if (i > 1)
            CHECK(status == PST_ESTAGE && strstr(pst_last_error(), "'p'"));
        else
            CHECK(status == PST_OK || (i == 1 && status == PST_ESTAGE));
        pst_graph_destroy(g);
    }
}

/* Copies that fail, on the way to the second consumer. */
static pst_status copy_fails(const void *from, void *to, size_t n, void *user) {
    (void)from, (void)to, (void)n, (void)user;
    return PST_ENOMEM;
}

static void odd_types(pst_engine *engine) {
    pst_type type = owned_type;
    numbers state = {0, COUNT};
    uint64_t a = 0, b = 0;
    for (int fails_ = 0; fails_ < 2; fails_++) {
        pst_graph *g = new_graph();
        state.next = 0;
        if (fails_)
            type.copy = copy_fails;
        pst_stage s = pst_source(g, "s", &type, fill_owned, &state);
        pst_sink(g, "a", s, swallow, &a);
        pst_sink(g, "b", s, swallow, &b);
        if (fails_)
            FAILS(PST_ESTAGE, "'s'", pst_graph_run(g, engine));
        else
            RUNS(pst_graph_run(g, engine));
        pst_graph_destroy(g);
        CHECK(alive == 0 && torn == 0);
    }
    /* Nobody consumes: the library's own types give up what they hold. */
    pst_graph *g = new_graph();
    pst_type bytes = pst_bytes_type(), tensor = pst_tensor_type();
    pst_stage feed = pst_feed(g, "bytes", &bytes), tensors = pst_feed(g, "tensors", &tensor);
    pst_drain(g, "d", feed);
    pst_drain(g, "e", tensors);
    pst_bytes block = {"x", 1, NULL, NULL}, owned_block = {"x", 1, malloc(1), free};
    void *no_tensor = NULL;
    SUCCEEDS(pst_graph_start(g, engine));
    SUCCEEDS(pst_push(g, feed, &block, 1, PST_FOREVER, NULL));
    SUCCEEDS(pst_push(g, feed, &owned_block, 1, PST_FOREVER, NULL));
    SUCCEEDS(pst_push(g, tensors, &no_tensor, 1, PST_FOREVER, NULL));
    pst_graph_destroy(g);
}

int main(void) {
    begin(60);
    unsigned random = 4711;
    static const char *const executors[] = {"threads", "simulated:1", "simulated:2"};
    for (int i = 0; i < 3; i++) {
        pst_engine_options o = PST_ENGINE_OPTIONS_INIT;
        pst_engine *engine = NULL;
        o.executor = executors[i];
        o.workers = 2;
        SUCCEEDS(pst_engine_create(&o, &engine));
        all_failures(engine, &random);
        retries_are_per_element(engine);
        odd_statuses(engine);
        odd_counts(engine);
        odd_ports(engine);
        changed_mind(engine);
        odd_places(engine);
        odd_types(engine);
        pst_engine_destroy(engine);
    }
    return end("misuse_callbacks");
}
