/* Micro-kernels for narrow inputs: bf16 products summed in f32, 8-bit integers summed in int32.
 *
 * A *group* is the steps of k that fill 32 bits: 2 of bf16, 4 of int8. A *word* is what one lane of
 * the path's instruction multiplies: the group itself (VDPBF16PS, VPDPBUSD), or one of the two
 * wider parts that it is packed as. A kernel computes a strip: up to mr rows of C, any number of
 * columns. Reachable only through the table. Internal to Penstock; nothing is exported from the
 * shared object. */
#ifndef PENSTOCK_NARROW_KERNELS_H
#define PENSTOCK_NARROW_KERNELS_H

#include "penstock_kernels.h"

#pragma GCC visibility push(hidden)

typedef enum {
    PSTK_NARROW_BF16 = 0, /* bf16 * bf16, C is f32 */
    PSTK_NARROW_S8 = 1,   /* s8 * s8, C is int32, exact modulo 2^32; so are the next two */
    PSTK_NARROW_U8S8 = 2, /* A is u8, B is s8 */
    PSTK_NARROW_S8U8 = 3, /* A is s8, B is u8: what U8S8 is when C is computed transposed */
    PSTK_NARROW_TYPES = 4
} pstk_narrow_type;

/* One strip: sum = start * C + A * B, C = epilogue(alpha * sum + beta * C).
 *
 * An element's sum is one chain over k, the same whatever the strip's shape: it starts at zero or
 * at start * C(i, j), so that pieces of k continue it in C. For bf16 the second product of each
 * pair is added first, as VDPBF16PS does: ...(((0 + a1*b1) + a0*b0) + a3*b3)... Integer kernels
 * take start = 0 or 1, alpha = 1, beta = 0, and of the epilogue the bias. */
typedef struct {
    /* Word w of row i of A is at byte i * a_row + 4 * w. */
    const void *a;
    ptrdiff_t a_row;
    /* B in panels of nr columns, `b_panel` bytes from one to the next; word (w, j) of a panel is
     * word w * nr + j. */
    const void *b;
    ptrdiff_t b_panel;
    /* Whole words in a row of A, and the bytes of it (0...3) in one more word of B. */
    ptrdiff_t words;
    int32_t tail_bytes;
    /* C(i, j) = c[i * c_row + j * c_column]. Read only when start or beta is not zero. */
    void *c;
    ptrdiff_t c_row, c_column;
    float start, alpha, beta;
    /* Integers: so many times the sum of A's row is added to all sums of the row. */
    int32_t row_scale;
    /* 1...mr rows; columns >= 1. */
    int32_t rows;
    ptrdiff_t columns;
    /* NULL: none. Its pointers are those of the strip's first row and column. */
    const pstk_epilogue *epilogue;
    /* Of the residual, like c_column. */
    ptrdiff_t residual_column;
} pstk_narrow_strip;

/* Lines (rows of A, columns of B) to pack: element p of line i is at byte i * line + p * step. */
typedef struct {
    void *to;
    const void *from;
    ptrdiff_t line, step;
    ptrdiff_t lines, k;
    /* Bytes from one packed row of A, or one packed panel of B, to the next. */
    ptrdiff_t to_line;
    /* XORed with each word of B. */
    uint32_t flip;
} pstk_narrow_lines;

typedef struct {
    const char *name; /* the instructions: "generic", "avx2", "avx512_bf16", "avx512_vnni" */
    bool (*supported)(void);
    int32_t mr, nr; /* the largest tile; nr is the width of a panel of B */
    int32_t group;  /* steps of k in a group */
    int32_t parts;  /* words of a group; when 1, A is read in place if k is contiguous */
    /* VPDPBUSD wants one operand unsigned. For two signed ones, 128 is added to B by `flip`, and
     * row_scale = -128 times the sum of A's row to the sums. Else both are 0. */
    uint32_t flip;
    int32_t row_scale;
    void (*multiply)(const pstk_narrow_strip *strip);
    void (*pack_a)(const pstk_narrow_lines *lines);
    void (*pack_b)(const pstk_narrow_lines *lines);
} pstk_narrow_kernel;

/* The kernel of a path, as PST_ISA names it. A processor may have AVX-512 and not these
 * instructions, and a path may have no narrow kernels: then it is the next best, and says so by its
 * name. */
const pstk_narrow_kernel *pstk_narrow_kernel_of(const char *path, pstk_narrow_type type);

#pragma GCC visibility pop

#endif
