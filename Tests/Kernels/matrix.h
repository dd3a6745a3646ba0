/* Operands; part of typed.h. Gaps between rows hold NaN: reading one shows in C. */

typedef struct {
    region *memory;
    ELEMENT *origin;
    ptrdiff_t rows, columns;
    ptrdiff_t row, column; /* strides */
} NAME(matrix);

typedef enum {
    INTEGERS, /* add and multiply without rounding */
    NOISE,    /* -1 ... 1, with all bits */
    ODDITIES  /* noise with NaN, infinities, signed zeros, the smallest and the largest */
} NAME(content);

static ELEMENT *NAME(at)(const NAME(matrix) * x, ptrdiff_t i, ptrdiff_t j) {
    return x->origin + (i * x->row + j * x->column);
}

static NAME(matrix) NAME(place)(region *memory, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row,
                                ptrdiff_t column, generator *random) {
    const bool empty = rows == 0 || columns == 0;
    const ptrdiff_t down = empty ? 0 : (rows - 1) * row;
    const ptrdiff_t across = empty ? 0 : (columns - 1) * column;
    const ptrdiff_t count =
        empty ? 0 : (down < 0 ? -down : down) + (across < 0 ? -across : across) + 1;
    ELEMENT *low = region_reserve(memory, (size_t)count, sizeof(ELEMENT), random);
    ELEMENT *origin = low - (down < 0 ? down : 0) - (across < 0 ? across : 0);
    return (NAME(matrix)){memory, origin, rows, columns, row, column};
}

static ELEMENT NAME(value)(NAME(content) content, generator *random) {
    static const ELEMENT odd[] = {(ELEMENT)NAN,
                                  (ELEMENT)INFINITY,
                                  -(ELEMENT)INFINITY,
                                  (ELEMENT)0.0,
                                  (ELEMENT)-0.0,
                                  (ELEMENT)(1 - ROUNDOFF),
                                  sizeof(ELEMENT) == 4 ? (ELEMENT)0x1p-149 : (ELEMENT)0x1p-1074,
                                  sizeof(ELEMENT) == 4 ? (ELEMENT)0x1p127 : (ELEMENT)0x1p1023};
    if (content == INTEGERS)
        return (ELEMENT)pick(random, -4, 4);
    if (content == ODDITIES && one_in(random, 24))
        return odd[pick(random, 0, sizeof odd / sizeof odd[0] - 1)];
    return (ELEMENT)((double)((int64_t)next(random) >> 11) * 0x1p-52);
}

static void NAME(fill)(const NAME(matrix) * x, NAME(content) content, generator *random) {
    for (ptrdiff_t i = 0; i < x->rows; i++) {
        for (ptrdiff_t j = 0; j < x->columns; j++)
            *NAME(at)(x, i, j) = NAME(value)(content, random);
    }
    region_remember(x->memory);
}

/* What was there when the memory was remembered. */
static ELEMENT NAME(before)(const NAME(matrix) * x, ptrdiff_t i, ptrdiff_t j) {
    ELEMENT element;
    const unsigned char *at = (const unsigned char *)NAME(at)(x, i, j);
    memcpy(&element, x->memory->copy + (at - x->memory->low), sizeof element);
    return element;
}

static bool NAME(same)(ELEMENT x, ELEMENT y) {
    return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y));
}
