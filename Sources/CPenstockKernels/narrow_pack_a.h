/* Part of narrow_pack.h: rows of A, contiguous along k and padded with zeros to a whole group. */

/* The first `count` of four groups of one row. */
INLINE void NAME(a_store)(char *to, pstk_words words, ptrdiff_t count) {
#if PARTS == 1
    if (count >= 4)
        pstk_store_words(to, words);
    else
        __builtin_memcpy(to, &words, (size_t)count * 4);
#else
    const pstk_words first = FIRST(words), second = SECOND(words);
    const pstk_words both[2] = {__builtin_shufflevector(first, second, 0, 4, 1, 5),
                                __builtin_shufflevector(first, second, 2, 6, 3, 7)};
    if (count >= 4)
        __builtin_memcpy(to, both, 32);
    else
        __builtin_memcpy(to, both, (size_t)count * 8);
#endif
}

/* A row whose elements are contiguous. */
INLINE void NAME(a_row)(const pstk_narrow_lines *lines, ptrdiff_t i) {
    const char *from = (const char *)lines->from + i * lines->line;
    char *to = (char *)lines->to + i * lines->to_line;
    const ptrdiff_t bytes = lines->k * ELEMENT_BYTES, whole = bytes / 16 * 16;
    if (PARTS == 1) {
        __builtin_memcpy(to, from, (size_t)whole);
    } else {
        for (ptrdiff_t at = 0; at < whole; at += 16)
            NAME(a_store)(to + at * PARTS, pstk_load_words(from + at, 16), 4);
    }
    if (whole < bytes) {
        const pstk_words last = pstk_load_words(from + whole, bytes - whole);
        NAME(a_store)(to + whole * PARTS, last, (bytes - whole + 3) / 4);
    }
}

/* From step p on, up to four groups of `count` rows that are neighbours in memory: 4 * GROUP rows,
 * which fill a register, or 4. */
INLINE void NAME(a_block)(const pstk_narrow_lines *lines, const ptrdiff_t i, const int count,
                          const ptrdiff_t p, const ptrdiff_t left) {
    const ptrdiff_t step = lines->step;
    const char *from = (const char *)lines->from + i * ELEMENT_BYTES + p * step;
    char *to = (char *)lines->to + i * lines->to_line + p / GROUP * 4 * PARTS;
    pstk_words words[4][GROUP] = {{{0}}};
    for (int u = 0; u < 4 && u * GROUP < left; u++) {
        const char *row = from + u * GROUP * step;
        if (count == 4)
            words[u][0] = pstk_interleave4(row, step, left - u * GROUP, GROUP);
        else
            pstk_interleave_many(words[u], row, step, left - u * GROUP, GROUP);
    }
    for (int q = 0; q < count / 4; q++) {
        pstk_words block[4] = {words[0][q], words[1][q], words[2][q], words[3][q]};
        pstk_transpose(block);
        for (int r = 0; r < 4; r++, to += lines->to_line)
            NAME(a_store)(to, block[r], (left + GROUP - 1) / GROUP);
    }
}

/* The same of all rows; there are four or more. */
INLINE void NAME(a_step)(const pstk_narrow_lines *lines, const ptrdiff_t p, const ptrdiff_t left) {
    const ptrdiff_t rows = lines->lines;
    ptrdiff_t i = 0;
    for (; i + 4 * GROUP <= rows; i += 4 * GROUP)
        NAME(a_block)(lines, i, 4 * GROUP, p, left);
    /* The last four overlap those before. */
    for (; i < rows; i += 4)
        NAME(a_block)(lines, i < rows - 4 ? i : rows - 4, 4, p, left);
}

/* A row of any strides. */
INLINE void NAME(a_elements)(const pstk_narrow_lines *lines, ptrdiff_t i) {
    const char *from = (const char *)lines->from + i * lines->line;
    char *to = (char *)lines->to + i * lines->to_line;
    for (ptrdiff_t p = 0; p < lines->k; p += GROUP, to += 4 * PARTS) {
        const uint32_t word = pstk_gather(from + p * lines->step, lines->step, lines->k - p, GROUP);
        NAME(a_store)(to, (pstk_words){word}, 1);
    }
}

static TARGET void NAME(pack_a)(const pstk_narrow_lines *lines) {
    const ptrdiff_t count = lines->lines;
    if (lines->step == ELEMENT_BYTES) {
        for (ptrdiff_t i = 0; i < count; i++)
            NAME(a_row)(lines, i);
    } else if (lines->line == ELEMENT_BYTES && count >= 4) {
        ptrdiff_t p = 0;
        for (; p + 4 * GROUP <= lines->k; p += 4 * GROUP)
            NAME(a_step)(lines, p, 4 * GROUP);
        if (p < lines->k)
            NAME(a_step)(lines, p, lines->k - p);
    } else {
        for (ptrdiff_t i = 0; i < count; i++)
            NAME(a_elements)(lines, i);
    }
}
