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

#if defined(__x86_64__)
typedef __m128i pstx_bytes16;
#elif defined(__aarch64__)
typedef uint8x16_t pstx_bytes16;
#endif

/* A string of at most 16 bytes, filled up with zeros; NULL is an empty one. Reads 16 bytes at once
 * where those lie in one page, of which the string has a byte: such a read cannot fault. What it
 * reads of others, maybe while they write it, is masked out. It reads by assembly, since that is
 * nothing that C allows; sanitizers, too, would take it for a mistake. */
static inline pstx_short pstx_short_load(const void *data, size_t size) {
    pstx_short key = {0, 0};
    /* At the first byte of a page, too: so NULL needs no test of its own. */
    bool is_apart = size == 0 || (((uintptr_t)data - 1) & 4095) >= 4096 - 16;
#if defined(__x86_64__) || defined(__aarch64__)
    if (!is_apart) {
        static const uint8_t masks[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                          255, 255, 255, 255, 255, 255, 255, 255};
        pstx_bytes16 bytes, mask;
        memcpy(&mask, masks + 16 - size, sizeof mask);
#if defined(__x86_64__)
        __asm__("movdqu %1, %0" : "=x"(bytes) : "m"(*(const pstx_bytes16 *)data));
        bytes = _mm_and_si128(bytes, mask);
#else
        __asm__("ldr %q0, %1" : "=w"(bytes) : "Q"(*(const pstx_bytes16 *)data));
        bytes = vandq_u8(bytes, mask);
#endif
        memcpy(&key, &bytes, sizeof key);
        return key;
    }
#else
    is_apart = true;
#endif
    if (is_apart && data)
        memcpy(&key, data, size);
    return key;
}

#pragma GCC visibility pop

#endif
