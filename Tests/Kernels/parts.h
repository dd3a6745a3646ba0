/* The kernel's other functions; part of typed.h. */

static bool NAME(test_pack)(const tested *one, memories *memory, kind what, long number,
                            generator *random, tally *done) {
    (void)what, (void)done;
    const pstk_kernel *kernel = one->kernel;
    const ptrdiff_t nr = kernel->nr, k = NAME(steps)(random);
    /* Every number of columns, again and again. */
    const ptrdiff_t count = 1 + number % nr;
    ptrdiff_t row, column;
    NAME(strides)(k, count, &row, &column, random);
    const NAME(matrix) from = NAME(place)(&memory->b, k, count, row, column, random);
    NAME(fill)(&from, ODDITIES, random);
    const NAME(matrix) to = NAME(place)(&memory->b_packed, k, nr, nr, 1, random);
    describe("%s %s pack %ld: %td of %td columns, k %td, strides %td, %td", one->path, one->element,
             number, count, nr, k, row, column);

    const pstk_panel panel = {to.origin, from.origin, row, column, count, k};
    kernel->pack(&panel);
    for (ptrdiff_t q = 0; q < k; q++) {
        for (ptrdiff_t j = 0; j < nr; j++) {
            const ELEMENT want = j < count ? *NAME(at)(&from, q, j) : 0;
            if (memcmp(NAME(at)(&to, q, j), &want, sizeof want) != 0)
                return failed("(%td, %td) is %g, not %g", q, j, (double)*NAME(at)(&to, q, j),
                              (double)want);
        }
    }
    if (!region_is_intact(from.memory))
        return failed("wrote to B");
    if (!region_is_intact_outside(to.memory))
        return failed("wrote outside the panel");

    /* Room for a block is room for a part of it. */
    const ptrdiff_t rows = pick(random, 1, 99), room = kernel->packed_a_count(rows, k);
    if (room < rows * k || room > kernel->packed_a_count(rows + 1, k) ||
        room > kernel->packed_a_count(rows, k + pick(random, 1, 300)))
        return failed("a copy of %td x %td of A takes %td elements", rows, k, room);
    return true;
}

static bool NAME(test_scale)(const tested *one, memories *memory, kind what, long number,
                             generator *random, tally *done) {
    (void)what, (void)done;
    static const double factors[] = {0, 1, -1, 3, 0.3, -1.7};
    const ptrdiff_t rows = pick(random, 1, 9), columns = 1 + number % (2 * one->kernel->nr);
    const ptrdiff_t row = columns + (one_in(random, 2) ? 0 : pick(random, 1, 9));
    const double beta = factors[pick(random, 0, 5)];
    const NAME(matrix) c =
        NAME(place)(&memory->c, rows, columns, one_in(random, 8) ? -row : row, 1, random);
    NAME(fill)(&c, ODDITIES, random);
    describe("%s %s scale %ld: %td x %td, stride %td, beta %g", one->path, one->element, number,
             rows, columns, c.row, beta);

    one->kernel->scale(c.origin, c.row, rows, columns, beta);
    for (ptrdiff_t i = 0; i < rows; i++) {
        for (ptrdiff_t j = 0; j < columns; j++) {
            const ELEMENT want = (ELEMENT)beta * NAME(before)(&c, i, j);
            if (!NAME(same)(*NAME(at)(&c, i, j), want))
                return failed("C(%td, %td) is %g, not %g", i, j, (double)*NAME(at)(&c, i, j),
                              (double)want);
            *NAME(at)(&c, i, j) = NAME(before)(&c, i, j);
        }
    }
    return region_is_intact(c.memory) || failed("wrote outside C");
}
