/* What a benchmark gave, on stdout and as JSON lines. */
#ifndef ACTORS_TABLE_H
#define ACTORS_TABLE_H

#include "rounds.h"

/* A figure with its magnitude: "12.34 M". */
void format_rate(char *text, size_t size, double rate);
void table_print(const struct result *result);
/* The ratio of Penstock to the better of the two peers; 0 when one of the three has no figure. */
double table_ratio(const struct result *result);

#endif
