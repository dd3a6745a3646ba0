#include "fused.h"
#include "goals.h"
#include "json.h"
#include "operands.h"
#include "pair.h"
#include "systems/penstock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct shape shapes[] = {
    {"256", 256, 256, 256, false, false, 1},         {"512", 512, 512, 512, false, false, 1},
    {"1024", 1024, 1024, 1024, false, false, 1},     {"2048", 2048, 2048, 2048, false, false, 1},
    {"1797x64x128", 1797, 128, 64, false, false, 1}, /* m, k, n */
    {"256x784x512", 256, 512, 784, false, false, 1},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, MOST_COLUMNS = 2048 };

static const struct effort full = {1.5e6, 7e8, 9, 100}, quick = {1e6, 1e8, 3, 40};

struct activation {
    const char *name;
    pst_activation kind;
    double (*reference)(double);
};

static double relu(double x) {
    return x < 0 ? 0 : x;
}
static double gelu(double x) {
    return x / 2 * (1 + erf(x * sqrt(0.5)));
}
static double gelu_tanh(double x) {
    return x / 2 * (1 + tanh(sqrt(8 / acos(-1.0) / 4) * (x + 0.044715 * x * x * x)));
}
static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static const struct activation activations[] = {
    {"relu", PST_RELU, relu},
    {"gelu", PST_GELU, gelu},
    {"gelu-tanh", PST_GELU_TANH, gelu_tanh},
    {"sigmoid", PST_SIGMOID, sigmoid},
    {"tanh", PST_TANH, tanh},
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

static float bias_f32[MOST_COLUMNS];
static double bias_f64[MOST_COLUMNS];
static const struct activation *activation;

static void plain(const struct product *p) {
    pst_gemm_args args = penstock_args(p);
    penstock_must(pst_gemm(&args));
}

static void fused(const struct product *p) {
    pst_gemm_args args = penstock_args(p);
    args.bias = p->precision == F32 ? (const void *)bias_f32 : bias_f64;
    args.activation = activation->kind;
    penstock_must(pst_gemm(&args));
}

static bool is_right(const struct product *p, const double *products) {
    double tolerance = p->precision == F32 ? 1e-5 : 1e-12;
    for (size_t i = 0; i < p->shape.m * p->shape.n; i++) {
        double expected = activation->reference(products[i] + bias_f64[i % p->shape.n]);
        if (!(fabs((double)result_entry(p, i) - expected) <= tolerance * (1 + fabs(expected))))
            return false;
    }
    return true;
}

static bool check(const struct product *p) {
    size_t count = p->shape.m * p->shape.n;
    double *products = malloc(count * sizeof *products);
    if (!products) {
        perror("fused");
        exit(1);
    }
    plain(p);
    for (size_t i = 0; i < count; i++)
        products[i] = (double)result_entry(p, i);
    operands_spoil(p);
    fused(p);
    bool right = is_right(p, products);
    free(products);
    return right;
}

static void head(const char *name) {
    printf(
        "\n%s, one thread: bias and activation in the product: GFLOP/s without (with, cost)\n%-14s",
        name, "case");
    for (int a = 0; a < ACTIVATIONS; a++)
        printf("  %20s", activations[a].name);
    printf("\n");
}

/* Returns whether the result was right. */
static bool run_one(const struct product *product, const struct effort *effort,
                    struct goal *relu_goal, struct goal *any_goal) {
    const char *name = precision_name(product->precision), *shape = product->shape.name;
    char text[64];
    snprintf(text, sizeof text, "bias-%s/%s", activation->name, shape);
    bool right = check(product);
    struct pair_figures figures = pair_measure(product, plain, fused, false, effort);
    double cost = 100 * (1 / figures.ratio - 1);
    if (right)
        printf(" %6.1f (%6.1f %4.1f %%)", figures.first, figures.second, cost);
    else
        printf("  %20s", "WRONG");
    fflush(stdout);
    json_line(name, text, penstock_system.name, "rate", figures.second, "GFLOP/s");
    json_line(name, text, penstock_system.name, "cost", cost, "%");
    if (activation->kind == PST_RELU)
        goal_add(relu_goal, shape, cost);
    else
        goal_add(any_goal, text + strlen("bias-"), cost);
    return right;
}

int fused_run(enum precision precision, const struct options *options) {
    const char *name = precision_name(precision);
    /* A gelu takes as many operations as a hundred steps along k, whoever computes it. */
    struct goal relu_goal =
        goal_make(AT_MOST, 3, "%s: bias and ReLU cost at most 3 %% of the plain product", name);
    struct goal any_goal =
        goal_make(AT_MOST, 3, "%s: bias and any other activation cost at most 3 %%", name);
    int wrong = 0;
    bool headed = false;
    for (int i = 0; i < MOST_COLUMNS; i++)
        bias_f64[i] = bias_f32[i] = (float)(i % 7 - 3);
    for (int i = 0; i < SHAPES; i++) {
        int printed = 0;
        for (int a = 0; a < ACTIVATIONS; a++) {
            char text[64];
            snprintf(text, sizeof text, "bias-%s/%s", activations[a].name, shapes[i].name);
            if (!options_select(options, name, text))
                continue;
            if (!headed)
                head(name);
            headed = true;
            if (printed++ == 0)
                printf("%-14s", shapes[i].name);
            activation = &activations[a];
            struct product product = operands_for(&shapes[i], precision);
            wrong += !run_one(&product, options->quick ? &quick : &full, &relu_goal, &any_goal);
        }
        if (printed)
            printf("\n");
    }
    goal_judge(&relu_goal);
    goal_judge(&any_goal);
    return wrong;
}
