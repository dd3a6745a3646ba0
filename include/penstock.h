/* Penstock: an embeddable dataflow engine. This header is its specification.
 *
 * A program describes a GRAPH of STAGES, gives it to an ENGINE, and the engine's WORKERS (threads
 * pinned to cores) run it: they call the program's functions with SPANS of ELEMENTS and move the
 * results through bounded CHANNELS.
 *
 *     #include <penstock.h>
 *     #include <stdio.h>
 *
 *     static pst_status count_up(pst_context *cx, void *out, size_t capacity, size_t *count) {
 *         uint64_t *next = pst_user(cx), *numbers = out;
 *         size_t n = 0;
 *         while (n < capacity && *next < 1000) numbers[n++] = (*next)++;
 *         *count = n;
 *         return *next < 1000 ? PST_OK : PST_END;
 *     }
 *     static pst_status square(pst_context *cx, const void *in, void *out, size_t n) {
 *         (void)cx;
 *         for (size_t i = 0; i < n; i++)
 *             ((uint64_t *)out)[i] = ((const uint64_t *)in)[i] * ((const uint64_t *)in)[i];
 *         return PST_OK;
 *     }
 *     static pst_status add_up(pst_context *cx, const void *in, size_t n) {
 *         for (size_t i = 0; i < n; i++) *(uint64_t *)pst_user(cx) += ((const uint64_t *)in)[i];
 *         return PST_OK;
 *     }
 *     int main(void) {
 *         uint64_t next = 0, sum = 0;
 *         pst_engine *engine = NULL;
 *         pst_graph *graph = NULL;
 *         pst_type u64 = PST_TYPE(uint64_t);
 *         if (pst_engine_create(NULL, &engine) || pst_graph_create("squares", &graph))
 *             return pst_report(stderr);
 *         pst_stage numbers = pst_source(graph, "numbers", &u64, count_up, &next);
 *         pst_stage squares = pst_map(graph, "square", numbers, &u64, square, NULL);
 *         pst_sink(graph, "sum", squares, add_up, &sum);
 *         if (pst_graph_run(graph, engine)) pst_report(stderr);
 *         else printf("%llu\n", (unsigned long long)sum);          // 332833500
 *         pst_graph_destroy(graph);
 *         pst_engine_destroy(engine);
 *         return 0;
 *     }
 *
 * Build: cc program.c $(pkg-config --cflags --libs penstock), or in CMake
 * find_package(penstock) and target_link_libraries(program penstock::penstock).
 *
 * CONVENTIONS, which hold for every function unless its comment says otherwise
 *   Threads    Any thread may call any function at any time, except that one graph is described by
 *              one thread at a time. Functions that take a pst_context are for the callback that
 *              was given it, on its own thread, until that callback returns.
 *   Errors     A pst_status is returned; PST_OK is 0. On an error the out-parameters are untouched
 *              and pst_last_error() has a sentence that names the argument or stage at fault. It
 *              stays until the thread's next error: successful calls and destroying keep it.
 *   Handles    Engines and graphs are checked handles: NULL, a handle of another kind or one that
 *              was destroyed gives PST_EHANDLE, never undefined behaviour. Destroying NULL does
 *              nothing. A pst_stage that is zero, invented or of another graph is PST_EHANDLE, an
 *              error of the graph it is used on.
 *   Strings    UTF-8, NUL-terminated, copied during the call.
 *   Options    Structs start with struct_size and are set up with their PST_..._INIT macro. They
 *              only ever grow at the end. A NULL options pointer means the defaults.
 *   Time       Nanoseconds. PST_FOREVER as a timeout means without limit.
 *   Fork       After fork() the child has no workers: calls with an engine or a started graph of
 *              the parent give PST_EFORK there; destroying them frees nothing and returns.
 *   Signals    The library installs no handler and its threads block all signals.
 *   Callbacks  Must return; must not unwind (no longjmp, no exception) through the library.
 *
 * ABI: functions and enum values are never removed or changed within a major version.
 */
#ifndef PENSTOCK_H
#define PENSTOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PST_VERSION_MAJOR 0
#define PST_VERSION_MINOR 1
#define PST_VERSION_PATCH 0
/* Grows with every incompatible change of the binary interface. */
#define PST_SOVERSION 0

#if defined(__GNUC__)
#define PST_API __attribute__((visibility("default")))
#define PST_CHECKED __attribute__((warn_unused_result))
#else
#define PST_API
#define PST_CHECKED
#endif

#ifdef __cplusplus
#define PST_ALIGNOF(T) alignof(T)
extern "C" {
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define PST_ALIGNOF(T) _Alignof(T)
#elif defined(__GNUC__)
#define PST_ALIGNOF(T) __alignof__(T)
#else
#define PST_ALIGNOF(T) offsetof(struct { char c; T t; }, t)
#endif

/* ===========================================================================================
 * 1. Status and errors
 * ======================================================================================== */

/* name, value (pinned for ever), text */
#define PST_STATUS_MAP(X)                                                                          \
    X(OK, 0, "success")                                                                            \
    X(END, 1, "end of stream")                                                                     \
    X(EINVAL, 2, "invalid argument")                                                               \
    X(ENOMEM, 3, "out of memory")                                                                  \
    X(EHANDLE, 4, "not a live handle of this kind")                                                \
    X(ETYPE, 5, "element types do not match")                                                      \
    X(EPORT, 6, "port is missing, unconnected or connected twice")                                 \
    X(ECYCLE, 7, "cycle is not closed by a feedback edge")                                         \
    X(EDEADLK, 8, "would wait for itself")                                                         \
    X(ECANCELED, 9, "cancelled")                                                                   \
    X(ETIMEDOUT, 10, "timed out")                                                                  \
    X(EAGAIN, 11, "not now, try again")                                                            \
    X(EBUSY, 12, "in use")                                                                         \
    X(ESTATE, 13, "not allowed in this state")                                                     \
    X(ESTAGE, 14, "a stage failed")                                                                \
    X(ETOPOLOGY, 15, "topology cannot be loaded")                                                  \
    X(ENOTSUP, 16, "not supported")                                                                \
    X(EFORK, 17, "started before fork")                                                            \
    X(ESYSTEM, 18, "a system call failed")                                                         \
    X(ECLOSED, 19, "closed")                                                                       \
    X(EINTERNAL, 20, "internal error, please report")                                              \
    X(ESTALE, 21, "the actor is gone, or nobody waits any more")

typedef enum pst_status {
#define PST_STATUS_ENUM(name, value, text) PST_##name = value,
    PST_STATUS_MAP(PST_STATUS_ENUM)
#undef PST_STATUS_ENUM
    /* Callbacks may return any value from here up as an error code of their own. */
    PST_EUSER = 1000,
    PST_STATUS_MAX = 0x7fffffff
} pst_status;

/* "PST_EINVAL" and "invalid argument". Never NULL, also for unknown values. Static strings. */
PST_API const char *pst_status_name(pst_status status);
PST_API const char *pst_status_text(pst_status status);

/* The calling thread's last error, as a sentence such as
 * "etl: stage 'standardise', replica 1, element 4711: value is not finite".
 * Stays until the thread's next error, and is valid until then. "" when there was none. */
PST_API const char *pst_last_error(void);

/* Prints "penstock: " and pst_last_error() as a line on the stream and returns the status of that
 * error (PST_OK when there was none). Made for `return pst_report(stderr);`. */
PST_API pst_status pst_report(FILE *stream);

/* ===========================================================================================
 * 2. Version and build
 * ======================================================================================== */

/* major * 10000 + minor * 100 + patch of the library that is loaded. */
PST_API uint32_t pst_version(void);
/* One line: version, instruction set in use and those available, hwloc version, compiler. */
PST_API const char *pst_build_info(void);

/* ===========================================================================================
 * 3. Element types
 * ======================================================================================== */

/* What a channel carries. Elements are moved by value (memcpy); what they point to moves with
 * them. Two types match when size and alignment are equal and the names are equal. */
typedef struct pst_type {
    size_t struct_size;
    size_t size;      /* bytes, at least 1; at most 1 GiB */
    size_t alignment; /* a power of two, at most 128, a divisor of size */
    const char *name; /* not NULL */
    /* Gives up n contiguous elements: called exactly once for each element that nobody consumed
     * (cancelled graphs, filtered elements, failures). NULL: nothing to give up. Any thread. */
    void (*destroy)(void *elements, size_t n, void *user);
    /* Makes n independent copies in uninitialised memory; returns PST_OK or an error, then with
     * nothing made. Needed only where a type with destroy is broadcast. NULL: memcpy. */
    pst_status (*copy)(const void *from, void *to, size_t n, void *user);
    void *user; /* given to destroy and copy */
} pst_type;

#define PST_TYPE(T) {sizeof(pst_type), sizeof(T), PST_ALIGNOF(T), #T, NULL, NULL, NULL}
/* Rows of n elements of T, one row per element: {PST_ROW_TYPE(float, 64)} is f32[64]. */
#define PST_ROW_TYPE(T, n)                                                                         \
    {sizeof(pst_type), sizeof(T) * (n), PST_ALIGNOF(T), #T "[" #n "]", NULL, NULL, NULL}

/* A block of bytes with an owner. Elements of pst_bytes_type() call release(owner) when nobody
 * consumes them. Their copies share the owner where the library made it (section 13), and else
 * have copies of the bytes. */
typedef struct pst_bytes {
    const void *data;
    size_t size;
    void *owner;
    void (*release)(void *owner);
} pst_bytes;
PST_API pst_type pst_bytes_type(void);

/* A tensor in DLPack's versioned form (dmlc/dlpack, dlpack.h, DLPack 1.0 or later): the element is
 * one DLManagedTensorVersioned pointer, whose deleter is called when nobody consumes it. */
struct DLManagedTensorVersioned;
PST_API pst_type pst_tensor_type(void);

/* ===========================================================================================
 * 4. Engine
 * ======================================================================================== */

typedef struct pst_engine pst_engine;

#define PST_FOREVER UINT64_MAX

typedef enum pst_policy {
    PST_PLACE_AUTO = 0,   /* neighbours share a cache, load is balanced */
    PST_PLACE_CLOSE = 1,  /* fill one cache domain before the next */
    PST_PLACE_SPREAD = 2, /* as many cache domains as possible */
    PST_PLACE_NONE = 3    /* threads are not bound */
} pst_policy;

typedef struct pst_engine_options {
    size_t struct_size;
    /* "live": this machine. "xml:PATH": an hwloc XML file. "synthetic:DESCRIPTION": an hwloc
     * synthetic topology such as "synthetic:package:2 l3:4 core:8 pu:2". The last two plan and run
     * but cannot bind. NULL or "": $PST_TOPOLOGY, else the live machine. */
    const char *topology;
    /* "threads", or "simulated:SEED": every graph runs on the thread that waits for it, in an
     * order, with delays and wake-ups chosen by the seed, in virtual time. The same seed replays
     * the same run. Append ",alloc=P" for allocations that fail with probability P. NULL or "":
     * $PST_EXECUTOR, else "threads". */
    const char *executor;
    /* At most this many workers. 0: the capacity, that is the cores of the machine that this
     * process may use: hwloc's allowed set, cut by the thread affinity at this call and the cgroup
     * CPU quota. More than the capacity is allowed; then no worker is bound and none spins. */
    uint32_t workers;
    uint32_t reserve; /* cores of the capacity to leave to the host. 0 */
    pst_policy policy;
    /* How long an idle worker looks for work before it sleeps. Waking a sleeping thread costs 10 to
     * 50 us on a virtual machine, a spinning hand-off 0.1 us. UINT64_MAX: $PST_SPIN_NS, else 50000.
     * 0: sleep at once. Workers beyond the capacity never spin. */
    uint64_t spin_ns;
    /* Activations remembered for the timeline, in total, the last ones of a run; at most 2^24 are.
     * 0: none are. */
    uint32_t trace_capacity;
    /* Memory that actors and their messages may take; 0: no limit. See section 11. */
    uint64_t actor_bytes;
    /* An actor's behaviour that runs for longer is told of, see pst_actors_observe. 0: none is.
     * Watching takes a thread. */
    uint64_t watchdog_ns;
} pst_engine_options;

#define PST_ENGINE_OPTIONS_INIT                                                                    \
    {sizeof(pst_engine_options), NULL, NULL, 0, 0, PST_PLACE_AUTO, UINT64_MAX, 0, 0, 0}

/* Creates an engine. It reads the topology; its workers' threads start when a graph or a product
 * needs them and sleep when idle. Graphs and products share the workers; besides them there are
 * only the threads of PST_BLOCKING stages. PST_EINVAL, PST_ETOPOLOGY, PST_ENOMEM. */
PST_API PST_CHECKED pst_status pst_engine_create(const pst_engine_options *options,
                                                 pst_engine **engine);
/* Cancels the graphs that still run on it, waits for them, ends the threads, frees the engine.
 * From inside a callback: does nothing but set pst_last_error(). */
PST_API void pst_engine_destroy(pst_engine *engine);

typedef struct pst_engine_info {
    size_t struct_size;
    uint32_t processors; /* of the topology */
    uint32_t allowed;    /* processors this process may use */
    uint32_t cores;      /* cores those belong to */
    double quota;        /* CPUs of the cgroup quota; 0: no limit */
    uint32_t workers;    /* most workers the engine uses */
    uint32_t threads;    /* of those, so many have been started */
    bool live;           /* the topology is this machine's, so binding means something */
    bool simulated;
} pst_engine_info;
#define PST_ENGINE_INFO_INIT {sizeof(pst_engine_info), 0, 0, 0, 0, 0, 0, false, false}
PST_API pst_status pst_engine_get_info(pst_engine *engine, pst_engine_info *info);

/* ===========================================================================================
 * 5. Callbacks: what the program gives to stages
 *
 * A callback sees spans: n contiguous elements, n >= 1. It is never entered twice at once for one
 * replica of one stage, and what an earlier call did is visible to the next even if that runs on
 * another thread. It owns what the comment says it owns. It returns PST_OK; PST_END when it wants
 * no more (see each kind); or an error, and then the stage's failure policy decides (section 7).
 * ======================================================================================== */

typedef struct pst_context pst_context;

/* Fills out[0, *count) with at most capacity new elements (*count is 0 at entry). PST_END ends the
 * stream, after the elements of that call. PST_OK with *count 0 means "nothing now": the engine
 * asks again a little later (first after microseconds, then up to a millisecond) or when
 * pst_graph_wake is called. What a call made is on its way before the next call. */
typedef pst_status (*pst_source_fn)(pst_context *cx, void *out, size_t capacity, size_t *count);

/* Consumes in[0, n) and makes out[0, n) (uninitialised memory, never overlapping in). For types
 * with destroy: consuming means that the callback moved or destroyed what the elements held. */
typedef pst_status (*pst_map_fn)(pst_context *cx, const void *in, void *out, size_t n);

/* Sets keep[i] to true for the elements that pass; keep is all false at entry. The engine moves
 * those on and destroys the others. */
typedef pst_status (*pst_filter_fn)(pst_context *cx, const void *in, bool *keep, size_t n);

/* Consumes in[0, n) and emits any number of elements to any of its output ports with pst_emit or
 * pst_reserve and pst_commit, at most n * max_outputs to each port (stage option; 1 by default).
 * What a call emitted that fails as a whole is taken back and destroyed. PST_END: as for sinks. */
typedef pst_status (*pst_process_fn)(pst_context *cx, const void *in, size_t n);

/* Folds in[0, n), which it consumes, into the state (one element of the state's type). A state that
 * is never emitted is given to the type's destroy, which must therefore accept the initial one. */
typedef pst_status (*pst_fold_fn)(pst_context *cx, void *state, const void *in, size_t n);

/* Consumes in[0, n). PST_END: it wants no more (this span counts as consumed); the stages before it
 * that feed nobody else end early, and the elements under way are destroyed. */
typedef pst_status (*pst_sink_fn)(pst_context *cx, const void *in, size_t n);

/* Once per replica: set-up before its first span, tear-down after its last (also after a failure
 * or cancel; only if its set-up succeeded). On the thread that runs the replica. */
typedef pst_status (*pst_setup_fn)(pst_context *cx);
typedef void (*pst_teardown_fn)(pst_context *cx);

/* Called when a process stage's input has ended: emits what is left. There is room for at least 64
 * elements per port and call, and for max_outputs if that is more (so the channels behind hold at
 * least that). PST_OK: done. PST_EAGAIN: call me again, there is more. Into its own cycle nothing
 * can be emitted any more: it is destroyed. */
typedef pst_status (*pst_finish_fn)(pst_context *cx);

/* Computes keys[i] for in[i]; elements with equal keys go the same way. user: as given to
 * pst_distribute; of the key in a stage's options, the stage's own. On the producer's thread. */
typedef void (*pst_key_fn)(const void *in, uint64_t *keys, size_t n, void *user);

/* Negative, zero or positive as a sorts before, with or after b. */
typedef int (*pst_compare_fn)(const void *a, const void *b, void *user);

/* The stage's user pointer, and the replica's own (NULL until set, typically in set-up). */
PST_API void *pst_user(pst_context *cx);
PST_API void *pst_state(pst_context *cx);
PST_API void pst_set_state(pst_context *cx, void *state);
/* The replica's number, from 0. */
PST_API uint32_t pst_replica(pst_context *cx);
/* Index of the span's first element among all that this replica was given in this run; of a source:
 * how many it has made. */
PST_API uint64_t pst_position(pst_context *cx);
/* True when the graph was cancelled or has failed; long callbacks ask now and then. */
PST_API bool pst_should_stop(pst_context *cx);
/* The engine's clock; virtual in a simulated engine. */
PST_API uint64_t pst_now(pst_context *cx);
/* Says which element of the span failed and why, and returns status (PST_ESTAGE if it is PST_OK):
 *     return pst_fail(cx, PST_EINVAL, i, "value is not finite");
 * The elements before i count as done: consumed, and their outputs made (map), their keep flags
 * set (filter) or their emissions valid (process). Element i and those after it are still the
 * engine's. A callback that returns an error without pst_fail fails its whole span: it has
 * consumed nothing and made nothing. From a source the index is ignored. */
PST_API pst_status pst_fail(pst_context *cx, pst_status status, size_t index, const char *text);

/* Emits count elements (moved by memcpy) to a port of a process stage; returns how many there was
 * room for. It is count as long as the callback keeps to n * max_outputs. */
PST_API size_t pst_emit(pst_context *cx, uint32_t port, const void *elements, size_t count);
/* The same without the copy: room for up to want elements (NULL and 0 when there is none), then
 * pst_commit with how many were made. One reservation per port at a time. */
PST_API void *pst_reserve(pst_context *cx, uint32_t port, size_t want, size_t *room);
PST_API pst_status pst_commit(pst_context *cx, uint32_t port, size_t count);

/* ===========================================================================================
 * 6. Graphs
 *
 * Describing has sticky errors: the first mistake stays with the graph, later calls do nothing and
 * return the zero stage, and pst_graph_validate or pst_graph_run returns it with the stage's name.
 * ======================================================================================== */

typedef struct pst_graph pst_graph;

/* A stage of a graph, or one output port of it. Zero: none. */
typedef struct pst_stage {
    uint64_t id;
} pst_stage;

#ifdef __cplusplus
#define PST_NO_STAGE (pst_stage{0})
#else
#define PST_NO_STAGE ((pst_stage){0})
#endif

PST_API PST_CHECKED pst_status pst_graph_create(const char *name, pst_graph **graph);
/* Cancels it if it runs, waits for its end and frees it. From inside one of its own callbacks: only
 * sets pst_last_error(). */
PST_API void pst_graph_destroy(pst_graph *graph);

/* ---- Stages. name: unique in the graph. type: of the output elements, copied. user: for
 * pst_user(). The input is a stage (its port 0) or pst_port(stage, n). ---- */

PST_API pst_stage pst_source(pst_graph *graph, const char *name, const pst_type *type,
                             pst_source_fn fill, void *user);
PST_API pst_stage pst_map(pst_graph *graph, const char *name, pst_stage input,
                          const pst_type *type, pst_map_fn map, void *user);
PST_API pst_stage pst_filter(pst_graph *graph, const char *name, pst_stage input,
                             pst_filter_fn filter, void *user);
/* types: one for each of the ports output ports (1 to 64). */
PST_API pst_stage pst_process(pst_graph *graph, const char *name, pst_stage input,
                              const pst_type *types, uint32_t ports, pst_process_fn process,
                              void *user);
/* The state starts as a copy of initial (one element of type, by memcpy; NULL: zero bytes). every
 * 0: the state is emitted once, when the input ends. every n: it is emitted after each n elements
 * and starts anew; what is left at the end is emitted too, if any element came since. */
PST_API pst_stage pst_fold(pst_graph *graph, const char *name, pst_stage input,
                           const pst_type *type, const void *initial, uint64_t every,
                           pst_fold_fn fold, void *user);
PST_API pst_stage pst_sink(pst_graph *graph, const char *name, pst_stage input, pst_sink_fn sink,
                           void *user);

/* Joins count inputs (at least 1) of one type; feedback edges come in addition. */
typedef enum pst_merge_order {
    PST_MERGE_ANY = 0,   /* as they come; FIFO per input */
    PST_MERGE_TURNS = 1, /* one element of each input in turn; the opposite of PST_ROUND_ROBIN */
    PST_MERGE_SORTED = 2 /* by compare; each input sorted already; ties: lower input first */
} pst_merge_order;
/* The two that take from their inputs in order wait for one input while the others fill up. Where
 * that could last for ever, since the inputs descend from one fork, pst_graph_validate refuses:
 * sorted merges below a fork, and turns where a stage in between may drop or add elements. */
PST_API pst_stage pst_merge(pst_graph *graph, const char *name, const pst_stage *inputs,
                            size_t count, pst_merge_order order, pst_compare_fn compare,
                            void *user);

/* Closes a cycle: output goes back into the merge (PST_MERGE_ANY), which takes from inside first.
 * credit: how many elements may be inside at once, at least 1; the merge lets a new one in
 * only when one has left, that is, when the callback that consumed it without emitting it into the
 * cycle has returned. So a cycle whose output never emits limits how much is under way. No stage
 * may emit more elements into the cycle than it takes out of it. A stage with a batch inside the
 * cycle gets a shorter one when its input has ended outside and no more can come. */
PST_API void pst_feedback(pst_graph *graph, pst_stage output, pst_stage merge, uint64_t credit);

/* One output port of a stage; pst_port(stage, 0) is the stage itself. */
PST_API pst_stage pst_port(pst_stage stage, uint32_t port);
/* The port where a stage with failure policy PST_DEAD_LETTER puts the inputs it failed on. May be
 * asked for before the policy is set. */
PST_API pst_stage pst_dead_letters(pst_graph *graph, pst_stage stage);

/* How a port that feeds several stages divides its elements. */
typedef enum pst_distribution {
    PST_BROADCAST = 0,   /* each consumer gets every element (default) */
    PST_ROUND_ROBIN = 1, /* one element to each consumer in turn, in the order of connection */
    PST_BY_KEY = 2       /* consumer number: a hash of the key modulo the number of consumers */
} pst_distribution;
PST_API void pst_distribute(pst_graph *graph, pst_stage port, pst_distribution how, pst_key_fn key,
                            void *user);

/* ---- Edges to the host: other threads push into and pull out of a running graph ---- */

/* A source that the host feeds with pst_push until pst_close. */
PST_API pst_stage pst_feed(pst_graph *graph, const char *name, const pst_type *type);
/* A sink that the host empties with pst_pull. */
PST_API pst_stage pst_drain(pst_graph *graph, const char *name, pst_stage input);

/* Moves elements into a feed, waiting for room up to timeout_ns; *pushed (may be NULL) says how
 * many went in, also when it returns PST_ETIMEDOUT (timeout 0: PST_EAGAIN), PST_ECLOSED or the
 * status the graph ended with. One thread per feed at a time. Works from the moment of
 * pst_graph_start; before that PST_ESTATE. */
PST_API pst_status pst_push(pst_graph *graph, pst_stage feed, const void *elements, size_t count,
                            uint64_t timeout_ns, size_t *pushed);
PST_API pst_status pst_close(pst_graph *graph, pst_stage feed);
/* Moves up to capacity elements out of a drain: at least one, waiting up to timeout_ns. PST_END:
 * the stream has ended. PST_ETIMEDOUT (timeout 0: PST_EAGAIN): nothing yet. One thread per drain.
 * What a drain still holds when the run has ended well can be pulled until the next start. */
PST_API pst_status pst_pull(pst_graph *graph, pst_stage drain, void *elements, size_t capacity,
                            uint64_t timeout_ns, size_t *count);

/* ===========================================================================================
 * 7. Settings of stages and edges
 * ======================================================================================== */

typedef enum pst_order {
    PST_ORDERED = 0,  /* replicas: results leave in the order of the inputs */
    PST_UNORDERED = 1 /* replicas: results leave as they come */
} pst_order;

typedef enum pst_thread {
    PST_WORKER = 0,   /* the engine's pinned workers */
    PST_BLOCKING = 1, /* a thread of its own, which may sleep in system calls and never spins */
    PST_HOST = 2      /* the thread that calls pst_graph_run, pst_graph_wait or pst_graph_poll */
} pst_thread;

typedef enum pst_failure {
    PST_FAIL = 0,       /* the graph ends with PST_ESTAGE and the element is destroyed */
    PST_SKIP = 1,       /* the element is destroyed and counted; the stage goes on */
    PST_RETRY = 2,      /* the element is tried again, each up to retries times, then as PST_FAIL */
    PST_DEAD_LETTER = 3 /* the element goes to the port pst_dead_letters() */
} pst_failure;

typedef enum pst_fusion {
    /* Neighbours run as one task, without a channel between them, unless their costs are known
     * (cost_ns, pst_graph_learn) and several workers would be faster. */
    PST_FUSE_AUTO = 0,
    PST_FUSE_NEVER = 1 /* always a channel, and another worker if there is one */
} pst_fusion;

typedef struct pst_stage_options {
    size_t struct_size;
    /* Copies of the stage that share its input; 1 to 256. Not for sources, feeds, drains, merges
     * and folds. Neighbours with equally many pair up. */
    uint32_t replicas;
    pst_order order;
    /* Elements with equal keys go to the same replica (then results are PST_UNORDERED, but FIFO per
     * key). NULL: any replica. */
    pst_key_fn key;
    /* Spans of exactly this many elements, the last may be shorter; of a source: of at most this
     * many. 0: whatever is there. */
    uint32_t batch;
    /* With batch: pass on a shorter span when its first element has waited this long. 0: never. */
    uint64_t linger_ns;
    /* Process stages: most elements emitted per input element and port; 1. */
    uint32_t max_outputs;
    pst_thread thread;
    /* Time per input element in ns, a hint for fusion and placement. 0: unknown, taken as light.
     * See pst_graph_learn. */
    double cost_ns;
    pst_failure on_failure;
    uint32_t retries;     /* with PST_RETRY; 3 */
    uint64_t backoff_ns;  /* before the first retry, then doubled each time up to 1000-fold; 1 ms */
    size_t capacity;      /* elements in each of its input channels. 0: sized for the caches */
    const char *on;       /* place it there: "L3:0", "core:5", "numa:1", "package:0" (logical, as in
                             hwloc). What the machine does not have is PST_EINVAL at the start; what
                             this process may not use is a warning in the plan. */
    pst_stage near;       /* place it where that stage is */
    bool exclusive;       /* no other stage on its core, if there are cores enough */
    pst_setup_fn setup;
    pst_teardown_fn teardown;
    pst_finish_fn finish; /* process stages */
} pst_stage_options;

#define PST_STAGE_OPTIONS_INIT                                                                     \
    {sizeof(pst_stage_options), 1, PST_ORDERED, NULL, 0, 0, 1, PST_WORKER, 0, PST_FAIL, 3,         \
     1000000, 0, NULL, {0}, false, NULL, NULL, NULL}

/* Replaces all options of the stage. Limits: batch 2^24, max_outputs 2^20, capacity 2^40. */
PST_API void pst_stage_configure(pst_graph *graph, pst_stage stage,
                                 const pst_stage_options *options);

typedef struct pst_edge_options {
    size_t struct_size;
    size_t capacity; /* elements; 0: as the consuming stage says */
    pst_fusion fusion;
} pst_edge_options;
#define PST_EDGE_OPTIONS_INIT {sizeof(pst_edge_options), 0, PST_FUSE_AUTO}

/* from: a stage or port; to: the stage it feeds. */
PST_API void pst_edge_configure(pst_graph *graph, pst_stage from, pst_stage to,
                                const pst_edge_options *options);

/* ===========================================================================================
 * 8. Running
 * ======================================================================================== */

/* Checks the description: every port connected, types equal, cycles closed by feedback, no fork and
 * ordered join that could deadlock with the given capacities. Returns the graph's first error. */
PST_API PST_CHECKED pst_status pst_graph_validate(pst_graph *graph);

/* Validates, compiles, places, runs, and returns when the graph has ended: start and wait in one
 * call. A graph may be run again and again, one run at a time. PST_ESTAGE: a stage failed.
 * PST_ECANCELED. PST_EDEADLK from inside a callback, or (simulated) when nothing can go on. */
PST_API PST_CHECKED pst_status pst_graph_run(pst_graph *graph, pst_engine *engine);
PST_API PST_CHECKED pst_status pst_graph_start(pst_graph *graph, pst_engine *engine);
/* Waits for the end of the run and returns its status; meanwhile runs the graph's PST_HOST stages
 * (in one thread at a time). PST_ETIMEDOUT: it goes on. PST_ESTATE: never started. PST_EDEADLK from
 * inside a callback of the run, as for pst_graph_poll and for a push or pull that would wait. */
PST_API pst_status pst_graph_wait(pst_graph *graph, uint64_t timeout_ns);
/* Runs PST_HOST stages for up to budget_ns without waiting for anything. PST_OK: still running,
 * PST_END: the run has ended (pst_graph_wait says how), or an error of the call. */
PST_API pst_status pst_graph_poll(pst_graph *graph, uint64_t budget_ns);
/* Asks the run to stop now: wakes every stage; elements under way are destroyed. Returns at once;
 * the run then ends with PST_ECANCELED, when callbacks that are busy have returned. From any thread
 * and from callbacks. PST_OK also when nothing runs. */
PST_API pst_status pst_graph_cancel(pst_graph *graph);
/* Stages finish the span they are in, then rest; resume lets them go on. */
PST_API pst_status pst_graph_pause(pst_graph *graph);
PST_API pst_status pst_graph_resume(pst_graph *graph);
/* Tells a source that returned "nothing now" to look again. From any thread. */
PST_API pst_status pst_graph_wake(pst_graph *graph, pst_stage source);
/* After a run (during one: PST_EBUSY): takes the measured time per element of each stage as its
 * cost_ns, so that the next run is fused and placed by measurement. */
PST_API pst_status pst_graph_learn(pst_graph *graph);

typedef enum pst_run_state {
    PST_IDLE = 0, /* never started */
    PST_RUNNING = 1,
    PST_PAUSED = 2,
    PST_STOPPING = 3, /* failed or cancelled, callbacks are returning */
    PST_ENDED = 4
} pst_run_state;
/* *state and (may be NULL) *elements: how many elements have arrived at sinks so far. */
PST_API pst_status pst_graph_get_state(pst_graph *graph, pst_run_state *state, uint64_t *elements);

/* ===========================================================================================
 * 9. Seeing
 * ======================================================================================== */

/* Of the current or last run, summed over replicas; updated once per activation. */
typedef struct pst_stage_stats {
    size_t struct_size;
    uint64_t elements_in;
    uint64_t elements_out; /* over all ports */
    uint64_t activations;
    uint64_t busy_ns;    /* in callbacks; fused stages share their segment's time as sampled */
    uint64_t starved_ns; /* waiting for input */
    uint64_t blocked_ns; /* waiting for room */
    uint64_t queue_length;
    uint64_t queue_high_water;
    uint64_t queue_capacity;
    uint64_t failed;        /* elements a callback failed on, each try counted */
    uint64_t skipped;
    uint64_t retried;
    uint64_t dead_lettered;
    double rate;            /* elements_in per second of the run so far */
} pst_stage_stats;
#define PST_STAGE_STATS_INIT {sizeof(pst_stage_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
PST_API pst_status pst_stage_get_stats(pst_graph *graph, pst_stage stage, pst_stage_stats *stats);

typedef enum pst_view {
    PST_VIEW_TOPOLOGY = 0, /* engine: the machine and the capacity. text, json */
    PST_VIEW_PLAN = 1,     /* graph: which thread runs what on which core, and why: planned and
                              applied. text, json, dot, svg */
    PST_VIEW_GRAPH = 2,    /* graph: stages, edges, placement. text (Mermaid), json, dot, svg */
    PST_VIEW_STATS = 3,    /* graph: statistics per stage. text, json */
    PST_VIEW_STALL = 4,    /* graph: who waits for whom, and the stage or cycle everybody waits
                              for. text */
    PST_VIEW_TIMELINE = 5  /* graph: which stage ran when on which thread, in a run that has ended
                              (needs trace_capacity). svg, json (Chrome trace events) */
} pst_view;

typedef enum pst_format {
    PST_TEXT = 0,
    PST_JSON = 1,
    PST_DOT = 2,
    PST_SVG = 3
} pst_format;

/* A text made by the library, to be given back with pst_text_free. PST_ENOTSUP: no such format for
 * this view. PST_ESTATE: the view needs a run. */
PST_API PST_CHECKED pst_status pst_engine_render(pst_engine *engine, pst_view view,
                                                 pst_format format, char **text);
PST_API PST_CHECKED pst_status pst_graph_render(pst_graph *graph, pst_view view, pst_format format,
                                                char **text);
/* The same into a file, which is replaced. */
PST_API PST_CHECKED pst_status pst_graph_save(pst_graph *graph, pst_view view, pst_format format,
                                              const char *path);
PST_API void pst_text_free(char *text);

/* ===========================================================================================
 * 10. Matrices
 *
 * C = scale * activation(alpha * A * B + beta * C + bias) + residual, A m x k, B k x n, C m x n.
 * Element (i, j) of X stands at x[i * x_row + j * x_col]; strides count elements and may be zero or
 * negative for operands that are read. Row-major without gaps: x_row = columns, x_col = 1; a
 * transposed operand has its strides exchanged. Pointers are aligned to their element, no more.
 *
 * beta 0 never reads C, alpha 0 never reads A or B, and m, n or k may be 0 (k 0: A * B is zero). Of
 * an empty matrix the pointer may be NULL. C must not share an element with anything that is read,
 * nor with itself, over all products of a batch. Matrices whose addresses interleave are accepted
 * where they are blocks of one matrix or fields of one array of structs. Operands are the caller's;
 * they are not kept after a call. Several threads may use one operand, as long as nobody writes it.
 *
 * Each element of C (f32, f64) is one chain of fused multiply-adds over k: beta * C, or 0, then
 * + (alpha * a) * b for each step, each rounded once; the epilogue follows. So the result is the
 * same bit for bit for any number of threads, any batch, any blocks, packed or not, and for a row
 * alone as among others. (A column-major C is computed as the transpose: alpha then goes with B.)
 * bf16: products are exact, sums are f32 and take of each two steps of k the second first, and
 * alpha multiplies the sum; the rest holds as well. AVX-512 takes subnormal inputs for zero and
 * makes zero of subnormal sums there (PST_ISA=avx2 does not).
 * The error is at most gamma(k + 2) * (|alpha| |A| |B| + |beta| |C|), gamma(j) = j u / (1 - j u), u
 * the unit roundoff (Higham, "Accuracy and Stability of Numerical Algorithms", 3.5). NaN and
 * infinities go their way as in the sums written out.
 * ======================================================================================== */

typedef enum pst_activation {
    PST_LINEAR = 0,
    PST_RELU = 1,      /* max(x, 0) */
    PST_GELU = 2,      /* x / 2 * (1 + erf(x / sqrt(2))) */
    PST_GELU_TANH = 3, /* x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) */
    PST_SIGMOID = 4,   /* 1 / (1 + exp(-x)) */
    PST_TANH = 5,
    PST_CLAMP = 6 /* min(max(x, low), high) */
} pst_activation;

/* On the calling thread alone. bias: n values added to each row, or NULL. PST_CLAMP needs pst_gemm.
 * A product that fits in the caches and is plain (alpha 1, beta 0 or 1, contiguous rows) goes
 * straight to the kernel. PST_EINVAL, PST_ENOMEM; PST_ENOTSUP when PST_ISA names no usable
 * kernel. */
PST_API pst_status pst_gemm_f32(size_t m, size_t n, size_t k, float alpha, const float *a,
                                ptrdiff_t a_row, ptrdiff_t a_col, const float *b, ptrdiff_t b_row,
                                ptrdiff_t b_col, float beta, float *c, ptrdiff_t c_row,
                                ptrdiff_t c_col, const float *bias, pst_activation activation);
PST_API pst_status pst_gemm_f64(size_t m, size_t n, size_t k, double alpha, const double *a,
                                ptrdiff_t a_row, ptrdiff_t a_col, const double *b, ptrdiff_t b_row,
                                ptrdiff_t b_col, double beta, double *c, ptrdiff_t c_row,
                                ptrdiff_t c_col, const double *bias, pst_activation activation);

typedef enum pst_gemm_type {
    PST_GEMM_F32 = 0,
    PST_GEMM_F64 = 1,
    PST_GEMM_BF16 = 2, /* A and B bfloat16 (uint16_t), C, bias and residual f32 */
    PST_GEMM_S8 = 3,   /* A and B int8_t, C and bias int32_t, exact modulo 2^32 */
    PST_GEMM_U8S8 = 4  /* A uint8_t, B int8_t, C and bias int32_t, exact modulo 2^32 */
} pst_gemm_type;

/* B packed ahead, for weights that meet many A: k x n, the kernel's own layout. */
typedef struct pst_packed pst_packed;

/* Copies b; nothing of it is kept. Any number of threads may use one packed matrix at a time.
 * PST_EINVAL, PST_ENOMEM, PST_ENOTSUP. Packed matrices are checked handles, as engines are. */
PST_API PST_CHECKED pst_status pst_packed_create(pst_gemm_type type, size_t k, size_t n,
                                                 const void *b, ptrdiff_t b_row, ptrdiff_t b_col,
                                                 pst_packed **packed);
/* NULL is ignored. Products under way may still use it until they end. */
PST_API void pst_packed_destroy(pst_packed *packed);

typedef struct pst_gemm_args {
    size_t struct_size;
    pst_gemm_type type;
    size_t m, n, k;
    double alpha, beta; /* int8 types: alpha 1, beta 0 or 1 */
    const void *a;
    ptrdiff_t a_row, a_col;
    const void *b;
    ptrdiff_t b_row, b_col;
    const pst_packed *packed_b; /* instead of b, of the same type, k and n; or NULL */
    void *c;
    ptrdiff_t c_row, c_col;

    /* A batch: so many products of one shape, product i of a + i * a_batch and so on (elements; 0
     * for an operand that all share), or of a_array[i] where an array is given. The epilogue is the
     * same for all, but residual moves with residual_batch. */
    size_t batch;
    ptrdiff_t a_batch, b_batch, c_batch;
    const void *const *a_array;
    const void *const *b_array;
    void *const *c_array;

    /* Epilogue, in this order. int8 types: only bias and residual, int32_t as C. */
    const void *bias; /* n values, or m when bias_by_row; or NULL */
    bool bias_by_row;
    pst_activation activation;
    double low, high; /* PST_CLAMP: low <= high */
    double scale;
    const void *residual; /* m x n, or NULL */
    ptrdiff_t residual_row, residual_col, residual_batch;

    /* Where: NULL, the calling thread alone; else the caller and those of the engine's workers that
     * have nothing else to do, together at most `threads` (0: as many as pay) and never more than
     * the engine has workers, nor than its capacity. Workers round, and treat subnormal numbers, as
     * the caller's thread does; the flags of exceptions are raised where they happen. A stage's
     * callback may name the engine that runs it: the product takes what workers are idle and waits
     * for no other. */
    pst_engine *engine;
    size_t threads;

    /* Sizes of blocks, 0: chosen from the caches. No choice changes a bit of the result. */
    size_t kc, mc, nc;
} pst_gemm_args;
#define PST_GEMM_ARGS_INIT                                                                         \
    {sizeof(pst_gemm_args), PST_GEMM_F32, 0, 0, 0, 1, 0, NULL, 0, 0, NULL, 0, 0, NULL, NULL, 0, 0, \
     1, 0, 0, 0, NULL, NULL, NULL, NULL, false, PST_LINEAR, 0, 0, 1, NULL, 0, 0, 0, NULL, 0, 0, 0, \
     0}

/* PST_EINVAL names the argument (of a batch by pointers also the product) and changes nothing, as
 * do PST_EHANDLE, PST_EFORK and PST_ENOTSUP (no kernel); PST_ENOMEM may leave part of C done. */
PST_API pst_status pst_gemm(const pst_gemm_args *args);

/* What pst_gemm would do and why: kernel, path, blocks, threads. No element is read. To be given
 * back with pst_text_free. */
PST_API PST_CHECKED pst_status pst_gemm_explain(const pst_gemm_args *args, char **text);

/* A product has failed with this status. */
typedef void (*pst_gemm_failed_fn)(pst_status status);

/* What pst_gemm_arrays does for each of its products. */
typedef struct pst_gemm_loop {
    size_t struct_size;
    pst_gemm_type type; /* PST_GEMM_F32 or PST_GEMM_F64 */
    bool has_bias;
    pst_activation activation; /* not PST_CLAMP */
    pst_gemm_failed_fn failed; /* on the same thread, after each product that fails; or NULL */
} pst_gemm_loop;
#define PST_GEMM_LOOP_INIT {sizeof(pst_gemm_loop), PST_GEMM_F32, false, PST_LINEAR, NULL}

/* The inner loop of a generalised function of arrays, as NumPy calls it (PyUFuncGenericFunction):
 * "(m,k),(k,n)->(m,n)" or with a bias "(m,k),(k,n),(n)->(m,n)". args: A, B, the bias and C.
 * dimensions: how many products, m, k, n. steps, in bytes: from one product to the next of each
 * argument, then A's two, B's two, the bias's (of contiguous values) and C's two; those within
 * matrices are multiples of a number's size, or `failed` is called once and nothing is done.
 * loop: a pst_gemm_loop; without one, or with a wrong struct_size, nothing is done. On the calling
 * thread alone. Clears the flags of floating-point exceptions. */
PST_API void pst_gemm_arrays(void **args, const ptrdiff_t *dimensions, const ptrdiff_t *steps,
                             void *loop);

/* Fills type, sizes, pointers, strides and batch of args from three DLTensors (dlpack.h 0.x and
 * 1.x) in CPU memory: matrices, or stacks of matrices of equal length (or length 1: shared). b
 * NULL: k and n stay as they are, for packed_b, which a b sets to NULL. The tensors stay their
 * owners' and must outlive the product; C's is written. PST_EINVAL names the tensor: device, type,
 * rank or shape. */
PST_API pst_status pst_gemm_args_dlpack(pst_gemm_args *args, const void *a, const void *b, void *c);

/* A layer as a stage: of each input element it takes k floats at in_offset (bytes) as a row, and
 * writes row * weights + bias to n floats at out_offset of the output element. When the types are
 * equal the rest of the element is carried over; else it is zero. A span of rows is one product. */
typedef struct pst_matmul_options {
    size_t struct_size;
    size_t k, n;
    const float *weights; /* k x n, row-major without gaps */
    const float *bias;    /* n, or NULL */
    pst_activation activation; /* not PST_CLAMP, which has no bounds here */
    size_t in_offset, out_offset; /* bytes, multiples of 4 */
    /* false: weights and bias are copied (packed) at the call. true: they are read anew for each
     * span, must live as long as the graph, and must not be written while a span is under way; a
     * feedback edge whose credit is the batch gives that. */
    bool live;
} pst_matmul_options;
#define PST_MATMUL_OPTIONS_INIT                                                                    \
    {sizeof(pst_matmul_options), 0, 0, NULL, NULL, PST_LINEAR, 0, 0, false}
PST_API pst_stage pst_matmul(pst_graph *graph, const char *name, pst_stage input,
                             const pst_type *type, const pst_matmul_options *options);

/* ===========================================================================================
 * 11. Actors
 *
 * An ACTOR is private state, a BEHAVIOUR and a MAILBOX. The engine's workers run its behaviour for
 * one message at a time, in the order of the mailbox; nothing else touches its state. A pst_actor
 * names it and may be held, copied and sent anywhere; when the actor is gone the name is stale.
 * Functions that begin with pst_actor take the engine and are for any thread; the short ones take
 * the context of a behaviour and act as the actor that runs.
 *
 *     static pst_status greet(pst_context *cx, void *state, const pst_message *message) {
 *         uint64_t *greetings = state;
 *         if (message->type == HELLO) ++*greetings;
 *         if (message->type == COUNT)
 *             pst_reply(cx, message->token, PST_OK, greetings, sizeof *greetings);
 *         return PST_OK;
 *     }
 *     ...
 *     pst_actor_spawn(engine, greet, &greetings, NULL, &greeter);
 *     pst_actor_send(engine, greeter, HELLO, NULL, 0);
 *     size = sizeof count;
 *     pst_actor_ask(engine, greeter, COUNT, NULL, 0, PST_FOREVER, &count, &size);
 *
 * WHAT HAPPENS WHEN
 *   Order      What one sender sends to one actor arrives in the order of the sends, whatever ways
 *              it takes: pst_send, pst_send_many, pst_ask, pst_forward, replies and the DOWN of the
 *              sender itself, which is the last. Sends of one behaviour call to several actors have
 *              no order among each other. An actor is there before its first message, and nothing
 *              arrives before its start function has returned. Stopping at once, supervision
 *              and watching go by a lane of their own and may overtake messages.
 *   Loss       A message that was sent is delivered, dropped by the bound of a mailbox, or a dead
 *              letter; pst_actor_counts counts each once. An owned payload is released once in
 *              every case.
 *   Failure    A behaviour that returns anything but PST_OK or PST_END has failed (so does "return
 *              pst_send(...)" to an actor that is gone): that message is lost, its ask ends at once
 *              with that status, and on_failure decides. Without it the actor stops. PST_END: it
 *              has done what it was asked, and stops.
 *   Stop       An actor ends after its children have ended, youngest first. What is then in its
 *              mailbox are dead letters; asks among them and asks it has not answered end at once
 *              with PST_ESTALE. Its destroy runs once, then its watchers hear DOWN, once each.
 *   Restart    The children are stopped, start runs again with the same state, the behaviour is
 *              the first one again; the mailbox, the stash, the name, watchers and timers stay.
 *   Dead       A send to an actor that is gone returns PST_ESTALE and is a dead letter; an ask ends
 *              with PST_ESTALE; a watch hears DOWN with PST_ESTALE. A send that returned PST_OK may
 *              still find its actor gone when it arrives, and then is a dead letter.
 *   Memory     Actors and messages take memory from the engine's actor_bytes. When it is exhausted
 *              a send or spawn returns PST_ENOMEM and nothing has happened. DOWN, replies to asks
 *              of up to PST_INLINE_BYTES and supervision need none at that time.
 *   Long calls Calls run to their end; nothing interrupts one. What waits behind one on its worker
 *              is run by other workers after some milliseconds, if one has nothing to do.
 *   Idle       Actors without messages cost memory, no time.
 * ======================================================================================== */

/* An actor. Zero: nobody; what is sent to nobody is a dead letter. */
typedef struct pst_actor {
    uint64_t id;
} pst_actor;
/* The right to answer one ask, once. Zero: the message is no ask. May be kept, sent to others and
 * used on any thread. */
typedef struct pst_token {
    uint64_t id;
} pst_token;
typedef struct pst_timer {
    uint64_t id;
} pst_timer;
#ifdef __cplusplus
#define PST_NO_ACTOR (pst_actor{0})
#else
#define PST_NO_ACTOR ((pst_actor){0})
#endif

/* Bytes that travel inside a message, an answer or a timer, and inside an ask. A longer payload is
 * copied to memory of its own, which costs an allocation. */
#define PST_INLINE_BYTES 48
#define PST_INLINE_ASK_BYTES 40

typedef struct pst_message {
    uint32_t type;    /* the sender's, below PST_SYSTEM_TYPES, or the engine's */
    pst_token token;  /* of an ask */
    size_t size;      /* bytes */
    const void *data; /* aligned to 8, until the behaviour returns */
} pst_message;

/* Messages of the engine. */
#define PST_SYSTEM_TYPES 0xff00
#define PST_DOWN 0xff00         /* an actor that was watched is gone; data is a pst_down */
#define PST_IDLE_TIMEOUT 0xff01 /* nothing came for the time of pst_idle_timeout */

typedef struct pst_down {
    pst_actor actor;
    pst_status reason; /* PST_OK: it stopped. PST_ESTALE: it was gone before the watch. Else what it
                          failed with */
} pst_down;

/* Handles one message. */
typedef pst_status (*pst_behaviour_fn)(pst_context *cx, void *state, const pst_message *message);
/* Handles count messages, 1 or more, the oldest first. pst_fail(cx, status, index, text) says which
 * of them failed: those before it are handled, those after it are still in the mailbox. Any other
 * failure loses all of them. */
typedef pst_status (*pst_batch_fn)(pst_context *cx, void *state, const pst_message *messages,
                                   size_t count);
/* Before the first message, and again after each restart. An error is a failure of the actor, as of
 * its behaviour. */
typedef pst_status (*pst_start_fn)(pst_context *cx, void *state);

typedef enum pst_on_failure {
    PST_ACTOR_STOPS = 0,
    PST_ACTOR_RESUMES = 1,  /* goes on with the next message */
    PST_ACTOR_RESTARTS = 2, /* starts anew, within its supervisor's limit */
    PST_ACTOR_ESCALATES = 3 /* its parent fails with that status; without a parent: it stops */
} pst_on_failure;

/* Which children restart when one of them has failed and restarts. */
typedef enum pst_strategy {
    PST_ONE_FOR_ONE = 0,
    PST_ONE_FOR_ALL = 1,
    PST_REST_FOR_ONE = 2 /* it and those that were spawned after it */
} pst_strategy;

/* What a send to a full mailbox does. Replies, DOWN and timers always go in. */
typedef enum pst_overflow {
    PST_REFUSE = 0,      /* returns PST_EAGAIN, and the payload stays the sender's */
    PST_DROP_NEWEST = 1, /* drops the message and counts it */
    PST_DROP_OLDEST = 2, /* the actor passes over the oldest when it runs; until then up to twice
                            the capacity can wait, and what comes then is dropped instead */
    PST_WAIT = 3         /* a host thread waits for room; a behaviour gets PST_EAGAIN */
} pst_overflow;

typedef struct pst_dispatcher pst_dispatcher;

typedef struct pst_actor_options {
    size_t struct_size;
    const char *name; /* unique among the engine's live actors, for pst_actor_find and errors */
    pst_start_fn start;
    void (*destroy)(void *state); /* once, when nothing can touch the state any more */
    pst_batch_fn batch;           /* instead of the behaviour, which is NULL then */
    pst_on_failure on_failure;
    pst_strategy strategy; /* for its children */
    /* Of its children together, or of itself if it has no parent: at most so many restarts within
     * the period. With one more the child stops and the supervisor fails with its status. At most
     * 1000; UINT32_MAX: no limit. */
    uint32_t max_restarts;
    uint64_t restart_period_ns;
    size_t capacity; /* messages that may wait; 0: no bound but actor_bytes. At most 2^30 */
    pst_overflow overflow;
    /* Workers that may run it, as of a stage: "L3:0", "core:5", "numa:1". NULL: all. PST_EINVAL
     * where the engine has no worker there. */
    const char *on;
    pst_dispatcher *dispatcher; /* runs it instead of the workers; or NULL */
    bool statistics;            /* measure it; see pst_actor_get_stats */
} pst_actor_options;
#define PST_ACTOR_OPTIONS_INIT                                                                     \
    {sizeof(pst_actor_options), NULL, NULL, NULL, NULL, PST_ACTOR_STOPS, PST_ONE_FOR_ONE, 3,       \
     5000000000, 0, PST_REFUSE, NULL, NULL, false}

/* ---- From any thread. From inside a behaviour they work too, but cost more than those that take
 * its context, and the ones that wait return PST_EDEADLK. ---- */

/* state: given to the behaviour; its memory is the program's. On an error destroy is not called.
 * PST_EINVAL, PST_ENOMEM, PST_EBUSY: the name is taken. PST_ESTATE: the actors were stopped. */
PST_API PST_CHECKED pst_status pst_actor_spawn(pst_engine *engine, pst_behaviour_fn behaviour,
                                               void *state, const pst_actor_options *options,
                                               pst_actor *actor);
/* Copies size bytes. PST_EINVAL: size without data, or a type of the engine's. PST_ESTALE,
 * PST_ENOMEM, PST_EAGAIN: see above. */
PST_API pst_status pst_actor_send(pst_engine *engine, pst_actor actor, uint32_t type,
                                  const void *data, size_t size);
/* Gives the payload away: bytes->release(bytes->owner) is called once it has been handled, or at
 * once for a dead letter (also when this returns PST_ESTALE). With any other error it stays the
 * caller's. */
PST_API pst_status pst_actor_send_bytes(pst_engine *engine, pst_actor actor, uint32_t type,
                                        const pst_bytes *bytes);
/* count messages of size bytes each, one after the other in data, by one entry in the mailbox;
 * *sent (may be NULL): how many, also with an error. */
PST_API pst_status pst_actor_send_many(pst_engine *engine, pst_actor actor, uint32_t type,
                                       const void *data, size_t size, size_t count, size_t *sent);
/* Sends and waits for the answer. *reply_size: at entry the room in reply, afterwards the size of
 * the answer; one that is longer than the room is cut, and PST_EINVAL returned. Both may be NULL.
 * Returns the status of the answer, PST_ETIMEDOUT (an answer that comes later is dropped),
 * PST_ESTALE, PST_EAGAIN, or what the actor failed with. PST_EDEADLK from inside a callback, and
 * (simulated) when nothing can happen any more. */
PST_API pst_status pst_actor_ask(pst_engine *engine, pst_actor actor, uint32_t type,
                                 const void *data, size_t size, uint64_t timeout_ns, void *reply,
                                 size_t *reply_size);
/* Answers an ask from outside of a behaviour; see pst_reply. */
PST_API pst_status pst_actor_reply(pst_engine *engine, pst_token token, pst_status status,
                                   const void *data, size_t size);

typedef enum pst_stop_mode {
    PST_STOP_LAST = 0, /* after the messages that were sent to it before */
    PST_STOP_NOW = 1   /* after the message that it handles now */
} pst_stop_mode;
PST_API pst_status pst_actor_stop(pst_engine *engine, pst_actor actor, pst_stop_mode mode);
/* PST_ESTALE: nobody has the name. */
PST_API pst_status pst_actor_find(pst_engine *engine, const char *name, pst_actor *actor);

typedef struct pst_actor_stats {
    size_t struct_size;
    uint64_t processed; /* messages */
    uint64_t dropped;   /* by the bound of the mailbox */
    uint64_t failed;
    uint64_t restarts;
    uint64_t queue_length;
    uint64_t queue_high_water;
    uint64_t longest_ns; /* of one call of the behaviour */
} pst_actor_stats;
#define PST_ACTOR_STATS_INIT {sizeof(pst_actor_stats), 0, 0, 0, 0, 0, 0, 0}
/* Of an actor whose options ask for statistics; PST_ESTATE for others. Measuring costs about 50 ns
 * for each call of the behaviour. */
PST_API pst_status pst_actor_get_stats(pst_engine *engine, pst_actor actor, pst_actor_stats *stats);

/* ---- All actors of an engine ---- */

/* sent = delivered + dropped + dead_letters when nothing is under way. Asks count as messages,
 * replies and those of the engine do not. */
typedef struct pst_actor_counts {
    size_t struct_size;
    uint64_t sent;
    uint64_t delivered; /* given to a behaviour */
    uint64_t dropped;
    uint64_t dead_letters;
    uint64_t late_replies; /* to asks that had ended */
    uint64_t spawned;
    uint64_t stopped;
    uint64_t failed; /* behaviours' errors */
    uint64_t restarts;
    uint64_t bytes; /* of memory that actors and messages take */
} pst_actor_counts;
#define PST_ACTOR_COUNTS_INIT {sizeof(pst_actor_counts), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
/* Exact after pst_actors_await_quiescent; while actors run they may be some activations old. */
PST_API pst_status pst_actors_get_counts(pst_engine *engine, pst_actor_counts *counts);
/* Waits until no actor has anything to do (timers that will fire do not count, nor asks that wait).
 * Says nothing about what other threads send meanwhile. PST_ETIMEDOUT, PST_EDEADLK. */
PST_API pst_status pst_actors_await_quiescent(pst_engine *engine, uint64_t timeout_ns);
/* Ends all actors of the engine: refuses what is sent from outside (PST_ESTATE), lets the actors
 * finish what is under way, at most for deadline_ns, then stops them, children before parents.
 * Returns when that is done; no behaviour runs afterwards, and all payloads are released. Calling
 * it again gives the same counts (may be NULL). pst_engine_destroy does it with deadline 0. A
 * callback that never returns is waited for. PST_EDEADLK from inside a callback. */
PST_API pst_status pst_actors_stop(pst_engine *engine, uint64_t deadline_ns,
                                   pst_actor_counts *counts);

typedef enum pst_actor_event_kind {
    PST_EVENT_DEAD_LETTER = 0,
    PST_EVENT_DROPPED = 1,
    PST_EVENT_FAILED = 2,   /* status and text say how; for other kinds 0 and "" */
    PST_EVENT_RESTARTED = 3,
    PST_EVENT_BLOCKED = 4 /* its behaviour has run for longer than the engine's watchdog_ns */
} pst_actor_event_kind;
typedef struct pst_actor_event {
    pst_actor_event_kind kind;
    pst_actor actor;
    const char *name;           /* "" if it has none */
    const pst_message *message; /* NULL if there is none; its payload is still there */
    pst_status status;
    const char *text;
    uint64_t ns; /* BLOCKED: for how long so far */
} pst_actor_event;
typedef void (*pst_actor_event_fn)(const pst_actor_event *event, void *user);
/* Tells what usually nobody sees. NULL: nobody is told. Called on the thread where it happens, one
 * event at a time; must not wait, and causes no events itself. When this returns PST_OK the former
 * function is not called any more. PST_EDEADLK from inside a callback. */
PST_API pst_status pst_actors_observe(pst_engine *engine, pst_actor_event_fn event, void *user);

/* ---- The host's own thread runs actors ---- */

/* Actors with this dispatcher in their options run only inside pst_dispatcher_poll: for a thread
 * that the program must not leave, as that of a user interface or an interpreter. At most 16 at a
 * time for an engine. */
PST_API PST_CHECKED pst_status pst_dispatcher_create(pst_engine *engine,
                                                     pst_dispatcher **dispatcher);
/* Ends the actors that it runs, on this thread. Not from inside one of them. */
PST_API void pst_dispatcher_destroy(pst_dispatcher *dispatcher);
/* Runs its actors for up to max_messages messages (0: until there is none), first waiting up to
 * timeout_ns for something to do. *handled (may be NULL): how many. PST_OK; PST_ETIMEDOUT: nothing
 * came (timeout 0: PST_EAGAIN). PST_EBUSY: another thread is in there. PST_EDEADLK from inside a
 * callback. PST_ESTATE: the actors were stopped. */
PST_API pst_status pst_dispatcher_poll(pst_dispatcher *dispatcher, size_t max_messages,
                                       uint64_t timeout_ns, size_t *handled);
/* A descriptor that is readable while there may be something to do, for poll, epoll and event
 * loops; the dispatcher's, which closes it. -1 with pst_last_error() for what is no dispatcher. */
PST_API int pst_dispatcher_fd(pst_dispatcher *dispatcher);

/* The end of an ask. status: of the answer, PST_ETIMEDOUT, PST_ESTALE, PST_EAGAIN or what the actor
 * failed with; message holds the answer (size 0 if there is none). */
typedef pst_status (*pst_answer_fn)(pst_context *cx, void *state, pst_status status,
                                    const pst_message *message, void *user);
/* Asks from a host thread without waiting: answer is called once inside pst_dispatcher_poll, with
 * state NULL. */
PST_API pst_status pst_dispatcher_ask(pst_dispatcher *dispatcher, pst_actor actor, uint32_t type,
                                      const void *data, size_t size, uint64_t timeout_ns,
                                      pst_answer_fn answer, void *user);

/* ---- Inside behaviours, start functions and answers: for the actor that runs. pst_now,
 * pst_fail and pst_should_stop (true while the actors are being stopped) work as well. ---- */

PST_API pst_actor pst_self(pst_context *cx);
PST_API pst_status pst_send(pst_context *cx, pst_actor actor, uint32_t type, const void *data,
                            size_t size);
PST_API pst_status pst_send_bytes(pst_context *cx, pst_actor actor, uint32_t type,
                                  const pst_bytes *bytes);
PST_API pst_status pst_send_many(pst_context *cx, pst_actor actor, uint32_t type, const void *data,
                                 size_t size, size_t count, size_t *sent);
/* An actor on its own, and one that is supervised by the running one and ends with it. */
PST_API PST_CHECKED pst_status pst_spawn(pst_context *cx, pst_behaviour_fn behaviour, void *state,
                                         const pst_actor_options *options, pst_actor *actor);
PST_API PST_CHECKED pst_status pst_spawn_child(pst_context *cx, pst_behaviour_fn behaviour,
                                               void *state, const pst_actor_options *options,
                                               pst_actor *actor);
PST_API pst_status pst_stop(pst_context *cx, pst_actor actor, pst_stop_mode mode);

/* Asks; answer is called once, as a message of this actor's, unless it ends before. timeout_ns may
 * be PST_FOREVER. An error: nothing was sent and answer is not called. Asks to a dead actor are
 * answered with PST_ESTALE. */
PST_API pst_status pst_ask(pst_context *cx, pst_actor actor, uint32_t type, const void *data,
                           size_t size, uint64_t timeout_ns, pst_answer_fn answer, void *user);
/* Answers once: PST_ESTALE when it was answered before, the time is over, or the token never was;
 * the answer is dropped then. PST_ENOMEM: it may be tried again. PST_OK does not say that the asker
 * still is: answers to the dead are dropped. An ask is the concern of the actor that it was sent or
 * forwarded to, whoever answers: it ends when that actor does. */
PST_API pst_status pst_reply(pst_context *cx, pst_token token, pst_status status, const void *data,
                             size_t size);
/* Passes the message in hand on as it is, with its payload and the right to answer. Once, and not
 * from a batch: PST_ESTATE. PST_EAGAIN: the other's mailbox is full. With an error the message is
 * still in hand. */
PST_API pst_status pst_forward(pst_context *cx, pst_actor actor);
/* Takes the payload of the message in hand out of the engine's care: it is the program's, to be
 * released by bytes->release(bytes->owner). Payloads of up to PST_INLINE_BYTES are copied. */
PST_API pst_status pst_take(pst_context *cx, const pst_message *message, pst_bytes *bytes);

/* From the next message on. Not for actors that handle batches. */
PST_API pst_status pst_become(pst_context *cx, pst_behaviour_fn behaviour);
/* Puts the message in hand aside; unstash puts all of them back before those that wait, in their
 * order. Not from a batch: PST_ESTATE. */
PST_API pst_status pst_stash(pst_context *cx);
PST_API pst_status pst_unstash(pst_context *cx);

/* The actor gets one PST_DOWN when the other is gone, after everything that it sent to this one; at
 * once if it is gone. Watching twice is watching once; after unwatch no DOWN arrives. */
PST_API pst_status pst_watch(pst_context *cx, pst_actor actor);
PST_API pst_status pst_unwatch(pst_context *cx, pst_actor actor);

/* Sends a message to the actor itself after delay_ns, then every period_ns (0: no more) counted
 * from the first; a period that was missed is left out. size: up to PST_INLINE_BYTES. The timer
 * ends with the actor. After cancel none of its messages arrives, also none that is in the mailbox.
 * timer may be NULL. */
PST_API pst_status pst_timer_start(pst_context *cx, uint64_t delay_ns, uint64_t period_ns,
                                   uint32_t type, const void *data, size_t size, pst_timer *timer);
/* PST_ESTALE: it has fired for the last time or was cancelled. */
PST_API pst_status pst_timer_cancel(pst_context *cx, pst_timer timer);
/* A PST_IDLE_TIMEOUT message when no other came for so long, and again after as long. 0: none. */
PST_API pst_status pst_idle_timeout(pst_context *cx, uint64_t timeout_ns);

/* ---- In a graph ---- */

/* Makes a feed or drain (section 6) a port of the actor. Its behaviour calls pst_push and pst_pull
 * with timeout 0, in spans as stages do; when that has returned PST_EAGAIN the actor gets a message
 * of this type as soon as it is worth another try, and after pst_graph_start the first. PST_END and
 * errors of the run come from the same calls, and a message then, too. The channel is the only
 * store between stage and actor: each holds the other back. An actor with a drain and a feed is a
 * node of the graph. Nobody else may push or pull there. The port is the graph's, also for later
 * runs. PST_EINVAL: neither a feed nor a drain. PST_EHANDLE. */
PST_API pst_status pst_actor_port(pst_graph *graph, pst_stage edge, pst_engine *engine,
                                  pst_actor actor, uint32_t type);

/* ===========================================================================================
 * 12. Operators
 *
 * An OPERATOR is work that the library has built in: it makes an element of numbers out of another.
 * It is made for one LAYOUT of its input, checked then, and never changes; any number of threads
 * may use it, in any number of graphs, and a chain of operators is an operator. A chain goes over
 * blocks that stay in cache; crops, flips, one resize and what follows it number by number go over
 * an image once.
 *
 *     static const size_t shape[] = {480, 480, 3};
 *     pst_layout image = {sizeof image, PST_U8, 3, shape}, small = PST_LAYOUT_INIT;
 *     pst_operator *parts[3] = {NULL}, *all = NULL;
 *     pst_operator_random_crop(&image, 400, 400, 7, &parts[0]);
 *     pst_operator_get_layouts(parts[0], NULL, &small);
 *     pst_operator_resize(&small, 224, 224, PST_BILINEAR, &parts[1]);
 *     ...
 *     pst_operator_chain((const pst_operator *const *)parts, 3, &all);
 *     pst_stage ready = pst_apply(graph, "augment", images, &row, all);
 *
 * Results are those of NumPy 2 on x86-64 for arrays of the same types, bit for bit (of a zero or
 * NaN that comes out of a minimum or maximum, only that it is one), also of what overflows.
 * Operators are checked handles, as engines are. What makes one returns PST_EINVAL, with the
 * argument at fault, PST_ENOMEM or PST_EHANDLE. Arrays that are given are copied. Operators that
 * another one or a graph is made of may be destroyed. They stand at most 1000 deep in one another;
 * a chain has at most 4096 parts, and 16384 with those of chains within it.
 * ======================================================================================== */

typedef struct pst_operator pst_operator;

typedef enum pst_scalar {
    PST_BOOL = 0, /* a byte, 0 or 1 */
    PST_I8 = 1,
    PST_I16 = 2,
    PST_I32 = 3,
    PST_I64 = 4,
    PST_U8 = 5,
    PST_U16 = 6,
    PST_U32 = 7,
    PST_U64 = 8,
    PST_F32 = 9,
    PST_F64 = 10,
    PST_BYTES = 11 /* a pst_bytes, where a comment says so */
} pst_scalar;

/* What stands in an element: numbers of one type, row-major without gaps. A struct is its bytes:
 * PST_U8 of shape {sizeof(struct)}. */
typedef struct pst_layout {
    size_t struct_size;
    pst_scalar scalar;
    uint32_t rank;       /* 0: one number; at most 8 */
    const size_t *shape; /* rank lengths, each at least 1; together at most 1 GiB */
} pst_layout;
#define PST_LAYOUT_INIT {sizeof(pst_layout), PST_U8, 0, NULL}

/* ---- Number by number ---- */

typedef enum pst_unary {
    PST_NEGATIVE = 0,
    PST_ABSOLUTE = 1,
    PST_SQUARE_ROOT = 2, /* f32, f64 */
    PST_FLOOR = 3,
    PST_CEIL = 4,
    PST_ROUND = 5, /* halves to the even neighbour */
    PST_NOT = 6    /* bits; of bools the opposite */
} pst_unary;
PST_API PST_CHECKED pst_status pst_operator_unary(const pst_layout *input, pst_unary kind,
                                                  pst_operator **made);

/* To numbers of another type: floats to integers towards zero, integers modulo 2^bits. Of floats
 * that do not fit the result is some number. */
PST_API PST_CHECKED pst_status pst_operator_cast(const pst_layout *input, pst_scalar scalar,
                                                 pst_operator **made);

typedef enum pst_binary {
    PST_ADD = 0, /* of integers modulo 2^bits, as subtract and multiply */
    PST_SUBTRACT = 1,
    PST_MULTIPLY = 2,
    PST_DIVIDE = 3,       /* f32, f64 */
    PST_FLOOR_DIVIDE = 4, /* integers by 0: 0 */
    PST_REMAINDER = 5,    /* with the divisor's sign */
    PST_MINIMUM = 6,      /* NaN if either is, as maximum */
    PST_MAXIMUM = 7,
    PST_AND = 8, /* bools, integers, as the next two */
    PST_OR = 9,
    PST_XOR = 10,
    PST_EQUAL = 11, /* these make bools */
    PST_NOT_EQUAL = 12,
    PST_LESS = 13,
    PST_LESS_EQUAL = 14,
    PST_GREATER = 15,
    PST_GREATER_EQUAL = 16
} pst_binary;
/* With constants: numbers of the input's type, whose shape broadcasts to an element's as in NumPy
 * (layout NULL: one number). They are the right operand; reversed: the left one. */
PST_API PST_CHECKED pst_status pst_operator_binary(const pst_layout *input, pst_binary kind,
                                                   const void *operand, const pst_layout *layout,
                                                   bool reversed, pst_operator **made);
/* Of two numbers that operators of the same input make, such as two fields. */
PST_API PST_CHECKED pst_status pst_operator_combine(pst_binary kind, const pst_operator *left,
                                                    const pst_operator *right,
                                                    pst_operator **made);
/* The left number where chosen makes true, else the right one. */
PST_API PST_CHECKED pst_status pst_operator_select(const pst_operator *chosen,
                                                   const pst_operator *left,
                                                   const pst_operator *right,
                                                   pst_operator **made);
/* The same numbers for every element, whatever it is. */
PST_API PST_CHECKED pst_status pst_operator_constant(const pst_layout *input, const void *operand,
                                                     const pst_layout *layout,
                                                     pst_operator **made);
/* (x - mean) / deviation, in f64 for f64 and in f32 for all others. count: of both, 1 or the length
 * of the last axis. */
PST_API PST_CHECKED pst_status pst_operator_normalise(const pst_layout *input, const float *mean,
                                                      const float *deviation, size_t count,
                                                      pst_operator **made);

/* ---- Places ---- */

/* The same numbers in another order or shape: number (i, j, ...) of the output is number
 * offset + i * strides[0] + j * strides[1] + ... of the input; strides: one for each axis of the
 * output, may be zero or negative. Transposed {h, w, 3}: shape {3, h, w}, strides {1, 3 * w, 3}. */
PST_API PST_CHECKED pst_status pst_operator_arrange(const pst_layout *input,
                                                    const pst_layout *output,
                                                    const ptrdiff_t *strides, size_t offset,
                                                    pst_operator **made);

/* ---- Tables ---- */

/* Each number of an element is replaced by that row of the table, along the table's first axis.
 * Negative ones count from its end. Others that are not in the table fail their element. live: the
 * table is not copied; it must outlive the operator and all graphs that use it. */
PST_API PST_CHECKED pst_status pst_operator_gather(const pst_layout *input, const void *table,
                                                   const pst_layout *layout, bool live,
                                                   pst_operator **made);
/* Each number becomes depth numbers of the given type: one 1 where it says, or none if it is not
 * below depth, and zeros. */
PST_API PST_CHECKED pst_status pst_operator_one_hot(const pst_layout *input, size_t depth,
                                                    pst_scalar scalar, pst_operator **made);

/* ---- Structs ---- */

/* The field at offset of a struct of size bytes. */
PST_API PST_CHECKED pst_status pst_operator_field(size_t size, size_t offset,
                                                  const pst_layout *field, pst_operator **made);
typedef struct pst_part {
    const pst_operator *value;
    size_t offset; /* where it stands; behind the part before */
} pst_part;
/* A struct of size bytes whose parts are what operators make of the same input. The bytes between
 * them are zero. */
PST_API PST_CHECKED pst_status pst_operator_record(const pst_part *parts, size_t count, size_t size,
                                                   pst_operator **made);

/* ---- Images: elements of shape {height, width, channels} or {height, width} ---- */

PST_API PST_CHECKED pst_status pst_operator_crop(const pst_layout *input, size_t top, size_t left,
                                                 size_t height, size_t width,
                                                 pst_operator **made);
/* horizontal: left and right change places. vertical: top and bottom. */
PST_API PST_CHECKED pst_status pst_operator_flip(const pst_layout *input, bool horizontal,
                                                 bool vertical, pst_operator **made);
/* What the random ones do depends on the seed and the number of the element in the stream. A stage
 * counts what it is given, so it cannot have replicas (PST_ENOTSUP at its second one): there, use
 * pst_operator_numbered. */
PST_API PST_CHECKED pst_status pst_operator_random_crop(const pst_layout *input, size_t height,
                                                        size_t width, uint64_t seed,
                                                        pst_operator **made);
/* Each of the two that is asked for, with this probability. */
PST_API PST_CHECKED pst_status pst_operator_random_flip(const pst_layout *input, bool horizontal,
                                                        bool vertical, double probability,
                                                        uint64_t seed, pst_operator **made);
/* The same with the number of an element in its own 8 bytes at offset. */
PST_API PST_CHECKED pst_status pst_operator_numbered(const pst_operator *random, size_t offset,
                                                     pst_operator **made);

/* Pixel i of n lies at c = (i + 0.5) * (size / n) - 0.5 of the size before, at least 0, as in torch
 * and tf.image; c and its weight c - floor(c) are computed in double, the weight is rounded to
 * float. */
typedef enum pst_resize {
    /* u8, f32; makes f32: first t = a + (b - a) * weight of two rows, then of two columns. */
    PST_BILINEAR = 0,
    /* The pixel floor(c + 0.5), of any type. */
    PST_NEAREST = 1
} pst_resize;
PST_API PST_CHECKED pst_status pst_operator_resize(const pst_layout *input, size_t height,
                                                   size_t width, pst_resize method,
                                                   pst_operator **made);

/* ---- Using them ---- */

/* One after the other, at least one; each must take what the one before makes. */
PST_API PST_CHECKED pst_status pst_operator_chain(const pst_operator *const *operators,
                                                  size_t count, pst_operator **made);
/* Either may be NULL. The shapes are the operator's own. */
PST_API pst_status pst_operator_get_layouts(const pst_operator *op, pst_layout *input,
                                            pst_layout *output);
/* NULL is ignored. Graphs and operators that are made of it still use it. */
PST_API void pst_operator_destroy(pst_operator *op);

/* Makes out[0, n) of in[0, n) on the calling thread; they are aligned to their numbers and do not
 * overlap. first: the number of the first element, for random operators. PST_EINVAL also for an
 * element that cannot be made, which the text names; those before it are made. */
PST_API pst_status pst_operator_apply(const pst_operator *op, const void *in, void *out, size_t n,
                                      uint64_t first);

/* The operator as a stage. The elements' types have the sizes of its layouts and no destroy. */
PST_API pst_stage pst_apply(pst_graph *graph, const char *name, pst_stage input,
                            const pst_type *type, const pst_operator *op);
/* Passes the elements on of which an operator that makes one bool makes true. */
PST_API pst_stage pst_apply_filter(pst_graph *graph, const char *name, pst_stage input,
                                   const pst_operator *op);

/* ===========================================================================================
 * 13. Files and keys
 *
 * Blocks of files, what they are split into, and what is counted or added up by key:
 *
 *     pst_stage blocks = pst_files(graph, "files", paths, count, NULL);
 *     pst_stage words = pst_split(graph, "words", blocks, NULL);
 *     pst_stage counts = pst_reduce(graph, "count", words, NULL);
 *
 * Blocks, and the pieces they are split into, are pst_bytes. A piece lies in its block and shares
 * the block's owner: nothing is copied, and the block's memory is used again when the last of its
 * pieces was released. With as many replicas, unordered, of both, pst_split and pst_reduce run as
 * one: each replica takes blocks and splits and reduces them while they are in its cache.
 * ======================================================================================== */

typedef enum pst_cut {
    PST_CUT_LINES = 0,   /* a block of a file ends after a line feed, or with the file */
    PST_CUT_SPACES = 1,  /* after ASCII white space, or with the file */
    PST_CUT_RECORDS = 2, /* after a multiple of record_size bytes */
    PST_CUT_FILES = 3    /* with the file */
} pst_cut;

typedef struct pst_files_options {
    size_t struct_size;
    pst_cut cut;
    size_t record_size;
    size_t block_size; /* memory of a block; 0: 128 KiB. One that cannot be cut takes more. */
    size_t largest;    /* bytes that may have to stay together: a line, a file; 0: 2^30. What
                          fits in a block may in any case. */
} pst_files_options;
#define PST_FILES_OPTIONS_INIT {sizeof(pst_files_options), PST_CUT_LINES, 0, 0, 0}

/* A source of the bytes of count (at least 1) files, one after the other, as pst_bytes. A file is
 * opened when its turn comes; one that cannot be read fails the stage, and the sentence names it.
 * Reading waits for the disk: where files are not in memory already, the option PST_BLOCKING keeps
 * workers free meanwhile. Who writes into a pipe or FIFO is not waited for: its bytes come when
 * they are there, and its end when the last writer has closed it. The channel behind it holds 4
 * blocks unless told otherwise. */
PST_API pst_stage pst_files(pst_graph *graph, const char *name, const char *const *paths,
                            size_t count, const pst_files_options *options);

typedef enum pst_split_kind {
    PST_SPLIT_WORDS = 0, /* runs of bytes other than ASCII white space (space, 9 to 13) */
    PST_SPLIT_LINES = 1, /* without their line feed, or carriage return and line feed */
    PST_SPLIT_BYTE = 2,  /* each ends with the delimiter, which is no part of it */
    PST_SPLIT_RECORDS = 3 /* record_size bytes each */
} pst_split_kind;

typedef struct pst_split_options {
    size_t struct_size;
    pst_split_kind kind;
    uint8_t delimiter;
    size_t record_size;
} pst_split_options;
#define PST_SPLIT_OPTIONS_INIT {sizeof(pst_split_options), PST_SPLIT_WORDS, 0, 0}

/* From pst_bytes to the pst_bytes that they consist of, in order. What stands behind the last
 * delimiter or line feed of a block is a piece if it is not empty; so blocks should end where the
 * pieces do. It takes one block at a time and has no batch. */
PST_API pst_stage pst_split(pst_graph *graph, const char *name, pst_stage input,
                            const pst_split_options *options);

/* Fixed-size records of blocks, copied out of them as elements of the type, which has no destroy.
 * A block whose size is no multiple of the type's fails. */
PST_API pst_stage pst_unpack(pst_graph *graph, const char *name, pst_stage input,
                             const pst_type *type);

typedef enum pst_reduction {
    PST_COUNT = 0, /* elements. int64_t */
    PST_SUM = 1,   /* int64_t of signed integers, uint64_t of unsigned, modulo 2^64; else double */
    PST_MIN = 2,   /* of the same types; NaN if one is */
    PST_MAX = 3,
    PST_MEAN = 4   /* double */
} pst_reduction;

typedef struct pst_aggregate {
    pst_reduction what;
    pst_scalar field; /* an integer or a float; not read for PST_COUNT */
    size_t offset;   /* of the field in the element, in bytes */
} pst_aggregate;

typedef struct pst_reduce_options {
    size_t struct_size;
    pst_scalar key; /* PST_BYTES or an integer */
    size_t key_offset;
    const pst_aggregate *aggregates; /* at most 64, copied; none: one count */
    size_t aggregate_count;
    /* Groups come in ascending order of their keys, bytes as memcmp has it; else in no order that
     * can be relied on. */
    bool sorted;
} pst_reduce_options;
#define PST_REDUCE_OPTIONS_INIT {sizeof(pst_reduce_options), PST_BYTES, 0, NULL, 0, false}

/* One element for each different key, when the input has ended: a struct of the key (pst_bytes, or
 * int64_t or uint64_t as the integer is signed) and eight bytes for each aggregate, in their order.
 * A key's bytes are the library's, shared by all keys of the result, and stay until the last of
 * them is released.
 *
 * Each replica has a table of its own; whoever ends last joins them, so that there is one element
 * for a key also with replicas, which then are best PST_UNORDERED. Sums and means of floating-point
 * numbers depend on the order of addition, so with replicas their last bits may differ from run to
 * run; nothing else does. PST_ENOMEM fails the stage at the element whose key has no room. */
PST_API pst_stage pst_reduce(pst_graph *graph, const char *name, pst_stage input,
                             const pst_reduce_options *options);

/* A pst_key_fn for elements that are pst_bytes: a hash of the bytes. Not the same in every version
 * of the library. */
PST_API void pst_bytes_hash(const void *in, uint64_t *keys, size_t n, void *user);
/* A pst_map_fn from pst_bytes to the same hashes, uint64_t. It releases the elements. */
PST_API pst_status pst_bytes_to_hash(pst_context *cx, const void *in, void *out, size_t n);

/* Copies the bytes of count pst_bytes, the first at elements and each stride bytes (a multiple of
 * 8) behind the one before, one after the other to data, which has room for size bytes. offsets
 * (may be NULL) gets count + 1 numbers: where each begins, and the end. data NULL: nothing but the
 * offsets is written. The elements are not consumed. PST_EINVAL: more than size bytes; then data
 * and offsets have those before. */
PST_API pst_status pst_bytes_gather(const void *elements, size_t stride, size_t count, void *data,
                                    size_t size, int64_t *offsets);
/* The opposite: makes count elements, the i-th of a copy of data[offsets[i], offsets[i + 1]), which
 * may be empty. They share one owner. PST_EINVAL: an offset is negative or less than the one
 * before; PST_ENOMEM. */
PST_API PST_CHECKED pst_status pst_bytes_scatter(const void *data, const int64_t *offsets,
                                                 size_t count, pst_bytes *elements);
/* Releases the elements (as of pst_bytes_gather) and makes them empty blocks without an owner. */
PST_API void pst_bytes_release(void *elements, size_t stride, size_t count);

/* ===========================================================================================
 * 14. Streams of arrays
 *
 * Stages in front of a program's own: the numbers of an array's rows in any order, then the rows.
 * Shuffling numbers is cheaper than shuffling rows, and any part of their order can be made again.
 * Streams that repeat consist of PERIODS of equally many elements; a period of 0 elements stands
 * for the whole stream. The n-th period is an EPOCH.
 * ======================================================================================== */

/* A source of int64_t: element p is first + step * (p modulo length), modulo 2^64. It makes those
 * from `from` up to and without `until`; UINT64_MAX: no end. PST_EINVAL: from > until, or length 0
 * while there are some to make. */
PST_API pst_stage pst_range(pst_graph *graph, const char *name, int64_t first, int64_t step,
                            uint64_t length, uint64_t from, uint64_t until);

/* Passes on the elements number first up to first + count of each period; the others are
 * destroyed. With period 0 the stages before it end early. It has one replica. */
PST_API pst_stage pst_slice(pst_graph *graph, const char *name, pst_stage input, uint64_t first,
                            uint64_t count, uint64_t period);

/* Shuffles within a window (of min(window, period) elements, if that is not 0): it fills, then one
 * that the seed chooses comes out for each that comes in, then the rest. Each period is shuffled by
 * itself, epoch + n gives the order of the n-th, and the next one fills the window while the former
 * leaves it. What comes out depends on the arguments alone. A window of a period or more: every
 * order is equally likely. One replica; types with destroy are PST_ETYPE. PST_EINVAL: window 0.
 * PST_ENOMEM. */
PST_API pst_stage pst_shuffle(pst_graph *graph, const char *name, pst_stage input, uint64_t window,
                              uint64_t seed, uint64_t period, uint64_t epoch);

/* The same on the calling thread, for streams of the program's own. Everything that it remembers is
 * in the two blocks of memory, so a copy of both is the stream's state to come back to. */
typedef struct pst_shuffle_state {
    size_t struct_size;
    uint64_t window, seed, period, epoch; /* as for pst_shuffle; the same for the whole stream */
    uint64_t taken, given; /* so many have gone in and come out; 0 at the begin */
} pst_shuffle_state;
#define PST_SHUFFLE_STATE_INIT {sizeof(pst_shuffle_state), 0, 0, 0, 0, 0, 0}
/* Takes in[0, n) in and gives *count elements out, at most n; they are moved by memcpy. in NULL:
 * the input has ended, and up to n of those left come out; a *count of 0 then says that none is.
 * held: room for the window, of size bytes each; uninitialised at the begin. in, out and held must
 * not overlap. PST_EINVAL. */
PST_API pst_status pst_shuffle_span(pst_shuffle_state *state, void *held, size_t size,
                                    const void *in, size_t n, void *out, size_t *count);

/* One column of a table: row r stands at data + r * stride (bytes), any alignment. */
typedef struct pst_column {
    const void *data;
    ptrdiff_t stride;
    size_t size;   /* bytes of one row */
    size_t offset; /* where it goes in the element */
} pst_column;

/* Turns row numbers (int64_t) into elements that hold copies of the rows' columns; bytes that no
 * column covers are zero. The columns' memory stays the program's and must live as long as the
 * graph; count: 1 to 4096 of them. A number that is not in 0 to rows - 1 fails as its element.
 * PST_EINVAL, PST_ETYPE: input is not int64_t, or type has destroy. */
PST_API pst_stage pst_rows(pst_graph *graph, const char *name, pst_stage input,
                           const pst_type *type, const pst_column *columns, size_t count,
                           uint64_t rows);

/* Memory that the program lends: so many elements at in, and room for the results at out. */
typedef struct pst_lent {
    const void *in;
    void *out;
    size_t count;
    uint64_t first; /* the number of the first element, for random operators */
} pst_lent;

/* Applies an operator to spans that the program lends, which it feeds in and drains when they are
 * done: results stand where they are wanted, in a batch for instance, without a copy. Elements in
 * and out are pst_lent (PST_TYPE); replicas do not matter to random operators. in and out are
 * aligned to their numbers and must not overlap; an element of which that is not true fails. */
PST_API pst_stage pst_apply_lent(pst_graph *graph, const char *name, pst_stage input,
                                 const pst_operator *op);

#ifdef __cplusplus
}
#endif
#endif /* PENSTOCK_H */
