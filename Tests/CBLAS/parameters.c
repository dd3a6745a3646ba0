/* Which parameter is reported, to whom, by which number; and what is left alone. Built twice: with
 * a cblas_xerbla and an xerbla_ of its own, and with xerbla_ alone. */
#include <penstock_cblas.h>

#include "hooks.h"

#include <math.h>

#define ROWS CblasRowMajor
#define COLUMNS CblasColMajor
#define N CblasNoTrans
#define T CblasTrans
#define C CblasConjTrans

typedef struct parameters {
    int layout, trans_a, trans_b, m, n, k, lda, ldb, ldc;
    int number; /* of the first that is bad, in the order of the reference's checks */
} parameters;

static const parameters bad[] = {
    /* Column-major: in the order of the arguments. */
    {0, N, N, 3, 4, 5, 3, 5, 3, 1},
    {-1, 0, 0, -1, -1, -1, 0, 0, 0, 1},
    {COLUMNS, 0, N, 3, 4, 5, 3, 5, 3, 2},
    {COLUMNS, 114, T, 3, 4, 5, 3, 5, 3, 2},
    {COLUMNS, N, -1, 3, 4, 5, 3, 5, 3, 3},
    {COLUMNS, 0, 0, -3, -4, -5, 0, 0, 0, 2},
    {COLUMNS, N, N, -1, 4, 5, 3, 5, 3, 4},
    {COLUMNS, N, N, -1, -1, -1, 0, 0, 0, 4},
    {COLUMNS, N, N, 3, -1, -1, 0, 0, 0, 5},
    {COLUMNS, N, N, 3, 4, -1, 0, 0, 0, 6},
    {COLUMNS, N, N, 3, 4, 5, 2, 4, 2, 9},
    {COLUMNS, T, N, 3, 4, 5, 4, 5, 3, 9},
    {COLUMNS, C, N, 3, 4, 5, 4, 5, 3, 9},
    {COLUMNS, N, N, 3, 4, 5, 3, 4, 2, 11},
    {COLUMNS, N, T, 3, 4, 5, 3, 3, 3, 11},
    {COLUMNS, T, C, 3, 4, 5, 5, 3, 3, 11},
    {COLUMNS, N, N, 3, 4, 5, 3, 5, 2, 14},
    {COLUMNS, T, T, 3, 4, 5, 5, 4, 2, 14},
    /* Empty products have parameters, too. */
    {COLUMNS, N, N, 0, 0, 0, 0, 1, 1, 9},
    {COLUMNS, N, N, 0, 0, 0, 1, -1, 1, 11},
    {COLUMNS, N, N, 0, 0, 0, 1, 1, 0, 14},
    /* Row-major: n is checked before m, ldb before lda. */
    {ROWS, 0, N, 3, 4, 5, 5, 4, 4, 2},
    {ROWS, N, 0, 3, 4, 5, 5, 4, 4, 3},
    {ROWS, N, N, -1, 4, 5, 5, 4, 4, 4},
    {ROWS, N, N, 3, -1, 5, 5, 4, 4, 5},
    {ROWS, N, N, -1, -1, -1, 0, 0, 0, 5},
    {ROWS, N, N, 3, 4, -1, 5, 4, 4, 6},
    {ROWS, N, N, 3, 4, 5, 4, 4, 4, 9},
    {ROWS, T, N, 3, 4, 5, 2, 4, 4, 9},
    {ROWS, N, N, 3, 4, 5, 5, 3, 4, 11},
    {ROWS, N, T, 3, 4, 5, 5, 4, 4, 11},
    {ROWS, N, N, 3, 4, 5, 4, 3, 3, 11},
    {ROWS, N, N, 3, 4, 5, 5, 4, 3, 14},
};

/* The number that the hook is to get: cblas_xerbla undoes the exchange of a row-major product. */
static int passed(const parameters *p) {
#ifdef WITH_CBLAS_XERBLA
    if (p->layout == ROWS)
        return p->number == 4    ? 5
               : p->number == 5  ? 4
               : p->number == 9  ? 11
               : p->number == 11 ? 9
                                 : p->number;
#endif
    return p->number;
}

static char letter(int trans) {
    return trans == N ? 'n' : trans == T ? 'T' : trans == C ? 'c' : 'X';
}

#define REAL float
#define CHECK_TYPE check_f32
#define CBLAS_GEMM cblas_sgemm
#define CBLAS_NAME "cblas_sgemm"
#define FORTRAN_GEMM sgemm_
#define FORTRAN_NAME "SGEMM "
#include "parameters_type.h"

#define REAL double
#define CHECK_TYPE check_f64
#define CBLAS_GEMM cblas_dgemm
#define CBLAS_NAME "cblas_dgemm"
#define FORTRAN_GEMM dgemm_
#define FORTRAN_NAME "DGEMM "
#include "parameters_type.h"

int main(void) {
    check_f32();
    check_f64();
    return end("parameters");
}
