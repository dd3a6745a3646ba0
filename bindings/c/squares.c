/* Source, map and sink: the sum of the first thousand squares. */
#include <penstock.h>
#include <stdio.h>

enum { COUNT = 1000 };

/* Makes up to capacity elements. PST_END ends the stream after those of this call. */
static pst_status count_up(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t *next = pst_user(cx), *numbers = out;
    size_t n = 0;
    while (n < capacity && *next < COUNT)
        numbers[n++] = (*next)++;
    *count = n;
    return *next < COUNT ? PST_OK : PST_END;
}

/* Makes one output of each input. */
static pst_status square(pst_context *cx, const void *in, void *out, size_t n) {
    const uint64_t *numbers = in;
    uint64_t *squares = out;
    (void)cx;
    for (size_t i = 0; i < n; i++)
        squares[i] = numbers[i] * numbers[i];
    return PST_OK;
}

/* Consumes; the user pointer is where the result goes. */
static pst_status add_up(pst_context *cx, const void *in, size_t n) {
    const uint64_t *squares = in;
    uint64_t *sum = pst_user(cx);
    for (size_t i = 0; i < n; i++)
        *sum += squares[i];
    return PST_OK;
}

int main(void) {
    uint64_t next = 0, sum = 0;
    pst_type u64 = PST_TYPE(uint64_t);
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("squares", &graph))
        return pst_report(stderr);

    pst_stage numbers = pst_source(graph, "numbers", &u64, count_up, &next);
    pst_stage squares = pst_map(graph, "square", numbers, &u64, square, NULL);
    pst_sink(graph, "sum", squares, add_up, &sum);

    /* Mistakes in the description would show here, too: they stay with the graph. */
    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    else
        printf("sum of squares: %llu\n", (unsigned long long)sum);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     sum of squares: 332833500
 */
