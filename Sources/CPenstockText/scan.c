#define _GNU_SOURCE
#include "penstock_text.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Eight at a time without a branch for each: how many there are is hard to predict. */
static inline void put(uint64_t mask, uint32_t base, uint32_t *positions) {
    const int count = __builtin_popcountll(mask);
    for (int done = 0; done < count; done += 8) {
        for (int i = 0; i < 8; i++) {
            /* Of an empty mask: some number that nobody reads. */
            positions[done + i] = base + (uint32_t)__builtin_ctzll(mask | UINT64_C(1) << 63);
            mask &= mask - 1;
        }
    }
}

/* ---- Any processor: 16 bytes at a time ------------------------------------------------------ */

typedef uint8_t bytes16 __attribute__((vector_size(16)));

typedef struct block64 {
    bytes16 part[4];
} block64;

static inline block64 load64(const uint8_t *from) {
    block64 block;
    memcpy(&block, from, sizeof block);
    return block;
}

/* A bit for each byte of a vector whose bytes are 0 or 255. */
static inline uint64_t mask16(bytes16 is) {
#if defined(__x86_64__)
    return (uint32_t)_mm_movemask_epi8((__m128i)is);
#else
    const bytes16 bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const bytes16 picked = is & bits;
#if defined(__aarch64__)
    return (uint64_t)vaddv_u8(vget_low_u8((uint8x16_t)picked)) |
           (uint64_t)vaddv_u8(vget_high_u8((uint8x16_t)picked)) << 8;
#else
    uint64_t mask = 0;
    for (int i = 0; i < 16; i++)
        mask |= (uint64_t)picked[i] << (i < 8 ? 0 : 8);
    return mask;
#endif
#endif
}

static inline uint64_t mask64(const block64 *block, bytes16 (*is)(bytes16, uint8_t), uint8_t byte) {
    uint64_t mask = 0;
    for (int i = 0; i < 4; i++)
        mask |= mask16(is(block->part[i], byte)) << (16 * i);
    return mask;
}

static inline bytes16 is_space(bytes16 bytes, uint8_t unused) {
    (void)unused;
    return (bytes16)(bytes == ' ') | (bytes16)(bytes - 9 < 5);
}

static inline bytes16 is_byte(bytes16 bytes, uint8_t byte) {
    return (bytes16)(bytes == byte);
}

static inline uint64_t spaces64(block64 block) {
    return mask64(&block, is_space, 0);
}

static inline uint64_t equals64(block64 block, uint8_t byte) {
    return mask64(&block, is_byte, byte);
}

#define TARGET
#define NAME(x) x##_generic
#define LOAD load64
#define SPACES spaces64
#define EQUALS equals64
#define PUT put
#include "scan.h"

static bool always(void) {
    return true;
}

#if defined(__x86_64__)

/* ---- AVX2 ---------------------------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

typedef struct block256 {
    __m256i low, high;
} block256;

AVX2 static inline block256 load256(const uint8_t *from) {
    return (block256){_mm256_loadu_si256((const __m256i *)from),
                      _mm256_loadu_si256((const __m256i *)(from + 32))};
}

AVX2 static inline uint64_t join256(__m256i low, __m256i high) {
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high)
                                                     << 32;
}

AVX2 static inline __m256i is_space256(__m256i bytes) {
    /* 9 to 13: as signed bytes, less 9 they are the ones below 5 of those that are not negative. */
    const __m256i less = _mm256_sub_epi8(bytes, _mm256_set1_epi8(9));
    const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(less, _mm256_set1_epi8(4)), less);
    return _mm256_or_si256(control, _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(' ')));
}

AVX2 static inline uint64_t spaces256(block256 block) {
    return join256(is_space256(block.low), is_space256(block.high));
}

AVX2 static inline uint64_t equals256(block256 block, uint8_t byte) {
    const __m256i wanted = _mm256_set1_epi8((char)byte);
    return join256(_mm256_cmpeq_epi8(block.low, wanted), _mm256_cmpeq_epi8(block.high, wanted));
}

AVX2 static inline void put256(uint64_t mask, uint32_t base, uint32_t *positions) {
    const int count = __builtin_popcountll(mask);
    for (int done = 0; done < count; done += 8) {
        for (int i = 0; i < 8; i++) {
            positions[done + i] = base + (uint32_t)_tzcnt_u64(mask);
            mask = _blsr_u64(mask);
        }
    }
}

#define TARGET AVX2
#define NAME(x) x##_avx2
#define LOAD load256
#define SPACES spaces256
#define EQUALS equals256
#define PUT put256
#include "scan.h"

static bool has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

/* ---- AVX-512 with VBMI2, which writes the positions of a mask as a vector -------------------- */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt")))

AVX512 static inline __m512i load512(const uint8_t *from) {
    return _mm512_loadu_si512(from);
}

AVX512 static inline uint64_t spaces512(__m512i bytes) {
    const __m512i less = _mm512_sub_epi8(bytes, _mm512_set1_epi8(9));
    return _mm512_cmplt_epu8_mask(less, _mm512_set1_epi8(5)) |
           _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(' '));
}

AVX512 static inline uint64_t equals512(__m512i bytes, uint8_t byte) {
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8((char)byte));
}

AVX512 static inline void put512(uint64_t mask, uint32_t base, uint32_t *positions) {
    static const uint8_t numbers[64] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const int count = __builtin_popcountll(mask);
    const __m512i start = _mm512_set1_epi32((int)base);
    const __m512i found = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(numbers));
#define QUARTER(i)                                                                                 \
    _mm512_storeu_si512(                                                                           \
        positions + 16 * i,                                                                        \
        _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(found, i))))
    QUARTER(0);
    if (count > 16)
        QUARTER(1);
    if (count > 32) {
        QUARTER(2);
        QUARTER(3);
    }
#undef QUARTER
}

#define TARGET AVX512
#define NAME(x) x##_avx512
#define LOAD load512
#define SPACES spaces512
#define EQUALS equals512
#define PUT put512
#include "scan.h"

static bool has_avx512(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
}

#endif

/* ---- The choice ---------------------------------------------------------------------------- */

static const pstx_scanner scanners[] = {
#if defined(__x86_64__)
    {"avx512", has_avx512, edges_avx512, bytes_avx512},
    {"avx2", has_avx2, edges_avx2, bytes_avx2},
#endif
    {"generic", always, edges_generic, bytes_generic},
};

enum { SCANNER_COUNT = sizeof scanners / sizeof scanners[0] };

const pstx_scanner *pstx_scanner_find(const char *name) {
    for (size_t i = 0; name && i < SCANNER_COUNT; i++) {
        if (strcmp(scanners[i].name, name) == 0 && scanners[i].supported())
            return &scanners[i];
    }
    for (size_t i = 0; i < SCANNER_COUNT; i++) {
        if (scanners[i].supported())
            return &scanners[i];
    }
    return &scanners[SCANNER_COUNT - 1];
}

size_t pstx_last_space(const uint8_t *data, size_t size) {
    for (size_t i = size; i > 0; i--) {
        if (data[i - 1] == ' ' || (uint8_t)(data[i - 1] - 9) < 5)
            return i - 1;
    }
    return size;
}

size_t pstx_last_byte(const uint8_t *data, size_t size, uint8_t byte) {
    const uint8_t *last = memrchr(data, byte, size);
    return last ? (size_t)(last - data) : size;
}
