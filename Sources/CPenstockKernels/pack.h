/* Packing of a panel of B; part of tile.h, whose macros it uses. */

typedef ELEMENT NAME(quad) __attribute__((vector_size(4 * sizeof(ELEMENT)), aligned(1)));

/* to[p * WIDTH + j] = from[p + j * column] for a 4 x 4 block. */
INLINE void NAME(transpose)(ELEMENT *to, const ELEMENT *from, ptrdiff_t column) {
    NAME(quad) x[4];
    UNROLL for (int j = 0; j < 4; j++) x[j] = *(const NAME(quad) *)(from + j * column);
    const NAME(quad) low01 = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5);
    const NAME(quad) high01 = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7);
    const NAME(quad) low23 = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
    const NAME(quad) high23 = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
    *(NAME(quad) *)(to + 0 * WIDTH) = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    *(NAME(quad) *)(to + 1 * WIDTH) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    *(NAME(quad) *)(to + 2 * WIDTH) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    *(NAME(quad) *)(to + 3 * WIDTH) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

static TARGET void NAME(pack_rows)(const pstk_panel *panel) {
    ELEMENT *to = panel->to;
    const ELEMENT *from = panel->from;
    const ptrdiff_t count = panel->count;
    const MASK first = MASK_OF(count < LANES ? count : LANES);
    const MASK second = MASK_OF(count > LANES ? count - LANES : 0);
    for (ptrdiff_t p = 0; p < panel->k; p++, to += WIDTH, from += panel->row) {
        STORE(to, LOAD_MASKED(from, first));
        STORE(to + LANES, count > LANES ? LOAD_MASKED(from + LANES, second) : ZERO());
    }
}

/* Columns are contiguous: blocks of k as long as a cache line, so that each line of B is read once
 * however many of them share a set. */
static TARGET void NAME(pack_columns)(const pstk_panel *panel) {
    enum { LINE = 64 / sizeof(ELEMENT) };
    ELEMENT *to = panel->to;
    const ELEMENT *from = panel->from;
    const ptrdiff_t k = panel->k, count = panel->count, whole = count / 4 * 4;
    for (ptrdiff_t start = 0; start < k; start += LINE) {
        const ptrdiff_t end = k - start < LINE ? k : start + LINE;
        const ptrdiff_t fours = start + (end - start) / 4 * 4;
        for (ptrdiff_t j = 0; j < whole; j += 4) {
            const ELEMENT *column = from + j * panel->column;
            ptrdiff_t p = start;
            for (; p < fours; p += 4)
                NAME(transpose)(to + p * WIDTH + j, column + p, panel->column);
            for (; p < end; p++) {
                for (int t = 0; t < 4; t++)
                    to[p * WIDTH + j + t] = column[p + t * panel->column];
            }
        }
        for (ptrdiff_t j = whole; j < WIDTH; j++) {
            const ELEMENT *column = from + j * panel->column;
            for (ptrdiff_t p = start; p < end; p++)
                to[p * WIDTH + j] = j < count ? column[p] : 0;
        }
    }
}

static TARGET void NAME(pack)(const pstk_panel *panel) {
    if (panel->column == 1) {
        NAME(pack_rows)(panel);
    } else if (panel->row == 1) {
        NAME(pack_columns)(panel);
    } else {
        ELEMENT *to = panel->to;
        for (ptrdiff_t p = 0; p < panel->k; p++, to += WIDTH) {
            const ELEMENT *row = (const ELEMENT *)panel->from + p * panel->row;
            for (ptrdiff_t j = 0; j < WIDTH; j++)
                to[j] = j < panel->count ? row[j * panel->column] : 0;
        }
    }
}
