/* The kernels of one element type, written once. Included by a file that defines
 *
 *   SUFFIX, TARGET           a name's ending; the functions' target attribute (may be empty)
 *   ELEMENT, VECTOR, LANES   the element, a register of LANES elements
 *   MASK, MASK_OF(n)         selects the first n lanes, 0 <= n <= LANES
 *   ZERO(), SPLAT(x)         registers
 *   LOAD(p), STORE(p, v), LOAD_MASKED(p, m), STORE_MASKED(p, m, v)
 *   MUL(x, y), ADD(x, y), FMA(x, y, z), RELU(v)
 *   MAX(bound, v), MIN(bound, v)  v where it is NaN
 *   MAX_ROWS, ROW_COUNTS(X)  X(1) X(2) ... X(MAX_ROWS)
 *   TALL_ROWS, TALL_COUNTS(X)  X(MAX_ROWS + 1) ... X(TALL_ROWS)
 *   WIDE_ROWS                rows whose four registers each, and those of B, fit in the file
 *
 * and gets multiply_SUFFIX, pack_SUFFIX, scale_SUFFIX and packed_a_count_SUFFIX. A tile is MAX_ROWS
 * rows by two registers; TALL_ROWS by one where no more columns are left, WIDE_ROWS by four where
 * there are few rows. Each number of rows has its own functions, so an edge does no wasted work. */

#define PSTK_PASTE_(a, b) a##_##b
#define PSTK_PASTE(a, b) PSTK_PASTE_(a, b)
#define NAME(x) PSTK_PASTE(x, SUFFIX)
#define INLINE static inline __attribute__((always_inline)) TARGET
#define WIDTH (2 * LANES)

/* Rows of A are addressed in groups of GROUP from one pointer: x86 scales the stride by 0, 1, 2. */
#define GROUP 3
/* Panels whose columns are copied at once. */
#define COPIED_PANELS 4

#define GROUPS ((TALL_ROWS + GROUP - 1) / GROUP)

/* Makes the compiler forget how a pointer came about. Else it computes and spills the address of
 * every row and step before the loop: 4 % of a 64 x 64 product. */
#define HIDE(pointer) __asm__("" : "+r"(pointer))

typedef VECTOR NAME(sums)[TALL_ROWS][4];

/* One step of k for rows first ... end - 1 of a tile. Plain multiply-add on splatted values: an
 * empty asm to pin the sums made clang spill them. */
INLINE void NAME(step)(NAME(sums) sum, const ELEMENT *const *a, const ptrdiff_t a_row,
                       const ELEMENT *const *b, ELEMENT *b_packed, const MASK mask, const int first,
                       const int end, const int vectors, const bool masked, const bool packs) {
    VECTOR right[4];
    UNROLL for (int v = 0; v < vectors; v++) {
        const ELEMENT *from = b[v / 2] + v % 2 * LANES;
        right[v] = masked && v == vectors - 1 ? LOAD_MASKED(from, mask) : LOAD(from);
    }
    if (packs) {
        UNROLL for (int v = 0; v < vectors; v++) {
            STORE(b_packed + v * LANES, right[v]);
            /* The next panel of the same row, into L2: no prefetcher follows rows of B down. */
            __builtin_prefetch(b[0] + WIDTH + v * LANES + LANES - 1, 0, 2);
        }
    }
    UNROLL for (int i = first; i < end; i++) {
        const VECTOR left = SPLAT(a[i / GROUP][i % GROUP * a_row]);
        UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = FMA(left, right[v], sum[i][v]);
    }
}

/* Where a tile reads: rows of A in groups, the one or two panels of B, and the copy of B. */
typedef struct {
    const ELEMENT *a[GROUPS];
    const ELEMENT *b[2];
    ELEMENT *b_packed;
    const ELEMENT *ahead;
} NAME(cursor);

INLINE void NAME(advance)(NAME(cursor) * at, const pstk_strip *s, const int groups,
                          const int vectors, const bool packs) {
    UNROLL for (int g = 0; g < groups; g++) {
        at->a[g] += s->a_step;
        HIDE(at->a[g]);
    }
    UNROLL for (int v = 0; v < vectors; v += 2) {
        at->b[v / 2] += s->b_step;
        HIDE(at->b[v / 2]);
    }
    if (packs)
        at->b_packed += WIDTH;
}

/* `steps` steps of k for all rows. */
INLINE void NAME(dot)(NAME(sums) sum, NAME(cursor) * at, const pstk_strip *strip, ptrdiff_t steps,
                      const MASK mask, const int rows, const int vectors, const bool masked,
                      const bool packs) {
    const pstk_strip s = {.a_row = strip->a_row, .a_step = strip->a_step, .b_step = strip->b_step};
    const int groups = (rows + GROUP - 1) / GROUP;
    for (; steps >= 4; steps -= 4) {
        if (strip->ahead) {
            int32_t left = strip->ahead_count;
            do {
                UNROLL for (int v = 0; v < vectors; v++) {
                    __builtin_prefetch(at->ahead + v * strip->ahead_register, 0, 2);
                }
                at->ahead += strip->ahead_step;
            } while (--left > 0);
        }
        UNROLL for (int u = 0; u < 4; u++) {
            NAME(step)
            (sum, at->a, s.a_row, at->b, at->b_packed, mask, 0, rows, vectors, masked, packs);
            NAME(advance)(at, &s, groups, vectors, packs);
        }
    }
    for (; steps > 0; steps--) {
        NAME(step)
        (sum, at->a, s.a_row, at->b, at->b_packed, mask, 0, rows, vectors, masked, packs);
        NAME(advance)(at, &s, groups, vectors, packs);
    }
}

#include "finish.h"

/* A bias for each column and ReLU are what layers have; they are done in the registers at hand. */
static inline bool NAME(is_layer)(const pstk_epilogue *e) {
    return !e->bias_by_row && e->activation <= PSTK_RELU && e->scale == 1 && !e->residual;
}

/* The epilogue of rows first ... end - 1 and their way to C. */
INLINE void NAME(put)(NAME(sums) sum, const pstk_strip *s, const ptrdiff_t column,
                      const ptrdiff_t columns, const MASK mask, const int first, const int end,
                      const int vectors, const bool masked) {
    const int last = vectors - 1;
    const pstk_epilogue *e = s->epilogue;
    if (e && NAME(is_layer)(e)) {
        const ELEMENT *bias = e->bias;
        if (bias) {
            VECTOR added[4];
            UNROLL for (int v = 0; v < vectors; v++) {
                const ELEMENT *at = bias + column + v * LANES;
                added[v] = masked && v == last ? LOAD_MASKED(at, mask) : LOAD(at);
            }
            UNROLL for (int i = first; i < end; i++) {
                UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = ADD(sum[i][v], added[v]);
            }
        }
        if (e->activation == PSTK_RELU) {
            UNROLL for (int i = first; i < end; i++) {
                UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = RELU(sum[i][v]);
            }
        }
    } else if (e) {
        /* A copy, since an array whose address is taken would live in memory from the start. */
        VECTOR copy[TALL_ROWS * 4];
        UNROLL for (int i = first; i < end; i++) {
            UNROLL for (int v = 0; v < vectors; v++) copy[(i - first) * vectors + v] = sum[i][v];
        }
        NAME(finish)(copy, s, column, columns, first, end - first, vectors);
        return;
    }
    ELEMENT *c = (ELEMENT *)s->c + first * s->c_row + column;
    HIDE(c);
    UNROLL for (int i = first; i < end; i++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            ELEMENT *to = c + v * LANES;
            if (masked && v == last)
                STORE_MASKED(to, mask, sum[i][v]);
            else
                STORE(to, sum[i][v]);
        }
        c += s->c_row;
        HIDE(c);
    }
}

INLINE void NAME(tile)(const pstk_strip *s, const ELEMENT *b, ELEMENT *b_packed,
                       const ptrdiff_t column, const ptrdiff_t columns, const int rows,
                       const int vectors, const bool masked, const bool packs) {
    NAME(sums) sum;
    const int groups = (rows + GROUP - 1) / GROUP;
    const MASK mask = MASK_OF(masked ? columns - (vectors - 1) * LANES : LANES);
    const ptrdiff_t c_row = s->c_row;
    ELEMENT *const c = (ELEMENT *)s->c + column;

    if (s->accumulate) {
        const ELEMENT *from = c;
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) {
                const ELEMENT *at = from + v * LANES;
                sum[i][v] = masked && v == vectors - 1 ? LOAD_MASKED(at, mask) : LOAD(at);
            }
            from += c_row;
            HIDE(from);
        }
    } else {
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = ZERO();
        }
    }
    if (s->fetches_c) {
        /* Hides the misses on C: on this tile's, which is stored k steps from now, or on the next
         * one's, which is loaded then. A row that is not aligned ends a line further. */
        const bool is_last = column + columns >= s->columns;
        const ELEMENT *at = !s->accumulate ? c
                            : is_last      ? (ELEMENT *)s->c + rows * c_row
                                           : c + vectors * LANES;
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) {
                __builtin_prefetch(at + v * LANES + LANES - 1, 1);
            }
            at += c_row;
            HIDE(at);
        }
    }

    NAME(cursor) at = {.b = {b, vectors > 2 ? b + s->b_panel : b}, .b_packed = b_packed};
    if (s->ahead)
        at.ahead = (const ELEMENT *)s->ahead + column / LANES * s->ahead_register;
    UNROLL for (int g = 0; g < groups; g++) {
        at.a[g] = (const ELEMENT *)s->a + g * GROUP * s->a_row;
        HIDE(at.a[g]);
    }
    if (vectors > 2 && s->ahead) {
        /* Wide tiles read long rows of A in place. A prefetcher stops at the end of a page, so the
         * rows that come next are asked for here. */
        UNROLL for (int i = 0; i < rows; i++) {
            const ELEMENT *next = at.a[i / GROUP] + (i % GROUP + rows) * s->a_row;
            __builtin_prefetch(next, 0, 3);
            __builtin_prefetch(next + LANES, 0, 3);
        }
    }

    /* The upper rows do their last steps and are stored before the lower ones do theirs: a burst of
     * more than 14 stores of 64 bytes holds up the multiply-adds of a Zen 4, two of 14 do not. */
    const ptrdiff_t last = s->k < 4 ? s->k : 4;
    NAME(dot)(sum, &at, s, s->k - last, mask, rows, vectors, masked, packs);
    const int half = rows * vectors > 14 ? (rows + 1) / 2 : rows;
    NAME(cursor) upper = at;
    for (ptrdiff_t p = 0; p < last; p++) {
        NAME(step)
        (sum, upper.a, s->a_row, upper.b, upper.b_packed, mask, 0, half, vectors, masked, packs);
        NAME(advance)(&upper, s, (half + GROUP - 1) / GROUP, vectors, packs);
    }
    NAME(put)(sum, s, column, columns, mask, 0, half, vectors, masked);
    if (half == rows)
        return;
    for (ptrdiff_t p = 0; p < last; p++) {
        NAME(step)(sum, at.a, s->a_row, at.b, NULL, mask, half, rows, vectors, masked, false);
        NAME(advance)(&at, s, groups, vectors, false);
    }
    NAME(put)(sum, s, column, columns, mask, half, rows, vectors, masked);
}

/* Fewer columns than a register has lanes. */
INLINE void NAME(last_register)(const pstk_strip *s, const ELEMENT *b, const ptrdiff_t column,
                                const ptrdiff_t columns, const int rows) {
    if (columns == LANES)
        NAME(tile)(s, b, NULL, column, columns, rows, 1, false, false);
    else if (columns > 0)
        NAME(tile)(s, b, NULL, column, columns, rows, 1, true, false);
}

/* All columns of a row panel. */
INLINE void NAME(run)(const pstk_strip *s, const int rows) {
    const ELEMENT *b = s->b;
    const ptrdiff_t panel = s->b_panel;
    ptrdiff_t column = 0, left = s->columns;
    if (rows > MAX_ROWS) {
        NAME(last_register)(s, b, column, left, rows);
        return;
    }
    if (s->b_packed) {
        ELEMENT *to = s->b_packed;
        for (; left >= WIDTH; left -= WIDTH, column += WIDTH, b += panel, to += s->k * WIDTH)
            NAME(tile)(s, b, to, column, WIDTH, rows, 2, false, true);
    }
    if (rows <= WIDE_ROWS) {
        for (; left >= 2 * WIDTH; left -= 2 * WIDTH, column += 2 * WIDTH, b += 2 * panel)
            NAME(tile)(s, b, NULL, column, 2 * WIDTH, rows, 4, false, false);
    }
    for (; left >= WIDTH; left -= WIDTH, column += WIDTH, b += panel)
        NAME(tile)(s, b, NULL, column, WIDTH, rows, 2, false, false);
    if (left > LANES)
        NAME(tile)(s, b, NULL, column, left, rows, 2, true, false);
    else
        NAME(last_register)(s, b, column, left, rows);
}

#define RUN(R)                                                                                     \
    static TARGET void NAME(run_##R)(const pstk_strip *s) {                                        \
        NAME(run)(s, R);                                                                           \
    }
ROW_COUNTS(RUN)
TALL_COUNTS(RUN)
#undef RUN

/* Copied rows stand this far apart: not a multiple of a page, or they would share a set of L1. */
static inline ptrdiff_t NAME(copied_row)(ptrdiff_t k) {
    const ptrdiff_t bytes = (k + LANES - 1) / LANES * LANES * (ptrdiff_t)sizeof(ELEMENT);
    return (bytes + (bytes % 1024 == 0 ? 64 : 0)) / (ptrdiff_t)sizeof(ELEMENT);
}

static ptrdiff_t NAME(packed_a_count)(ptrdiff_t rows, ptrdiff_t k) {
    /* Not copied_row(k): a shorter last piece of k may have longer rows. */
    return rows * ((k + LANES - 1) / LANES * LANES + 64 / (ptrdiff_t)sizeof(ELEMENT));
}

/* to[i * row + p] = alpha * from[i * from_row + p] */
static TARGET void NAME(copy_rows)(ELEMENT *to, ptrdiff_t row, const ELEMENT *from,
                                   ptrdiff_t from_row, int rows, ptrdiff_t k, ELEMENT alpha) {
    const VECTOR factor = SPLAT(alpha);
    for (int i = 0; i < rows; i++, to += row, from += from_row) {
        ptrdiff_t p = 0;
        if (alpha == 1) {
            for (; p + LANES <= k; p += LANES)
                STORE(to + p, LOAD(from + p));
        } else {
            for (; p + LANES <= k; p += LANES)
                STORE(to + p, MUL(factor, LOAD(from + p)));
        }
        for (; p < k; p++)
            to[p] = alpha == 1 ? from[p] : alpha * from[p];
    }
}

/* How the rows of a block are dealt to panels: `higher` ones of low + 1, then others of low. */
typedef struct {
    ptrdiff_t panels, higher;
    int low;
} NAME(deal);

static inline int NAME(rows_of)(const NAME(deal) * deal, ptrdiff_t panel) {
    return panel < deal->higher ? deal->low + 1 : deal->low;
}

/* Panels first ... end - 1 of a block whose steps, not rows, are contiguous, if anything is:
 * to[p * rows + i] = alpha * from[i * from_row + p * from_step] for each. Several at a time, since
 * a step is in another page than the one before and its lines are longer than a panel is high. */
static TARGET void NAME(copy_columns)(ELEMENT *to, const ELEMENT *from, ptrdiff_t from_row,
                                      ptrdiff_t from_step, const NAME(deal) * deal, ptrdiff_t first,
                                      ptrdiff_t end, ptrdiff_t k, ELEMENT alpha) {
    const VECTOR factor = SPLAT(alpha);
    for (ptrdiff_t p = 0; p < k; p++, from += from_step) {
        const ELEMENT *source = from;
        ELEMENT *panel_start = to;
        for (ptrdiff_t panel = first; panel < end; panel++) {
            const int rows = NAME(rows_of)(deal, panel);
            ELEMENT *line = panel_start + p * rows;
            int i = 0;
            if (from_row == 1) {
                for (; i < rows; i += LANES) {
                    const MASK mask = MASK_OF(rows - i < LANES ? rows - i : LANES);
                    const VECTOR x = LOAD_MASKED(source + i, mask);
                    STORE_MASKED(line + i, mask, alpha == 1 ? x : MUL(factor, x));
                }
            } else {
                for (; i < rows; i++)
                    line[i] = alpha == 1 ? source[i * from_row] : alpha * source[i * from_row];
            }
            source += rows * from_row;
            panel_start += rows * k;
        }
    }
}

static void (*const NAME(runs)[])(const pstk_strip *) = {
#define RUN(R) NAME(run_##R),
    ROW_COUNTS(RUN) TALL_COUNTS(RUN)
#undef RUN
};

static TARGET void NAME(multiply)(const pstk_block *block) {
    /* 64 rows of 14 at most are 13 + 13 + 13 + 13 + 12: no panel is too low to keep the arithmetic
     * units busy. */
    NAME(deal) deal = {.panels = 1, .higher = 0, .low = (int)block->rows};
    if (block->rows > block->panel_rows) {
        deal.panels = (block->rows - 1) / block->panel_rows + 1;
        deal.low = (int)(block->rows / deal.panels);
        deal.higher = block->rows % deal.panels;
    }
    const bool by_rows = block->a_step == 1;
    const ptrdiff_t copied_row = NAME(copied_row)(block->k);
    /* With no steps nothing of A and B is read and both may be NULL: C is something to point at. */
    const ELEMENT *a = block->k == 0 ? block->c : block->a;
    ELEMENT *a_packed = block->a_packed;

    pstk_strip s;
    s.a_row = block->a_row;
    s.a_step = block->a_step;
    s.b = block->k == 0 ? block->c : block->b;
    s.b_step = block->b_step;
    s.b_panel = block->b_panel;
    s.b_packed = block->b_packed;
    s.c = block->c;
    s.c_row = block->c_row;
    s.columns = block->columns;
    s.k = block->k;
    s.accumulate = block->accumulate;
    s.fetches_c = block->k >= 64;
    s.row = 0;
    s.epilogue = block->epilogue;
    s.ahead = NULL;

    for (ptrdiff_t panel = 0; panel < deal.panels; panel++) {
        const int rows = NAME(rows_of)(&deal, panel);
        s.a = a;
        if (block->a_state != PSTK_A_IN_PLACE) {
            const ELEMENT alpha = (ELEMENT)block->alpha;
            if (block->a_state == PSTK_A_COPY && by_rows) {
                NAME(copy_rows)(a_packed, copied_row, a, block->a_row, rows, block->k, alpha);
            } else if (block->a_state == PSTK_A_COPY && panel % COPIED_PANELS == 0) {
                const ptrdiff_t end = panel + COPIED_PANELS;
                NAME(copy_columns)
                (a_packed, a, block->a_row, block->a_step, &deal, panel,
                 end < deal.panels ? end : deal.panels, block->k, alpha);
            }
            s.a = a_packed;
            s.a_row = by_rows ? copied_row : 1;
            s.a_step = by_rows ? 1 : rows;
            a_packed += by_rows ? rows * copied_row : rows * block->k;
        }
        if (block->b_next) {
            /* A share of its rows for each panel. */
            s.ahead = (const ELEMENT *)block->b_next + block->k * panel / deal.panels * s.b_step;
            s.ahead_register = LANES;
            s.ahead_step = s.b_step;
            s.ahead_count = (int32_t)((4 + deal.panels - 1) / deal.panels);
        } else if (by_rows && block->k >= 256) {
            /* The next row panel of A, a row for each register. */
            const bool copied = block->a_state == PSTK_A_COPIED;
            s.ahead = copied ? a_packed : a + rows * block->a_row;
            s.ahead_register = copied ? copied_row : block->a_row;
            s.ahead_step = 4;
            s.ahead_count = 1;
        }
        NAME(runs)[rows - 1](&s);
        if (s.b_packed) {
            s.b = s.b_packed;
            s.b_step = WIDTH;
            s.b_panel = block->k * WIDTH;
            s.b_packed = NULL;
        }
        a += rows * block->a_row;
        s.c = (ELEMENT *)s.c + rows * block->c_row;
        s.row += rows;
    }
}

static TARGET void NAME(scale)(void *c, ptrdiff_t c_row, ptrdiff_t rows, ptrdiff_t columns,
                               double beta) {
    const VECTOR factor = SPLAT((ELEMENT)beta);
    for (ptrdiff_t i = 0; i < rows; i++) {
        ELEMENT *row = (ELEMENT *)c + i * c_row;
        ptrdiff_t j = 0;
        for (; j + LANES <= columns; j += LANES)
            STORE(row + j, MUL(factor, LOAD(row + j)));
        if (j < columns) {
            const MASK mask = MASK_OF(columns - j);
            STORE_MASKED(row + j, mask, MUL(factor, LOAD_MASKED(row + j, mask)));
        }
    }
}

#include "pack.h"

#undef GROUP
#undef GROUPS
#undef COPIED_PANELS
#undef HIDE
#undef INLINE
#undef WIDTH
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
#undef MAX
#undef MIN
