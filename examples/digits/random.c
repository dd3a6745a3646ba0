/* Numbers that are the same on every machine: a generator (splitmix64) and a checksum (FNV-1a). */
#include "digits.h"

uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Twelve uniform numbers add up to nearly a normal one, without the logarithm and cosine that
 * differ between C libraries. */
float random_normal(uint64_t *state) {
    float sum = -6;
    for (int i = 0; i < 12; i++)
        sum += (float)(random_next(state) >> 40) * 0x1p-24f;
    return sum;
}

uint64_t checksum_add(uint64_t checksum, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        checksum = (checksum ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return checksum;
}
