/* Penstock and its peers, those that are there. */
#ifndef MATRIX_ROSTER_H
#define MATRIX_ROSTER_H

#include "system.h"

#include <stdio.h>

enum { MOST_SYSTEMS = 8 };

struct roster {
    const struct matrix_system *systems[MOST_SYSTEMS]; /* Penstock first */
    int count;
};

/* Forgets what the environment says to any of the libraries, opens them and says on out which they
 * are. only: names that contain this text, and Penstock; or NULL. */
struct roster roster_open(const char *only, FILE *out);

#endif
