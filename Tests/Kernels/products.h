/* Products against the reference; part of typed.h. */

/* C's elements, and that nothing else has changed. Puts the old C back. */
static bool NAME(check)(const NAME(product) * p, const ELEMENT *expected, bool bounded) {
    for (ptrdiff_t i = 0; i < p->m; i++) {
        for (ptrdiff_t j = 0; j < p->n; j++) {
            ELEMENT *c = NAME(at)(&p->c, i, j);
            if (!NAME(same)(*c, expected[i * p->n + j]))
                return failed("C(%td, %td) is %.17g, not %.17g", i, j, (double)*c,
                              (double)expected[i * p->n + j]);
            if (bounded && !NAME(keeps_bound)(p, i, j, *c))
                return failed("C(%td, %td) is further off than the bound", i, j);
            *c = NAME(before)(&p->c, i, j);
        }
    }
    if (!region_is_intact(p->c.memory))
        return failed("wrote outside C");
    if (!region_is_intact(p->a.memory) || !region_is_intact(p->b.memory))
        return failed("wrote to A or B");
    if (p->epilogue.bias && !region_is_intact(p->bias.memory))
        return failed("wrote to the bias");
    if (p->epilogue.residual && !region_is_intact(p->residual.memory))
        return failed("wrote to the residual");
    return true;
}

/* EXACT: integers. CHAIN: noise, cut in several ways, which give the same bits. SPECIAL: NaN goes
 * where it must and nowhere else. */
static bool NAME(test_product)(const tested *one, memories *memory, kind what, long number,
                               generator *random, tally *done) {
    static const char *const names[KINDS] = {"exact", "chain", "special"};
    static const NAME(content) contents[KINDS] = {INTEGERS, NOISE, ODDITIES};
    const pstk_kernel *kernel = one->kernel;
    const int32_t nr = kernel->nr, tall = kernel->tall_rows;
    /* First every tile there is, each as one block, then anything. */
    const bool tile = what == EXACT && number < tall * 4 * nr;
    ptrdiff_t m = tile ? 1 + number % tall : pick(random, 1, 3 * kernel->mr + 5);
    ptrdiff_t n = tile ? 1 + number / tall : pick(random, 1, 3 * nr + 5);
    if (!tile && one_in(random, 3))
        n = pick(random, 1, nr / 2);
    const NAME(product) p =
        NAME(make_product)(m, n, NAME(steps)(random), what == CHAIN && one_in(random, 4),
                           contents[what], memory, random);
    NAME(describe)(one, names[what], number, &p);

    static ELEMENT expected[1 << 14];
    if ((size_t)(m * n) > sizeof expected / sizeof expected[0])
        return failed("C is too large for the test");
    for (ptrdiff_t i = 0; i < m; i++) {
        for (ptrdiff_t j = 0; j < n; j++)
            expected[i * n + j] = NAME(expected)(one, &p, i, j);
    }
    const NAME(cutter) cutter = {&p, kernel, memory, random};
    const bool bounded = what == CHAIN && !p.has_epilogue;
    for (int way = 0; way < (what == CHAIN ? 5 : 1); way++) {
        if (!NAME(multiply)(&cutter, tile || way == 0) ||
            !NAME(check)(&p, expected, bounded && way == 0))
            return false;
    }
    done->bounded += bounded;
    return true;
}
