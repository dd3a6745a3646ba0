/* The body of a narrow micro-kernel, written once. Included for each kernel by a file that defines
 *
 *   SUFFIX, TARGET           a name's ending; the functions' target attribute (may be empty)
 *   ELEMENT, VECTOR, LANES   an element of C, a register of LANES of them
 *   MASK, MASK_OF(n)         selects the first n lanes, 0 <= n <= LANES
 *   ZERO(), SPLAT(x)         registers
 *   LOAD(p), STORE(p, v), LOAD_MASKED(p, m), STORE_MASKED(p, m, v)
 *   WORDS, LOAD_WORDS(p), SPLAT_WORD(w)   registers of packed inputs
 *   DOT(sum, left, right)    adds the products of words
 *   START(v, shared, i)      adds to v what the sums of row i start from beside C
 *   ROW_SUM(row, bytes)      the sum of a row of A
 *   ADD(x, y)
 *   MUL(x, y), FMA(x, y, z), RELU(v), and MAX(bound, v), MIN(bound, v), which are v where it is
 * NaN: not for integers, which are not scaled and have no activation MAX_ROWS, ROW_COUNTS(X)  X(1)
 * X(2) ... X(MAX_ROWS)
 *
 * and gets multiply_SUFFIX. A tile is MAX_ROWS rows by two registers; a few rows take four, or
 * their few sums would wait for one another. */

#define PSTK_PASTE_(a, b) a##_##b
#define PSTK_PASTE(a, b) PSTK_PASTE_(a, b)
#define NAME(x) PSTK_PASTE(x, SUFFIX)
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif
#define INLINE static inline __attribute__((always_inline)) TARGET

#define WIDTH (2 * LANES)
#define FEW_ROWS 3
#define FEW_ROW_COUNTS(X) X(1) X(2) X(3)
/* Rows of A are addressed in threes from one pointer: x86 scales the stride by 0, 1, 2. */
#define ROWS_PER_POINTER 3
#define POINTERS ((MAX_ROWS + ROWS_PER_POINTER - 1) / ROWS_PER_POINTER)

/* What every tile of a strip shares. */
typedef struct {
    const pstk_narrow_strip *strip;
    uint32_t tail[MAX_ROWS];
    int32_t start[MAX_ROWS];
} NAME(shared);

/* Where a tile lies: its panel of B, its corner of C, its first column in the strip. */
typedef struct {
    const char *b;
    ELEMENT *c;
    ptrdiff_t c_row;
    ptrdiff_t column, columns;
    const pstk_epilogue *epilogue;
} NAME(place);

INLINE uint32_t NAME(word)(const char *from) {
    uint32_t word;
    __builtin_memcpy(&word, from, sizeof word);
    return word;
}

/* Registers 2 and 3 are of the next panel. */
INLINE const char *NAME(right)(const char *b, const ptrdiff_t b_panel, const int v) {
    return b + v / 2 * b_panel + v % 2 * LANES * 4;
}

INLINE void NAME(step)(VECTOR (*sum)[4], const char **a, const ptrdiff_t offset,
                       const ptrdiff_t a_row, const char *b, const ptrdiff_t b_panel,
                       const int rows, const int vectors) {
    WORDS right[4];
    UNROLL for (int v = 0; v < vectors; v++) right[v] = LOAD_WORDS(NAME(right)(b, b_panel, v));
    UNROLL for (int i = 0; i < rows; i++) {
        const char *row = a[i / ROWS_PER_POINTER] + i % ROWS_PER_POINTER * a_row;
        const WORDS left = SPLAT_WORD(NAME(word)(row + offset));
        UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = DOT(sum[i][v], left, right[v]);
    }
}

INLINE void NAME(dot)(VECTOR (*sum)[4], const NAME(shared) * shared, const char *b, const int rows,
                      const int vectors) {
    const pstk_narrow_strip *strip = shared->strip;
    const ptrdiff_t a_row = strip->a_row, b_panel = strip->b_panel;
    const int pointers = (rows + ROWS_PER_POINTER - 1) / ROWS_PER_POINTER;
    const char *a[POINTERS];
    UNROLL for (int g = 0; g < pointers; g++) {
        a[g] = (const char *)strip->a + g * ROWS_PER_POINTER * a_row;
        /* Else the compiler derives each pointer from the one before, an addition for each row. */
        __asm__("" : "+r"(a[g]));
    }
    ptrdiff_t words = strip->words;
    for (; words >= 4; words -= 4) {
        UNROLL for (int u = 0; u < 4; u++) {
            NAME(step)(sum, a, u * 4, a_row, b + u * WIDTH * 4, b_panel, rows, vectors);
        }
        UNROLL for (int g = 0; g < pointers; g++) a[g] += 4 * 4;
        b += 4 * WIDTH * 4;
    }
    for (; words > 0; words--) {
        NAME(step)(sum, a, 0, a_row, b, b_panel, rows, vectors);
        UNROLL for (int g = 0; g < pointers; g++) a[g] += 4;
        b += WIDTH * 4;
    }
    if (strip->tail_bytes != 0) {
        const char *tail[POINTERS];
        UNROLL for (int g = 0; g < pointers; g++) {
            tail[g] = (const char *)(shared->tail + g * ROWS_PER_POINTER);
        }
        NAME(step)(sum, tail, 0, 4, b, b_panel, rows, vectors);
    }
}

#include "narrow_finish.h"

INLINE void NAME(tile)(const NAME(shared) * shared, const NAME(place) * at, const int rows,
                       const int vectors) {
    const pstk_narrow_strip *strip = shared->strip;
    const int last = vectors - 1;
    const MASK mask = MASK_OF(at->columns - last * LANES);
    VECTOR sum[MAX_ROWS][4];
    if (strip->start != 0) {
        UNROLL for (int i = 0; i < rows; i++) {
            const ELEMENT *row = at->c + i * at->c_row;
            UNROLL for (int v = 0; v < vectors; v++) {
                const ELEMENT *from = row + v * LANES;
                sum[i][v] = v == last ? LOAD_MASKED(from, mask) : LOAD(from);
            }
        }
#ifdef RELU
        if (strip->start != 1) {
            UNROLL for (int i = 0; i < rows; i++) {
                UNROLL for (int v = 0; v < vectors; v++) {
                    sum[i][v] = MUL(SPLAT(strip->start), sum[i][v]);
                }
            }
        }
#endif
    } else {
        UNROLL for (int i = 0; i < rows; i++) {
            UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = ZERO();
        }
    }
    UNROLL for (int i = 0; i < rows; i++) {
        UNROLL for (int v = 0; v < vectors; v++) sum[i][v] = START(sum[i][v], shared, i);
    }
    /* Hides the misses on C: on this tile's, which is stored k steps from now, or on the next
     * one's, which is loaded then. A row that is not aligned ends a line further. */
    const ELEMENT *wanted = at->c + (strip->start != 0 ? vectors * LANES : 0);
    UNROLL for (int i = 0; i < rows; i++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            __builtin_prefetch(wanted + i * at->c_row + v * LANES + LANES - 1, 1);
        }
    }
    NAME(dot)(sum, shared, at->b, rows, vectors);
    NAME(put)(sum, strip, at, mask, rows, vectors);
}

#define SHAPES(R)                                                                                  \
    static TARGET void NAME(tile_##R##_1)(const NAME(shared) * shared, const NAME(place) * at) {   \
        NAME(tile)(shared, at, R, 1);                                                              \
    }                                                                                              \
    static TARGET void NAME(tile_##R##_2)(const NAME(shared) * shared, const NAME(place) * at) {   \
        NAME(tile)(shared, at, R, 2);                                                              \
    }
ROW_COUNTS(SHAPES)
#undef SHAPES
#define SHAPES(R)                                                                                  \
    static TARGET void NAME(tile_##R##_4)(const NAME(shared) * shared, const NAME(place) * at) {   \
        NAME(tile)(shared, at, R, 4);                                                              \
    }
FEW_ROW_COUNTS(SHAPES)
#undef SHAPES

/* A tile of a C or a residual whose columns are not contiguous goes through copies. */
static TARGET void NAME(copied)(void (*tile)(const NAME(shared) *, const NAME(place) *),
                                const NAME(shared) * shared, const NAME(place) * at) {
    const pstk_narrow_strip *strip = shared->strip;
    ELEMENT copy[MAX_ROWS * 2 * WIDTH], residual[MAX_ROWS * 2 * WIDTH];
    NAME(place) inner = *at;
    pstk_epilogue epilogue;
    inner.c = copy;
    inner.c_row = 2 * WIDTH;
    for (int i = 0; (strip->start != 0 || strip->beta != 0) && i < strip->rows; i++) {
        for (ptrdiff_t j = 0; j < at->columns; j++)
            copy[i * 2 * WIDTH + j] = at->c[i * at->c_row + j * strip->c_column];
    }
    if (at->epilogue && at->epilogue->residual) {
        epilogue = *at->epilogue;
        const ELEMENT *from = epilogue.residual;
        for (int i = 0; i < strip->rows; i++) {
            for (ptrdiff_t j = 0; j < at->columns; j++) {
                residual[i * 2 * WIDTH + j] =
                    from[i * epilogue.residual_row + (at->column + j) * strip->residual_column];
            }
        }
        epilogue.residual = residual;
        epilogue.residual_row = 2 * WIDTH;
        if (!epilogue.bias_by_row && epilogue.bias)
            epilogue.bias = (const ELEMENT *)epilogue.bias + at->column;
        inner.epilogue = &epilogue;
        inner.column = 0;
    }
    tile(shared, &inner);
    for (int i = 0; i < strip->rows; i++) {
        for (ptrdiff_t j = 0; j < at->columns; j++)
            at->c[i * at->c_row + j * strip->c_column] = copy[i * 2 * WIDTH + j];
    }
}

/* What is done once for each row of A. */
static TARGET void NAME(prepare)(NAME(shared) * shared) {
    const pstk_narrow_strip *strip = shared->strip;
    const ptrdiff_t bytes = strip->words * 4;
    for (int i = 0; i < strip->rows; i++) {
        const char *row = (const char *)strip->a + i * strip->a_row;
        if (strip->tail_bytes != 0)
            __builtin_memcpy(&shared->tail[i], row + bytes, (size_t)strip->tail_bytes);
        if (strip->row_scale != 0) {
            const int32_t sum = ROW_SUM(row, bytes + strip->tail_bytes);
            shared->start[i] = (int32_t)((uint32_t)strip->row_scale * (uint32_t)sum);
        }
    }
}

static TARGET void NAME(multiply)(const pstk_narrow_strip *strip) {
    typedef void (*shape)(const NAME(shared) *, const NAME(place) *);
#define SHAPES(R) {NAME(tile_##R##_1), NAME(tile_##R##_2)},
    static const shape shapes[MAX_ROWS][2] = {ROW_COUNTS(SHAPES)};
#undef SHAPES
#define SHAPES(R) NAME(tile_##R##_4),
    static const shape wide_shapes[FEW_ROWS] = {FEW_ROW_COUNTS(SHAPES)};
#undef SHAPES
    const int row_index = strip->rows - 1;

    NAME(shared) shared = {.strip = strip};
    if (strip->tail_bytes != 0 || strip->row_scale != 0)
        NAME(prepare)(&shared);
    NAME(place)
    at = {.b = strip->b, .c = strip->c, .c_row = strip->c_row, .epilogue = strip->epilogue};
    const bool is_plain = strip->c_column == 1 && (strip->residual_column == 1 ||
                                                   !strip->epilogue || !strip->epilogue->residual);
    while (at.column < strip->columns) {
        const ptrdiff_t left = strip->columns - at.column;
        const bool four = strip->rows <= FEW_ROWS && left > 3 * LANES;
        const ptrdiff_t most = four ? 2 * WIDTH : WIDTH;
        at.columns = left < most ? left : most;
        const shape tile = four ? wide_shapes[row_index] : shapes[row_index][left > LANES];
        if (is_plain)
            tile(&shared, &at);
        else
            NAME(copied)(tile, &shared, &at);
        at.b += most / WIDTH * strip->b_panel;
        at.c += at.columns * strip->c_column;
        at.column += at.columns;
    }
}

#undef ROWS_PER_POINTER
#undef POINTERS
#undef FEW_ROWS
#undef FEW_ROW_COUNTS
#undef WIDTH
#undef INLINE
#undef UNROLL
#undef NAME
#undef PSTK_PASTE
#undef PSTK_PASTE_
#undef SUFFIX
#undef DOT
#undef START
#undef ROW_SUM
