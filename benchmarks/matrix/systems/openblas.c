/* OpenBLAS from PyPI's scipy-openblas32, which renames its functions. */
#include "cblas.h"
#include "system.h"

#include <dlfcn.h>
#include <stdio.h>

typedef void (*sgemm_batch_fn)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                               float alpha, const float *a, int lda, int a_batch, const float *b,
                               int ldb, int b_batch, float beta, float *c, int ldc, int c_batch,
                               int batch);
typedef void (*dgemm_batch_fn)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                               double alpha, const double *a, int lda, int a_batch, const double *b,
                               int ldb, int b_batch, double beta, double *c, int ldc, int c_batch,
                               int batch);

static cblas_sgemm_fn sgemm;
static cblas_dgemm_fn dgemm;
static sgemm_batch_fn sgemm_batch;
static dgemm_batch_fn dgemm_batch;

static bool open_openblas(char *about, size_t size) {
    void *library = peer_library("libopenblas.so", about, size);
    if (!library)
        return false;
    sgemm = (cblas_sgemm_fn)dlsym(library, "scipy_cblas_sgemm");
    dgemm = (cblas_dgemm_fn)dlsym(library, "scipy_cblas_dgemm");
    sgemm_batch = (sgemm_batch_fn)dlsym(library, "scipy_cblas_sgemm_batch_strided");
    dgemm_batch = (dgemm_batch_fn)dlsym(library, "scipy_cblas_dgemm_batch_strided");
    char *(*config)(void) = (char *(*)(void))dlsym(library, "scipy_openblas_get_config");
    char *(*core)(void) = (char *(*)(void))dlsym(library, "scipy_openblas_get_corename");
    void (*threads)(int) = (void (*)(int))dlsym(library, "scipy_openblas_set_num_threads");
    if (!sgemm || !dgemm || !config || !core || !threads) {
        snprintf(about, size, "lacks an expected function");
        return false;
    }
    threads(1);
    snprintf(about, size, "%s; kernels %s; scipy-openblas32 from PyPI", config(), core());
    return true;
}

static bool open_batch(char *about, size_t size) {
    if (!sgemm_batch || !dgemm_batch) {
        snprintf(about, size, "OpenBLAS is not there or has no cblas_?gemm_batch_strided");
        return false;
    }
    snprintf(about, size, "the same; cblas_?gemm_batch_strided");
    return true;
}

static void multiply_f32(const struct product *p) {
    cblas_f32(sgemm, p);
}
static void multiply_f64(const struct product *p) {
    cblas_f64(dgemm, p);
}

static multiply_fn prepare(const struct product *product) {
    if (product->precision > F64)
        return NULL;
    return product->precision == F32 ? multiply_f32 : multiply_f64;
}

static void batch_f32(const struct product *p) {
    const struct shape *s = &p->shape;
    sgemm_batch(CBLAS_ROW_MAJOR, cblas_transpose(s->transpose_a), cblas_transpose(s->transpose_b),
                (int)s->m, (int)s->n, (int)s->k, 1, p->a, (int)product_lda(p), (int)(s->m * s->k),
                p->b, (int)product_ldb(p), (int)(s->k * s->n), 0, p->c, (int)s->n,
                (int)(s->m * s->n), (int)s->batch);
}
static void batch_f64(const struct product *p) {
    const struct shape *s = &p->shape;
    dgemm_batch(CBLAS_ROW_MAJOR, cblas_transpose(s->transpose_a), cblas_transpose(s->transpose_b),
                (int)s->m, (int)s->n, (int)s->k, 1, p->a, (int)product_lda(p), (int)(s->m * s->k),
                p->b, (int)product_ldb(p), (int)(s->k * s->n), 0, p->c, (int)s->n,
                (int)(s->m * s->n), (int)s->batch);
}

static multiply_fn prepare_batch(const struct product *product) {
    if (product->shape.batch < 2 || product->precision > F64)
        return NULL;
    return product->precision == F32 ? batch_f32 : batch_f64;
}

const struct matrix_system openblas_system = {"OpenBLAS", open_openblas, prepare, NULL};
const struct matrix_system openblas_batch_system = {"OpenBLAS batch", open_batch, prepare_batch,
                                                    NULL};
