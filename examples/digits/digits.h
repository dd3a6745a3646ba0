/* Handwritten digits: what the files of this program share. Begin with graphs.c. */
#ifndef DIGITS_H
#define DIGITS_H

#include <penstock.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    SIDE = 8,
    PIXELS = SIDE * SIDE,
    CLASSES = 10,
    FEATURES = 2 * PIXELS, /* the pixels, and as many strokes: see features.c */
    HIDDEN = 256,
    BATCH = 32
};

/* ---- What flows through the graphs ---- */

/* A line of the file, not yet looked at. */
struct line {
    uint32_t epoch, number;
    char text[248];
};

/* An image: 0 to 16 a pixel, or in units of standard deviations once it is standardised. */
struct row {
    uint32_t epoch, number;
    int32_t label;
    float pixels[PIXELS];
};

/* What the network works on. One element has room for the input and the result of every layer, so
 * a matmul stage reads one field and fills another, and the rest travels along. */
struct sample {
    _Alignas(64) float features[FEATURES];
    float hidden[HIDDEN];
    float scores[CLASSES];
    int32_t label;
    uint32_t epoch, number;
};

/* How one mini-batch went. */
struct metrics {
    uint32_t epoch, samples, correct;
    float loss; /* summed over the samples */
};

/* ---- rows.c: reading the file, epoch after epoch, in shuffled order ---- */

struct reader {
    FILE *file;
    long *offsets;   /* of each line in the file */
    uint32_t *order; /* of this epoch: line numbers, and some beyond them for broken lines */
    uint32_t rows, broken;
    uint64_t checksum; /* FNV-1a of the file's bytes */
    uint64_t random;
    uint32_t epoch, last_epoch, next;
};

bool reader_open(struct reader *reader, const char *path);
void reader_close(struct reader *reader);
/* The next run of a graph reads these epochs: first, and up to but not including last. */
void reader_set_epochs(struct reader *reader, uint32_t first, uint32_t last);
pst_status read_rows(pst_context *cx, void *out, size_t capacity, size_t *count);

/* ---- clean.c: what is a row, and which rows are held out ---- */

pst_status clean(pst_context *cx, const void *in, void *out, size_t n);
pst_status count_rejected(pst_context *cx, const void *in, size_t n);

enum { TRAINING = 0, HELD_OUT = 1 }; /* ports of the split */
bool is_held_out(uint32_t number);
pst_status split(pst_context *cx, const void *in, size_t n);

/* Held-out samples, put aside until the network is trained. */
struct shelf {
    struct sample *samples;
    size_t count, capacity, next;
    uint64_t seen; /* over all epochs */
};
pst_status put_aside(pst_context *cx, const void *in, size_t n);
pst_status take_back(pst_context *cx, void *out, size_t capacity, size_t *count);

/* ---- distort.c: no epoch sees the same images ---- */

/* The user pointer is the seed. */
pst_status distort(pst_context *cx, const void *in, void *out, size_t n);

/* ---- features.c: standardisation and features ---- */

struct moments {
    uint64_t rows;
    double sum[PIXELS], squares[PIXELS];
};
struct standard {
    float mean[PIXELS], scale[PIXELS];
};
pst_status add_moments(pst_context *cx, void *state, const void *in, size_t n);
pst_status set_standard(pst_context *cx, const void *in, size_t n);
pst_status standardise(pst_context *cx, const void *in, void *out, size_t n);
pst_status extract_features(pst_context *cx, const void *in, void *out, size_t n);

/* ---- network.c: the weights, and how they learn ---- */

struct parameters {
    float hidden[FEATURES][HIDDEN], hidden_bias[HIDDEN];
    float output[HIDDEN][CLASSES], output_bias[CLASSES];
};
struct network {
    struct parameters weights, velocity;
    float output_error[BATCH][CLASSES], hidden_error[BATCH][HIDDEN];
};
void network_init(struct network *network, uint64_t seed);
/* Two runs that learned the same have the same fingerprint, to the last bit. */
uint64_t network_fingerprint(const struct network *network);
enum { METRICS = 0, AGAIN = 1 }; /* ports of learn */
pst_status learn(pst_context *cx, const void *in, size_t n);

struct score {
    uint32_t samples, correct;
};
pst_status count_correct(pst_context *cx, void *state, const void *in, size_t n);
pst_status set_score(pst_context *cx, const void *in, size_t n);

/* ---- options.c ---- */

struct options {
    const char *data, *out;
    uint32_t epochs;
    uint64_t seed;
    bool quiet;
};
/* False: the program ends with *exit_code. */
bool options_read(struct options *options, int argc, char **argv, int *exit_code);

/* ---- report.c: what the user sees ---- */

struct progress {
    struct metrics total; /* of the epoch under way */
    uint32_t epochs;
    bool quiet, terminal;
    uint64_t printed_at;
};
void progress_start(struct progress *progress, const struct options *options);
pst_status collect_metrics(pst_context *cx, const void *in, size_t n);
void progress_show(struct progress *progress, pst_graph *graph, pst_stage rows, bool last);
/* Prints what the engine says of the machine, the placement and the stages; writes the pictures. */
pst_status report(pst_engine *engine, pst_graph *graph, const char *directory);

/* ---- graphs.c: the three graphs ---- */

struct job {
    struct options options;
    struct reader reader;
    struct standard standard;
    struct shelf shelf;
    struct network network;
    struct progress progress;
    struct score score;
    uint64_t unusable;   /* lines of an epoch, as measure() counted them */
    uint64_t rejected;   /* lines of all epochs, as train() put them out */
    pst_graph *training; /* kept for the report */
};
/* These print what goes wrong. */
pst_status measure(pst_engine *engine, struct job *job);
pst_status train(pst_engine *engine, struct job *job);
pst_status validate(pst_engine *engine, struct job *job);

/* ---- random.c ---- */

uint64_t random_next(uint64_t *state);
float random_normal(uint64_t *state);
uint64_t checksum_add(uint64_t checksum, const void *bytes, size_t size);
#define CHECKSUM_INIT UINT64_C(0xcbf29ce484222325)

#endif
