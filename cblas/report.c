#include "report.h"

#include <penstock.h>

#include <stdlib.h>
#include <string.h>

/* Only asked for, never required: NULL in a process where nobody defines them. The program's own
 * definition wins over that of a BLAS library. */
extern void cblas_xerbla(int parameter, const char *routine, const char *form, ...)
    __attribute__((weak));
extern void xerbla_(const char *routine, const int *parameter, size_t length) __attribute__((weak));
extern int RowMajorStrg __attribute__((weak));

/* As in the reference's cblas_xerbla. */
enum { EXIT_STATUS = 255 };

static const char *const fortran_names[] = {"TRANSA", "TRANSB", "M",   "N",    "K", "ALPHA", "A",
                                            "LDA",    "B",      "LDB", "BETA", "C", "LDC"};

/* The names of Fortran routines are padded with a blank. */
static int name_length(const char *routine) {
    return (int)strcspn(routine, " ");
}

static void call_xerbla(const char *routine, int parameter) {
    xerbla_(routine, &parameter, strlen(routine));
}

static void tell_parameter(const char *routine, int parameter, const char *name) {
    if (xerbla_) {
        call_xerbla(routine, parameter);
        return;
    }
    fprintf(stderr, "penstock_cblas: %.*s: parameter %d (%s) has an illegal value\n",
            name_length(routine), routine, parameter, name);
    exit(EXIT_STATUS);
}

/* xerbla_ takes no text, so that goes to stderr in any case. */
static void tell_failure(const char *routine) {
    fprintf(stderr, "penstock_cblas: %.*s: %s\n", name_length(routine), routine, pst_last_error());
    if (!xerbla_)
        exit(EXIT_STATUS);
    call_xerbla(routine, 0);
}

/* Exchanging the operands exchanges the numbers of m and n, and of lda and ldb. */
static int exchanged(int parameter) {
    switch (parameter) {
    case 4:
        return 5;
    case 5:
        return 4;
    case 9:
        return 11;
    case 11:
        return 9;
    default:
        return parameter;
    }
}

void report_cblas_parameter(const char *routine, int parameter, bool row_major) {
    int number = row_major ? exchanged(parameter) : parameter;
    const char *name = number == 1 ? "LAYOUT" : fortran_names[number - 2];
    if (!cblas_xerbla) {
        tell_parameter(routine, number, name);
        return;
    }
    /* The reference's own cblas_xerbla exchanges them if this variable of its says so. */
    if (&RowMajorStrg)
        RowMajorStrg = row_major;
    cblas_xerbla(parameter, routine, "%s has an illegal value\n", name);
    if (&RowMajorStrg)
        RowMajorStrg = 0;
}

void report_fortran_parameter(const char *routine, int parameter) {
    tell_parameter(routine, parameter, fortran_names[parameter - 1]);
}

void report_cblas_failure(const char *routine) {
    if (cblas_xerbla)
        cblas_xerbla(0, routine, "%s: %s\n", routine, pst_last_error());
    else
        tell_failure(routine);
}

void report_fortran_failure(const char *routine) {
    tell_failure(routine);
}
