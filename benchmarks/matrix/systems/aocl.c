/* AOCL-BLAS, AMD's own, out of PyPI's aoclda, which carries it with its OpenMP. */
#include "cblas.h"
#include "system.h"

#include <dlfcn.h>
#include <stdio.h>

static cblas_sgemm_fn sgemm;
static cblas_dgemm_fn dgemm;

static bool open_aocl(char *about, size_t size) {
    /* libblis names its OpenMP without a path, so that has to be there before it. */
    if (!peer_library("libomp.so", about, size))
        return false;
    void *library = peer_library("libblis.so", about, size);
    if (!library)
        return false;
    sgemm = (cblas_sgemm_fn)dlsym(library, "cblas_sgemm");
    dgemm = (cblas_dgemm_fn)dlsym(library, "cblas_dgemm");
    void (*threads)(long) = (void (*)(long))dlsym(library, "bli_thread_set_num_threads");
    int (*arch)(void) = (int (*)(void))dlsym(library, "bli_arch_query_id");
    const char *(*arch_name)(int) = (const char *(*)(int))dlsym(library, "bli_arch_string");
    const char *(*version)(void) =
        (const char *(*)(void))dlsym(library, "bli_info_get_version_str");
    if (!sgemm || !dgemm || !threads || !arch || !arch_name || !version) {
        snprintf(about, size, "lacks an expected function");
        return false;
    }
    threads(1);
    snprintf(about, size, "%s; kernels %s; aoclda from PyPI", version(), arch_name(arch()));
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

const struct matrix_system aocl_system = {"AOCL-BLAS", open_aocl, prepare, NULL};
