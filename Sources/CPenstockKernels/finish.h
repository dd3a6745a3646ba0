/* The epilogues that are not worth a copy in each tile; part of tile.h, whose macros it uses. */
#include "curves.h"

/* rows x vectors sums, the epilogue done, to C. */
INLINE void NAME(finish_as)(const int activation, const VECTOR *sum, const pstk_strip *s,
                            const ptrdiff_t column, const ptrdiff_t columns, const int first,
                            const int rows, const int vectors) {
    const pstk_epilogue *e = s->epilogue;
    const ELEMENT *bias = e->bias, *residual = e->residual;
    const bool by_row = bias && e->bias_by_row, by_column = bias && !by_row, scales = e->scale != 1;
    const VECTOR scale = SPLAT((ELEMENT)e->scale);
    const VECTOR low = SPLAT((ELEMENT)e->low), high = SPLAT((ELEMENT)e->high);
    for (int v = 0; v < vectors; v++) {
        const ptrdiff_t left = columns - v * LANES, j = column + v * LANES;
        const bool whole = left >= LANES;
        const MASK mask = MASK_OF(whole ? LANES : left);
        const VECTOR added = by_column ? LOAD_MASKED(bias + j, mask) : ZERO();
        for (int i = 0; i < rows; i++) {
            const ptrdiff_t row = s->row + first + i;
            ELEMENT *c = (ELEMENT *)s->c + (first + i) * s->c_row + j;
            VECTOR x = sum[i * vectors + v];
            if (by_column)
                x = ADD(x, added);
            else if (by_row)
                x = ADD(x, SPLAT(bias[row]));
            x = activation == PSTK_CLAMP ? MIN(high, MAX(low, x)) : NAME(activate)(activation, x);
            if (scales)
                x = MUL(scale, x);
            if (residual) {
                const ELEMENT *from = residual + row * e->residual_row + j;
                x = ADD(x, whole ? LOAD(from) : LOAD_MASKED(from, mask));
            }
            if (whole)
                STORE(c, x);
            else
                STORE_MASKED(c, mask, x);
        }
    }
}

static __attribute__((noinline)) TARGET void NAME(finish)(const VECTOR *sum, const pstk_strip *s,
                                                          ptrdiff_t column, ptrdiff_t columns,
                                                          int first, int rows, int vectors) {
#define FINISH(ACTIVATION)                                                                         \
    case ACTIVATION:                                                                               \
        NAME(finish_as)(ACTIVATION, sum, s, column, columns, first, rows, vectors);                \
        break;
    switch (s->epilogue->activation) {
        FINISH(PSTK_LINEAR)
        FINISH(PSTK_RELU)
        FINISH(PSTK_GELU)
        FINISH(PSTK_GELU_TANH)
        FINISH(PSTK_SIGMOID)
        FINISH(PSTK_TANH)
        FINISH(PSTK_CLAMP)
    }
#undef FINISH
}
