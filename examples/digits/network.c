/* A network of two layers. Its forward pass is two matmul stages that read these weights; here is
 * the other half: gradients and the step down them, a mini-batch at a time. */
#include "digits.h"
#include <math.h>

static const float RATE = 0.05f, RATE_DECAY = 0.96f, MOMENTUM = 0.9f, WEIGHT_DECAY = 1e-4f;

static void fill(float *weights, size_t inputs, size_t outputs, uint64_t *random) {
    float scale = sqrtf(2.0f / (float)inputs);
    for (size_t i = 0; i < inputs * outputs; i++)
        weights[i] = scale * random_normal(random);
}

void network_init(struct network *network, uint64_t seed) {
    *network = (struct network){0};
    fill(network->weights.hidden[0], FEATURES, HIDDEN, &seed);
    fill(network->weights.output[0], HIDDEN, CLASSES, &seed);
}

uint64_t network_fingerprint(const struct network *network) {
    return checksum_add(CHECKSUM_INIT, &network->weights, sizeof network->weights);
}

static int best_class(const struct sample *sample) {
    int best = 0;
    for (int c = 1; c < CLASSES; c++)
        if (sample->scores[c] > sample->scores[best])
            best = c;
    return best;
}

/* Softmax and cross-entropy: the loss, and its gradient with respect to the scores. */
static float score_error(const struct sample *sample, float *error) {
    float most = sample->scores[best_class(sample)], sum = 0;

    for (int c = 0; c < CLASSES; c++)
        sum += error[c] = expf(sample->scores[c] - most);
    for (int c = 0; c < CLASSES; c++)
        error[c] /= sum;
    float loss = -logf(error[sample->label] + 1e-12f);
    error[sample->label] -= 1;
    return loss;
}

/* velocity = momentum * velocity + inputs' * errors / n, for the weights and the bias of a layer.
 * Both stand row by row, one row a sample. */
static pst_status gather(const float *inputs, ptrdiff_t input_row, size_t width,
                         const float *errors, size_t outputs, size_t n, float *velocity,
                         float *bias_velocity) {
    static const float one = 1;
    pst_status status = pst_gemm_f32(width, outputs, n, 1.0f / (float)n, inputs, 1, input_row,
                                     errors, (ptrdiff_t)outputs, 1, MOMENTUM, velocity,
                                     (ptrdiff_t)outputs, 1, NULL, PST_LINEAR);
    if (status)
        return status;
    return pst_gemm_f32(1, outputs, n, 1.0f / (float)n, &one, 1, 0, errors, (ptrdiff_t)outputs, 1,
                        MOMENTUM, bias_velocity, (ptrdiff_t)outputs, 1, NULL, PST_LINEAR);
}

static pst_status back_propagate(struct network *network, const struct sample *samples, size_t n) {
    const ptrdiff_t stride = sizeof *samples / sizeof(float);
    struct parameters *velocity = &network->velocity;

    /* How much of each output's error comes from each hidden unit that was on. */
    pst_status status = pst_gemm_f32(n, HIDDEN, CLASSES, 1, network->output_error[0], CLASSES, 1,
                                     network->weights.output[0], 1, CLASSES, 0,
                                     network->hidden_error[0], HIDDEN, 1, NULL, PST_LINEAR);
    if (status)
        return status;
    for (size_t s = 0; s < n; s++)
        for (int h = 0; h < HIDDEN; h++)
            if (samples[s].hidden[h] <= 0)
                network->hidden_error[s][h] = 0;

    status = gather(samples->hidden, stride, HIDDEN, network->output_error[0], CLASSES, n,
                    velocity->output[0], velocity->output_bias);
    if (status)
        return status;
    return gather(samples->features, stride, FEATURES, network->hidden_error[0], HIDDEN, n,
                  velocity->hidden[0], velocity->hidden_bias);
}

static void step(float *weights, const float *velocity, size_t count, float rate, float decay) {
    for (size_t i = 0; i < count; i++)
        weights[i] -= rate * (velocity[i] + decay * weights[i]);
}

/* The only writer of the weights that the matmul stages read. No sample is in those stages now:
 * the loop holds one batch, and this is it. */
pst_status learn(pst_context *cx, const void *in, size_t n) {
    struct network *network = pst_user(cx);
    const struct sample *samples = in;
    struct metrics metrics = {samples->epoch, (uint32_t)n, 0, 0};

    for (size_t s = 0; s < n; s++) {
        metrics.loss += score_error(&samples[s], network->output_error[s]);
        metrics.correct += best_class(&samples[s]) == samples[s].label;
    }
    pst_status status = back_propagate(network, samples, n);
    if (status)
        return status;

    float rate = RATE * powf(RATE_DECAY, (float)samples->epoch);
    struct parameters *weights = &network->weights, *velocity = &network->velocity;
    step(weights->hidden[0], velocity->hidden[0], FEATURES * HIDDEN, rate, WEIGHT_DECAY);
    step(weights->hidden_bias, velocity->hidden_bias, HIDDEN, rate, 0);
    step(weights->output[0], velocity->output[0], HIDDEN * CLASSES, rate, WEIGHT_DECAY);
    step(weights->output_bias, velocity->output_bias, CLASSES, rate, 0);
    pst_emit(cx, METRICS, &metrics, 1);
    return PST_OK; /* nothing to AGAIN: every sample leaves the loop here */
}

pst_status count_correct(pst_context *cx, void *state, const void *in, size_t n) {
    struct score *score = state;
    const struct sample *samples = in;

    (void)cx;
    for (size_t s = 0; s < n; s++)
        score->correct += best_class(&samples[s]) == samples[s].label;
    score->samples += (uint32_t)n;
    return PST_OK;
}

pst_status set_score(pst_context *cx, const void *in, size_t n) {
    *(struct score *)pst_user(cx) = ((const struct score *)in)[n - 1];
    return PST_OK;
}
