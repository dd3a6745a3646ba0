/* A stage that sleeps in system calls: a thread of its own, a connection made in set-up and closed
 * in tear-down, and another try when an element fails. */
#include <penstock.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COUNT = 20 };

typedef struct connection { /* to something that refuses every third request */
    unsigned requests;
} connection;

static pst_status count_up(pst_context *cx, void *out, size_t capacity, size_t *count) {
    int *next = pst_user(cx);
    while (*count < capacity && *next < COUNT)
        ((int *)out)[(*count)++] = (*next)++;
    return *next < COUNT ? PST_OK : PST_END;
}

static pst_status connect_to(pst_context *cx) {
    connection *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return PST_ENOMEM;
    pst_set_state(cx, c); /* each replica has its own */
    return PST_OK;
}

static void disconnect(pst_context *cx) {
    connection *c = pst_state(cx);
    printf("%u requests\n", c->requests);
    free(c);
}

static pst_status ask(pst_context *cx, const void *in, void *out, size_t n) {
    connection *c = pst_state(cx);
    for (size_t i = 0; i < n; i++) {
        nanosleep(&(struct timespec){0, 100000}, NULL);
        if (++c->requests % 3 == 0)
            return pst_fail(cx, PST_EUSER, i, "refused");
        ((int *)out)[i] = ((const int *)in)[i] * 10;
    }
    return PST_OK;
}

static pst_status add_up(pst_context *cx, const void *in, size_t n) {
    for (size_t i = 0; i < n; i++)
        *(int *)pst_user(cx) += ((const int *)in)[i];
    return PST_OK;
}

int main(void) {
    int next = 0, sum = 0;
    pst_type int_type = PST_TYPE(int);
    pst_stage_options remote = PST_STAGE_OPTIONS_INIT;
    remote.thread = PST_BLOCKING;
    remote.setup = connect_to;
    remote.teardown = disconnect;
    remote.on_failure = PST_RETRY;
    remote.retries = 5;
    remote.backoff_ns = 100000; /* then doubled each time */
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("retry", &graph))
        return pst_report(stderr);

    pst_stage numbers = pst_source(graph, "numbers", &int_type, count_up, &next);
    pst_stage answers = pst_map(graph, "ask", numbers, &int_type, ask, NULL);
    pst_stage_configure(graph, answers, &remote);
    pst_sink(graph, "sum", answers, add_up, &sum);

    pst_status status = pst_graph_run(graph, engine);
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    if (status || pst_stage_get_stats(graph, answers, &stats))
        pst_report(stderr);
    else
        printf("%d retries, sum %d\n", (int)stats.retried, sum);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     29 requests
 *     9 retries, sum 1900
 */
