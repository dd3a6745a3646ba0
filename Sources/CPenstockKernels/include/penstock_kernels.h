/* Micro-kernels: the innermost loop of the matrix product, a file per instruction set.
 *
 * Penstock splits a product as Goto and van de Geijn do ("Anatomy of High-Performance Matrix
 * Multiplication", 2008): five loops around a kernel that owns a tile of C held in registers. The
 * loops are Swift (PenstockMatrix); the kernels and the packing that feeds them are here. A kernel
 * is reachable only through its table, so the loops never name an instruction set.
 * Internal to Penstock; nothing here is exported from the shared object. */
#ifndef PENSTOCK_KERNELS_H
#define PENSTOCK_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

enum { PSTK_ACTIVATION_NONE = 0, PSTK_ACTIVATION_RELU = 1 };

/* One tile: C = activation(alpha * A * B + beta * C + bias).
 * Pointers are to the kernel's own element type; strides count elements. alpha and beta carry f32
 * values exactly. */
typedef struct {
    /* A(i, p) is a[p * rows + i] in a packed panel, else a[i * a_row + p]. */
    const void *a;
    ptrdiff_t a_row;
    bool a_packed;
    /* B(p, j) = b[p * nr + j]; always packed, columns past the last one are zero. */
    const void *b;
    /* C(i, j) = c[i * c_row + j]. Read only when beta is not zero. */
    void *c;
    ptrdiff_t c_row;
    /* NULL, or bias[i] when bias_by_row, else bias[j]. */
    const void *bias;
    bool bias_by_row;
    int32_t activation;
    /* 1...mr rows, 1...nr columns, k >= 0 steps. */
    int32_t rows, columns;
    ptrdiff_t k;
    double alpha, beta;
} pstk_tile;

/* One panel: to[p * width + i] = from[i * stride + p * step] for i < count, and 0 up to width. */
typedef struct {
    void *to;
    const void *from;
    ptrdiff_t stride, step;
    ptrdiff_t count, width, k;
} pstk_panel;

typedef struct {
    int32_t mr, nr;       /* the largest tile */
    int32_t element_size; /* bytes */
    void (*multiply)(const pstk_tile *tile);
    void (*pack)(const pstk_panel *panel);
} pstk_kernel;

typedef struct {
    const char *name; /* what PST_ISA says: "generic", "avx2", "avx512" */
    bool (*supported)(void);
    pstk_kernel f32, f64;
} pstk_kernels;

/* All that were compiled in, best first; NULL past the end. */
const pstk_kernels *pstk_kernels_at(size_t index);
/* The best that this processor runs; generic always does. */
const pstk_kernels *pstk_kernels_best(void);
/* NULL when no such name was compiled in. The caller asks supported(). */
const pstk_kernels *pstk_kernels_named(const char *name);

#pragma GCC visibility pop

#endif
