/* oneDNN from PyPI, by both of its interfaces: dnnl_sgemm, and a matmul primitive made once for the
 * very shape, which is how frameworks use it. No f64; bf16 and integers by matmul alone. */
#include "system.h"

#include <dlfcn.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>

/* Every function of the library that is used here, found by name when it is loaded. */
#define FUNCTIONS(X)                                                                               \
    X(dnnl_version)                                                                                \
    X(dnnl_get_effective_cpu_isa)                                                                  \
    X(dnnl_sgemm)                                                                                  \
    X(dnnl_engine_create)                                                                          \
    X(dnnl_stream_create)                                                                          \
    X(dnnl_stream_wait)                                                                            \
    X(dnnl_memory_desc_create_with_strides)                                                        \
    X(dnnl_memory_desc_destroy)                                                                    \
    X(dnnl_matmul_primitive_desc_create)                                                           \
    X(dnnl_primitive_desc_destroy)                                                                 \
    X(dnnl_primitive_create)                                                                       \
    X(dnnl_primitive_destroy)                                                                      \
    X(dnnl_primitive_execute)                                                                      \
    X(dnnl_memory_create)                                                                          \
    X(dnnl_memory_destroy)

static struct {
#define FIELD(name) __typeof__(name) *name;
    FUNCTIONS(FIELD)
#undef FIELD
} dnnl;

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static dnnl_primitive_t matmul;
static dnnl_exec_arg_t arguments[3];

static const char *isa_name(dnnl_cpu_isa_t isa) {
    switch ((int)isa) {
    case dnnl_cpu_isa_avx2:
        return "AVX2";
    case dnnl_cpu_isa_avx512_core:
        return "AVX-512 core";
    case dnnl_cpu_isa_avx512_core_vnni:
        return "AVX-512 VNNI";
    case dnnl_cpu_isa_avx512_core_bf16:
        return "AVX-512 BF16";
    case dnnl_cpu_isa_avx512_core_amx:
        return "AVX-512 AMX";
    default:
        return "another instruction set";
    }
}

static bool open_sgemm(char *about, size_t size) {
    void *library = peer_library("libdnnl.so", about, size);
    if (!library)
        return false;
#define FIND(name)                                                                                 \
    if (!(dnnl.name = (__typeof__(name) *)dlsym(library, #name))) {                                \
        snprintf(about, size, "lacks %s", #name);                                                  \
        return false;                                                                              \
    }
    FUNCTIONS(FIND)
#undef FIND
    if (dnnl.dnnl_engine_create(&engine, dnnl_cpu, 0) ||
        dnnl.dnnl_stream_create(&stream, engine, dnnl_stream_default_flags)) {
        snprintf(about, size, "no CPU engine");
        return false;
    }
    const dnnl_version_t *version = dnnl.dnnl_version();
    snprintf(about, size, "oneDNN %d.%d.%d; kernels for %s; dnnl_sgemm; onednn-cpu-gomp from PyPI",
             version->major, version->minor, version->patch,
             isa_name(dnnl.dnnl_get_effective_cpu_isa()));
    return true;
}

static bool open_matmul(char *about, size_t size) {
    snprintf(about, size, "%s", stream ? "the same; matmul primitive" : "oneDNN is not there");
    return stream;
}

static void multiply(const struct product *p) {
    const struct shape *s = &p->shape;
    const float *a = p->a, *b = p->b;
    float *c = p->c;
    for (size_t i = 0; i < s->batch; i++)
        dnnl.dnnl_sgemm(s->transpose_a ? 'T' : 'N', s->transpose_b ? 'T' : 'N', (dnnl_dim_t)s->m,
                        (dnnl_dim_t)s->n, (dnnl_dim_t)s->k, 1, a + i * s->m * s->k,
                        (dnnl_dim_t)product_lda(p), b + i * s->k * s->n, (dnnl_dim_t)product_ldb(p),
                        0, c + i * s->m * s->n, (dnnl_dim_t)s->n);
}

static multiply_fn prepare_sgemm(const struct product *product) {
    return product->precision == F32 ? multiply : NULL;
}

static void execute(const struct product *product) {
    (void)product;
    dnnl.dnnl_primitive_execute(matmul, stream, 3, arguments);
    dnnl.dnnl_stream_wait(stream);
}

static dnnl_memory_desc_t describe(dnnl_data_type_t type, size_t batch, size_t rows, size_t columns,
                                   bool transposed) {
    dnnl_dim_t m = (dnnl_dim_t)rows, n = (dnnl_dim_t)columns;
    dnnl_dims_t sizes = {m, n}, strides = {transposed ? 1 : n, transposed ? m : 1};
    dnnl_dims_t batch_sizes = {(dnnl_dim_t)batch, m, n};
    dnnl_dims_t batch_strides = {m * n, strides[0], strides[1]};
    bool single = batch == 1;
    dnnl_memory_desc_t description = NULL;
    dnnl.dnnl_memory_desc_create_with_strides(&description, single ? 2 : 3,
                                              single ? sizes : batch_sizes, type,
                                              single ? strides : batch_strides);
    return description;
}

static void release(void) {
    for (int i = 0; i < 3; i++)
        dnnl.dnnl_memory_destroy(arguments[i].memory);
    dnnl.dnnl_primitive_destroy(matmul);
}

struct element_types {
    dnnl_data_type_t a, b, c;
};

static struct element_types types_of(enum precision precision) {
    switch (precision) {
    case F32:
        return (struct element_types){dnnl_f32, dnnl_f32, dnnl_f32};
    case BF16:
        return (struct element_types){dnnl_bf16, dnnl_bf16, dnnl_f32};
    case S8:
        return (struct element_types){dnnl_s8, dnnl_s8, dnnl_s32};
    case U8S8:
        return (struct element_types){dnnl_u8, dnnl_s8, dnnl_s32};
    default:
        return (struct element_types){dnnl_data_type_undef, dnnl_data_type_undef,
                                      dnnl_data_type_undef};
    }
}

static multiply_fn prepare_matmul(const struct product *p) {
    const struct shape *s = &p->shape;
    struct element_types types = types_of(p->precision);
    if (types.a == dnnl_data_type_undef)
        return NULL;
    dnnl_memory_desc_t a = describe(types.a, s->batch, s->m, s->k, s->transpose_a);
    dnnl_memory_desc_t b = describe(types.b, s->batch, s->k, s->n, s->transpose_b);
    dnnl_memory_desc_t c = describe(types.c, s->batch, s->m, s->n, false);
    dnnl_primitive_desc_t plan = NULL;
    bool made = !dnnl.dnnl_matmul_primitive_desc_create(&plan, engine, a, b, NULL, c, NULL) &&
                !dnnl.dnnl_primitive_create(&matmul, plan);
    arguments[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, NULL};
    arguments[1] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, NULL};
    arguments[2] = (dnnl_exec_arg_t){DNNL_ARG_DST, NULL};
    made = made &&
           !dnnl.dnnl_memory_create(&arguments[0].memory, a, engine, (void *)(size_t)p->a) &&
           !dnnl.dnnl_memory_create(&arguments[1].memory, b, engine, (void *)(size_t)p->b) &&
           !dnnl.dnnl_memory_create(&arguments[2].memory, c, engine, p->c);
    dnnl.dnnl_primitive_desc_destroy(plan);
    dnnl.dnnl_memory_desc_destroy(a);
    dnnl.dnnl_memory_desc_destroy(b);
    dnnl.dnnl_memory_desc_destroy(c);
    if (!made) {
        fprintf(stderr, "oneDNN makes no matmul for %s\n", s->name);
        exit(1);
    }
    return execute;
}

const struct matrix_system onednn_sgemm_system = {"oneDNN sgemm", open_sgemm, prepare_sgemm, NULL};
const struct matrix_system onednn_matmul_system = {"oneDNN matmul", open_matmul, prepare_matmul,
                                                   release};
