/* Penstock through its public header, on the calling thread. */
#include "penstock.h"
#include "system.h"

#include <stdio.h>
#include <stdlib.h>

static bool open_penstock(char *about, size_t size) {
    const char *isa = getenv("PST_ISA");
    snprintf(about, size, "%s; %s%s", pst_build_info(), isa ? "PST_ISA=" : "PST_ISA not set",
             isa ? isa : "");
    return true;
}

void penstock_must(pst_status status) {
    if (status) {
        pst_report(stderr);
        exit(1);
    }
}

pst_gemm_args penstock_args(const struct product *p) {
    static const pst_gemm_type types[PRECISIONS] = {PST_GEMM_F32, PST_GEMM_F64, PST_GEMM_BF16,
                                                    PST_GEMM_S8, PST_GEMM_U8S8};
    const struct shape *s = &p->shape;
    ptrdiff_t lda = (ptrdiff_t)product_lda(p), ldb = (ptrdiff_t)product_ldb(p);
    pst_gemm_args args = PST_GEMM_ARGS_INIT;
    args.type = types[p->precision];
    args.m = s->m;
    args.n = s->n;
    args.k = s->k;
    args.a = p->a;
    args.a_row = s->transpose_a ? 1 : lda;
    args.a_col = s->transpose_a ? lda : 1;
    args.b = p->b;
    args.b_row = s->transpose_b ? 1 : ldb;
    args.b_col = s->transpose_b ? ldb : 1;
    args.c = p->c;
    args.c_row = (ptrdiff_t)s->n;
    args.c_col = 1;
    args.batch = s->batch;
    args.a_batch = (ptrdiff_t)(s->m * s->k);
    args.b_batch = (ptrdiff_t)(s->k * s->n);
    args.c_batch = (ptrdiff_t)(s->m * s->n);
    return args;
}

static void multiply_f32(const struct product *p) {
    const struct shape *s = &p->shape;
    ptrdiff_t lda = (ptrdiff_t)product_lda(p), ldb = (ptrdiff_t)product_ldb(p);
    penstock_must(pst_gemm_f32(s->m, s->n, s->k, 1, p->a, s->transpose_a ? 1 : lda,
                               s->transpose_a ? lda : 1, p->b, s->transpose_b ? 1 : ldb,
                               s->transpose_b ? ldb : 1, 0, p->c, (ptrdiff_t)s->n, 1, NULL,
                               PST_LINEAR));
}

static void multiply_f64(const struct product *p) {
    const struct shape *s = &p->shape;
    ptrdiff_t lda = (ptrdiff_t)product_lda(p), ldb = (ptrdiff_t)product_ldb(p);
    penstock_must(pst_gemm_f64(s->m, s->n, s->k, 1, p->a, s->transpose_a ? 1 : lda,
                               s->transpose_a ? lda : 1, p->b, s->transpose_b ? 1 : ldb,
                               s->transpose_b ? ldb : 1, 0, p->c, (ptrdiff_t)s->n, 1, NULL,
                               PST_LINEAR));
}

/* Batches, and what has no function of its own. */
static void multiply_described(const struct product *p) {
    pst_gemm_args args = penstock_args(p);
    penstock_must(pst_gemm(&args));
}

static multiply_fn prepare(const struct product *product) {
    bool plain = product->shape.batch == 1;
    if (plain && product->precision == F32)
        return multiply_f32;
    if (plain && product->precision == F64)
        return multiply_f64;
    return multiply_described;
}

const struct matrix_system penstock_system = {"Penstock", open_penstock, prepare, NULL};
