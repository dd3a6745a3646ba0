/* The hooks of BLAS as a program defines them: they remember what they are told and return. */
#ifndef PENSTOCK_TESTS_HOOKS_H
#define PENSTOCK_TESTS_HOOKS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef struct report {
    int calls;
    int number;       /* as it was passed */
    int row_major;    /* what RowMajorStrg said then */
    char routine[16]; /* as it was passed, with its blanks */
    char text[128];   /* of cblas_xerbla only */
} report;
static report told;

static int checks, failures;

static void check(int ok, int line, const char *what) {
    checks++;
    if (ok)
        return;
    failures++;
    printf("line %d: %s (told: %d times, %d by \"%s\": %s)\n", line, what, told.calls, told.number,
           told.routine, told.text);
}
#define CHECK(condition) check((condition), __LINE__, #condition)

/* 0 if all was well. */
static int end(const char *program) {
    printf("%s: %d checks, %d failures\n", program, checks, failures);
    return failures != 0 || checks == 0;
}

#ifdef WITH_CBLAS_XERBLA
int RowMajorStrg;
#endif

void xerbla_(const char *routine, const int *number, size_t length);
void xerbla_(const char *routine, const int *number, size_t length) {
    told.calls++;
    told.number = *number;
#ifdef WITH_CBLAS_XERBLA
    told.row_major = RowMajorStrg;
#endif
    snprintf(told.routine, sizeof told.routine, "%.*s", (int)length, routine);
}

#ifdef WITH_CBLAS_XERBLA
void cblas_xerbla(int number, const char *routine, const char *form, ...);
void cblas_xerbla(int number, const char *routine, const char *form, ...) {
    va_list arguments;
    va_start(arguments, form);
    vsnprintf(told.text, sizeof told.text, form, arguments);
    va_end(arguments);
    told.calls++;
    told.number = number;
    told.row_major = RowMajorStrg;
    snprintf(told.routine, sizeof told.routine, "%s", routine);
}
#endif

#endif
