/* The table of the products, a line as soon as it is known, and its figures as JSON lines. */
#ifndef MATRIX_TABLE_H
#define MATRIX_TABLE_H

#include "measure.h"

void table_head(enum precision precision, const struct roster *roster);
void table_row(const struct result *result, const struct roster *roster);

#endif
