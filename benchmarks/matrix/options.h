/* The command line. */
#ifndef MATRIX_OPTIONS_H
#define MATRIX_OPTIONS_H

#include <stdbool.h>

struct options {
    const char *cases, *systems, *output;
    bool quick, strict, cpu_time, explain;
    int cpu; /* to which one-thread rows are bound; -1: the last that we may use */
};

/* Ends the program on --help and on what it does not know. */
struct options options_read(int count, char **words);

/* Whether precision/name is asked for. */
bool options_select(const struct options *options, const char *precision, const char *name);

#endif
