/* The checks for one element type; parameters.c includes this once for each. */

void FORTRAN_GEMM(const char *trans_a, const char *trans_b, const int *m, const int *n,
                  const int *k, const REAL *alpha, const REAL *a, const int *lda, const REAL *b,
                  const int *ldb, const REAL *beta, REAL *c, const int *ldc);

static void CHECK_TYPE(void) {
    enum { SIZE = 64 };
    const REAL one = 1, zero = 0, nan = (REAL)NAN;
    REAL a[SIZE], b[SIZE], c[SIZE];
    for (int i = 0; i < SIZE; i++) {
        a[i] = b[i] = 1;
        c[i] = 77;
    }
#define TOLD(count)                                                                                \
    do {                                                                                           \
        CHECK(told.calls == (count));                                                              \
        told = (report){0};                                                                        \
    } while (0)
#define ALL(value, from, to)                                                                       \
    for (int i = (from); i < (to); i++)                                                            \
    CHECK(c[i] == (value))

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const parameters *p = &bad[i];
        CBLAS_GEMM((CBLAS_LAYOUT)p->layout, (CBLAS_TRANSPOSE)p->trans_a,
                   (CBLAS_TRANSPOSE)p->trans_b, p->m, p->n, p->k, one, a, p->lda, b, p->ldb, one, c,
                   p->ldc);
        CHECK(told.number == passed(p));
        CHECK(strcmp(told.routine, CBLAS_NAME) == 0);
#ifdef WITH_CBLAS_XERBLA
        CHECK(strstr(told.text, "illegal") != NULL);
        CHECK(told.row_major == (p->layout == ROWS) && RowMajorStrg == 0);
#endif
        TOLD(1);
        if (p->layout != COLUMNS)
            continue;
        const char trans_a = letter(p->trans_a), trans_b = letter(p->trans_b);
        FORTRAN_GEMM(&trans_a, &trans_b, &p->m, &p->n, &p->k, &one, a, &p->lda, b, &p->ldb, &one, c,
                     &p->ldc);
        CHECK(told.number == p->number - 1);
        CHECK(strcmp(told.routine, FORTRAN_NAME) == 0);
        TOLD(1);
    }
    ALL(77, 0, SIZE);

    /* Nothing to do: NULL will do, and NaN in C is no concern. */
    CBLAS_GEMM(ROWS, N, N, 0, 4, 4, one, NULL, 4, NULL, 4, zero, NULL, 4);
    CBLAS_GEMM(COLUMNS, N, N, 4, 0, 4, one, NULL, 4, NULL, 4, zero, NULL, 4);
    CBLAS_GEMM(COLUMNS, N, N, 4, 4, 0, one, NULL, 4, NULL, 1, one, NULL, 4);
    CBLAS_GEMM(ROWS, T, C, 4, 4, 4, zero, NULL, 4, NULL, 4, one, NULL, 4);
    /* alpha 0 does not read A and B; beta 0 does not read C. */
    c[5] = c[9] = nan;
    CBLAS_GEMM(ROWS, N, N, 2, 4, 4, zero, NULL, 4, NULL, 4, zero, c + 4, 4);
    ALL(0, 4, 12);
    a[0] = b[0] = nan;
    CBLAS_GEMM(COLUMNS, N, N, 2, 2, 1, zero, a, 2, b, 1, 2, c + 12, 2);
    ALL(154, 12, 16);
    a[0] = b[0] = 1;
    c[6] = nan;
    const int size = 2;
    FORTRAN_GEMM("N", "t", &size, &size, &size, &one, a, &size, b, &size, &zero, c + 4, &size);
    ALL(2, 4, 8);
    ALL(77, 16, SIZE);
    TOLD(0);

    /* What no number says: C over A, and a crooked address. */
    CBLAS_GEMM(COLUMNS, N, N, 2, 2, 2, one, c, 2, b, 2, one, c + 2, 2);
    CHECK(told.number == 0 && strcmp(told.routine, CBLAS_NAME) == 0);
#ifdef WITH_CBLAS_XERBLA
    CHECK(strstr(told.text, CBLAS_NAME) && strstr(told.text, "shares memory with C"));
#endif
    TOLD(1);
    FORTRAN_GEMM("N", "N", &size, &size, &size, &one, a, &size, (REAL *)((char *)b + 1), &size,
                 &zero, c, &size);
    CHECK(told.number == 0 && strcmp(told.routine, FORTRAN_NAME) == 0);
    TOLD(1);
    ALL(77, 0, 4);

    /* As in a factorization: the block below and to the right, less the product of its neighbours.
     * Rows and columns 0...1 are the panel, 2...7 the rest. */
    for (int i = 0; i < SIZE; i++)
        c[i] = i % 8 < 2 || i / 8 < 2 ? 1 : 7;
    CBLAS_GEMM(COLUMNS, N, N, 6, 6, 2, -1, c + 2, 8, c + 16, 8, one, c + 18, 8);
    TOLD(0);
    for (int i = 0; i < SIZE; i++)
        CHECK(c[i] == (i % 8 < 2 || i / 8 < 2 ? 1 : 5));
    /* A above C in the same columns, and read transposed. */
    for (int i = 0; i < SIZE; i++)
        c[i] = i % 8 < 2 ? 1 : 7;
    CBLAS_GEMM(COLUMNS, T, N, 6, 6, 2, one, c, 8, a, 2, zero, c + 2, 8);
    TOLD(0);
    for (int i = 0; i < SIZE; i++)
        CHECK(c[i] == (i % 8 < 2 ? 1 : i < 48 ? 2 : 7));
#undef TOLD
#undef ALL
}

#undef REAL
#undef CHECK_TYPE
#undef CBLAS_GEMM
#undef CBLAS_NAME
#undef FORTRAN_GEMM
#undef FORTRAN_NAME
