#include "fused.h"
#include "goals.h"
#include "json.h"
#include "operands.h"
#include "pair.h"

#include <math.h>
#include <penstock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct shape shapes[] = {
    {"256", 256, 256, 256, false, false, 1},
    {"512", 512, 512, 512, false, false, 1},
    {"1024", 1024, 1024, 1024, false, false, 1},
    {"1797x64x128", 1797, 128, 64, false, false, 1}, /* m, k, n */
    {"256x784x512", 256, 512, 784, false, false, 1},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST_COLUMNS = 1024 };

static const struct effort full = {1.5e6, 1.5e9, 15, 200}, quick = {1e6, 2e8, 7, 60};

static float bias_f32[MOST_COLUMNS];
static double bias_f64[MOST_COLUMNS];

static void must(pst_status status) {
    if (status) {
        pst_report(stderr);
        exit(1);
    }
}

static void bias_relu_f32(const struct product *p) {
    const struct shape *s = &p->shape;
    must(pst_gemm_f32(s->m, s->n, s->k, 1, p->a, (ptrdiff_t)s->k, 1, p->b, (ptrdiff_t)s->n, 1, 0,
                      p->c, (ptrdiff_t)s->n, 1, bias_f32, PST_RELU));
}

static void bias_relu_f64(const struct product *p) {
    const struct shape *s = &p->shape;
    must(pst_gemm_f64(s->m, s->n, s->k, 1, p->a, (ptrdiff_t)s->k, 1, p->b, (ptrdiff_t)s->n, 1, 0,
                      p->c, (ptrdiff_t)s->n, 1, bias_f64, PST_RELU));
}

static double element(const void *from, size_t index, enum precision precision) {
    return precision == F32 ? (double)((const float *)from)[index] : ((const double *)from)[index];
}

/* plain: the product without bias and activation. */
static bool is_right(const struct product *p, const void *plain) {
    const struct shape *s = &p->shape;
    double tolerance = p->precision == F32 ? 1e-5 : 1e-13;
    for (size_t i = 0; i < s->m * s->n; i++) {
        double expected = element(plain, i, p->precision) + bias_f64[i % s->n];
        expected = expected < 0 ? 0 : expected;
        if (!(fabs(element(p->c, i, p->precision) - expected) <= tolerance * (1 + expected)))
            return false;
    }
    return true;
}

static bool check(const struct product *p, multiply_fn plain, multiply_fn fused) {
    size_t size = p->shape.m * p->shape.n * precision_size(p->precision);
    void *copy = malloc(size);
    if (!copy) {
        perror("fused");
        exit(1);
    }
    plain(p);
    memcpy(copy, p->c, size);
    operands_spoil(p);
    fused(p);
    bool right = is_right(p, copy);
    free(copy);
    return right;
}

int fused_run(enum precision precision, const struct options *options) {
    const char *name = precision_name(precision);
    struct goal goal =
        goal_make(AT_MOST, 3, "%s: bias and ReLU cost at most 3 %% of the plain product", name);
    int wrong = 0;
    for (int i = 0; i < MOST_COLUMNS; i++)
        bias_f64[i] = bias_f32[i] = (float)(i % 7 - 3);
    for (int i = 0; i < SHAPES; i++) {
        char text[40];
        snprintf(text, sizeof text, "bias-relu/%s", shapes[i].name);
        if (!options_select(options, name, text))
            continue;
        if (goal.cases == 0)
            printf(
                "\n%s, one thread: bias and ReLU in the product, GFLOP/s\n%-14s %10s %10s %12s\n",
                name, "case", "plain", "fused", "cost");
        struct product product = operands_for(&shapes[i], precision);
        multiply_fn plain = penstock_system.prepare(&product);
        multiply_fn fused = precision == F32 ? bias_relu_f32 : bias_relu_f64;
        if (!check(&product, plain, fused)) {
            printf("  %s is WRONG\n", text);
            wrong++;
        }
        struct pair_figures figures =
            pair_measure(&product, plain, fused, options->quick ? &quick : &full);
        double cost = 100 * (1 / figures.ratio - 1);
        printf("%-14s %10.2f %10.2f %10.1f %%\n", shapes[i].name, figures.first, figures.second,
               cost);
        fflush(stdout);
        json_line(name, text, penstock_system.name, "rate", figures.second, "GFLOP/s");
        json_line(name, text, penstock_system.name, "cost", cost, "%");
        goal_add(&goal, shapes[i].name, cost);
    }
    goal_judge(&goal);
    return wrong;
}
