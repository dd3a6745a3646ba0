/* Usage: narrow-tests CASES [PATH TYPE NUMBER]
 *
 * Drives the kernels of narrow inputs as `kernel-tests` does those of f32 and f64: packs random
 * operands and multiplies one strip, in one piece of k or in two, beside sums written out. Exact
 * numbers for all there is about a product, and for bf16 noise, whose order of sums shows. */
#include "narrow_lines.h"
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 16, MOST_COLUMNS = 128 };

static region a_memory, b_memory, c_memory, bias_memory, residual_memory, a_packed, b_packed;

typedef struct {
    const pstk_narrow_kernel *kernel;
    content left, right;
    bool is_integer, is_noise;
    lines a, b;
    ptrdiff_t k;
    pstk_narrow_strip strip;
    pstk_epilogue epilogue;
    bool has_epilogue;
} product;

/* C, the bias and the residual are f32 or int32: whatever is asked for fits in a double. */
static double number_at(const product *p, const void *words, ptrdiff_t i) {
    return p->is_integer ? (double)((const int32_t *)words)[i] : (double)((const float *)words)[i];
}

static void set_number(const product *p, void *words, ptrdiff_t i, generator *random) {
    if (p->is_integer)
        ((int32_t *)words)[i] = (int32_t)next(random);
    else
        ((float *)words)[i] = p->is_noise ? noise(random) : (float)pick(random, -9, 9);
}

/* rows x columns words with gaps between them, filled unless they must not be read. */
static void *place_words(const product *p, region *memory, ptrdiff_t row, ptrdiff_t column,
                         ptrdiff_t rows, ptrdiff_t columns, bool fills, generator *random) {
    const ptrdiff_t count = (rows - 1) * row + (columns - 1) * column + 1;
    void *words = region_reserve(memory, (size_t)count, 4, random);
    for (ptrdiff_t i = 0; fills && i < rows; i++) {
        for (ptrdiff_t j = 0; j < columns; j++)
            set_number(p, words, i * row + j * column, random);
    }
    region_remember(memory);
    return words;
}

static void make_epilogue(product *p, generator *random) {
    static const int32_t activations[] = {PSTK_LINEAR, PSTK_RELU, PSTK_CLAMP};
    static const double scales[] = {1, 2, -1};
    pstk_narrow_strip *s = &p->strip;
    pstk_epilogue *e = &p->epilogue;
    e->scale = p->is_integer || p->is_noise ? 1 : scales[pick(random, 0, 2)];
    e->activation = p->is_integer ? PSTK_LINEAR : activations[pick(random, 0, 2)];
    e->low = (double)pick(random, -9, 0);
    e->high = (double)pick(random, 0, 9);
    e->bias_by_row = one_in(random, 2);
    if (one_in(random, 2))
        e->bias = place_words(p, &bias_memory, 1, 1, 1, e->bias_by_row ? s->rows : s->columns, true,
                              random);
    if (one_in(random, 2)) {
        s->residual_column = pick(random, 1, 2);
        e->residual_row = s->columns * s->residual_column + pick(random, 0, 5);
        e->residual = place_words(p, &residual_memory, e->residual_row, s->residual_column, s->rows,
                                  s->columns, true, random);
    }
}

static product make_product(const pstk_narrow_kernel *kernel, pstk_narrow_type type,
                            generator *random) {
    static const content lefts[] = {BF16, S8, U8, S8}, rights[] = {BF16, S8, S8, U8};
    static const float factors[] = {1, 2, -1}, starts[] = {0, 1, 2};
    product p = {.kernel = kernel, .is_integer = type != PSTK_NARROW_BF16};
    p.is_noise = !p.is_integer && one_in(random, 3);
    p.left = p.is_noise ? BF16_NOISE : lefts[type];
    p.right = p.is_noise ? BF16_NOISE : rights[type];
    p.k = one_in(random, 16) ? pick(random, 41, 200) : pick(random, 1, 40);
    pstk_narrow_strip *s = &p.strip;
    s->rows = (int32_t)pick(random, 1, kernel->mr);
    s->columns = one_in(random, 3) ? pick(random, 1, kernel->nr) : pick(random, 1, MOST_COLUMNS);
    s->alpha = p.is_integer || p.is_noise ? 1 : factors[pick(random, 0, 2)];
    s->beta = p.is_integer || p.is_noise ? 0 : starts[pick(random, 0, 2)];
    s->start = starts[pick(random, 0, p.is_integer || p.is_noise ? 1 : 2)];
    s->row_scale = kernel->row_scale;
    s->residual_column = 1;
    p.a = lines_place(&a_memory, p.left, s->rows, p.k, random);
    p.b = lines_place(&b_memory, p.right, s->columns, p.k, random);
    s->c_column = one_in(random, 4) ? 2 : 1;
    s->c_row = s->columns * s->c_column + pick(random, 0, 5);
    s->c = place_words(&p, &c_memory, s->c_row, s->c_column, s->rows, s->columns,
                       s->start != 0 || s->beta != 0, random);
    p.has_epilogue = one_in(random, 2);
    if (p.has_epilogue)
        make_epilogue(&p, random);
    return p;
}

/* ------------------------------------------------------------------------------------------------
 * What the kernels do
 * --------------------------------------------------------------------------------------------- */

static ptrdiff_t words_of(const pstk_narrow_kernel *kernel, ptrdiff_t steps) {
    return (steps + kernel->group - 1) / kernel->group * kernel->parts;
}

/* The rows of A as they lie where the kernel takes them so, or a copy. */
static void feed_a(product *p, ptrdiff_t step, ptrdiff_t steps, generator *random) {
    const pstk_narrow_kernel *kernel = p->kernel;
    const ptrdiff_t size = lines_size(p->left), words = words_of(kernel, steps);
    pstk_narrow_strip *s = &p->strip;
    if (kernel->parts == 1 && p->a.step == size && one_in(random, 2)) {
        s->a = lines_at(&p->a, 0, step);
        s->a_row = p->a.line;
        s->words = steps / kernel->group;
        s->tail_bytes = (int32_t)(steps % kernel->group * size);
        return;
    }
    const ptrdiff_t row = 4 * (words + pick(random, 0, 3));
    void *to = region_reserve(&a_packed, (size_t)((s->rows - 1) * row / 4 + words), 4, random);
    const pstk_narrow_lines all = {.to = to,
                                   .from = lines_at(&p->a, 0, step),
                                   .line = p->a.line,
                                   .step = p->a.step,
                                   .lines = s->rows,
                                   .k = steps,
                                   .to_line = row};
    kernel->pack_a(&all);
    s->a = to;
    s->a_row = row;
    s->words = words;
    s->tail_bytes = 0;
}

static void feed_b(product *p, ptrdiff_t step, ptrdiff_t steps, generator *random) {
    const pstk_narrow_kernel *kernel = p->kernel;
    pstk_narrow_strip *s = &p->strip;
    const ptrdiff_t panels = (s->columns - 1) / kernel->nr + 1;
    const ptrdiff_t used = words_of(kernel, steps) * kernel->nr, panel = used + pick(random, 0, 8);
    void *to = region_reserve(&b_packed, (size_t)((panels - 1) * panel + used), 4, random);
    const pstk_narrow_lines all = {.to = to,
                                   .from = lines_at(&p->b, 0, step),
                                   .line = p->b.line,
                                   .step = p->b.step,
                                   .lines = s->columns,
                                   .k = steps,
                                   .to_line = 4 * panel,
                                   .flip = kernel->flip};
    kernel->pack_b(&all);
    s->b = to;
    s->b_panel = 4 * panel;
}

/* Sums wait in C between pieces, which end with a group. */
static bool multiply(product p, generator *random) {
    const float alpha = p.strip.alpha;
    const bool cuts = p.k > p.kernel->group && p.strip.beta == 0 && one_in(random, 2);
    ptrdiff_t step = 0;
    do {
        ptrdiff_t steps = p.k - step;
        if (cuts && step == 0)
            steps = pick(random, 1, (p.k - 1) / p.kernel->group) * p.kernel->group;
        const bool is_last = step + steps == p.k;
        if (step > 0)
            p.strip.start = 1;
        p.strip.alpha = is_last ? alpha : 1;
        p.strip.epilogue = is_last && p.has_epilogue ? &p.epilogue : NULL;
        feed_a(&p, step, steps, random);
        feed_b(&p, step, steps, random);
        p.kernel->multiply(&p.strip);
        if (!region_is_intact_outside(&a_packed) || !region_is_intact_outside(&b_packed))
            return failed("wrote outside what was packed");
        step += steps;
    } while (step < p.k);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * What C must be
 * --------------------------------------------------------------------------------------------- */

static double in_integers(const product *p, ptrdiff_t i, ptrdiff_t j, double before) {
    uint32_t sum = p->strip.start != 0 ? (uint32_t)(int32_t)before : 0;
    for (ptrdiff_t q = 0; q < p->k; q++)
        sum += (uint32_t)(int32_t)(lines_value(&p->a, i, q) * lines_value(&p->b, j, q));
    const pstk_epilogue *e = &p->epilogue;
    if (e->bias)
        sum += (uint32_t)((const int32_t *)e->bias)[e->bias_by_row ? i : j];
    if (e->residual)
        sum += (uint32_t)((const int32_t *)
                              e->residual)[i * e->residual_row + j * p->strip.residual_column];
    return (int32_t)sum;
}

/* Products are exact, so it is no matter how a step rounds that is written as one. */
static double in_floats(const product *p, ptrdiff_t i, ptrdiff_t j, double before) {
    const pstk_epilogue *e = &p->epilogue;
    float sum = p->strip.start != 0 ? p->strip.start * (float)before : 0;
    for (ptrdiff_t q = 0; q < p->k; q += 2) {
        /* The second of a pair first. */
        for (ptrdiff_t each = q + 1; each >= q; each--) {
            if (each < p->k)
                sum += (float)lines_value(&p->a, i, each) * (float)lines_value(&p->b, j, each);
        }
    }
    float x = p->strip.alpha * sum;
    if (p->strip.beta != 0)
        x += p->strip.beta * (float)before;
    if (!p->has_epilogue)
        return x;
    if (e->bias)
        x += ((const float *)e->bias)[e->bias_by_row ? i : j];
    if (e->activation == PSTK_RELU)
        x = fmaxf(x, 0);
    if (e->activation == PSTK_CLAMP)
        x = fminf(fmaxf(x, (float)e->low), (float)e->high);
    x *= (float)e->scale;
    if (e->residual)
        x += ((const float *)e->residual)[i * e->residual_row + j * p->strip.residual_column];
    return x;
}

static bool run(const pstk_narrow_kernel *kernel, pstk_narrow_type type, const char *name,
                long number) {
    static double expected[MOST_ROWS * MOST_COLUMNS];
    generator random = {((uint64_t)type << 40) + (uint64_t)number};
    const product p = make_product(kernel, type, &random);
    const pstk_narrow_strip *s = &p.strip;
    describe("%s %s %ld: %d x %td, k %td, A(%td, %td) B(%td, %td) C(%td, %td) start %g alpha %g "
             "beta %g%s%s%s activation %d residual %d",
             kernel->name, name, number, s->rows, s->columns, p.k, p.a.line, p.a.step, p.b.line,
             p.b.step, s->c_row, s->c_column, s->start, s->alpha, s->beta,
             p.is_noise ? " noise" : "", p.has_epilogue ? " epilogue" : "",
             p.epilogue.bias ? " bias" : "", p.epilogue.activation, p.epilogue.residual != NULL);
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        for (ptrdiff_t j = 0; j < s->columns; j++) {
            const double before = number_at(&p, s->c, i * s->c_row + j * s->c_column);
            expected[i * s->columns + j] =
                p.is_integer ? in_integers(&p, i, j, before) : in_floats(&p, i, j, before);
        }
    }
    if (!multiply(p, &random))
        return false;
    for (ptrdiff_t i = 0; i < s->rows; i++) {
        for (ptrdiff_t j = 0; j < s->columns; j++) {
            const ptrdiff_t at = i * s->c_row + j * s->c_column;
            const double found = number_at(&p, s->c, at);
            if (found != expected[i * s->columns + j])
                return failed("C(%td, %td) is %.17g, not %.17g", i, j, found,
                              expected[i * s->columns + j]);
            memcpy((int32_t *)s->c + at,
                   c_memory.copy + ((char *)s->c - (char *)c_memory.low) + 4 * at, 4);
        }
    }
    if (!region_is_intact(&c_memory))
        return failed("wrote outside C");
    return (region_is_intact(&a_memory) && region_is_intact(&b_memory)) ||
           failed("wrote to A or B");
}

int main(int count, char **arguments) {
    static const char *const paths[] = {"avx512", "avx2", "generic"};
    static const char *const names[PSTK_NARROW_TYPES] = {"bf16", "s8", "u8s8", "s8u8"};
    region *const regions[] = {&a_memory,        &b_memory, &c_memory, &bias_memory,
                               &residual_memory, &a_packed, &b_packed};
    if (count != 2 && count != 5) {
        fprintf(stderr, "usage: %s CASES [PATH TYPE NUMBER]\n", arguments[0]);
        return 2;
    }
    report_crashes();
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        *regions[i] = region_make(1 << 20);
    bool ok = true, found = false;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        for (int type = 0; type < PSTK_NARROW_TYPES; type++) {
            const pstk_narrow_kernel *kernel =
                pstk_narrow_kernel_of(paths[i], (pstk_narrow_type)type);
            /* Of another path where this one has none. */
            if (strncmp(kernel->name, paths[i], strlen(paths[i])) != 0)
                continue;
            if (count == 5 &&
                (strcmp(arguments[2], kernel->name) != 0 || strcmp(arguments[3], names[type]) != 0))
                continue;
            const long first = count == 5 ? strtol(arguments[4], NULL, 10) : 0;
            const long end = count == 5 ? first + 1 : strtol(arguments[1], NULL, 10);
            bool passed = true;
            for (long number = first; passed && number < end; number++)
                passed = run(kernel, (pstk_narrow_type)type, names[type], number);
            if (passed)
                printf("%-11s %s: %ld strips\n", kernel->name, names[type], end - first);
            fflush(stdout);
            ok = ok && passed;
            found = true;
        }
    }
    if (!found)
        fprintf(stderr, "no such case\n");
    return ok && found ? 0 : 1;
}
