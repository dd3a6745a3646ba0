/* Micro-kernels: the inner loops of the matrix product, a file per instruction set.
 *
 * Penstock splits a product as Goto and van de Geijn do ("Anatomy of High-Performance Matrix
 * Multiplication", 2008): loops over blocks that fit in caches, around a kernel that owns a tile of
 * C held in registers. The outer loops are Swift (PenstockMatrix); a block's loops over tiles, the
 * kernels, and the packing that feeds them are here: a call for each tile cost 3 % of a 64 x 64
 * product. A kernel is reachable only through its table, so no loop names an instruction set.
 * Internal to Penstock; nothing here is exported from the shared object. */
#ifndef PENSTOCK_KERNELS_H
#define PENSTOCK_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

typedef enum {
    PSTK_LINEAR = 0,
    PSTK_RELU = 1,
    PSTK_GELU = 2,
    PSTK_GELU_TANH = 3,
    PSTK_SIGMOID = 4,
    PSTK_TANH = 5,
    PSTK_CLAMP = 6
} pstk_activation;

/* What happens to a finished element v of C at (i, j), in this order:
 * v += bias; v = activation(v); v *= scale; v += residual(i, j). */
typedef struct {
    /* NULL, or bias[i] when bias_by_row, else bias[j]. */
    const void *bias;
    /* NULL, or element (i, j) at residual[i * residual_row + j]. */
    const void *residual;
    ptrdiff_t residual_row;
    bool bias_by_row;
    int32_t activation;
    double low, high; /* PSTK_CLAMP */
    double scale;
} pstk_epilogue;

/* A row panel of a block: up to mr rows, or tall_rows where there are no more than nr / 2 columns.
 * Fields as those of pstk_block. */
typedef struct {
    const void *a;
    ptrdiff_t a_row, a_step;
    const void *b;
    ptrdiff_t b_step, b_panel;
    void *b_packed;
    void *c;
    ptrdiff_t c_row;
    ptrdiff_t columns, k;
    /* NULL, or what will be read soon and is fetched while multiplying: for each four steps of k
     * and register v of the columns, ahead_count lines from ahead + v * ahead_register on, each
     * ahead_step further. */
    const void *ahead;
    ptrdiff_t ahead_register, ahead_step;
    int32_t ahead_count;
    /* Of the whole block; NULL: none. */
    const pstk_epilogue *epilogue;
    int32_t row; /* of the block */
    bool accumulate;
    bool fetches_c; /* C may lie beyond L2 */
} pstk_strip;

typedef enum {
    PSTK_A_IN_PLACE, /* read where it is */
    PSTK_A_COPY,     /* copied to a_packed panel by panel, times alpha, and read there */
    PSTK_A_COPIED    /* read at a_packed, where an earlier call with the same rows and k put it */
} pstk_a_state;

/* A block of a product: C = A * B, or C += A * B, and then the epilogue.
 *
 * Strides count elements. Every element of C is one chain of fused multiply-adds over p, started
 * at zero or at C's value, and then the epilogue's steps. Nothing about how a product is cut,
 * packed or spread over threads can change a bit of it. */
typedef struct {
    /* A(i, p) = a[i * a_row + p * a_step]. */
    const void *a;
    ptrdiff_t a_row, a_step;
    pstk_a_state a_state;
    void *a_packed; /* packed_a_count() elements; unused in place */
    double alpha;   /* used by PSTK_A_COPY alone; other states take A as it is */

    /* B(p, j) = b[j / nr * b_panel + p * b_step + j % nr]: packed in panels of nr columns (b_step =
     * nr, the last panel padded with anything), or in place with contiguous rows (b_panel = nr). */
    const void *b;
    ptrdiff_t b_step, b_panel;
    /* NULL, or where full panels of B in place are packed as the first rows of A meet them, to be
     * read there by the others. A last panel that is not full must be there already. */
    void *b_packed;

    /* NULL, or B of the block that follows, read in place with the same strides: fetched
     * meanwhile. */
    const void *b_next;

    /* C(i, j) = c[i * c_row + j]. */
    void *c;
    ptrdiff_t c_row;
    bool accumulate;

    /* Any sizes; k may be 0. Rows are dealt evenly to panels of at most panel_rows. */
    ptrdiff_t rows, columns, k;
    int32_t panel_rows;

    /* NULL: none. Its pointers are those of the block's first row and column. */
    const pstk_epilogue *epilogue;
} pstk_block;

/* One panel of B: to[p * nr + j] = from[p * row + j * column] for j < count, 0 up to nr. */
typedef struct {
    void *to;
    const void *from;
    ptrdiff_t row, column;
    ptrdiff_t count, k;
} pstk_panel;

typedef struct {
    int32_t mr, nr;       /* the tile that fills the registers; nr is a panel's width */
    int32_t tall_rows;    /* rows of a tile that is half as wide */
    int32_t wide_rows;    /* rows of a tile that is twice as wide */
    int32_t element_size; /* bytes */
    void (*multiply)(const pstk_block *block);
    /* multiply's panels: run[rows - 1]. For products so small that its setting up would tell. */
    void (*const *run)(const pstk_strip *strip);
    void (*pack)(const pstk_panel *panel);
    /* c[i * c_row + j] *= beta for rows x columns. */
    void (*scale)(void *c, ptrdiff_t c_row, ptrdiff_t rows, ptrdiff_t columns, double beta);
    /* Elements that a copy of rows x k of A takes. */
    ptrdiff_t (*packed_a_count)(ptrdiff_t rows, ptrdiff_t k);
} pstk_kernel;

typedef struct {
    const char *name; /* what PST_ISA says: "generic", "avx2", "avx512", "neon" */
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
