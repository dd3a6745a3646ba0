/* Penstock's matrix products under the names of BLAS: libpenstock_cblas.so.
 *
 * It exports cblas_sgemm and cblas_dgemm, and for Fortran sgemm_ and dgemm_ (integers of 32 bits).
 * They compute on the calling thread with the kernels of libpenstock.so. All else of BLAS is left
 * to the library that a program has.
 *
 *     cc program.c $(pkg-config --cflags --libs penstock_cblas) -lblas     before the other BLAS
 *     LD_PRELOAD=libpenstock_cblas.so program                           or under a finished program
 *
 * A program that includes a <cblas.h> as well includes that one first.
 *
 *   Threads    Any thread may call at any time. Results are the same bit for bit for every thread
 *              and every call.
 *   Reading    As in the reference: with beta 0, C is not read; with alpha 0, A and B are not, and
 *              may be NULL. Nothing is done when m or n is 0, or when beta is 1 and k or alpha 0.
 *   Errors     The first bad parameter is reported by the number that the reference gives it, and C
 *              is untouched. What cannot be computed is reported as parameter 0 with a text: an
 *              element of C that is also an element of A or B, an address that is no multiple of
 *              the element size, no memory. Blocks of one matrix without a common element, as in a
 *              factorization, are no error.
 *   Hooks      A report of cblas_?gemm goes to the program's cblas_xerbla; without one, and always
 *              from ?gemm_, to its xerbla_. If the hook returns, so does the product. Without hooks
 *              it goes to stderr and the process exits with status 255, as in the reference. For a
 *              row-major product cblas_xerbla gets the numbers of the column-major product of the
 *              exchanged operands, and RowMajorStrg, where that exists, is 1 during the call: this
 *              is how the reference calls it. A text goes to stderr if the hook takes none.
 */
#ifndef PENSTOCK_CBLAS_H
#define PENSTOCK_CBLAS_H

#if defined(__GNUC__)
#define PST_CBLAS_API __attribute__((visibility("default")))
#else
#define PST_CBLAS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The include guard of the reference's, OpenBLAS's and ATLAS's header, which declare the same. */
#ifndef CBLAS_H

typedef enum CBLAS_LAYOUT { CblasRowMajor = 101, CblasColMajor = 102 } CBLAS_LAYOUT;
#define CBLAS_ORDER CBLAS_LAYOUT /* its name in older programs */
typedef enum CBLAS_TRANSPOSE {
    CblasNoTrans = 111,
    CblasTrans = 112,
    CblasConjTrans = 113 /* the same as CblasTrans for real numbers */
} CBLAS_TRANSPOSE;

/* C = alpha * op(A) * op(B) + beta * C; op(A) is m x k, op(B) k x n, C m x n. Leading dimensions
 * count elements and are at least 1. */
PST_CBLAS_API void cblas_sgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans_a,
                               CBLAS_TRANSPOSE trans_b, int m, int n, int k, float alpha,
                               const float *a, int lda, const float *b, int ldb, float beta,
                               float *c, int ldc);
PST_CBLAS_API void cblas_dgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans_a,
                               CBLAS_TRANSPOSE trans_b, int m, int n, int k, double alpha,
                               const double *a, int lda, const double *b, int ldb, double beta,
                               double *c, int ldc);

#endif

#ifdef __cplusplus
}
#endif
#endif /* PENSTOCK_CBLAS_H */
