/* Matrix products outside of a graph: the forward pass of a network with one hidden layer, a batch
 * of rows at a time, on the workers of an engine. */
#include <penstock.h>
#include <stdio.h>
#include <stdlib.h>

enum { IN = 784, HIDDEN = 512, OUT = 10, ROWS = 96 };

typedef struct layer {
    size_t in, out;
    pst_packed *weights; /* in x out, laid out for the kernel once, used by every product */
    float *bias;
    pst_activation activation;
} layer;

typedef struct network {
    layer hidden, output;
    pst_engine *engine;
} network;

/* Stands in for a file of trained weights. */
static float weight(size_t i, size_t n) {
    return (float)((i * 7919 + n) % 17) / 16 - 0.5f;
}

static pst_status make_layer(layer *l, size_t in, size_t out, pst_activation activation) {
    float *weights = malloc(in * out * sizeof(*weights));
    *l = (layer){in, out, NULL, malloc(out * sizeof(*l->bias)), activation};
    if (weights == NULL || l->bias == NULL)
        return PST_ENOMEM;
    for (size_t i = 0; i < in * out; i++)
        weights[i] = weight(i, in);
    for (size_t j = 0; j < out; j++)
        l->bias[j] = weight(j, 1);
    /* Row-major without gaps: from row to row `out` elements, from column to column one. */
    pst_status status =
        pst_packed_create(PST_GEMM_F32, in, out, weights, (ptrdiff_t)out, 1, &l->weights);
    free(weights); /* packing copies */
    return status;
}

static void free_layer(layer *l) {
    pst_packed_destroy(l->weights);
    free(l->bias);
}

/* y = activation(x * weights + bias), a row of x and of y for each sample. */
static pst_gemm_args product(const network *net, const layer *l, const float *x, float *y,
                             size_t rows) {
    pst_gemm_args args = PST_GEMM_ARGS_INIT;
    args.m = rows;
    args.n = l->out;
    args.k = l->in;
    args.a = x;
    args.a_row = (ptrdiff_t)l->in;
    args.a_col = 1;
    args.packed_b = l->weights;
    args.c = y;
    args.c_row = (ptrdiff_t)l->out;
    args.c_col = 1;
    args.bias = l->bias;
    args.activation = l->activation;
    args.engine = net->engine; /* NULL would do, too: then this thread computes alone */
    return args;
}

static pst_status forward(const network *net, const float *x, float *hidden, float *y,
                          size_t rows) {
    pst_gemm_args first = product(net, &net->hidden, x, hidden, rows);
    pst_gemm_args second = product(net, &net->output, hidden, y, rows);
    pst_status status = pst_gemm(&first);
    return status ? status : pst_gemm(&second);
}

int main(void) {
    static float x[ROWS][IN], hidden[ROWS][HIDDEN], y[ROWS][OUT], one[OUT];
    network net = {0};
    char *text = NULL;
    int status = 1;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < IN; j++)
            x[i][j] = weight(i * IN + j, 3) + 0.5f;

    if (pst_engine_create(NULL, &net.engine) || make_layer(&net.hidden, IN, HIDDEN, PST_RELU) ||
        make_layer(&net.output, HIDDEN, OUT, PST_LINEAR) ||
        forward(&net, x[0], hidden[0], y[0], ROWS))
        goto done;
    for (int row = 0; row < 3; row++) {
        int best = 0;
        for (int j = 1; j < OUT; j++)
            best = y[row][j] > y[row][best] ? j : best;
        printf("row %d: class %d, score %.3f\n", row, best, y[row][best]);
    }

    /* A row alone, or any number of threads: the same bits. */
    int equal = 1;
    for (int row = 0; row < ROWS && equal; row++) {
        if (forward(&net, x[row], hidden[0], one, 1))
            goto done;
        for (int j = 0; j < OUT; j++)
            equal = equal && one[j] == y[row][j];
    }
    printf("row by row: %s\n", equal ? "equal" : "not equal");

    /* What the first product does, and why: on this machine, so not on standard output. */
    pst_gemm_args args = product(&net, &net.hidden, x[0], hidden[0], ROWS);
    if (pst_gemm_explain(&args, &text))
        goto done;
    fputs(text, stderr);
    status = 0;

done:
    if (status)
        pst_report(stderr);
    pst_text_free(text);
    free_layer(&net.output);
    free_layer(&net.hidden);
    pst_engine_destroy(net.engine);
    return status;
}

/* Prints:
 *     row 0: class 3, score 690.268
 *     row 1: class 3, score 461.907
 *     row 2: class 8, score 733.740
 *     row by row: equal
 */
