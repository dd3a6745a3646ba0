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

/* The upper half of a float that has no more digits than that. */
static uint16_t to_bf16(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static float from_bf16(uint16_t half) {
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void fill(void *to, size_t count, enum precision precision, uint64_t state) {
    for (size_t i = 0; i < count; i++) {
        uint64_t random = next_random(&state) >> 40;
        double value = (double)random * 0x1p-24 - 0.5;
        switch (precision) {
        case F32:
            ((float *)to)[i] = (float)value;
            break;
        case F64:
            ((double *)to)[i] = value;
            break;
        case BF16:
            ((uint16_t *)to)[i] = to_bf16((float)value);
            break;
        default:
            ((uint8_t *)to)[i] = (uint8_t)random;
        }
    }
}

struct product operands_for(const struct shape *shape, enum precision precision) {
    struct product product = {.shape = *shape, .precision = precision};
    size_t a = shape->batch * shape->m * shape->k, b = shape->batch * shape->k * shape->n;
    size_t c = shape->batch * shape->m * shape->n, size = operand_size(precision);
    void *to_a = memory_of(0, a * size), *to_b = memory_of(1, b * size);
    fill(to_a, a, precision, 88172645463325252u);
    fill(to_b, b, precision, 1181783497276652981u);
    product.a = to_a;
    product.b = to_b;
    product.c = memory_of(2, c * result_size(precision));
    operands_spoil(&product);
    return product;
}

void operands_spoil(const struct product *p) {
    const struct shape *s = &p->shape;
    memset(p->c, 0xff, s->batch * s->m * s->n * result_size(p->precision));
}

static long double number(const void *from, size_t index, enum precision precision,
                          bool is_unsigned) {
    switch (precision) {
    case F32:
        return ((const float *)from)[index];
    case F64:
        return ((const double *)from)[index];
    case BF16:
        return from_bf16(((const uint16_t *)from)[index]);
    default:
        return is_unsigned ? ((const uint8_t *)from)[index] : ((const int8_t *)from)[index];
    }
}

long double result_entry(const struct product *p, size_t index) {
    switch (p->precision) {
    case F64:
        return ((const double *)p->c)[index];
    case S8:
    case U8S8:
        return ((const int32_t *)p->c)[index];
    default:
        return ((const float *)p->c)[index];
    }
}

/* Half the distance from 1 to the next number of C's type; integers are exact. */
static long double rounding(enum precision precision) {
    switch (precision) {
    case F64:
        return DBL_EPSILON / 2;
    case S8:
    case U8S8:
        return 0;
    default:
        return FLT_EPSILON / 2;
    }
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
        long double term = number(p->a, a + at_a, p->precision, p->precision == U8S8) *
                           number(p->b, b + at_b, p->precision, false);
        sum += term;
        magnitude += fabsl(term);
    }
    long double got = result_entry(p, c + i * s->n + j);
    long double bound = (long double)(s->k + 2) * rounding(p->precision) * magnitude;
    if (fabsl(got - sum) <= bound) /* false for NaN */
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
