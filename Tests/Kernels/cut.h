/* Ways to compute a product: cut into blocks whose operands are read in place, copied or packed;
 * part of typed.h. */

typedef struct {
    const NAME(product) * p;
    const pstk_kernel *kernel;
    memories *memory;
    generator *random;
} NAME(cutter);

/* How much of what is left the next block takes. */
static ptrdiff_t NAME(piece)(const NAME(cutter) * cutter, bool whole, ptrdiff_t left) {
    return whole || left < 2 || one_in(cutter->random, 2) ? left : pick(cutter->random, 1, left);
}

static void NAME(pack)(const NAME(cutter) * cutter, ELEMENT *to, ptrdiff_t row, ptrdiff_t column,
                       ptrdiff_t count, ptrdiff_t k) {
    const NAME(matrix) *b = &cutter->p->b;
    const pstk_panel panel = {.to = to,
                              .from = NAME(at)(b, row, column),
                              .row = b->row,
                              .column = b->column,
                              .count = count,
                              .k = k};
    cutter->kernel->pack(&panel);
}

/* Points the block at B's rows from `row` and columns from `column` on. */
static void NAME(feed)(const NAME(cutter) * cutter, pstk_block *block, ptrdiff_t row,
                       ptrdiff_t column) {
    const NAME(matrix) *b = &cutter->p->b;
    const ptrdiff_t nr = cutter->kernel->nr, columns = block->columns, k = block->k;
    const ptrdiff_t panels = (columns + nr - 1) / nr, full = columns / nr;
    const bool packs = b->column != 1 || one_in(cutter->random, 3);
    const bool fuses = !packs && one_in(cutter->random, 2);
    block->b_packed = NULL;
    block->b = NAME(at)(b, row, column);
    block->b_step = b->row;
    block->b_panel = nr;
    if (!packs && !fuses)
        return;
    /* B that was packed whole has steps of other blocks between two panels. */
    const ptrdiff_t apart = fuses || one_in(cutter->random, 2) ? k : k + pick(cutter->random, 1, 9);
    const ptrdiff_t count = (panels - 1) * apart * nr + k * nr;
    ELEMENT *to =
        region_reserve(&cutter->memory->b_packed, (size_t)count, sizeof(ELEMENT), cutter->random);
    for (ptrdiff_t j = fuses ? full : 0; j < panels; j++) {
        const ptrdiff_t left = columns - j * nr;
        NAME(pack)(cutter, to + j * apart * nr, row, column + j * nr, left < nr ? left : nr, k);
    }
    if (fuses) {
        block->b_packed = to;
    } else {
        block->b = to;
        block->b_step = nr;
        block->b_panel = apart * nr;
    }
}

/* Whether the kernel has packed B as it read it. */
static bool NAME(is_packed)(const NAME(cutter) * cutter, const pstk_block *block, ptrdiff_t row,
                            ptrdiff_t column) {
    const ptrdiff_t nr = cutter->kernel->nr, columns = block->columns / nr * nr;
    for (ptrdiff_t j = 0; j < columns; j++) {
        for (ptrdiff_t q = 0; q < block->k; q++) {
            const ELEMENT *x = NAME(at)(&cutter->p->b, row + q, column + j);
            const ELEMENT *y = (const ELEMENT *)block->b_packed + j / nr * block->k * nr;
            if (memcmp(x, y + q * nr + j % nr, sizeof *x) != 0)
                return failed("B(%td, %td) was not packed", row + q, column + j);
        }
    }
    return true;
}

/* The block through the kernel's table of row panels, as small products go. */
static void NAME(run_block)(const NAME(cutter) * cutter, const pstk_block *block) {
    const pstk_strip strip = {.a = block->a,
                              .a_row = block->a_row,
                              .a_step = block->a_step,
                              .b = block->b,
                              .b_step = block->b_step,
                              .b_panel = block->b_panel,
                              .b_packed = block->b_packed,
                              .c = block->c,
                              .c_row = block->c_row,
                              .columns = block->columns,
                              .k = block->k,
                              .epilogue = block->epilogue,
                              .accumulate = block->accumulate,
                              .fetches_c = one_in(cutter->random, 2)};
    cutter->kernel->run[block->rows - 1](&strip);
}

static bool NAME(multiply_block)(const NAME(cutter) * cutter, pstk_block *block, ptrdiff_t i,
                                 ptrdiff_t j, ptrdiff_t q) {
    const NAME(product) *p = cutter->p;
    memories *memory = cutter->memory;
    pstk_epilogue epilogue = p->epilogue;
    block->a = NAME(at)(&p->a, i, q);
    NAME(feed)(cutter, block, q, j);
    block->c = NAME(at)(&p->c, i, j);
    block->accumulate = p->accumulate || q > 0;
    block->epilogue = NULL;
    if (p->has_epilogue && q + block->k == p->k) {
        if (epilogue.bias)
            epilogue.bias = NAME(at)(&p->bias, 0, epilogue.bias_by_row ? i : j);
        if (epilogue.residual)
            epilogue.residual = NAME(at)(&p->residual, i, j);
        block->epilogue = &epilogue;
    }
    if (block->a_state == PSTK_A_IN_PLACE && block->rows <= block->panel_rows &&
        one_in(cutter->random, 2)) {
        NAME(run_block)(cutter, block);
    } else {
        if (p->k == 0 && one_in(cutter->random, 2))
            block->a = block->b = NULL;
        /* Only fetched; what it leads to must be no matter. */
        block->b_next = one_in(cutter->random, 3) ? NAME(at)(&p->b, 0, 0) : NULL;
        cutter->kernel->multiply(block);
    }
    if (block->b_packed && !NAME(is_packed)(cutter, block, q, j))
        return false;
    if (!region_is_intact_outside(&memory->a_packed))
        return failed("wrote outside the copy of A");
    if (!region_is_intact_outside(&memory->b_packed))
        return failed("wrote outside the packed B");
    return true;
}

/* Computes C, as one block or cut at random; false if anything but C was wrong. */
static bool NAME(multiply)(const NAME(cutter) * cutter, bool whole) {
    const NAME(product) *p = cutter->p;
    const pstk_kernel *kernel = cutter->kernel;
    generator *random = cutter->random;
    /* Tall tiles are for columns that fill no more than half of one. */
    const int32_t limit = p->n <= kernel->nr / 2 ? kernel->tall_rows : kernel->mr;
    pstk_block block = {.a_row = p->a.row, .a_step = p->a.column, .c_row = p->c.row};
    ptrdiff_t q = 0;
    do {
        block.k = NAME(piece)(cutter, whole, p->k - q);
        for (ptrdiff_t i = 0; i < p->m; i += block.rows) {
            block.rows = NAME(piece)(cutter, whole, p->m - i);
            block.panel_rows = one_in(random, 2) ? limit : (int32_t)pick(random, 1, limit);
            block.a_state = PSTK_A_IN_PLACE;
            block.alpha = 1;
            block.a_packed = NULL;
            if (p->alpha != 1 || one_in(random, 2)) {
                const size_t count = (size_t)kernel->packed_a_count(block.rows, block.k);
                block.a_state = PSTK_A_COPY;
                block.alpha = p->alpha;
                block.a_packed =
                    region_reserve(&cutter->memory->a_packed, count, sizeof(ELEMENT), random);
            }
            for (ptrdiff_t j = 0; j < p->n; j += block.columns) {
                block.columns = NAME(piece)(cutter, whole, p->n - j);
                if (!NAME(multiply_block)(cutter, &block, i, j, q))
                    return false;
                if (block.a_state == PSTK_A_COPY && !one_in(random, 4))
                    block.a_state = PSTK_A_COPIED;
            }
        }
        q += block.k;
    } while (q < p->k);
    return true;
}
