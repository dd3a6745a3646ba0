/* The command line. */
#ifndef ACTORS_OPTIONS_H
#define ACTORS_OPTIONS_H

#include <stdbool.h>

struct options {
    const char *cases, *systems, *output;
    int repetitions; /* 0: the default */
    int seeds;       /* of the simulated executor, in a check */
    bool quick, strict, check;
};

/* Ends the program on --help and on what it does not know. */
struct options options_read(int count, char **words);
/* Whether a case of this name is asked for. */
bool options_select(const struct options *options, const char *name);

#endif
