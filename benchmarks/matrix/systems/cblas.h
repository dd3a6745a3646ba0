/* The C interface of BLAS with 32-bit integers, as the peers export it. */
#ifndef MATRIX_CBLAS_H
#define MATRIX_CBLAS_H

#include "../product.h"

enum { CBLAS_ROW_MAJOR = 101, CBLAS_NO_TRANS = 111, CBLAS_TRANS = 112 };

typedef void (*cblas_sgemm_fn)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                               float alpha, const float *a, int lda, const float *b, int ldb,
                               float beta, float *c, int ldc);
typedef void (*cblas_dgemm_fn)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                               double alpha, const double *a, int lda, const double *b, int ldb,
                               double beta, double *c, int ldc);

static inline int cblas_transpose(bool transpose) {
    return transpose ? CBLAS_TRANS : CBLAS_NO_TRANS;
}

static inline void cblas_f32(cblas_sgemm_fn sgemm, const struct product *p) {
    const struct shape *s = &p->shape;
    const float *a = p->a, *b = p->b;
    float *c = p->c;
    for (size_t i = 0; i < s->batch; i++)
        sgemm(CBLAS_ROW_MAJOR, cblas_transpose(s->transpose_a), cblas_transpose(s->transpose_b),
              (int)s->m, (int)s->n, (int)s->k, 1, a + i * s->m * s->k, (int)product_lda(p),
              b + i * s->k * s->n, (int)product_ldb(p), 0, c + i * s->m * s->n, (int)s->n);
}

static inline void cblas_f64(cblas_dgemm_fn dgemm, const struct product *p) {
    const struct shape *s = &p->shape;
    const double *a = p->a, *b = p->b;
    double *c = p->c;
    for (size_t i = 0; i < s->batch; i++)
        dgemm(CBLAS_ROW_MAJOR, cblas_transpose(s->transpose_a), cblas_transpose(s->transpose_b),
              (int)s->m, (int)s->n, (int)s->k, 1, a + i * s->m * s->k, (int)product_lda(p),
              b + i * s->k * s->n, (int)product_ldb(p), 0, c + i * s->m * s->n, (int)s->n);
}

#endif
