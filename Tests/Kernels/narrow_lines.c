#include "narrow_lines.h"

#include <string.h>

static uint16_t bf16_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static float of_bf16(uint16_t half) {
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float noise(generator *random) {
    return of_bf16(bf16_of((float)(int64_t)next(random) * 0x1p-63f));
}

ptrdiff_t lines_size(content of) {
    return of == BF16 || of == BF16_NOISE ? 2 : 1;
}

static void set(content of, char *to, generator *random) {
    uint16_t half;
    switch (of) {
    case BF16:
    case BF16_NOISE:
        half = bf16_of(of == BF16 ? (float)pick(random, -4, 4) : noise(random));
        memcpy(to, &half, sizeof half);
        break;
    case S8:
    case U8:
        *to = (char)next(random);
    }
}

lines lines_place(region *memory, content of, ptrdiff_t count, ptrdiff_t k, generator *random) {
    const ptrdiff_t size = lines_size(of), extra = one_in(random, 2) ? 0 : pick(random, 1, 9);
    lines x = {.of = of};
    switch (pick(random, 0, 4)) {
    case 0:
    case 1:
        x.line = k + extra, x.step = 1;
        break;
    case 2:
    case 3:
        x.line = 1, x.step = count + extra;
        break;
    default:
        x.line = 2 * k + extra, x.step = 2;
    }
    const ptrdiff_t down = (count - 1) * x.line, across = (k - 1) * x.step;
    char *low = region_reserve(memory, (size_t)(down + across + 1), (size_t)size, random);
    x.line *= size, x.step *= size;
    if (one_in(random, 8))
        low += down * size, x.line = -x.line;
    if (one_in(random, 8))
        low += across * size, x.step = -x.step;
    x.origin = low;
    for (ptrdiff_t i = 0; i < count; i++) {
        for (ptrdiff_t q = 0; q < k; q++)
            set(of, low + (i * x.line + q * x.step), random);
    }
    region_remember(memory);
    return x;
}

const char *lines_at(const lines *x, ptrdiff_t line, ptrdiff_t step) {
    return x->origin + (line * x->line + step * x->step);
}

double lines_value(const lines *x, ptrdiff_t line, ptrdiff_t step) {
    const char *from = lines_at(x, line, step);
    uint16_t half;
    switch (x->of) {
    case S8:
        return *(const signed char *)from;
    case U8:
        return *(const unsigned char *)from;
    default:
        memcpy(&half, from, sizeof half);
        return of_bf16(half);
    }
}
