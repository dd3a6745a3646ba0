/* Scanning in blocks of 64 bytes, for scanners that define TARGET, NAME(x), LOAD,
 * SPACES(block), EQUALS(block, byte), PUT(mask, base, positions): the mask of a block's bytes that
 * are white space or equal to one byte, and the writing of a mask's positions. */

TARGET static size_t NAME(edges)(const uint8_t *data, size_t size, bool *inside,
                                 uint32_t *positions) {
    size_t count = 0, at = 0;
    uint64_t before = *inside;
    for (; size - at >= 64; at += 64) {
        const uint64_t text = ~SPACES(LOAD(data + at));
        const uint64_t edges = text ^ (text << 1 | before);
        before = text >> 63;
        PUT(edges, (uint32_t)at, positions + count);
        count += (size_t)__builtin_popcountll(edges);
    }
    const size_t rest = size - at;
    if (rest > 0) {
        uint8_t last[64] = {0};
        memcpy(last, data + at, rest);
        const uint64_t text = ~SPACES(LOAD(last));
        const uint64_t edges = (text ^ (text << 1 | before)) & ((UINT64_C(1) << rest) - 1);
        before = text >> (rest - 1) & 1;
        PUT(edges, (uint32_t)at, positions + count);
        count += (size_t)__builtin_popcountll(edges);
    }
    *inside = before;
    return count;
}

TARGET static size_t NAME(bytes)(const uint8_t *data, size_t size, uint8_t byte,
                                 uint32_t *positions) {
    size_t count = 0, at = 0;
    for (; size - at >= 64; at += 64) {
        const uint64_t found = EQUALS(LOAD(data + at), byte);
        if (found) {
            PUT(found, (uint32_t)at, positions + count);
            count += (size_t)__builtin_popcountll(found);
        }
    }
    const size_t rest = size - at;
    if (rest > 0) {
        uint8_t last[64] = {0};
        memcpy(last, data + at, rest);
        const uint64_t found = EQUALS(LOAD(last), byte) & ((UINT64_C(1) << rest) - 1);
        PUT(found, (uint32_t)at, positions + count);
        count += (size_t)__builtin_popcountll(found);
    }
    return count;
}

#undef TARGET
#undef NAME
#undef LOAD
#undef SPACES
#undef EQUALS
#undef PUT
