/* A random product C = epilogue(alpha A B [+ C]); part of typed.h. */

typedef struct {
    ptrdiff_t m, n, k;
    NAME(content) content;
    double alpha;
    bool accumulate;
    NAME(matrix) a, b, c, bias, residual;
    pstk_epilogue epilogue;
    bool has_epilogue;
} NAME(product);

/* The strides of a matrix that is only read: contiguous rows or columns, neither, a single row or
 * column for all, upside down. */
static void NAME(strides)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t *row, ptrdiff_t *column,
                          generator *random) {
    const ptrdiff_t extra = one_in(random, 2) ? 0 : pick(random, 1, 9);
    switch (pick(random, 0, 6)) {
    case 0:
    case 1:
    case 2:
        *row = columns + extra;
        *column = 1;
        break;
    case 3:
    case 4:
        *row = 1;
        *column = rows + extra;
        break;
    case 5:
        *row = 2 * columns + extra;
        *column = 2;
        break;
    default:
        *row = 3;
        *column = 3 * rows + extra;
    }
    if (one_in(random, 10))
        *row = -*row;
    if (one_in(random, 10))
        *column = -*column;
    if (one_in(random, 16))
        *row = 0;
    if (one_in(random, 16))
        *column = 0;
}

static ptrdiff_t NAME(steps)(generator *random) {
    static const ptrdiff_t many[] = {63, 64, 128, 255, 256, 257, 280};
    if (one_in(random, 8))
        return pick(random, 0, 5);
    if (one_in(random, 32))
        return many[pick(random, 0, sizeof many / sizeof many[0] - 1)];
    return pick(random, 0, 40);
}

static void NAME(make_epilogue)(NAME(product) * p, memories *memory, generator *random) {
    static const int32_t activations[] = {PSTK_LINEAR,    PSTK_RELU,    PSTK_CLAMP, PSTK_GELU,
                                          PSTK_GELU_TANH, PSTK_SIGMOID, PSTK_TANH};
    static const double scales[] = {1, 1, 2, -1, 0.5, 0.3};
    const bool exact = p->content == INTEGERS;
    pstk_epilogue *e = &p->epilogue;
    /* The half that layers have is done in the tile, the other one elsewhere. */
    const bool layer = one_in(random, 2);
    e->bias_by_row = !layer && one_in(random, 2);
    if (one_in(random, 2)) {
        const ptrdiff_t count = e->bias_by_row ? p->m : p->n;
        p->bias = NAME(place)(&memory->bias, 1, count, count, 1, random);
        NAME(fill)(&p->bias, p->content, random);
        e->bias = p->bias.origin;
    }
    e->activation = activations[pick(random, 0, layer ? 1 : 6)];
    e->low = exact ? (double)pick(random, -9, 2) : one_in(random, 4) ? -INFINITY : -0.3;
    e->high = exact ? (double)pick(random, 0, 9) : one_in(random, 4) ? INFINITY : 0.7;
    e->scale = layer ? 1 : scales[pick(random, 0, exact ? 4 : 5)];
    if (!layer && one_in(random, 2)) {
        ptrdiff_t row = p->n + (one_in(random, 2) ? 0 : pick(random, 1, 9));
        if (one_in(random, 6))
            row = one_in(random, 2) ? 0 : -row;
        p->residual = NAME(place)(&memory->residual, p->m, p->n, row, 1, random);
        NAME(fill)(&p->residual, p->content, random);
        e->residual = p->residual.origin;
        e->residual_row = row;
    }
}

static NAME(product)
    NAME(make_product)(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, bool plain, NAME(content) content,
                       memories *memory, generator *random) {
    static const double factors[] = {1, 1, 2, -1, 0.7};
    NAME(product) p = {.m = m, .n = n, .k = k, .content = content};
    p.alpha = factors[pick(random, 0, content == INTEGERS ? 3 : 4)];
    p.accumulate = one_in(random, 2);
    p.has_epilogue = !plain && one_in(random, 2);

    ptrdiff_t row, column;
    NAME(strides)(m, k, &row, &column, random);
    p.a = NAME(place)(&memory->a, m, k, row, column, random);
    NAME(fill)(&p.a, content, random);
    NAME(strides)(k, n, &row, &column, random);
    p.b = NAME(place)(&memory->b, k, n, row, column, random);
    NAME(fill)(&p.b, content, random);

    row = n + (one_in(random, 2) ? 0 : pick(random, 1, 9));
    p.c = NAME(place)(&memory->c, m, n, one_in(random, 10) ? -row : row, 1, random);
    if (p.accumulate)
        NAME(fill)(&p.c, content, random);
    else
        region_remember(p.c.memory); /* NaN: it must not be read */

    if (p.has_epilogue)
        NAME(make_epilogue)(&p, memory, random);
    return p;
}

static void NAME(describe)(const tested *one, const char *what, long number,
                           const NAME(product) * p) {
    const pstk_epilogue *e = &p->epilogue;
    describe("%s %s %s %ld: m %td n %td k %td alpha %g A(%td, %td) B(%td, %td) C(%td)%s%s%s "
             "activation %d %g...%g scale %g residual %d (%td)",
             one->path, one->element, what, number, p->m, p->n, p->k, p->alpha, p->a.row,
             p->a.column, p->b.row, p->b.column, p->c.row, p->accumulate ? " accumulate" : "",
             p->has_epilogue ? " epilogue:" : " without epilogue:",
             !e->bias         ? ""
             : e->bias_by_row ? " bias by row"
                              : " bias",
             e->activation, e->low, e->high, e->scale, e->residual != NULL, e->residual_row);
}
