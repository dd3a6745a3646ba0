/* Learns to read handwritten digits: a whole machine-learning pipeline on one Penstock engine.
 * The pipeline itself is in graphs.c. */
#include "digits.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* examples/data/digits.csv as it was committed */
static const uint32_t known_rows = 1797;
static const uint64_t known_checksum = UINT64_C(0x0b6db7d4442bbc5d);

static const double least_accuracy = 0.95;

static bool say_what_is_read(const struct job *job) {
    const struct reader *reader = &job->reader;
    bool known = reader->rows == known_rows && reader->checksum == known_checksum;

    if (!job->options.quiet)
        printf("%s: %" PRIu32 " rows, checksum %016" PRIx64 "%s\n", job->options.data, reader->rows,
               reader->checksum, known ? ", as committed" : ", not the committed file");
    return reader->rows > 0;
}

/* Every row and every broken line of every epoch must have gone where it belongs. */
static bool count_up(const struct job *job) {
    const uint64_t epochs = job->options.epochs;

    if (!job->options.quiet)
        printf("%" PRIu64 " broken lines an epoch, %" PRIu64 " rejected\n"
               "%zu rows were held out, and came by %" PRIu64 " times\n",
               job->unusable, job->rejected, job->shelf.count, job->shelf.seen);
    return job->unusable >= job->reader.broken && job->rejected == epochs * job->unusable &&
           job->shelf.seen == epochs * job->shelf.count && job->score.samples == job->shelf.count;
}

static bool say_result(const struct job *job) {
    double accuracy = (double)job->score.correct / job->score.samples;

    printf("test accuracy %.4f (%" PRIu32 " of %" PRIu32 " held-out rows), weights %016" PRIx64
           "\n",
           accuracy, job->score.correct, job->score.samples, network_fingerprint(&job->network));
    return accuracy >= least_accuracy;
}

static bool run(struct job *job, pst_engine *engine) {
    job->reader.random = job->options.seed;
    network_init(&job->network, job->options.seed);
    progress_start(&job->progress, &job->options);
    if (measure(engine, job) || train(engine, job) || validate(engine, job))
        return false;

    bool complete = count_up(job), good = say_result(job);
    if (!complete)
        fprintf(stderr, "digits: elements were lost or came twice\n");
    if (!good)
        fprintf(stderr, "digits: the accuracy is below %g\n", least_accuracy);
    if (!job->options.quiet && report(engine, job->training, job->options.out))
        return false;
    return complete && good;
}

int main(int argc, char **argv) {
    pst_engine_options options = PST_ENGINE_OPTIONS_INIT;
    pst_engine *engine = NULL;
    static struct job job; /* large: the weights are in it */
    int exit_code = EXIT_FAILURE;

    if (!options_read(&job.options, argc, argv, &exit_code))
        return exit_code;
    if (!reader_open(&job.reader, job.options.data))
        fprintf(stderr, "digits: %s: %s\n", job.options.data, strerror(errno));
    else if (say_what_is_read(&job)) {
        options.trace_capacity = 1 << 17;
        if (pst_engine_create(&options, &engine))
            pst_report(stderr);
        else if (run(&job, engine))
            exit_code = EXIT_SUCCESS;
    }
    pst_graph_destroy(job.training);
    pst_engine_destroy(engine);
    reader_close(&job.reader);
    free(job.shelf.samples);
    return exit_code;
}
