/* ?GEMM of BLAS on pst_gemm: checks what the reference checks, in its order, and turns leading
 * dimensions into strides. */
#include <penstock.h>
#include <penstock_cblas.h>

#include "report.h"

typedef enum order { PLAIN, TRANSPOSED, UNKNOWN } order;

static order cblas_order(CBLAS_TRANSPOSE trans) {
    switch ((int)trans) {
    case CblasNoTrans:
        return PLAIN;
    case CblasTrans:
    case CblasConjTrans:
        return TRANSPOSED;
    default:
        return UNKNOWN;
    }
}

static order fortran_order(char trans) {
    switch (trans) {
    case 'N':
    case 'n':
        return PLAIN;
    case 'T':
    case 't':
    case 'C':
    case 'c':
        return TRANSPOSED;
    default:
        return UNKNOWN;
    }
}

static int at_least_one(int size) {
    return size > 1 ? size : 1;
}

/* The number of ?GEMM's first bad parameter, or 0. Column-major. */
static int first_fault(order trans_a, order trans_b, int m, int n, int k, int lda, int ldb,
                       int ldc) {
    if (trans_a == UNKNOWN)
        return 1;
    if (trans_b == UNKNOWN)
        return 2;
    if (m < 0)
        return 3;
    if (n < 0)
        return 4;
    if (k < 0)
        return 5;
    if (lda < at_least_one(trans_a == PLAIN ? m : k))
        return 8;
    if (ldb < at_least_one(trans_b == PLAIN ? k : n))
        return 10;
    if (ldc < at_least_one(m))
        return 13;
    return 0;
}

/* The same of cblas_?gemm. A row-major product is checked as the reference does: as the
 * column-major product of the exchanged operands, with its order of checks and its numbers. */
static int first_cblas_fault(CBLAS_LAYOUT layout, order trans_a, order trans_b, int m, int n, int k,
                             int lda, int ldb, int ldc) {
    if (layout != CblasRowMajor && layout != CblasColMajor)
        return 1;
    if (trans_a == UNKNOWN)
        return 2;
    if (trans_b == UNKNOWN)
        return 3;
    int fault = layout == CblasColMajor ? first_fault(trans_a, trans_b, m, n, k, lda, ldb, ldc)
                                        : first_fault(trans_b, trans_a, n, m, k, ldb, lda, ldc);
    return fault ? fault + 1 : 0;
}

#define REAL float
#define PST_GEMM pst_gemm_f32
#define MULTIPLY multiply_f32
#define CBLAS_GEMM cblas_sgemm
#define CBLAS_NAME "cblas_sgemm"
#define FORTRAN_GEMM sgemm_
#define FORTRAN_NAME "SGEMM "
#include "gemm_entries.h"

#define REAL double
#define PST_GEMM pst_gemm_f64
#define MULTIPLY multiply_f64
#define CBLAS_GEMM cblas_dgemm
#define CBLAS_NAME "cblas_dgemm"
#define FORTRAN_GEMM dgemm_
#define FORTRAN_NAME "DGEMM "
#include "gemm_entries.h"
