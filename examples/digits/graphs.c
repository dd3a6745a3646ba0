/* The three graphs of the program, which run one after the other on one engine:
 *
 *   measure   rows > clean > moments > standard
 *   train     rows > clean +> distort > standardise > features > split +> loop ...
 *                          +> rejected                                 +> shelf
 *                                 ... loop > hidden > output > learn +> progress
 *                                      ^-----------------------------+
 *   validate  shelf > hidden > output > score > result
 */
#include "digits.h"
#include <stddef.h>

static const uint64_t tenth_of_a_second = 100 * 1000 * 1000;

/* Both graphs that read the file begin like this; they differ in what becomes of broken lines. */
static pst_stage read_and_clean(pst_graph *graph, struct reader *reader, pst_failure on_failure) {
    pst_type line = PST_TYPE(struct line), row = PST_TYPE(struct row);
    pst_stage_options blocking = PST_STAGE_OPTIONS_INIT, tolerant = PST_STAGE_OPTIONS_INIT;

    pst_stage rows = pst_source(graph, "rows", &line, read_rows, reader);
    blocking.thread = PST_BLOCKING;
    pst_stage_configure(graph, rows, &blocking);

    pst_stage cleaned = pst_map(graph, "clean", rows, &row, clean, NULL);
    tolerant.on_failure = on_failure;
    pst_stage_configure(graph, cleaned, &tolerant);
    return cleaned;
}

pst_status measure(pst_engine *engine, struct job *job) {
    pst_type moments = PST_TYPE(struct moments);
    pst_graph *graph = NULL;

    if (pst_graph_create("measure", &graph))
        return pst_report(stderr);
    pst_stage rows = read_and_clean(graph, &job->reader, PST_SKIP);
    pst_stage sums = pst_fold(graph, "moments", rows, &moments, NULL, 0, add_moments, NULL);
    pst_sink(graph, "standard", sums, set_standard, &job->standard);

    reader_set_epochs(&job->reader, 0, 1);
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    pst_status status = pst_graph_run(graph, engine);
    if (!status)
        status = pst_stage_get_stats(graph, rows, &stats);
    if (status)
        pst_report(stderr);
    job->unusable = stats.skipped;
    pst_graph_destroy(graph);
    return status;
}

/* A layer reads one field of a sample and fills another. */
static pst_stage layer(pst_graph *graph, const char *name, pst_stage input,
                       const pst_matmul_options *options, uint32_t batch) {
    pst_type sample = PST_TYPE(struct sample);
    pst_stage_options whole_batches = PST_STAGE_OPTIONS_INIT;

    pst_stage stage = pst_matmul(graph, name, input, &sample, options);
    whole_batches.batch = batch;
    pst_stage_configure(graph, stage, &whole_batches);
    return stage;
}

/* Forwards through the network: the same two stages for training, where the weights are live and
 * every span must be one mini-batch, and for validation, where neither matters. */
static pst_stage forward(pst_graph *graph, pst_stage input, const struct parameters *weights,
                         bool live, uint32_t batch) {
    pst_matmul_options hidden = PST_MATMUL_OPTIONS_INIT, output = PST_MATMUL_OPTIONS_INIT;

    hidden.k = FEATURES;
    hidden.n = HIDDEN;
    hidden.weights = weights->hidden[0];
    hidden.bias = weights->hidden_bias;
    hidden.activation = PST_RELU;
    hidden.in_offset = offsetof(struct sample, features);
    hidden.out_offset = offsetof(struct sample, hidden);
    hidden.live = live;

    output.k = HIDDEN;
    output.n = CLASSES;
    output.weights = weights->output[0];
    output.bias = weights->output_bias;
    output.in_offset = offsetof(struct sample, hidden);
    output.out_offset = offsetof(struct sample, scores);
    output.live = live;

    return layer(graph, "output", layer(graph, "hidden", input, &hidden, batch), &output, batch);
}

/* The training loop. The feedback edge's credit is the size of a mini-batch: the next one gets in
 * when the samples of this one have left, which is when `learn` has updated the weights. So the
 * layers never read weights that are being written, and training is the same every time. */
static pst_stage train_in_a_loop(pst_graph *graph, pst_stage samples, struct network *network) {
    pst_type ports[] = {[METRICS] = PST_TYPE(struct metrics), [AGAIN] = PST_TYPE(struct sample)};
    pst_stage_options options = PST_STAGE_OPTIONS_INIT;

    pst_stage loop = pst_merge(graph, "loop", &samples, 1, PST_MERGE_ANY, NULL, NULL);
    options.capacity = 8 * BATCH; /* preparation may be this far ahead */
    pst_stage_configure(graph, loop, &options);

    pst_stage scored = forward(graph, loop, &network->weights, true, BATCH);
    pst_stage learned = pst_process(graph, "learn", scored, ports, 2, learn, network);
    pst_stage_options whole_batches = PST_STAGE_OPTIONS_INIT;
    whole_batches.batch = BATCH;
    pst_stage_configure(graph, learned, &whole_batches);
    pst_feedback(graph, pst_port(learned, AGAIN), loop, BATCH);
    return pst_port(learned, METRICS);
}

static pst_status run_epochs(pst_engine *engine, struct job *job, pst_stage rows, uint32_t first,
                             uint32_t last) {
    reader_set_epochs(&job->reader, first, last);
    pst_status status = pst_graph_start(job->training, engine);
    if (status)
        return status;
    /* Waiting also runs the sink "progress", which is ours: see below. */
    while ((status = pst_graph_wait(job->training, tenth_of_a_second)) == PST_ETIMEDOUT)
        progress_show(&job->progress, job->training, rows, false);
    return status;
}

pst_status train(pst_engine *engine, struct job *job) {
    pst_type row = PST_TYPE(struct row), sample = PST_TYPE(struct sample);
    pst_type ports[] = {[TRAINING] = sample, [HELD_OUT] = sample};
    pst_stage_options two = PST_STAGE_OPTIONS_INIT, host = PST_STAGE_OPTIONS_INIT;
    pst_graph *graph = NULL;

    if (pst_graph_create("train", &graph))
        return pst_report(stderr);
    job->training = graph; /* main() destroys it, after the report */

    pst_stage rows = read_and_clean(graph, &job->reader, PST_DEAD_LETTER);
    pst_sink(graph, "rejected", pst_dead_letters(graph, rows), count_rejected, &job->rejected);

    pst_stage varied = pst_map(graph, "distort", rows, &row, distort, &job->options.seed);
    pst_stage unit = pst_map(graph, "standardise", varied, &row, standardise, &job->standard);
    pst_stage features = pst_map(graph, "features", unit, &sample, extract_features, NULL);
    two.replicas = 2; /* ordered, which is the default: rows leave as they came */
    pst_stage_configure(graph, varied, &two);
    pst_stage_configure(graph, unit, &two); /* cheap, but between the two: no need to join here */
    pst_stage_configure(graph, features, &two);

    pst_stage divided = pst_process(graph, "split", features, ports, 2, split, NULL);
    pst_sink(graph, "shelf", pst_port(divided, HELD_OUT), put_aside, &job->shelf);

    pst_stage metrics = train_in_a_loop(graph, pst_port(divided, TRAINING), &job->network);
    pst_stage progress = pst_sink(graph, "progress", metrics, collect_metrics, &job->progress);
    host.thread = PST_HOST; /* what it collects, this thread prints: no lock, no atomics */
    pst_stage_configure(graph, progress, &host);

    /* After the first epoch the engine knows what each stage costs, and places them by that. */
    uint32_t epochs = job->options.epochs;
    pst_status status = run_epochs(engine, job, rows, 0, 1);
    if (!status && epochs > 1)
        status = pst_graph_learn(graph);
    if (!status && epochs > 1)
        status = run_epochs(engine, job, rows, 1, epochs);
    if (status)
        pst_report(stderr);
    progress_show(&job->progress, graph, rows, true);
    return status;
}

pst_status validate(pst_engine *engine, struct job *job) {
    pst_type sample = PST_TYPE(struct sample), score = PST_TYPE(struct score);
    pst_graph *graph = NULL;

    if (pst_graph_create("validate", &graph))
        return pst_report(stderr);
    pst_stage samples = pst_source(graph, "shelf", &sample, take_back, &job->shelf);
    pst_stage scored = forward(graph, samples, &job->network.weights, false, 0);
    pst_stage correct = pst_fold(graph, "score", scored, &score, NULL, 0, count_correct, NULL);
    pst_sink(graph, "result", correct, set_score, &job->score);

    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    pst_graph_destroy(graph);
    return status;
}
