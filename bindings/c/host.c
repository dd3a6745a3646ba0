/* The program's own threads at both ends of a graph: one pushes, another pulls. */
#include <penstock.h>
#include <pthread.h>
#include <stdio.h>

enum { COUNT = 10000 };

typedef struct producer {
    pst_graph *graph;
    pst_stage feed;
    pst_status status;
} producer;

static void *produce(void *argument) {
    producer *p = argument;
    for (int64_t i = 0; i < COUNT && p->status == PST_OK; i++)
        p->status = pst_push(p->graph, p->feed, &i, 1, PST_FOREVER, NULL);
    pst_close(p->graph, p->feed); /* the stream ends here */
    return NULL;
}

static pst_status keep_multiples(pst_context *cx, const void *in, bool *keep, size_t n) {
    (void)cx;
    for (size_t i = 0; i < n; i++)
        keep[i] = ((const int64_t *)in)[i] % 7 == 0;
    return PST_OK;
}

int main(void) {
    pst_type i64 = PST_TYPE(int64_t);
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("host", &graph))
        return pst_report(stderr);

    pst_stage feed = pst_feed(graph, "in", &i64);
    pst_stage multiples = pst_filter(graph, "multiples of 7", feed, keep_multiples, NULL);
    pst_stage drain = pst_drain(graph, "out", multiples);

    pst_status status = pst_graph_start(graph, engine);
    if (status == PST_OK) {
        pthread_t thread;
        producer producer = {graph, feed, PST_OK};
        int64_t numbers[64], sum = 0, count = 0;
        size_t n = 0;
        if (pthread_create(&thread, NULL, produce, &producer))
            return 1;
        while ((status = pst_pull(graph, drain, numbers, 64, PST_FOREVER, &n)) == PST_OK) {
            count += (int64_t)n;
            for (size_t i = 0; i < n; i++)
                sum += numbers[i];
        }
        pthread_join(thread, NULL);
        status = pst_graph_wait(graph, PST_FOREVER); /* how the run ended */
        if (status == PST_OK)
            printf("%d multiples, sum %d\n", (int)count, (int)sum);
    }
    if (status)
        pst_report(stderr);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     1429 multiples, sum 7142142
 */
