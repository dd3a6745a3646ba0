/* How far the activations are from the functions that they are named after; part of typed.h. The
 * bounds are those of EpilogueReference.swift, in units of the last place. */

static const struct {
    const char *name;
    int32_t activation;
} NAME(curves)[] = {
    {"gelu", PSTK_GELU},
    {"gelu_tanh", PSTK_GELU_TANH},
    {"sigmoid", PSTK_SIGMOID},
    {"tanh", PSTK_TANH},
};

/* 2 sqrt(2 / pi) (x + 0.044715 x^3) */
static WIDE NAME(decay)(WIDE x) {
    const WIDE pi = (WIDE)3.14159265358979323846264338327950288L;
    return 2 * sqrt(2 / pi) * (x + (WIDE)0.044715L * x * x * x);
}

static WIDE NAME(exact)(int32_t activation, WIDE x) {
    switch (activation) {
    case PSTK_GELU:
        return x / 2 * erfc(-x / sqrt((WIDE)2));
    case PSTK_GELU_TANH:
        return x / (1 + exp(-NAME(decay)(x)));
    case PSTK_SIGMOID:
        return 1 / (1 + exp(-x));
    default:
        return tanh(x);
    }
}

/* GCC fuses the generic kernels' multiply-adds where it likes. */
static double NAME(curve_bound)(const tested *one, int32_t activation, double x) {
    const bool fuses = strcmp(one->path, "generic") != 0;
    const double decay = -(double)NAME(decay)((WIDE)x);
    switch (activation) {
    case PSTK_GELU:
        return fuses ? 9.5 : fmax(9.5, 5 + x * x / 2);
    case PSTK_GELU_TANH:
        return 3 + (fuses ? 1.8 : 2.7) * (decay > 0 ? decay : 0);
    case PSTK_SIGMOID:
        return 2.6;
    default:
        return 3;
    }
}

/* Any magnitude, and many where the curves bend. */
static ELEMENT NAME(argument)(generator *random) {
    static const double reaches[] = {0.7, 3, 20, 120, 760};
    const double noise = (double)NAME(value)(NOISE, random);
    const bool is_single = sizeof(ELEMENT) == sizeof(float);
    if (one_in(random, 4))
        return (ELEMENT)ldexp(noise,
                              (int)pick(random, is_single ? -150 : -1080, is_single ? 127 : 1023));
    return (ELEMENT)(noise * reaches[pick(random, 0, 4)]);
}

static bool NAME(is_close)(const tested *one, int32_t activation, ELEMENT x, ELEMENT y) {
    const WIDE exact = NAME(exact)(activation, (WIDE)x);
    const ELEMENT nearest = fabs((ELEMENT)exact);
    const ELEMENT unit = nextafter(nearest, (ELEMENT)INFINITY) - nearest;
    const double units = (double)(fabs((WIDE)y - exact) / (WIDE)unit);
    /* NaN is not at most anything. */
    return units <= NAME(curve_bound)(one, activation, (double)x) ||
           failed("%.17g of %.17g, %g units off", (double)y, (double)x, units);
}

static bool NAME(test_curve)(const tested *one, memories *memory, kind what, long number,
                             generator *random, tally *done) {
    (void)what, (void)done;
    const int32_t activation = NAME(curves)[number % 4].activation;
    const ptrdiff_t rows = pick(random, 1, 3), columns = pick(random, 1, one->kernel->nr);
    const NAME(matrix) c = NAME(place)(&memory->c, rows, columns, columns, 1, random);
    for (ptrdiff_t i = 0; i < rows; i++) {
        for (ptrdiff_t j = 0; j < columns; j++)
            *NAME(at)(&c, i, j) = NAME(argument)(random);
    }
    region_remember(c.memory);
    describe("%s %s curve %ld: %s, %td x %td", one->path, one->element, number,
             NAME(curves)[number % 4].name, rows, columns);

    const pstk_epilogue epilogue = {.activation = activation, .scale = 1};
    const pstk_block block = {.c = c.origin,
                              .c_row = columns,
                              .accumulate = true,
                              .rows = rows,
                              .columns = columns,
                              .panel_rows = one->kernel->mr,
                              .epilogue = &epilogue};
    one->kernel->multiply(&block);
    for (ptrdiff_t i = 0; i < rows; i++) {
        for (ptrdiff_t j = 0; j < columns; j++) {
            if (!NAME(is_close)(one, activation, NAME(before)(&c, i, j), *NAME(at)(&c, i, j)))
                return false;
        }
    }
    return region_is_intact_outside(c.memory) || failed("wrote outside C");
}
