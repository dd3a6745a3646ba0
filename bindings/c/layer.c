/* Matrix products as stages: a two-layer network that computes XOR of its two inputs. */
#include <penstock.h>
#include <stdio.h>

typedef struct sample {
    float in[2]; /* what the layers carry along */
    float hidden[2];
    float out;
} sample;

static const float inputs[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
/* Weights are k x n, row-major: column j makes output j. */
static const float weights1[2][2] = {{1, 1}, {1, 1}}, bias1[2] = {0, -1};
static const float weights2[2][1] = {{1}, {-2}};

static pst_status samples(pst_context *cx, void *out, size_t capacity, size_t *count) {
    size_t *next = pst_user(cx);
    for (sample *to = out; *count < capacity && *next < 4; ++*count, ++*next)
        *to++ = (sample){{inputs[*next][0], inputs[*next][1]}, {0, 0}, 0};
    return *next < 4 ? PST_OK : PST_END;
}

static pst_status print(pst_context *cx, const void *in, size_t n) {
    (void)cx;
    for (const sample *s = in; n > 0; s++, n--)
        printf("%.0f xor %.0f = %.0f\n", s->in[0], s->in[1], s->out);
    return PST_OK;
}

int main(void) {
    size_t next = 0;
    pst_type sample_type = PST_TYPE(sample);
    pst_matmul_options first = PST_MATMUL_OPTIONS_INIT, second = PST_MATMUL_OPTIONS_INIT;
    first.k = 2;
    first.n = 2;
    first.weights = weights1[0];
    first.bias = bias1;
    first.activation = PST_RELU;
    first.in_offset = offsetof(sample, in);
    first.out_offset = offsetof(sample, hidden);
    second.k = 2;
    second.n = 1;
    second.weights = weights2[0];
    second.in_offset = offsetof(sample, hidden);
    second.out_offset = offsetof(sample, out);
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("xor", &graph))
        return pst_report(stderr);

    /* The type stays the same, so what a layer does not write is carried over. */
    pst_stage source = pst_source(graph, "samples", &sample_type, samples, &next);
    pst_stage hidden = pst_matmul(graph, "hidden", source, &sample_type, &first);
    pst_stage result = pst_matmul(graph, "out", hidden, &sample_type, &second);
    pst_sink(graph, "print", result, print, NULL);

    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     0 xor 0 = 0
 *     0 xor 1 = 1
 *     1 xor 0 = 1
 *     1 xor 1 = 0
 */
