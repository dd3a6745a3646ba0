/* One product by both; compare.c includes this once for each element type. */

void FORTRAN_GEMM(const char *trans_a, const char *trans_b, const int *m, const int *n,
                  const int *k, const REAL *alpha, const REAL *a, const int *lda, const REAL *b,
                  const int *ldb, const REAL *beta, REAL *c, const int *ldc);

/* Whether the product was refused. */
static int COMPARE(const product *p) {
    static REAL matrices[4][ELEMENTS];
    const REAL alpha = (REAL)p->alpha, beta = (REAL)p->beta;
    const int widest = larger(p->lda, larger(p->ldb, p->ldc));
    const int elements = larger(widest, 1) * larger(p->m, larger(p->n, larger(p->k, 1))) + 8;
    if (elements > ELEMENTS)
        abort();
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < elements; j++)
            matrices[i][j] = (REAL)(below(17) - 8);
        for (int j = one_in(8) ? 1 + below(3) : 0; j > 0; j--)
            matrices[i][below(elements)] = (REAL)(one_in(2)   ? NAN
                                                  : one_in(2) ? INFINITY
                                                              : -INFINITY);
    }
    const REAL *a = matrices[0] + p->offset, *b = matrices[1] + p->offset;
    REAL *want = matrices[2], *got = matrices[3];
    memcpy(got, want, sizeof(REAL) * (size_t)elements);

    report told_by[2];
    const int by_fortran = p->layout == CblasColMajor && one_in(2);
    for (int i = 0; i < 2; i++) {
        REAL *c = (i == 0 ? want : got) + p->offset;
        told = (report){0};
        if (by_fortran) {
            const char *letters = "?NTCx";
            const char trans_a = letters[p->trans_a - 110], trans_b = letters[p->trans_b - 110];
            __typeof__(FORTRAN_GEMM) *gemm = i == 0 ? FORTRAN_GEMM : find(FORTRAN_NAME);
            gemm(&trans_a, &trans_b, &p->m, &p->n, &p->k, &alpha, a, &p->lda, b, &p->ldb, &beta, c,
                 &p->ldc);
            told_by[i] = told;
        } else {
            __typeof__(CBLAS_GEMM) *gemm = i == 0 ? CBLAS_GEMM : find(CBLAS_NAME);
            gemm((CBLAS_LAYOUT)p->layout, (CBLAS_TRANSPOSE)p->trans_a, (CBLAS_TRANSPOSE)p->trans_b,
                 p->m, p->n, p->k, alpha, a, p->lda, b, p->ldb, beta, c, p->ldc);
            told_by[i] = as_cblas(told, CBLAS_NAME);
        }
    }
    compare_reports(p, told_by[0], told_by[1]);

    int differences = 0;
    for (int i = 0; i < elements; i++)
        differences += !(want[i] == got[i] || (isnan(want[i]) && isnan(got[i])));
    check(differences == 0, __LINE__, CBLAS_NAME ": elements differ");
    if (differences)
        printf(
            "  %d, layout %d trans %d %d m %d n %d k %d ld %d %d %d alpha %g beta %g offset %d\n",
            differences, p->layout, p->trans_a, p->trans_b, p->m, p->n, p->k, p->lda, p->ldb,
            p->ldc, p->alpha, p->beta, p->offset);
    return told_by[0].calls != 0;
}

#undef REAL
#undef COMPARE
#undef CBLAS_GEMM
#undef CBLAS_NAME
#undef FORTRAN_GEMM
#undef FORTRAN_NAME
