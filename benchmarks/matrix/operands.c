#define _GNU_SOURCE
#include "operands.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct memory {
    char *start;
    size_t size;
};

static struct memory memories[3];

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Cache lines of their own; the three matrices begin at different places within a page, so that
 * none of the systems meets them at the same address modulo 4096. */
static void *memory_of(int which, size_t bytes) {
    struct memory *memory = &memories[which];
    size_t offset = (size_t)which * 1344, needed = bytes + offset;
    if (memory->size < needed) {
        if (memory->start)
            munmap(memory->start, memory->size);
        memory->start =
            mmap(NULL, needed, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory->start == MAP_FAILED) {
            perror("memory for the matrices");
            exit(1);
        }
        memory->size = needed;
    }
    return memory->start + offset;
}

static void fill(void *to, size_t count, enum precision precision, uint64_t state) {
    for (size_t i = 0; i < count; i++) {
        double value = (double)(next_random(&state) >> 40) * 0x1p-24 - 0.5;
        if (precision == F32)
            ((float *)to)[i] = (float)value;
        else
            ((double *)to)[i] = value;
    }
}

struct product operands_for(const struct shape *shape, enum precision precision) {
    struct product product = {.shape = *shape, .precision = precision};
    size_t a = shape->batch * shape->m * shape->k, b = shape->batch * shape->k * shape->n;
    size_t c = shape->batch * shape->m * shape->n, size = precision_size(precision);
    void *to_a = memory_of(0, a * size), *to_b = memory_of(1, b * size);
    fill(to_a, a, precision, 88172645463325252u);
    fill(to_b, b, precision, 1181783497276652981u);
    product.a = to_a;
    product.b = to_b;
    product.c = memory_of(2, c * size);
    operands_spoil(&product);
    return product;
}

void operands_spoil(const struct product *p) {
    const struct shape *s = &p->shape;
    memset(p->c, 0xff, s->batch * s->m * s->n * precision_size(p->precision));
}

static long double element(const void *from, size_t index, enum precision precision) {
    return precision == F32 ? (long double)((const float *)from)[index]
                            : (long double)((const double *)from)[index];
}

static bool entry_is_right(const struct product *p, size_t which, size_t i, size_t j, char *fault,
                           size_t size) {
    const struct shape *s = &p->shape;
    size_t a = which * s->m * s->k, b = which * s->k * s->n, c = which * s->m * s->n;
    size_t lda = product_lda(p), ldb = product_ldb(p);
    long double sum = 0, magnitude = 0;
    for (size_t t = 0; t < s->k; t++) {
        size_t at_a = s->transpose_a ? t * lda + i : i * lda + t;
        size_t at_b = s->transpose_b ? j * ldb + t : t * ldb + j;
        long double term =
            element(p->a, a + at_a, p->precision) * element(p->b, b + at_b, p->precision);
        sum += term;
        magnitude += fabsl(term);
    }
    long double unit = (p->precision == F32 ? (long double)FLT_EPSILON : DBL_EPSILON) / 2;
    long double got = element(p->c, c + i * s->n + j, p->precision);
    if (fabsl(got - sum) <= (long double)(s->k + 2) * unit * magnitude) /* false for NaN */
        return true;
    snprintf(fault, size, "product %zu, row %zu, column %zu is %.9Lg, not %.9Lg", which, i, j, got,
             sum);
    return false;
}

bool operands_check(const struct product *p, char *fault, size_t size) {
    const struct shape *s = &p->shape;
    uint64_t state = 2463534242u;
    for (int sample = 0; sample < 300; sample++) {
        size_t which = next_random(&state) % s->batch;
        size_t i = next_random(&state) % s->m, j = next_random(&state) % s->n;
        if (sample < 100) /* the last rows */
            i = s->m - 1 - i % (s->m < 8 ? s->m : 8);
        if (sample >= 50 && sample < 150) /* the last columns */
            j = s->n - 1 - j % (s->n < 16 ? s->n : 16);
        if (!entry_is_right(p, which, i, j, fault, size))
            return false;
    }
    return true;
}
