/* Usage: compare LIBPENSTOCK_CBLAS COUNT SEED. Random products, good and bad, by the reference
 * (which this is linked with) and by the library (which it loads): same reports, same elements.
 * Elements are small integers, so that every order of summing gives the same; some are NaN or
 * infinite. */
#define _GNU_SOURCE
#include <cblas.h>
#include <penstock_cblas.h>

#define WITH_CBLAS_XERBLA
#include "hooks.h"

#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

static void *library;

static void *find(const char *name) {
    void *symbol = dlsym(library, name);
    if (!symbol) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    return symbol;
}

/* SplitMix64. */
static uint64_t state;
static int below(int limit) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (int)((z ^ (z >> 31)) % (uint64_t)limit);
}
static int one_in(int n) {
    return below(n) == 0;
}

typedef struct product {
    int layout, trans_a, trans_b, m, n, k, lda, ldb, ldc;
    double alpha, beta;
    int offset; /* of the matrices, in elements */
} product;

static int size(void) {
    return below(one_in(20) ? 130 : one_in(3) ? 40 : 9);
}
static int larger(int x, int y) {
    return x > y ? x : y;
}

static product random_product(void) {
    static const int transposes[] = {CblasNoTrans, CblasTrans, CblasConjTrans};
    static const double scalars[] = {0, 1, -1, 2, 0.5};
    product p;
    p.layout = one_in(2) ? CblasRowMajor : CblasColMajor;
    p.trans_a = transposes[below(3)];
    p.trans_b = transposes[below(3)];
    p.m = size();
    p.n = size();
    p.k = size();
    p.alpha = scalars[below(5)];
    p.beta = one_in(30) ? NAN : scalars[below(5)];
    p.offset = below(4);
    int rows = p.layout == CblasRowMajor;
    int gap = one_in(2) ? 0 : below(7);
    p.lda = larger(1, rows == (p.trans_a == CblasNoTrans) ? p.k : p.m) + gap;
    p.ldb = larger(1, rows == (p.trans_b == CblasNoTrans) ? p.n : p.k) + gap;
    p.ldc = larger(1, rows ? p.n : p.m) + gap;
    return p;
}

/* Makes one to three parameters bad, or leaves them good by accident. */
static void spoil(product *p) {
    for (int i = 1 + below(3); i > 0; i--)
        switch (below(9)) {
        case 0:
            p->layout = 100 + below(4);
            break;
        case 1:
            p->trans_a = 110 + below(5);
            break;
        case 2:
            p->trans_b = 110 + below(5);
            break;
        case 3:
            p->m = -below(3);
            break;
        case 4:
            p->n = -below(3);
            break;
        case 5:
            p->k = -below(3);
            break;
        case 6:
            p->lda -= 1 + below(3);
            break;
        case 7:
            p->ldb -= 1 + below(3);
            break;
        case 8:
            p->ldc -= 1 + below(3);
            break;
        }
    /* A slip of the reference: of a row-major product it reports trans_b as parameter 2. */
    if (p->layout == CblasRowMajor && (p->trans_b < CblasNoTrans || p->trans_b > CblasConjTrans))
        p->trans_b = CblasNoTrans;
}

/* Large enough for all that random_product can say. */
enum { ELEMENTS = 140 * 140 };

/* Where the reference's cblas_?gemm finds nothing wrong itself, its ?GEMM calls xerbla_; there the
 * reference's own would call cblas_xerbla like this. */
static report as_cblas(report r, const char *routine) {
    if (r.calls == 1 && r.routine[0] != 'c') {
        snprintf(r.routine, sizeof r.routine, "%s", routine);
        r.number++;
    }
    return r;
}

static void compare_reports(const product *p, report want, report got) {
    int same = want.calls == got.calls && want.number == got.number &&
               want.row_major == got.row_major && strcmp(want.routine, got.routine) == 0;
    check(same, __LINE__, "reports differ");
    if (!same)
        printf("  layout %d trans %d %d m %d n %d k %d ld %d %d %d: want %d by %s, got %d by %s\n",
               p->layout, p->trans_a, p->trans_b, p->m, p->n, p->k, p->lda, p->ldb, p->ldc,
               want.number, want.routine, got.number, got.routine);
}

#define REAL float
#define COMPARE compare_f32
#define CBLAS_GEMM cblas_sgemm
#define CBLAS_NAME "cblas_sgemm"
#define FORTRAN_GEMM sgemm_
#define FORTRAN_NAME "sgemm_"
#include "compare_type.h"

#define REAL double
#define COMPARE compare_f64
#define CBLAS_GEMM cblas_dgemm
#define CBLAS_NAME "cblas_dgemm"
#define FORTRAN_GEMM dgemm_
#define FORTRAN_NAME "dgemm_"
#include "compare_type.h"

int main(int argc, char **argv) {
    if (argc != 4 || !(library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL))) {
        fprintf(stderr, "usage: compare LIBPENSTOCK_CBLAS COUNT SEED %s\n",
                argc == 4 ? dlerror() : "");
        return 2;
    }
    const int count = atoi(argv[2]);
    state = strtoull(argv[3], NULL, 10);
    int reported = 0;
    for (int i = 0; i < count; i++) {
        product p = random_product();
        if (one_in(4))
            spoil(&p);
        reported += one_in(2) ? compare_f32(&p) : compare_f64(&p);
    }
    printf("%d products, %d of them refused; ", count, reported);
    return end("checks");
}
