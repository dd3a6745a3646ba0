/* One matrix product to measure: C = A B, row-major without gaps, alpha 1, beta 0. */
#ifndef MATRIX_PRODUCT_H
#define MATRIX_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

/* What A, B and C consist of. */
enum precision {
    F32,
    F64,
    BF16, /* C: f32 */
    S8,   /* C: int32 */
    U8S8, /* A unsigned, B signed, C: int32 */
    PRECISIONS
};

static inline const char *precision_name(enum precision precision) {
    static const char *const names[PRECISIONS] = {"f32", "f64", "bf16", "s8", "u8s8"};
    return names[precision];
}
static inline size_t operand_size(enum precision precision) {
    static const size_t sizes[PRECISIONS] = {4, 8, 2, 1, 1};
    return sizes[precision];
}
static inline size_t result_size(enum precision precision) {
    return precision == F64 ? 8 : 4;
}

/* C is m x n, op(A) m x k, op(B) k x n. */
struct shape {
    const char *name;
    size_t m, n, k;
    bool transpose_a, transpose_b; /* stored k x m, n x k */
    size_t batch;                  /* products one after the other in memory; 0 means 1 */
};

struct product {
    struct shape shape; /* batch is at least 1 */
    enum precision precision;
    const void *a, *b;
    void *c;
};

static inline size_t product_lda(const struct product *p) {
    return p->shape.transpose_a ? p->shape.m : p->shape.k;
}
static inline size_t product_ldb(const struct product *p) {
    return p->shape.transpose_b ? p->shape.k : p->shape.n;
}
static inline double product_operations(const struct product *p) {
    const struct shape *s = &p->shape;
    return 2.0 * (double)s->m * (double)s->n * (double)s->k * (double)s->batch;
}

#endif
