/* What Swift cannot say about text: masks of bytes in vectors, and reads of whole vectors past the
 * end of short strings. Internal to Penstock; nothing here is exported from the shared object. */
#ifndef PENSTOCK_TEXT_H
#define PENSTOCK_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#pragma GCC visibility push(hidden)

/* Whole vectors are written: so many positions more than there are may be. */
#define PSTX_SLACK 64

typedef struct pstx_scanner {
    const char *name;
    bool (*supported)(void);
    /* Writes the positions in data[0, size) at which words (runs without ASCII white space, which
     * is space and 9 to 13) begin and end, in turn; returns how many. *inside: whether a word goes
     * on from the bytes before, and into those behind. size < 2^32; at most size positions. */
    size_t (*edges)(const uint8_t *data, size_t size, bool *inside, uint32_t *positions);
    /* The same for the positions of one byte. */
    size_t (*bytes)(const uint8_t *data, size_t size, uint8_t byte, uint32_t *positions);
} pstx_scanner;

/* The scanner of that name where this processor has it, else the best one. */
const pstx_scanner *pstx_scanner_find(const char *name);

/* The last of white space in data[0, size), or size when there is none. */
size_t pstx_last_space(const uint8_t *data, size_t size);
size_t pstx_last_byte(const uint8_t *data, size_t size, uint8_t byte);

typedef struct pstx_short {
    uint64_t low, high;
} pstx_short;

/* A string of at most 16 bytes, filled up with zeros; NULL is an empty one. Reads 16 bytes at once
 * where those lie in one page, of which the string has a byte: such a read cannot fault. */
__attribute__((always_inline, no_sanitize("address"))) static inline pstx_short
pstx_short_load(const void *data, size_t size) {
    pstx_short key = {0, 0};
    /* At the first byte of a page, too: so NULL needs no test of its own. */
    if (size == 0 || (((uintptr_t)data - 1) & 4095) >= 4096 - 16) {
        if (data)
            memcpy(&key, data, size);
        return key;
    }
    static const uint8_t masks[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                      255, 255, 255, 255, 255, 255, 255, 255};
#if defined(__x86_64__)
    __m128i bytes = _mm_loadu_si128((const __m128i *)data);
    __m128i mask = _mm_loadu_si128((const __m128i *)(masks + 16 - size));
    _mm_storeu_si128((__m128i *)&key, _mm_and_si128(bytes, mask));
#elif defined(__aarch64__)
    vst1q_u8((uint8_t *)&key, vandq_u8(vld1q_u8(data), vld1q_u8(masks + 16 - size)));
#else
    (void)masks;
    memcpy(&key, data, size);
#endif
    return key;
}

#pragma GCC visibility pop

#endif
