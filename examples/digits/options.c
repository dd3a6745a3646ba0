/* The command line. */
#include "digits.h"
#include <stdlib.h>
#include <string.h>

#ifndef DIGITS_DATA
#define DIGITS_DATA "examples/data/digits.csv"
#endif

static const char usage[] =
    "usage: digits [--epochs N] [--data FILE] [--out DIR] [--seed N] [--quiet]\n"
    "Trains a network to read handwritten digits, in one dataflow graph.\n"
    "  --epochs N   passes over the training rows; 1 to 1000 (60)\n"
    "  --data FILE  the images, 64 pixels and a label a line (" DIGITS_DATA ")\n"
    "  --out DIR    where graph.svg and timeline.svg go (out)\n"
    "  --seed N     of the first weights and of each epoch's order (1)\n"
    "  --quiet      nothing but the result\n";

static bool read_integer(const char *text, uint64_t least, uint64_t most, uint64_t *number) {
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value < least || value > most)
        return false;
    *number = value;
    return true;
}

static bool read_option(struct options *options, const char *name, const char *value) {
    uint64_t number;

    if (strcmp(name, "--data") == 0)
        options->data = value;
    else if (strcmp(name, "--out") == 0)
        options->out = value;
    else if (strcmp(name, "--seed") == 0)
        return read_integer(value, 0, UINT64_MAX, &options->seed);
    else if (strcmp(name, "--epochs") == 0 && read_integer(value, 1, 1000, &number))
        options->epochs = (uint32_t)number;
    else
        return false;
    return true;
}

bool options_read(struct options *options, int argc, char **argv, int *exit_code) {
    *options = (struct options){DIGITS_DATA, "out", 60, 1, false};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            *exit_code = EXIT_SUCCESS;
            return false;
        }
        if (strcmp(argv[i], "--quiet") == 0)
            options->quiet = true;
        else if (i + 1 < argc && read_option(options, argv[i], argv[i + 1]))
            i++;
        else {
            fprintf(stderr, "digits: %s: not understood\n%s", argv[i], usage);
            *exit_code = 2;
            return false;
        }
    }
    return true;
}
