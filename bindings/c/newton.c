/* A cycle: each number goes round through Newton's iteration until its square root stands still. */
#include <penstock.h>
#include <stdio.h>

typedef struct guess {
    double square, root;
    int steps;
} guess;

enum { COUNT = 100, ROUND = 0, DONE = 1 };

static pst_status first_guesses(pst_context *cx, void *out, size_t capacity, size_t *count) {
    int *next = pst_user(cx);
    for (guess *to = out; *count < capacity && *next <= COUNT; ++*count, ++*next)
        *to++ = (guess){*next, *next, 0};
    return *next <= COUNT ? PST_OK : PST_END;
}

/* One step; then round again, or out. */
static pst_status improve(pst_context *cx, const void *in, size_t n) {
    for (size_t i = 0; i < n; i++) {
        guess g = ((const guess *)in)[i];
        double root = (g.root + g.square / g.root) / 2;
        double change = root > g.root ? root - g.root : g.root - root;
        g.root = root;
        g.steps++;
        pst_emit(cx, change < 1e-12 * root ? DONE : ROUND, &g, 1);
    }
    return PST_OK;
}

typedef struct result {
    double sum;
    int roots, most_steps;
} result;

static pst_status collect(pst_context *cx, const void *in, size_t n) {
    result *result = pst_user(cx);
    for (const guess *g = in; n > 0; g++, n--) {
        result->sum += g->root;
        result->roots++;
        if (g->steps > result->most_steps)
            result->most_steps = g->steps;
    }
    return PST_OK;
}

int main(void) {
    int next = 1;
    result result = {0, 0, 0};
    pst_type guess_type = PST_TYPE(guess), ports[2] = {guess_type, guess_type};
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("newton", &graph))
        return pst_report(stderr);

    pst_stage numbers = pst_source(graph, "numbers", &guess_type, first_guesses, &next);
    pst_stage entry = pst_merge(graph, "entry", &numbers, 1, PST_MERGE_ANY, NULL, NULL);
    pst_stage step = pst_process(graph, "improve", entry, ports, 2, improve, NULL);
    /* The credit, at most sixteen inside, is what keeps a cycle from filling up. */
    pst_feedback(graph, pst_port(step, ROUND), entry, 16);
    pst_sink(graph, "collect", pst_port(step, DONE), collect, &result);

    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    else
        printf("%d roots, sum %.6f, at most %d steps\n", result.roots, result.sum,
               result.most_steps);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     100 roots, sum 671.462947, at most 9 steps
 */
