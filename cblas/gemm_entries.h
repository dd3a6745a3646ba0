/* The entries of one element type; gemm.c includes this once for each and says their names. */

/* Arguments are checked. `by_row`: neighbours in a row of C are neighbours in memory. */
static inline pst_status MULTIPLY(bool by_row, order trans_a, order trans_b, int m, int n, int k,
                                  REAL alpha, const REAL *a, int lda, const REAL *b, int ldb,
                                  REAL beta, REAL *c, int ldc) {
    if (m == 0 || n == 0 || ((alpha == 0 || k == 0) && beta == 1))
        return PST_OK;
    /* pst_gemm wants A and B to exist even if alpha is 0; without terms there is no A and no B. */
    if (alpha == 0)
        k = 0;
    const bool a_by_row = by_row == (trans_a == PLAIN), b_by_row = by_row == (trans_b == PLAIN);
    const ptrdiff_t a_row = a_by_row ? lda : 1, a_col = a_by_row ? 1 : lda;
    const ptrdiff_t b_row = b_by_row ? ldb : 1, b_col = b_by_row ? 1 : ldb;
    /* pst_gemm's shortest way is for contiguous rows of C: transposed, C has them. */
    if (!by_row && PST_GEMM((size_t)n, (size_t)m, (size_t)k, alpha, b, b_col, b_row, a, a_col,
                            a_row, beta, c, ldc, 1, NULL, PST_LINEAR) == PST_OK)
        return PST_OK;
    /* Also what has just failed, so that the error's text calls A and B what the caller does. */
    return PST_GEMM((size_t)m, (size_t)n, (size_t)k, alpha, a, a_row, a_col, b, b_row, b_col, beta,
                    c, by_row ? ldc : 1, by_row ? 1 : ldc, NULL, PST_LINEAR);
}

PST_CBLAS_API void CBLAS_GEMM(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans_a, CBLAS_TRANSPOSE trans_b,
                              int m, int n, int k, REAL alpha, const REAL *a, int lda,
                              const REAL *b, int ldb, REAL beta, REAL *c, int ldc) {
    const order order_a = cblas_order(trans_a), order_b = cblas_order(trans_b);
    const bool by_row = layout == CblasRowMajor;
    int fault = first_cblas_fault(layout, order_a, order_b, m, n, k, lda, ldb, ldc);
    if (fault)
        report_cblas_parameter(CBLAS_NAME, fault, by_row);
    else if (MULTIPLY(by_row, order_a, order_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc))
        report_cblas_failure(CBLAS_NAME);
}

/* Fortran passes the lengths of trans_a and trans_b after ldc; one character is all that counts. */
PST_CBLAS_API void FORTRAN_GEMM(const char *trans_a, const char *trans_b, const int *m,
                                const int *n, const int *k, const REAL *alpha, const REAL *a,
                                const int *lda, const REAL *b, const int *ldb, const REAL *beta,
                                REAL *c, const int *ldc);
void FORTRAN_GEMM(const char *trans_a, const char *trans_b, const int *m, const int *n,
                  const int *k, const REAL *alpha, const REAL *a, const int *lda, const REAL *b,
                  const int *ldb, const REAL *beta, REAL *c, const int *ldc) {
    const order order_a = fortran_order(*trans_a), order_b = fortran_order(*trans_b);
    int fault = first_fault(order_a, order_b, *m, *n, *k, *lda, *ldb, *ldc);
    if (fault)
        report_fortran_parameter(FORTRAN_NAME, fault);
    else if (MULTIPLY(false, order_a, order_b, *m, *n, *k, *alpha, a, *lda, b, *ldb, *beta, c,
                      *ldc))
        report_fortran_failure(FORTRAN_NAME);
}

#undef REAL
#undef PST_GEMM
#undef MULTIPLY
#undef CBLAS_GEMM
#undef CBLAS_NAME
#undef FORTRAN_GEMM
#undef FORTRAN_NAME
