/* Penstock through its public header, on the calling thread. */
#include "system.h"

#include <penstock.h>
#include <stdio.h>
#include <stdlib.h>

static bool open_penstock(char *about, size_t size) {
    const char *isa = getenv("PST_ISA");
    snprintf(about, size, "%s; %s%s", pst_build_info(), isa ? "PST_ISA=" : "PST_ISA not set",
             isa ? isa : "");
    return true;
}

static void must(pst_status status) {
    if (status) {
        pst_report(stderr);
        exit(1);
    }
}

static void multiply_f32(const struct product *p) {
    const struct shape *s = &p->shape;
    ptrdiff_t lda = (ptrdiff_t)product_lda(p), ldb = (ptrdiff_t)product_ldb(p);
    const float *a = p->a, *b = p->b;
    float *c = p->c;
    for (size_t i = 0; i < s->batch; i++)
        must(pst_gemm_f32(s->m, s->n, s->k, 1, a + i * s->m * s->k, s->transpose_a ? 1 : lda,
                          s->transpose_a ? lda : 1, b + i * s->k * s->n, s->transpose_b ? 1 : ldb,
                          s->transpose_b ? ldb : 1, 0, c + i * s->m * s->n, (ptrdiff_t)s->n, 1,
                          NULL, PST_LINEAR));
}

static void multiply_f64(const struct product *p) {
    const struct shape *s = &p->shape;
    ptrdiff_t lda = (ptrdiff_t)product_lda(p), ldb = (ptrdiff_t)product_ldb(p);
    const double *a = p->a, *b = p->b;
    double *c = p->c;
    for (size_t i = 0; i < s->batch; i++)
        must(pst_gemm_f64(s->m, s->n, s->k, 1, a + i * s->m * s->k, s->transpose_a ? 1 : lda,
                          s->transpose_a ? lda : 1, b + i * s->k * s->n, s->transpose_b ? 1 : ldb,
                          s->transpose_b ? ldb : 1, 0, c + i * s->m * s->n, (ptrdiff_t)s->n, 1,
                          NULL, PST_LINEAR));
}

static multiply_fn prepare(const struct product *product) {
    return product->precision == F32 ? multiply_f32 : multiply_f64;
}

const struct matrix_system penstock_system = {"Penstock", open_penstock, prepare, NULL};
