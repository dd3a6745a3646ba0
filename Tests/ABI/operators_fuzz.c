/* Random operators with random arguments, most of them refused, over memory that ends where it
 * must: a chain makes what its parts make one after the other, and nothing is written beside it.
 * Under a sanitizer nothing is read beside it either. */
#include "misuse.h"

#include <stdint.h>

static uint64_t state;

static uint64_t next(void) {
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t below(size_t bound) {
    return (size_t)(next() % bound);
}

static bool chance(unsigned percent) {
    return below(100) < percent;
}

/* Mostly fit, now and then at an end of its type. */
static size_t about(size_t bound) {
    static const size_t ends[] = {
        0, 1, SIZE_MAX, (size_t)1 << 63, ((size_t)1 << 63) - 1, (size_t)1 << 31, (size_t)1 << 32};
    return chance(4) ? ends[below(sizeof(ends) / sizeof(*ends))] : below(bound + 1);
}

/* ---- Layouts ---- */

enum { RANK = 8, MOST_BYTES = 1 << 20 };

typedef struct form {
    pst_layout layout;
    size_t shape[RANK];
} form;

static size_t size_of(pst_scalar scalar) {
    static const size_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8};
    return sizes[scalar];
}

static size_t values_of(const pst_layout *layout) {
    size_t values = 1;
    for (uint32_t i = 0; i < layout->rank; i++)
        values *= layout->shape[i];
    return values;
}

static size_t bytes_of(const pst_layout *layout) {
    return values_of(layout) * size_of(layout->scalar);
}

static void random_form(form *made, bool isImage) {
    made->layout = (pst_layout)PST_LAYOUT_INIT;
    made->layout.scalar = isImage && chance(70) ? PST_U8 : (pst_scalar)below(11);
    made->layout.rank = isImage ? 2 + (uint32_t)below(2) : (uint32_t)below(4);
    made->layout.shape = made->shape;
    for (uint32_t i = 0; i < made->layout.rank; i++)
        made->shape[i] = 1 + below(isImage && i < 2 ? 40 : 6);
}

/* Memory of so many bytes and not one more; numbers of any kind, of which many are small. */
static void *random_memory(pst_scalar scalar, size_t values) {
    const size_t size = size_of(scalar);
    unsigned char *memory = malloc(values * size);
    for (size_t i = 0; i < values * size; i++)
        memory[i] = scalar == PST_BOOL               ? next() & 1
                    : i % size == 0                  ? (unsigned char)below(8)
                    : scalar < PST_F32 && chance(90) ? 0
                                                     : (unsigned char)next();
    return memory;
}

/* ---- Operators ---- */

static pst_status random_image(const pst_layout *in, pst_operator **made) {
    const size_t h = in->rank > 0 ? in->shape[0] : 3, w = in->rank > 1 ? in->shape[1] : 3;
    switch (below(5)) {
    case 0:
        return pst_operator_crop(in, about(h / 2), about(w / 2), about(h / 2), about(w / 2), made);
    case 1:
        return pst_operator_flip(in, chance(70), chance(50), made);
    case 2:
        return pst_operator_random_crop(in, about(h), about(w), next(), made);
    case 3:
        return pst_operator_random_flip(in, chance(70), chance(50), 0.5, next(), made);
    default:
        return pst_operator_resize(in, 1 + about(2 * h), 1 + about(2 * w), (pst_resize)below(2),
                                   made);
    }
}

static pst_status random_arrange(const pst_layout *in, pst_operator **made) {
    form out;
    ptrdiff_t strides[RANK] = {0};
    random_form(&out, false);
    out.layout.scalar = chance(95) ? in->scalar : (pst_scalar)below(11);
    for (uint32_t i = 0; i < out.layout.rank; i++)
        strides[i] = chance(3) ? PTRDIFF_MIN + (ptrdiff_t)below(2) : (ptrdiff_t)below(9) - 4;
    return pst_operator_arrange(in, &out.layout, strides, about(values_of(in)), made);
}

static pst_status random_gather(const pst_layout *in, pst_operator **made) {
    form table;
    random_form(&table, false);
    if (chance(30) && table.layout.rank > 0)
        table.shape[table.layout.rank - 1] = 1500; /* rows that are used in place */
    void *memory = random_memory(table.layout.scalar, values_of(&table.layout));
    const pst_status status = pst_operator_gather(in, memory, &table.layout, false, made);
    free(memory);
    return status;
}

static pst_status random_binary(const pst_layout *in, pst_operator **made) {
    form operand = {*in, {0}};
    operand.layout.shape = operand.shape;
    const uint32_t dropped = in->rank ? (uint32_t)below(in->rank + 1) : 0;
    operand.layout.rank -= dropped;
    for (uint32_t i = 0; i < operand.layout.rank; i++)
        operand.shape[i] = chance(50) ? in->shape[i + dropped] : 1 + below(2);
    void *memory = random_memory(in->scalar, values_of(&operand.layout));
    const pst_status status =
        pst_operator_binary(in, (pst_binary)below(17), memory, &operand.layout, chance(30), made);
    free(memory);
    return status;
}

static pst_status random_pair(const pst_layout *in, pst_operator **made) {
    pst_operator *a = NULL, *b = NULL, *flags = NULL;
    pst_status status = random_binary(in, &a);
    if (status == PST_OK)
        status =
            chance(50) ? random_binary(in, &b) : pst_operator_unary(in, (pst_unary)below(7), &b);
    if (status == PST_OK && chance(30))
        status = pst_operator_cast(in, PST_BOOL, &flags);
    if (status == PST_OK && chance(40)) {
        pst_layout first = PST_LAYOUT_INIT, second = PST_LAYOUT_INIT;
        status = pst_operator_get_layouts(a, NULL, &first);
        (void)!pst_operator_get_layouts(b, NULL, &second);
        const size_t gap = below(3);
        const pst_part parts[] = {{a, gap}, {b, about(3) + gap + bytes_of(&first)}};
        if (status == PST_OK)
            status =
                pst_operator_record(parts, 2, parts[1].offset + bytes_of(&second) + below(3), made);
    } else if (status == PST_OK && flags) {
        status = pst_operator_select(flags, a, b, made);
    } else if (status == PST_OK) {
        status = pst_operator_combine((pst_binary)below(17), a, b, made);
    }
    pst_operator_destroy(a);
    pst_operator_destroy(b);
    pst_operator_destroy(flags);
    return status;
}

static pst_status random_field(const pst_layout *in, pst_operator **made) {
    form field;
    if (in->scalar != PST_U8 || in->rank != 1)
        return PST_EINVAL;
    random_form(&field, false);
    if (chance(20) && field.layout.rank > 0)
        field.shape[0] = 5000;
    return pst_operator_field(bytes_of(in), about(bytes_of(in) / 2), &field.layout, made);
}

static pst_status random_operator(const pst_layout *in, pst_operator **made) {
    static const float numbers[10000] = {1, 2, 0.5f, 3};
    switch (below(11)) {
    case 0:
        return pst_operator_unary(in, (pst_unary)below(8), made);
    case 1:
        return pst_operator_cast(in, (pst_scalar)below(12), made);
    case 2:
        return pst_operator_normalise(
            in, numbers, numbers + 1,
            chance(50) || !in->rank || in->shape[in->rank - 1] > 5000 ? 1 : in->shape[in->rank - 1],
            made);
    case 3:
        return random_arrange(in, made);
    case 4:
        return random_gather(in, made);
    case 5:
        return pst_operator_one_hot(in, about(9), (pst_scalar)below(11), made);
    case 6:
        return random_pair(in, made);
    case 7:
        return random_field(in, made);
    case 8:
        return random_binary(in, made);
    default:
        return random_image(in, made);
    }
}

/* ---- One round ---- */

enum { PARTS = 4, GUARD = 64 };

/* Makes n elements of in behind which a guard stands; NULL: some cannot be made. */
static unsigned char *applied(const pst_operator *op, const void *in, size_t n, uint64_t first) {
    pst_layout out = PST_LAYOUT_INIT;
    RUNS(pst_operator_get_layouts(op, NULL, &out));
    const size_t bytes = n * bytes_of(&out), guard = SANITIZED ? 0 : GUARD;
    unsigned char *memory = malloc(bytes + guard);
    memset(memory + bytes, 0xa5, guard);
    const pst_status status = pst_operator_apply(op, in, memory, n, first);
    for (size_t i = 0; i < guard; i++)
        CHECK(memory[bytes + i] == 0xa5);
    if (status == PST_OK)
        return memory;
    CHECK(status == PST_EINVAL && strstr(pst_last_error(), "gather: the index is not in"));
    free(memory);
    return NULL;
}

/* How many operators were made. */
static int one_round(uint64_t seed) {
    state = seed;
    form input;
    pst_operator *parts[PARTS] = {NULL}, *chain = NULL;
    pst_layout at;
    int count = 0;
    random_form(&input, chance(50));
    at = input.layout;
    for (int tries = 0; tries < 12 && count < PARTS; tries++) {
        pst_operator *made = NULL;
        const pst_status status = random_operator(&at, &made);
        if (status != PST_OK) {
            CHECK(status == PST_EINVAL && made == NULL);
            continue;
        }
        pst_layout out = PST_LAYOUT_INIT;
        RUNS(pst_operator_get_layouts(made, NULL, &out));
        if (bytes_of(&out) > MOST_BYTES) {
            pst_operator_destroy(made);
            continue;
        }
        parts[count++] = made;
        at = out;
    }
    if (count > 0) {
        const size_t n = 1 + below(5);
        const uint64_t first = next();
        unsigned char *in = random_memory(input.layout.scalar, n * values_of(&input.layout));
        unsigned char *step = in;
        RUNS(pst_operator_chain((const pst_operator *const *)parts, (size_t)count, &chain));
        unsigned char *whole = applied(chain, in, n, first);
        for (int i = 0; i < count && step; i++) {
            unsigned char *made = applied(parts[i], step, n, first);
            if (step != in)
                free(step);
            step = made;
        }
        CHECK((whole == NULL) == (step == NULL));
        if (whole && step && !CHECK(memcmp(whole, step, n * bytes_of(&at)) == 0))
            printf("    seed %llu\n", (unsigned long long)seed);
        if (step != in)
            free(step);
        free(whole);
        free(in);
    }
    for (int i = 0; i < count; i++)
        pst_operator_destroy(parts[i]);
    pst_operator_destroy(chain);
    return count;
}

int main(int argc, char **argv) {
    begin(60);
    const uint64_t from = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
    const uint64_t rounds = argc > 2 ? strtoull(argv[2], NULL, 0) : 4000;
    uint64_t made = 0;
    for (uint64_t seed = from; seed < from + rounds; seed++)
        made += (uint64_t)one_round(seed);
    CHECK(made > rounds);
    return end("operators_fuzz");
}
