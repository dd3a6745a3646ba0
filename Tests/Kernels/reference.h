/* What C must be, to the last bit: one chain of multiply-adds an element, then the epilogue; part
 * of typed.h. */

/* An activation that is a curve, of x alone: how good it is is for curves.h to say. */
static ELEMENT NAME(curve)(const pstk_kernel *kernel, int32_t activation, ELEMENT x) {
    const pstk_epilogue epilogue = {.activation = activation, .scale = 1};
    const pstk_block block = {.c = &x,
                              .c_row = 1,
                              .accumulate = true,
                              .rows = 1,
                              .columns = 1,
                              .panel_rows = 1,
                              .epilogue = &epilogue};
    kernel->multiply(&block);
    return x;
}

static ELEMENT NAME(finished)(const tested *one, const NAME(product) * p, ptrdiff_t i, ptrdiff_t j,
                              ELEMENT v) {
    const pstk_epilogue *e = &p->epilogue;
    if (!p->has_epilogue)
        return v;
    if (e->bias)
        v += *NAME(at)(&p->bias, 0, e->bias_by_row ? i : j);
    switch (e->activation) {
    case PSTK_LINEAR:
        break;
    case PSTK_RELU:
        v = v < 0 ? 0 : v;
        break;
    case PSTK_CLAMP:
        v = v < (ELEMENT)e->low ? (ELEMENT)e->low : v;
        v = v > (ELEMENT)e->high ? (ELEMENT)e->high : v;
        break;
    default:
        v = NAME(curve)(one->kernel, e->activation, v);
    }
    if (e->scale != 1)
        v *= (ELEMENT)e->scale;
    if (e->residual)
        v += *NAME(at)(&p->residual, i, j);
    return v;
}

static ELEMENT NAME(expected)(const tested *one, const NAME(product) * p, ptrdiff_t i,
                              ptrdiff_t j) {
    ELEMENT sum = p->accumulate ? NAME(before)(&p->c, i, j) : 0;
    for (ptrdiff_t q = 0; q < p->k; q++) {
        const ELEMENT right = *NAME(at)(&p->b, q, j);
        ELEMENT left = *NAME(at)(&p->a, i, q);
        if (p->alpha != 1)
            left *= (ELEMENT)p->alpha;
        sum = one->fuses ? (ELEMENT)FUSED(left, right, sum) : left * right + sum;
    }
    return NAME(finished)(one, p, i, j, sum);
}

/* Whether an element of a product without epilogue keeps to the bound of Higham ("Accuracy and
 * Stability of Numerical Algorithms", section 3.5), gamma(k + 2) (|alpha| |A| |B| + |C|). */
static bool NAME(keeps_bound)(const NAME(product) * p, ptrdiff_t i, ptrdiff_t j, ELEMENT v) {
    const WIDE old = p->accumulate ? (WIDE)NAME(before)(&p->c, i, j) : 0;
    const WIDE roundings = (WIDE)(p->k + 2) * (WIDE)ROUNDOFF;
    WIDE sum = 0, magnitude = 0;
    for (ptrdiff_t q = 0; q < p->k; q++) {
        const WIDE term = (WIDE)*NAME(at)(&p->a, i, q) * (WIDE)*NAME(at)(&p->b, q, j);
        sum += term;
        magnitude += term < 0 ? -term : term;
    }
    const WIDE alpha = (WIDE)(ELEMENT)p->alpha;
    const WIDE error = (WIDE)v - (alpha * sum + old);
    magnitude = (alpha < 0 ? -alpha : alpha) * magnitude + (old < 0 ? -old : old);
    return (error < 0 ? -error : error) <= roundings / (1 - roundings) * magnitude;
}
