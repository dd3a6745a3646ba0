#include "penstock_operators.h"

#include <string.h>

#define COPY(size)                                                                                 \
    case size:                                                                                     \
        for (size_t i = 0; i < n; i++)                                                             \
            memcpy((char *)out + i * (size), (const char *)row + offsets[i], size);                \
        return;

void psto_copy_pixels(const void *row, const uint32_t *offsets, size_t bytes, void *out, size_t n) {
    /* A size that is known becomes a load and a store. */
    switch (bytes) {
        COPY(1)
        COPY(2)
        COPY(3)
        COPY(4)
        COPY(8)
        COPY(12)
        COPY(16)
    default:
        for (size_t i = 0; i < n; i++)
            memcpy((char *)out + i * bytes, (const char *)row + offsets[i], bytes);
    }
}

void psto_prefetch(const void *from, size_t bytes) {
    const char *at = from, *const end = at + bytes;
    for (; at < end; at += 64)
        __builtin_prefetch(at);
}
