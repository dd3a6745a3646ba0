/* The body of a micro-kernel, written once. Included for each element type by a file that defines
 *
 *   SUFFIX, TARGET           a name's ending; the functions' target attribute (may be empty)
 *   ELEMENT, VECTOR, LANES   the element, a register of LANES elements
 *   MASK, MASK_OF(n)         selects the first n lanes, 0 <= n <= LANES
 *   ZERO(), SPLAT(x)         registers
 *   LOAD(p), STORE(p, v), LOAD_MASKED(p, m), STORE_MASKED(p, m, v)
 *   MUL(x, y), ADD(x, y), FMA(x, y, z), RELU(v)
 *   MAX_ROWS, ROW_COUNTS(X)  X(1) X(2) ... X(MAX_ROWS)
 *
 * and gets multiply_SUFFIX and pack_SUFFIX. A tile is MAX_ROWS rows by two registers. Each number
 * of rows and registers has its own function, so an edge does no wasted work, and a mask is applied
 * only where C and the bias are touched: packed B is padded with zeros.
 *
 * Every element of C is one chain of FMAs over p and the same steps after it, whatever the tile's
 * shape and A's strides. That is why batching rows, packing, and threads never change a bit. */

#define PSTK_PASTE_(a, b) a##_##b
#define PSTK_PASTE(a, b) PSTK_PASTE_(a, b)
#define NAME(x) PSTK_PASTE(x, SUFFIX)
#define UNROLL _Pragma("clang loop unroll(full)")
#define INLINE static inline __attribute__((always_inline)) TARGET

/* Rows of A are addressed in groups of GROUP from one pointer: x86 scales the stride by 0, 1, 2. */
#define GROUP 3
#define GROUPS ((MAX_ROWS + GROUP - 1) / GROUP)

/* Plain multiply-add on splatted values: an empty asm to pin registers made clang spill them. */
INLINE void NAME(step)(VECTOR (*sum)[2], const ELEMENT **a, const ptrdiff_t offset,
                       const ptrdiff_t a_row, const ELEMENT *b, const int rows, const int vectors) {
    VECTOR right[2];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = LOAD(b + v * LANES);
    UNROLL for (int i = 0; i < rows; i++) {
        VECTOR left = SPLAT(a[i / GROUP][i % GROUP * a_row + offset]);
        UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = FMA(left, right[v], sum[i][v]);
    }
}

INLINE void NAME(dot)(VECTOR (*sum)[2], const pstk_tile *tile, const bool packed, const int rows,
                      const int vectors) {
    const ptrdiff_t a_row = packed ? 1 : tile->a_row;
    const ptrdiff_t a_step = packed ? rows : 1;
    const int groups = (rows + GROUP - 1) / GROUP;
    const ELEMENT *a[GROUPS], *b = tile->b;
    UNROLL for (int g = 0; g < groups; g++) {
        a[g] = (const ELEMENT *)tile->a + g * GROUP * a_row;
        /* Else the compiler derives each pointer from the one before, an addition for each row. */
        if (!packed)
            __asm__("" : "+r"(a[g]));
    }
    ptrdiff_t k = tile->k;
    for (; k >= 4; k -= 4) {
        UNROLL for (int u = 0; u < 4; u++) {
            NAME(step)(sum, a, u * a_step, a_row, b + u * 2 * LANES, rows, vectors);
        }
        UNROLL for (int g = 0; g < groups; g++) a[g] += 4 * a_step;
        b += 4 * 2 * LANES;
    }
    for (; k > 0; k--) {
        NAME(step)(sum, a, 0, a_row, b, rows, vectors);
        UNROLL for (int g = 0; g < groups; g++) a[g] += a_step;
        b += 2 * LANES;
    }
}

INLINE void NAME(finish)(VECTOR (*sum)[2], const pstk_tile *tile, const int rows,
                         const int vectors) {
    ELEMENT *c = tile->c;
    const ptrdiff_t c_row = tile->c_row;
    const MASK mask = MASK_OF(tile->columns - (vectors - 1) * LANES);
    const int last = vectors - 1;

    if (tile->alpha != 1) {
        const VECTOR alpha = SPLAT((ELEMENT)tile->alpha);
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = MUL(alpha, sum[i][v]);
        }
    }
    /* All of C is loaded before any of it is stored: rows whose stride is a multiple of 4096 bytes
     * look like the same address to the load-store check. */
    if (tile->beta != 0) {
        const VECTOR beta = SPLAT((ELEMENT)tile->beta);
        UNROLL for (int i = 0; i < rows; i++) {
            const ELEMENT *row = c + i * c_row;
            if (vectors == 2)
                sum[i][0] = FMA(beta, LOAD(row), sum[i][0]);
            sum[i][last] = FMA(beta, LOAD_MASKED(row + last * LANES, mask), sum[i][last]);
        }
    }
    const ELEMENT *bias = tile->bias;
    if (bias && tile->bias_by_row) {
        UNROLL for (int i = 0; i < rows; i++) {
            const VECTOR added = SPLAT(bias[i]);
            UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = ADD(sum[i][v], added);
        }
    } else if (bias) {
        VECTOR added[2];
        if (vectors == 2)
            added[0] = LOAD(bias);
        added[last] = LOAD_MASKED(bias + last * LANES, mask);
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = ADD(sum[i][v], added[v]);
        }
    }
    if (tile->activation == PSTK_ACTIVATION_RELU) {
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = RELU(sum[i][v]);
        }
    }
    if (tile->columns == vectors * LANES) {
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) STORE(c + i * c_row + v * LANES, sum[i][v]);
        }
    } else {
        UNROLL for (int i = 0; i < rows; i++) {
            if (vectors == 2)
                STORE(c + i * c_row, sum[i][0]);
            STORE_MASKED(c + i * c_row + last * LANES, mask, sum[i][last]);
        }
    }
}

INLINE void NAME(tile)(const pstk_tile *tile, const int rows, const int vectors) {
    VECTOR sum[MAX_ROWS][2];
    UNROLL for (int i = 0; i < rows; i++) {
        UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = ZERO();
    }
    /* C is needed k steps from now; asking for it here hides the miss. */
    UNROLL for (int i = 0; i < rows; i++) {
        const ELEMENT *row = (const ELEMENT *)tile->c + i * tile->c_row;
        UNROLL for (int v = 0; v < vectors; v++) __builtin_prefetch(row + v * LANES, 1);
    }
    if (tile->a_packed)
        NAME(dot)(sum, tile, true, rows, vectors);
    else
        NAME(dot)(sum, tile, false, rows, vectors);
    NAME(finish)(sum, tile, rows, vectors);
}

#define SHAPES(R)                                                                                  \
    static TARGET void NAME(tile_##R##_1)(const pstk_tile *tile) {                                 \
        NAME(tile)(tile, R, 1);                                                                    \
    }                                                                                              \
    static TARGET void NAME(tile_##R##_2)(const pstk_tile *tile) {                                 \
        NAME(tile)(tile, R, 2);                                                                    \
    }
ROW_COUNTS(SHAPES)
#undef SHAPES

static TARGET void NAME(multiply)(const pstk_tile *tile) {
#define SHAPES(R) {NAME(tile_##R##_1), NAME(tile_##R##_2)},
    static void (*const shapes[MAX_ROWS][2])(const pstk_tile *) = {ROW_COUNTS(SHAPES)};
#undef SHAPES
    shapes[tile->rows - 1][tile->columns > LANES](tile);
}

static TARGET void NAME(pack)(const pstk_panel *panel) {
    ELEMENT *to = panel->to;
    const ELEMENT *from = panel->from;
    const ptrdiff_t stride = panel->stride, step = panel->step;
    const ptrdiff_t count = panel->count, width = panel->width, k = panel->k;

    if (stride == 1 && count == 2 * LANES && width == 2 * LANES) {
        for (ptrdiff_t p = 0; p < k; p++, to += 2 * LANES, from += step) {
            STORE(to, LOAD(from));
            STORE(to + LANES, LOAD(from + LANES));
        }
        return;
    }
    /* Short blocks of p keep the lines that a transposition writes in the L1 cache. */
    for (ptrdiff_t start = 0; start < k; start += 64) {
        const ptrdiff_t end = start + 64 < k ? start + 64 : k;
        if (stride == 1) {
            for (ptrdiff_t p = start; p < end; p++) {
                for (ptrdiff_t i = 0; i < count; i++)
                    to[p * width + i] = from[p * step + i];
            }
        } else {
            for (ptrdiff_t i = 0; i < count; i++) {
                const ELEMENT *line = from + i * stride;
                for (ptrdiff_t p = start; p < end; p++)
                    to[p * width + i] = line[p * step];
            }
        }
        for (ptrdiff_t p = start; count < width && p < end; p++) {
            for (ptrdiff_t i = count; i < width; i++)
                to[p * width + i] = 0;
        }
    }
}

#undef GROUP
#undef GROUPS
#undef INLINE
#undef UNROLL
#undef NAME
#undef PSTK_PASTE
#undef PSTK_PASTE_
#undef SUFFIX
#undef ELEMENT
#undef VECTOR
#undef LANES
#undef MASK
#undef MASK_OF
#undef ZERO
#undef SPLAT
#undef LOAD
#undef STORE
#undef LOAD_MASKED
#undef STORE_MASKED
#undef MUL
#undef ADD
#undef FMA
#undef RELU
