/* Descriptions that cannot run: each is refused with a sentence that names the stage or argument,
 * by validate, run and start alike, and stays refused. */
#include "misuse.h"

static pst_engine *engine;
static char longest[10001];

static void names(void) {
    REFUSED(PST_EINVAL, "name", pst_source(g, NULL, &u64, fill, NULL));
    REFUSED(PST_EINVAL, "name", pst_source(g, "", &u64, fill, NULL));
    REFUSED(PST_EINVAL, "name", pst_map(g, NULL, new_source(g), &u64, pass, NULL));
    REFUSED(PST_EINVAL, "name", pst_filter(g, NULL, new_source(g), keep_all, NULL));
    REFUSED(PST_EINVAL, "name", pst_process(g, NULL, new_source(g), &u64, 1, forward, NULL));
    REFUSED(PST_EINVAL, "name", pst_fold(g, NULL, new_source(g), &u64, NULL, 0, add, NULL));
    REFUSED(PST_EINVAL, "name", pst_sink(g, NULL, new_source(g), eat, NULL));
    REFUSED(PST_EINVAL, "name", pst_feed(g, NULL, &u64));
    REFUSED(PST_EINVAL, "name", pst_drain(g, NULL, new_source(g)));
    REFUSED(PST_EINVAL, "name", {
        pst_stage s = new_source(g);
        pst_merge(g, NULL, &s, 1, PST_MERGE_ANY, NULL, NULL);
    });
    REFUSED(PST_EINVAL, "name", {
        pst_matmul_options o = PST_MATMUL_OPTIONS_INIT;
        pst_matmul(g, NULL, new_source(g), &u64, &o);
    });
    REFUSED(PST_EINVAL, "'source'", pst_sink(g, "source", new_source(g), eat, NULL));
    /* What is not UTF-8 is shown repaired. */
    ACCEPTED(pst_sink(g, "\xff\xfe", new_source(g), eat, NULL));
    ACCEPTED(pst_sink(g, longest, new_source(g), eat, NULL));
    ACCEPTED(pst_sink(g, "<&\"'\\\n\x01>]]>", new_source(g), eat, NULL));
    REFUSED(PST_EINVAL, "aaaa",
            (new_sink(g, pst_source(g, longest, &u64, fill, NULL)),
             pst_sink(g, longest, new_source(g), eat, NULL)));
}

static pst_type type_of(size_t size, size_t alignment, const char *name) {
    pst_type t = u64;
    t.size = size;
    t.alignment = alignment;
    t.name = name;
    return t;
}

static void types(void) {
#define TYPE(part, size, alignment, name)                                                          \
    do {                                                                                           \
        pst_type t = type_of(size, alignment, name);                                               \
        REFUSED(PST_EINVAL, part, pst_source(g, "s", &t, fill, NULL));                             \
        REFUSED(PST_EINVAL, part, pst_feed(g, "s", &t));                                           \
        REFUSED(PST_EINVAL, part, pst_map(g, "s", new_source(g), &t, pass, NULL));                 \
        REFUSED(PST_EINVAL, part, pst_fold(g, "s", new_source(g), &t, NULL, 0, add, NULL));        \
        pst_type two[2] = {u64, t};                                                                \
        REFUSED(PST_EINVAL, part, pst_process(g, "s", new_source(g), two, 2, forward, NULL));      \
    } while (0)
    TYPE("size", 0, 8, "t");
    TYPE("alignment", 8, 0, "t");
    TYPE("alignment", 9, 3, "t");
    TYPE("alignment", 256, 256, "t");
    TYPE("alignment", 12, 8, "t");
    TYPE("alignment", 8, 16, "t");
    TYPE("alignment", 8, SIZE_MAX, "t");
    TYPE("size", SIZE_MAX, 1, "t");
    TYPE("size", SIZE_MAX / 2, 1, "t");
    TYPE("size", SIZE_MAX - 7, 8, "t");
    TYPE("size", ((size_t)1 << 30) + 1, 1, "t");
    TYPE("name", 8, 8, NULL);
    pst_type t = type_of(128, 128, longest);
    ACCEPTED(new_sink(g, pst_source(g, "s", &t, fill, NULL)));
    t = type_of((size_t)1 << 30, 1, "huge");
    ACCEPTED(new_sink(g, pst_source(g, "s", &t, fill, NULL)));
    const size_t sizes[] = {0, 1, 7, SIZE_MAX, SIZE_MAX / 2};
    for (size_t i = 0; i < 5; i++) {
        t = u64;
        t.struct_size = sizes[i];
        REFUSED(PST_EINVAL, "struct_size", pst_source(g, "s", &t, fill, NULL));
        REFUSED(PST_EINVAL, "struct_size", pst_process(g, "s", new_source(g), &t, 1, forward, 0));
    }
    t.struct_size = offsetof(pst_type, name); /* no name in there */
    REFUSED(PST_EINVAL, "name", pst_source(g, "s", &t, fill, NULL));

    REFUSED(PST_EINVAL, "type", pst_source(g, "s", NULL, fill, NULL));
    REFUSED(PST_EINVAL, "type", pst_feed(g, "s", NULL));
    REFUSED(PST_EINVAL, "type", pst_map(g, "s", new_source(g), NULL, pass, NULL));
    REFUSED(PST_EINVAL, "type", pst_fold(g, "s", new_source(g), NULL, NULL, 0, add, NULL));
    REFUSED(PST_EINVAL, "type", pst_process(g, "s", new_source(g), NULL, 1, forward, NULL));
    REFUSED(PST_ETYPE, "'join'", {
        pst_stage two[] = {new_source(g), pst_source(g, "other", &u32, fill, NULL)};
        pst_merge(g, "join", two, 2, PST_MERGE_ANY, NULL, NULL);
    });
    /* Equal sizes with different names do not match, either. */
    REFUSED(PST_ETYPE, "'join'", {
        pst_type other = type_of(8, 8, "other");
        pst_stage two[] = {new_source(g), pst_source(g, "other", &other, fill, NULL)};
        pst_merge(g, "join", two, 2, PST_MERGE_ANY, NULL, NULL);
    });
    /* Copies of what has an owner need a copy function. */
    REFUSED(PST_ETYPE, "'s'", {
        pst_type bytes = pst_bytes_type();
        bytes.copy = NULL;
        pst_stage s = pst_source(g, "s", &bytes, fill, NULL);
        pst_sink(g, "a", s, eat, NULL);
        pst_sink(g, "b", s, eat, NULL);
    });
}

static void callbacks(void) {
    REFUSED(PST_EINVAL, "fill", pst_source(g, "s", &u64, NULL, NULL));
    REFUSED(PST_EINVAL, "map", pst_map(g, "s", new_source(g), &u64, NULL, NULL));
    REFUSED(PST_EINVAL, "filter", pst_filter(g, "s", new_source(g), NULL, NULL));
    REFUSED(PST_EINVAL, "process", pst_process(g, "s", new_source(g), &u64, 1, NULL, NULL));
    REFUSED(PST_EINVAL, "fold", pst_fold(g, "s", new_source(g), &u64, NULL, 0, NULL, NULL));
    REFUSED(PST_EINVAL, "sink", pst_sink(g, "s", new_source(g), NULL, NULL));
    REFUSED(PST_EINVAL, "compare", {
        pst_stage s = new_source(g);
        pst_merge(g, "s", &s, 1, PST_MERGE_SORTED, NULL, NULL);
    });
    REFUSED(PST_EINVAL, "key", pst_distribute(g, new_source(g), PST_BY_KEY, NULL, NULL));
}

/* The zero stage, one of another graph, invented ones, and ports that are not there. */
static void stages(void) {
    pst_graph *foreign = new_graph();
    pst_stage far = new_source(foreign);
    const pst_stage bad[] = {none, far, {1}, {4096}, {UINT64_MAX}, {far.id + 4096}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        pst_stage b = bad[i];
        REFUSED(PST_EHANDLE, "'s'", pst_map(g, "s", b, &u64, pass, NULL));
        REFUSED(PST_EHANDLE, "'s'", pst_filter(g, "s", b, keep_all, NULL));
        REFUSED(PST_EHANDLE, "'s'", pst_process(g, "s", b, &u64, 1, forward, NULL));
        REFUSED(PST_EHANDLE, "'s'", pst_fold(g, "s", b, &u64, NULL, 0, add, NULL));
        REFUSED(PST_EHANDLE, "'s'", pst_sink(g, "s", b, eat, NULL));
        REFUSED(PST_EHANDLE, "'s'", pst_merge(g, "s", &b, 1, PST_MERGE_ANY, NULL, NULL));
        REFUSED(PST_EHANDLE, "'s'", pst_drain(g, "s", b));
        REFUSED(PST_EHANDLE, "pst_feedback", pst_feedback(g, b, new_source(g), 1));
        REFUSED(PST_EHANDLE, "pst_feedback", pst_feedback(g, new_source(g), b, 1));
        REFUSED(PST_EHANDLE, "pst_dead_letters", pst_dead_letters(g, b));
        REFUSED(PST_EHANDLE, "pst_distribute", pst_distribute(g, b, PST_BROADCAST, NULL, NULL));
        REFUSED(PST_EHANDLE, "pst_stage_configure", pst_stage_configure(g, b, NULL));
        REFUSED(PST_EHANDLE, "pst_edge_configure", pst_edge_configure(g, b, new_source(g), NULL));
        REFUSED(PST_EHANDLE, "pst_edge_configure", pst_edge_configure(g, new_source(g), b, NULL));
        REFUSED(PST_EHANDLE, "near", {
            pst_stage_options o = PST_STAGE_OPTIONS_INIT;
            o.near = b;
            if (b.id == 0)
                o.near.id = 4096; /* zero is "none" there */
            pst_stage_configure(g, new_source(g), &o);
        });
    }
    pst_graph_destroy(foreign);
    CHECK(pst_port(none, 0).id == 0 && pst_port(none, 7).id == 0);
    CHECK(pst_port(far, 0).id == far.id);
    CHECK(pst_port(pst_port(far, 5), 0).id == far.id);
    REFUSED(PST_EPORT, "'sink'", new_sink(g, pst_port(new_source(g), 1)));
    REFUSED(PST_EPORT, "'sink'", new_sink(g, pst_port(new_source(g), 4095)));
    REFUSED(PST_EPORT, "'sink'", new_sink(g, pst_port(new_source(g), UINT32_MAX)));
    REFUSED(PST_EPORT, "'a'", pst_sink(g, "b", pst_sink(g, "a", new_source(g), eat, 0), eat, 0));

    /* Sticky: what comes after the first mistake does nothing and says the first again. */
    REFUSED(PST_EINVAL, "fill", {
        CHECK(pst_source(g, "s", &u64, NULL, NULL).id == 0);
        CHECK(new_source(g).id == 0);
        new_sink(g, none);
    });
}

static void ports(void) {
    REFUSED(PST_EINVAL, "ports", pst_process(g, "s", new_source(g), &u64, 0, forward, NULL));
    REFUSED(PST_EINVAL, "ports", pst_process(g, "s", new_source(g), &u64, 65, forward, NULL));
    REFUSED(PST_EINVAL, "ports",
            pst_process(g, "s", new_source(g), &u64, UINT32_MAX, forward, NULL));
    REFUSED(PST_EPORT, "'source'", new_source(g));
    REFUSED(PST_EPORT, "'s'", pst_map(g, "s", new_source(g), &u64, pass, NULL));
    REFUSED(PST_EPORT, "port 1", {
        pst_type two[2] = {u64, u64};
        new_sink(g, pst_process(g, "s", new_source(g), two, 2, forward, NULL));
    });
    REFUSED(PST_EINVAL, "g", (void)0); /* no stages */
    REFUSED(PST_EINVAL, "inputs", pst_merge(g, "s", NULL, 1, PST_MERGE_ANY, NULL, NULL));
    const size_t counts[] = {0, 1u << 20, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < 4; i++)
        REFUSED(PST_EINVAL, "count", {
            pst_stage s = new_source(g);
            pst_merge(g, "s", &s, counts[i], PST_MERGE_ANY, NULL, NULL);
        });
    REFUSED(PST_EINVAL, "order", {
        pst_stage s = new_source(g);
        pst_merge(g, "s", &s, 1, (pst_merge_order)3, NULL, NULL);
    });
    REFUSED(PST_EINVAL, "how", pst_distribute(g, new_source(g), (pst_distribution)3, NULL, NULL));

    /* The dead-letter port: there with its policy, and only with it. */
    REFUSED(PST_EPORT, "dead-letter", {
        pst_stage m = pst_map(g, "m", new_source(g), &u64, pass, NULL);
        new_sink(g, m);
        pst_sink(g, "dead", pst_dead_letters(g, m), eat, NULL);
    });
    REFUSED(PST_EPORT, "dead-letter", {
        pst_stage_options o = PST_STAGE_OPTIONS_INIT;
        o.on_failure = PST_DEAD_LETTER;
        pst_stage m = pst_map(g, "m", new_source(g), &u64, pass, NULL);
        new_sink(g, m);
        pst_stage_configure(g, m, &o);
    });
    REFUSED(PST_EPORT, "'sink'", new_sink(g, pst_dead_letters(g, new_source(g))));
    REFUSED(PST_EPORT, "'sink'", new_sink(g, pst_dead_letters(g, pst_feed(g, "feed", &u64))));
}

/* source -> merge -> step -> back and out */
static pst_stage cycle(pst_graph *g, pst_stage *entry) {
    pst_type two[2] = {u64, u64};
    pst_stage s = new_source(g);
    *entry = pst_merge(g, "entry", &s, 1, PST_MERGE_ANY, NULL, NULL);
    pst_stage step = pst_process(g, "step", *entry, two, 2, forward, NULL);
    new_sink(g, pst_port(step, 1));
    return step;
}

static void cycles(void) {
    pst_stage entry;
    const uint64_t credits[] = {0, (1ull << 30) + 1, UINT64_MAX / 2, UINT64_MAX};
    ACCEPTED(pst_feedback(g, cycle(g, &entry), entry, 1));
    for (size_t i = 0; i < 4; i++)
        REFUSED(PST_ECYCLE, "credit", pst_feedback(g, cycle(g, &entry), entry, credits[i]));
    REFUSED(PST_ECYCLE, "'step'", {
        pst_stage step = cycle(g, &entry);
        pst_feedback(g, step, step, 1);
    });
    /* Closes no cycle: the merge does not lead to the output. */
    REFUSED(PST_ECYCLE, "'entry'", {
        pst_stage s = new_source(g), m = pst_merge(g, "entry", &s, 1, PST_MERGE_ANY, NULL, NULL);
        new_sink(g, m);
        pst_feedback(g, pst_source(g, "other", &u64, fill, NULL), m, 1);
    });
    REFUSED(PST_ECYCLE, "'entry'", {
        pst_stage s = new_source(g), m = pst_merge(g, "entry", &s, 1, PST_MERGE_TURNS, NULL, NULL);
        pst_feedback(g, pst_map(g, "m", m, &u64, pass, NULL), m, 1);
    });
    REFUSED(PST_ETYPE, "'entry'", {
        pst_stage s = new_source(g), m = pst_merge(g, "entry", &s, 1, PST_MERGE_ANY, NULL, NULL);
        pst_feedback(g, pst_map(g, "m", m, &u32, pass, NULL), m, 1);
    });
    REFUSED(PST_EPORT, "port 2", pst_feedback(g, pst_port(cycle(g, &entry), 2), entry, 1));
    REFUSED(PST_EPORT, "'step'", pst_distribute(g, pst_port(cycle(g, &entry), 9), 0, NULL, NULL));
    /* Less room than credit; a batch that can never be full. */
    REFUSED(PST_EDEADLK, "'step'", {
        pst_stage_options o = PST_STAGE_OPTIONS_INIT;
        pst_stage step = cycle(g, &entry);
        o.capacity = 3;
        pst_feedback(g, step, entry, 4);
        pst_stage_configure(g, step, &o);
    });
    REFUSED(PST_EDEADLK, "'step'", {
        pst_edge_options o = PST_EDGE_OPTIONS_INIT;
        pst_stage step = cycle(g, &entry);
        o.capacity = 3;
        pst_feedback(g, step, entry, 4);
        pst_edge_configure(g, step, entry, &o);
    });
    REFUSED(PST_EDEADLK, "'step'", {
        pst_stage_options o = PST_STAGE_OPTIONS_INIT;
        pst_stage step = cycle(g, &entry);
        o.batch = 5;
        pst_feedback(g, step, entry, 4);
        pst_stage_configure(g, step, &o);
    });
    /* Copies inside a cycle would grow for ever. */
    REFUSED(PST_ECYCLE, "'step'", {
        pst_stage step = cycle(g, &entry);
        pst_feedback(g, step, entry, 4);
        pst_feedback(g, pst_map(g, "again", step, &u64, pass, NULL), entry, 4);
    });
}

static void joins(void) {
    const pst_merge_order orders[] = {PST_MERGE_TURNS, PST_MERGE_SORTED};
    for (size_t i = 0; i < 2; i++) {
        REFUSED(PST_EDEADLK, "'join'", {
            pst_stage s = new_source(g);
            pst_stage two[2] = {pst_filter(g, "f", s, keep_all, NULL),
                                pst_map(g, "m", s, &u64, pass, NULL)};
            new_sink(g, pst_merge(g, "join", two, 2, orders[i], by_value, NULL));
        });
        REFUSED(PST_EDEADLK, "'join'", {
            pst_stage s = new_source(g);
            pst_stage two[2] = {pst_map(g, "a", s, &u64, pass, NULL),
                                pst_map(g, "b", s, &u64, pass, NULL)};
            pst_distribute(g, s, PST_BY_KEY, own_key, NULL);
            new_sink(g, pst_merge(g, "join", two, 2, orders[i], by_value, NULL));
        });
        REFUSED(PST_EDEADLK, "'join'", {
            pst_type types[2] = {u64, u64};
            pst_stage p = pst_process(g, "p", new_source(g), types, 2, forward, NULL);
            pst_stage two[2] = {p, pst_port(p, 1)};
            new_sink(g, pst_merge(g, "join", two, 2, orders[i], by_value, NULL));
        });
        REFUSED(PST_EDEADLK, "'join'", {
            pst_stage_options o = PST_STAGE_OPTIONS_INIT;
            pst_stage s = new_source(g);
            pst_stage a = pst_map(g, "a", s, &u64, pass, NULL);
            pst_stage b = pst_map(g, "b", s, &u64, pass, NULL), two[2] = {a, b};
            o.batch = 1000;
            pst_stage_configure(g, a, &o);
            o.batch = 0;
            o.capacity = 10;
            pst_stage_configure(g, b, &o);
            pst_stage join = pst_merge(g, "join", two, 2, orders[i], by_value, NULL);
            pst_stage_configure(g, join, &o);
            new_sink(g, join);
        });
    }
#define DIAMOND(order)                                                                             \
    do {                                                                                           \
        pst_stage s = new_source(g);                                                               \
        pst_stage two[2] = {pst_map(g, "a", s, &u64, pass, NULL),                                  \
                            pst_map(g, "b", s, &u64, pass, NULL)};                                 \
        new_sink(g, pst_merge(g, "join", two, 2, order, by_value, NULL));                          \
    } while (0)
    ACCEPTED(DIAMOND(PST_MERGE_ANY));
    ACCEPTED(DIAMOND(PST_MERGE_TURNS));
    REFUSED(PST_EDEADLK, "'join'", DIAMOND(PST_MERGE_SORTED));
}

static void options(void) {
    pst_stage_options o;
#define OPTION(want, part, change)                                                                 \
    do {                                                                                           \
        o = (pst_stage_options)PST_STAGE_OPTIONS_INIT;                                             \
        change;                                                                                    \
        REFUSED(want, part, {                                                                      \
            pst_stage m = pst_map(g, "m", new_source(g), &u64, pass, NULL);                        \
            new_sink(g, m);                                                                        \
            pst_stage_configure(g, m, &o);                                                         \
        });                                                                                        \
        CHECK(strstr(pst_last_error(), "'m'"));                                                    \
    } while (0)
    OPTION(PST_EINVAL, "struct_size", o.struct_size = 0);
    OPTION(PST_EINVAL, "struct_size", o.struct_size = 7);
    OPTION(PST_EINVAL, "struct_size", o.struct_size = SIZE_MAX);
    OPTION(PST_EINVAL, "replicas", o.replicas = 0);
    OPTION(PST_EINVAL, "replicas", o.replicas = 257);
    OPTION(PST_EINVAL, "replicas", o.replicas = UINT32_MAX);
    OPTION(PST_EINVAL, "order", o.order = (pst_order)2);
    OPTION(PST_EINVAL, "thread", o.thread = (pst_thread)3);
    OPTION(PST_EINVAL, "on_failure", o.on_failure = (pst_failure)4);
    OPTION(PST_EINVAL, "on_failure", o.on_failure = (pst_failure)-1);
    OPTION(PST_EINVAL, "batch", o.batch = UINT32_MAX);
    OPTION(PST_EINVAL, "batch", (o.batch = 11, o.capacity = 10));
    OPTION(PST_EINVAL, "max_outputs", o.max_outputs = 0);
    OPTION(PST_EINVAL, "max_outputs", o.max_outputs = UINT32_MAX);
    OPTION(PST_EINVAL, "capacity", o.capacity = SIZE_MAX);
    OPTION(PST_EINVAL, "capacity", o.capacity = SIZE_MAX / 2);
    OPTION(PST_EINVAL, "retries", o.retries = UINT32_MAX);
    OPTION(PST_EINVAL, "cost_ns", o.cost_ns = -1);
    OPTION(PST_EINVAL, "cost_ns", o.cost_ns = 0.0 / 0.0);
    OPTION(PST_EINVAL, "cost_ns", o.cost_ns = 1e300);
    OPTION(PST_EINVAL, "finish", o.finish = (pst_finish_fn)(void (*)(void))eat);

    /* Not for every kind of stage. */
#define NOT_FOR(part, change, make)                                                                \
    do {                                                                                           \
        o = (pst_stage_options)PST_STAGE_OPTIONS_INIT;                                             \
        change;                                                                                    \
        REFUSED(PST_EINVAL, part, pst_stage_configure(g, make, &o));                               \
    } while (0)
    pst_stage s;
    NOT_FOR("replicas", o.replicas = 2, new_source(g));
    NOT_FOR("replicas", o.replicas = 2, pst_feed(g, "s", &u64));
    NOT_FOR("replicas", o.replicas = 2, pst_drain(g, "s", new_source(g)));
    NOT_FOR("replicas", o.replicas = 2,
            (s = new_source(g), pst_merge(g, "s", &s, 1, PST_MERGE_ANY, NULL, NULL)));
    NOT_FOR("replicas", o.replicas = 2, pst_fold(g, "s", new_source(g), &u64, 0, 0, add, NULL));
    NOT_FOR("batch", o.batch = 2, pst_feed(g, "s", &u64));
    NOT_FOR("batch", o.batch = 2, pst_drain(g, "s", new_source(g)));
    NOT_FOR("dead-letter", o.on_failure = PST_DEAD_LETTER, new_source(g));
    NOT_FOR("skip", o.on_failure = PST_SKIP, new_source(g));
    NOT_FOR("set-up", o.setup = (pst_setup_fn)(void (*)(void))eat, pst_feed(g, "s", &u64));
    NOT_FOR("thread", o.thread = PST_BLOCKING, pst_feed(g, "s", &u64));
    NOT_FOR("failure", o.on_failure = PST_SKIP, pst_drain(g, "s", new_source(g)));

    pst_edge_options e = PST_EDGE_OPTIONS_INIT;
#define EDGE(want, part, change)                                                                   \
    do {                                                                                           \
        e = (pst_edge_options)PST_EDGE_OPTIONS_INIT;                                               \
        change;                                                                                    \
        REFUSED(want, part, {                                                                      \
            pst_stage a = new_source(g), b = pst_map(g, "m", a, &u64, pass, NULL);                 \
            pst_edge_configure(g, a, b, &e);                                                       \
        });                                                                                        \
    } while (0)
    EDGE(PST_EINVAL, "struct_size", e.struct_size = 0);
    EDGE(PST_EINVAL, "struct_size", e.struct_size = SIZE_MAX);
    EDGE(PST_EINVAL, "capacity", e.capacity = SIZE_MAX);
    EDGE(PST_EINVAL, "capacity", e.capacity = SIZE_MAX / 2);
    EDGE(PST_EINVAL, "fusion", e.fusion = (pst_fusion)2);
    REFUSED(PST_EPORT, "'source'", {
        pst_stage a = new_source(g);
        pst_edge_configure(g, a, a, NULL);
    });
    /* NULL options are the defaults. */
    ACCEPTED({
        pst_stage a = new_source(g), b = pst_map(g, "m", a, &u64, pass, NULL);
        new_sink(g, b);
        pst_stage_configure(g, b, NULL);
        pst_edge_configure(g, a, b, NULL);
        pst_distribute(g, a, PST_BROADCAST, NULL, NULL);
    });
}

/* A capacity that no machine has memory for is an error of the run, not a crash. */
static void out_of_reach(void) {
    pst_stage_options o = PST_STAGE_OPTIONS_INIT;
    pst_type huge = type_of((size_t)1 << 30, 1, "huge");
    pst_graph *g = new_graph();
    pst_edge_options e = PST_EDGE_OPTIONS_INIT;
    pst_stage s = pst_source(g, "s", &huge, fill, NULL);
    pst_stage m = pst_map(g, "m", s, &u64, pass, NULL);
    new_sink(g, m);
    o.capacity = (size_t)1 << 40;
    e.fusion = PST_FUSE_NEVER;
    pst_stage_configure(g, m, &o);
    pst_edge_configure(g, s, m, &e);
    SUCCEEDS(pst_graph_validate(g));
    pst_status status = pst_graph_start(g, engine);
    if (!CHECK(status == PST_ENOMEM || status == PST_EINVAL))
        printf("    got %s \"%s\"\n", pst_status_name(status), pst_last_error());
    if (status == PST_OK)
        pst_graph_cancel(g);
    pst_graph_destroy(g);
}

static void places(void) {
    static const char *const bad[] = {
        "nonsense",     "L3:",      "core:-1", "core:x", "\xff", ":", "core:99999999999999999999",
        "core:4000000", "numa:7777"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        pst_stage_options o = PST_STAGE_OPTIONS_INIT;
        pst_graph *g = new_graph();
        pst_stage s = new_source(g);
        new_sink(g, s);
        o.on = bad[i];
        pst_stage_configure(g, s, &o);
        FAILS(PST_EINVAL, "stage 'source': on:", pst_graph_run(g, engine));
        pst_graph_destroy(g);
    }
}

static void matmuls(void) {
    static const float weights[64];
    pst_type f4 = PST_ROW_TYPE(float, 4), f2 = PST_ROW_TYPE(float, 2);
    pst_type odd = type_of(6, 2, "odd");
    pst_matmul_options o;
#define MATMUL(want, part, output, change)                                                         \
    do {                                                                                           \
        o = (pst_matmul_options)PST_MATMUL_OPTIONS_INIT;                                           \
        o.k = 4;                                                                                   \
        o.n = 2;                                                                                   \
        o.weights = weights;                                                                       \
        change;                                                                                    \
        REFUSED(want, part, {                                                                      \
            pst_stage s = pst_source(g, "s", &f4, fill, NULL);                                     \
            new_sink(g, pst_matmul(g, "layer", s, output, &o));                                    \
        });                                                                                        \
        CHECK(strstr(pst_last_error(), "'layer'"));                                                \
    } while (0)
    MATMUL(PST_EINVAL, "struct_size", &f2, o.struct_size = 0);
    MATMUL(PST_EINVAL, "struct_size", &f2, o.struct_size = SIZE_MAX);
    MATMUL(PST_EINVAL, "weights", &f2, o.weights = NULL);
    MATMUL(PST_EINVAL, "k", &f2, o.k = 0);
    MATMUL(PST_EINVAL, "n", &f2, o.n = 0);
    MATMUL(PST_EINVAL, "in_offset", &f2, o.k = 5);
    MATMUL(PST_EINVAL, "out_offset", &f2, o.n = 3);
    MATMUL(PST_EINVAL, "k", &f2, o.k = SIZE_MAX);
    MATMUL(PST_EINVAL, "in_offset", &f2, o.k = SIZE_MAX / 2);
    MATMUL(PST_EINVAL, "n", &f2, o.n = SIZE_MAX / 4 + 1);
    MATMUL(PST_EINVAL, "in_offset", &f2, o.in_offset = 4);
    MATMUL(PST_EINVAL, "in_offset", &f2, (o.in_offset = 2, o.k = 1));
    MATMUL(PST_EINVAL, "in_offset", &f2, (o.in_offset = SIZE_MAX - 3, o.k = 1));
    MATMUL(PST_EINVAL, "out_offset", &f2, o.out_offset = 4);
    MATMUL(PST_EINVAL, "out_offset", &f2, (o.out_offset = SIZE_MAX - 3, o.n = 1));
    MATMUL(PST_EINVAL, "activation", &f2, o.activation = (pst_activation)7);
    MATMUL(PST_EINVAL, "activation", &f2, o.activation = (pst_activation)-1);
    MATMUL(PST_EINVAL, "PST_CLAMP", &f2, o.activation = PST_CLAMP);
    for (int live = 0; live < 2; live++) {
        const char *odd_address = (const char *)weights + 2;
        MATMUL(PST_EINVAL, "weights", &f2, (o.live = live, o.weights = (const void *)odd_address));
        MATMUL(PST_EINVAL, "bias", &f2, (o.live = live, o.bias = (const void *)odd_address));
    }
    MATMUL(PST_EINVAL, "element", &odd, o.n = 1);
    MATMUL(PST_EINVAL, "type", NULL, (void)0);
    pst_type bytes = pst_bytes_type();
    MATMUL(PST_ETYPE, "destroy", &bytes, (void)0);
    REFUSED(PST_EINVAL, "options", pst_matmul(g, "layer", new_source(g), &f2, NULL));
    REFUSED(PST_EHANDLE, "'layer'", {
        o = (pst_matmul_options)PST_MATMUL_OPTIONS_INIT;
        o.weights = weights;
        o.k = o.n = 1;
        pst_matmul(g, "layer", none, &f2, &o);
    });
    for (int activation = PST_LINEAR; activation < PST_CLAMP; activation++) {
        o = (pst_matmul_options)PST_MATMUL_OPTIONS_INIT;
        o.k = 4;
        o.n = 2;
        o.weights = weights;
        o.activation = (pst_activation)activation;
        ACCEPTED(new_sink(g, pst_matmul(g, "layer", pst_source(g, "s", &f4, fill, NULL), &f2, &o)));
    }
}

int main(void) {
    begin(60);
    memset(longest, 'a', sizeof(longest) - 1);
    engine = new_engine(2);
    names();
    types();
    callbacks();
    stages();
    ports();
    cycles();
    joins();
    options();
    out_of_reach();
    places();
    matmuls();
    pst_engine_destroy(engine);
    return end("misuse_describe");
}
