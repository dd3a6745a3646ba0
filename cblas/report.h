/* How a product that cannot be computed is told: to the hooks of BLAS, else on stderr. Each of
 * these may return, if the hook does. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

/* `parameter` counts the arguments of cblas_?gemm from 1; if row_major, those of the column-major
 * product of the exchanged operands that the reference computes instead. */
void report_cblas_parameter(const char *routine, int parameter, bool row_major);
/* `parameter` counts the arguments of ?GEMM from 1; `routine` is padded to six characters. */
void report_fortran_parameter(const char *routine, int parameter);
/* What no parameter's number says: pst_last_error() does. */
void report_cblas_failure(const char *routine);
void report_fortran_failure(const char *routine);

#endif
