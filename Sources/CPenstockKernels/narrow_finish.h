/* Part of narrow_tile.h: what happens to sums on their way to C. */

#ifdef RELU
#include "curves.h"
#endif

/* What is not worth a copy in each tile, and the way to C: alpha, beta, the rarer epilogues. */
INLINE void NAME(finish_as)(const int activation, const VECTOR *sum, const pstk_narrow_strip *strip,
                            const NAME(place) * at, const pstk_epilogue *e, const int vectors) {
    const ELEMENT *bias = e->bias, *residual = e->residual;
    for (int v = 0; v < vectors; v++) {
        const ptrdiff_t left = at->columns - v * LANES, j = at->column + v * LANES;
        const MASK mask = MASK_OF(left < LANES ? left : LANES);
        for (int i = 0; i < strip->rows; i++) {
            ELEMENT *c = at->c + i * at->c_row + v * LANES;
            VECTOR x = sum[i * vectors + v];
#ifdef RELU
            if (strip->alpha != 1)
                x = MUL(SPLAT(strip->alpha), x);
            if (strip->beta != 0)
                x = FMA(SPLAT(strip->beta), LOAD_MASKED(c, mask), x);
#endif
            if (bias)
                x = ADD(x, e->bias_by_row ? SPLAT(bias[i]) : LOAD_MASKED(bias + j, mask));
#ifdef RELU
            if (activation == PSTK_CLAMP)
                x = MIN(SPLAT((ELEMENT)e->high), MAX(SPLAT((ELEMENT)e->low), x));
            else
                x = NAME(activate)(activation, x);
            if (e->scale != 1)
                x = MUL(SPLAT((ELEMENT)e->scale), x);
#else
            (void)activation;
#endif
            if (residual)
                x = ADD(x, LOAD_MASKED(residual + i * e->residual_row + j, mask));
            STORE_MASKED(c, mask, x);
        }
    }
}

static __attribute__((noinline)) TARGET void NAME(finish)(const VECTOR *sum,
                                                          const pstk_narrow_strip *strip,
                                                          const NAME(place) * at, int vectors) {
    static const pstk_epilogue none = {.scale = 1};
    const pstk_epilogue *e = at->epilogue ? at->epilogue : &none;
    switch (e->activation) {
#define FINISH(ACTIVATION)                                                                         \
    case ACTIVATION:                                                                               \
        NAME(finish_as)(ACTIVATION, sum, strip, at, e, vectors);                                   \
        break;
        FINISH(PSTK_LINEAR)
#ifdef RELU
        FINISH(PSTK_RELU)
        FINISH(PSTK_GELU)
        FINISH(PSTK_GELU_TANH)
        FINISH(PSTK_SIGMOID)
        FINISH(PSTK_TANH)
        FINISH(PSTK_CLAMP)
#endif
#undef FINISH
    }
}

/* A bias for each column and ReLU are what layers have; they are done in the registers at hand. */
static inline bool NAME(is_layer)(const pstk_epilogue *e) {
    return !e->bias_by_row && e->activation <= PSTK_RELU && e->scale == 1 && !e->residual;
}

/* From sums to C. */
INLINE void NAME(put)(VECTOR (*sum)[4], const pstk_narrow_strip *strip, const NAME(place) * at,
                      const MASK mask, const int rows, const int vectors) {
    const int last = vectors - 1;
    const pstk_epilogue *e = at->epilogue;
    if (strip->alpha != 1 || strip->beta != 0 || (e && !NAME(is_layer)(e))) {
        /* A copy, since an array whose address is taken would live in memory from the start. */
        VECTOR copy[MAX_ROWS * 4];
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) copy[i * vectors + v] = sum[i][v];
        }
        NAME(finish)(copy, strip, at, vectors);
        return;
    }
    if (e) {
        const ELEMENT *bias = e->bias ? (const ELEMENT *)e->bias + at->column : NULL;
        UNROLL for (int v = 0; bias && v < vectors; v++) {
            const ELEMENT *from = bias + v * LANES;
            const VECTOR added = v == last ? LOAD_MASKED(from, mask) : LOAD(from);
            UNROLL for (int i = 0; i < rows; i++) sum[i][v] = ADD(sum[i][v], added);
        }
#ifdef RELU
        if (e->activation == PSTK_RELU) {
            UNROLL for (int i = 0; i < rows; i++) {
                UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = RELU(sum[i][v]);
            }
        }
#endif
    }
    UNROLL for (int i = 0; i < rows; i++) {
        ELEMENT *row = at->c + i * at->c_row;
        UNROLL for (int v = 0; v < last; v++) STORE(row + v * LANES, sum[i][v]);
        if (at->columns == vectors * LANES)
            STORE(row + last * LANES, sum[i][last]);
        else
            STORE_MASKED(row + last * LANES, mask, sum[i][last]);
    }
}
