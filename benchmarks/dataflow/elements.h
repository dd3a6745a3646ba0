/* The bodies that every system runs: a source of 0, 1, 2, ..., x + 1, and a sink that adds up.
 * Inline, so that each system wraps them in the callback shape it has and nothing else differs. */
#ifndef BENCH_ELEMENTS_H
#define BENCH_ELEMENTS_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define BENCH_RESTRICT __restrict__
#else
#define BENCH_RESTRICT restrict
#endif

/* Each on lines of its own (two: the prefetcher pairs them), for one thread writes the source's
 * state while another writes the sink's. Sharing a line halves the speed of every system. */
struct numbers {
    alignas(128) uint64_t next;
    uint64_t end;
};

struct total {
    alignas(128) uint64_t count;
    uint64_t sum;
    uint64_t offset; /* the first element; element i must be offset + i */
    bool disordered;
};

static inline struct total total_from(uint64_t offset) {
    struct total total = {0, 0, offset, false};
    return total;
}

static inline size_t fill_numbers(struct numbers *numbers, uint64_t *out, size_t capacity) {
    uint64_t first = numbers->next, left = numbers->end - first;
    size_t n = capacity < left ? capacity : (size_t)left;
    for (size_t i = 0; i < n; i++)
        out[i] = first + i;
    numbers->next = first + n;
    return n;
}

static inline void increment(const uint64_t *BENCH_RESTRICT in, uint64_t *BENCH_RESTRICT out,
                             size_t n) {
    for (size_t i = 0; i < n; i++)
        out[i] = in[i] + 1;
}

/* The order is checked at both ends of a span, which costs the same for any span. */
static inline void add_up(struct total *total, const uint64_t *in, size_t n) {
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += in[i];
    uint64_t first = total->offset + total->count;
    if (in[0] != first || in[n - 1] != first + n - 1)
        total->disordered = true;
    total->sum += sum;
    total->count += n;
}

static inline void add_one(struct total *total, uint64_t x) {
    if (x != total->offset + total->count)
        total->disordered = true;
    total->sum += x;
    total->count += 1;
}

#endif
