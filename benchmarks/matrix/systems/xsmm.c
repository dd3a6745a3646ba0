/* libxsmm from Debian: a function generated for the very shape, called without its library. It
 * speaks column-major, where our row-major product is B' A' = C'. */
#include "system.h"

#include <libxsmm.h>
#include <stdio.h>

static libxsmm_smmfunction f32_kernel;
static libxsmm_dmmfunction f64_kernel;

static bool open_xsmm(char *about, size_t size) {
    libxsmm_init();
    snprintf(about, size, "libxsmm %s; generates for %s; up to 64; Debian's libxsmm-dev",
             LIBXSMM_VERSION, libxsmm_get_target_arch());
    return true;
}

static void multiply_f32(const struct product *p) {
    const struct shape *s = &p->shape;
    const float *a = p->a, *b = p->b;
    float *c = p->c;
    for (size_t i = 0; i < s->batch; i++)
        f32_kernel(b + i * s->k * s->n, a + i * s->m * s->k, c + i * s->m * s->n);
}

static void multiply_f64(const struct product *p) {
    const struct shape *s = &p->shape;
    const double *a = p->a, *b = p->b;
    double *c = p->c;
    for (size_t i = 0; i < s->batch; i++)
        f64_kernel(b + i * s->k * s->n, a + i * s->m * s->k, c + i * s->m * s->n);
}

static multiply_fn prepare(const struct product *p) {
    const struct shape *s = &p->shape;
    if (p->precision > F64 || s->m > 64 || s->n > 64 || s->k > 64 || s->transpose_a ||
        s->transpose_b)
        return NULL;
    int flags = LIBXSMM_GEMM_FLAG_BETA_0, prefetch = LIBXSMM_PREFETCH_NONE;
    libxsmm_blasint m = (libxsmm_blasint)s->n, n = (libxsmm_blasint)s->m, k = (libxsmm_blasint)s->k;
    if (p->precision == F32) {
        float one = 1, zero = 0;
        f32_kernel = libxsmm_smmdispatch(m, n, k, &m, &k, &m, &one, &zero, &flags, &prefetch);
        return f32_kernel ? multiply_f32 : NULL;
    }
    double one = 1, zero = 0;
    f64_kernel = libxsmm_dmmdispatch(m, n, k, &m, &k, &m, &one, &zero, &flags, &prefetch);
    return f64_kernel ? multiply_f64 : NULL;
}

const struct matrix_system xsmm_system = {"libxsmm", open_xsmm, prepare, NULL};
