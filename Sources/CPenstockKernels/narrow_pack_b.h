/* Part of narrow_pack.h: panels of NR columns of B, a word of each column side by side, then the
 * next words. Columns past the last one and steps past k are padded. */

/* Words from one group to the next. */
#define ROW (PARTS * NR)

INLINE void NAME(b_store_word)(uint32_t *to, uint32_t word) {
#if PARTS == 1
    *to = word;
#else
    const pstk_words words = {word};
    to[0] = FIRST(words)[0];
    to[NR] = SECOND(words)[0];
#endif
}

/* A group of four columns. */
INLINE void NAME(b_store)(uint32_t *to, pstk_words words) {
#if PARTS == 1
    pstk_store_words(to, words);
#else
    pstk_store_words(to, FIRST(words));
    pstk_store_words(to + NR, SECOND(words));
#endif
}

/* A group of one column. */
INLINE void NAME(b_element)(const pstk_narrow_lines *lines, uint32_t *to, const char *from,
                            const ptrdiff_t left) {
    NAME(b_store_word)(to, pstk_gather(from, lines->step, left, GROUP) ^ lines->flip);
}

/* A group of columns that are neighbours in memory; `left` steps of k are there. */
INLINE void NAME(b_across)(const pstk_narrow_lines *lines, uint32_t *to, const char *from,
                           const ptrdiff_t count, const ptrdiff_t left) {
    const ptrdiff_t step = lines->step;
    ptrdiff_t j = 0;
    for (; j + 4 * GROUP <= count; j += 4 * GROUP) {
        pstk_words words[GROUP];
        pstk_interleave_many(words, from + j * ELEMENT_BYTES, step, left, GROUP);
        for (int q = 0; q < GROUP; q++)
            NAME(b_store)(to + j + 4 * q, words[q] ^ lines->flip);
    }
    /* The last four overlap those before. */
    for (; j < count && count >= 4; j += 4) {
        const ptrdiff_t first = j < count - 4 ? j : count - 4;
        const pstk_words words = pstk_interleave4(from + first * ELEMENT_BYTES, step, left, GROUP);
        NAME(b_store)(to + first, words ^ lines->flip);
    }
    for (; j < count; j++)
        NAME(b_element)(lines, to + j, from + j * ELEMENT_BYTES, left);
}

/* Columns that are contiguous along k, in blocks of four by four words. */
INLINE void NAME(b_along)(const pstk_narrow_lines *lines, uint32_t *to, const char *from,
                          const ptrdiff_t count, const ptrdiff_t left) {
    const ptrdiff_t bytes = left * ELEMENT_BYTES;
    for (ptrdiff_t j = 0; j < count; j += 4) {
        /* The last four overlap those before; fewer than four leave lanes empty. */
        const ptrdiff_t first = j < count - 4 || count < 4 ? j : count - 4;
        for (ptrdiff_t at = 0; at < bytes; at += 16) {
            pstk_words block[4] = {{0}};
            for (int c = 0; c < 4 && first + c < count; c++)
                block[c] = pstk_load_words(from + (first + c) * lines->line + at, bytes - at);
            pstk_transpose(block);
            for (ptrdiff_t g = 0; g < 4 && at + g * 4 < bytes; g++)
                NAME(b_store)(to + (at / 4 + g) * ROW + first, block[g] ^ lines->flip);
        }
    }
}

/* `left` steps of k of the `count` columns of one panel. */
INLINE void NAME(b_block)(const pstk_narrow_lines *lines, uint32_t *to, const char *from,
                          const ptrdiff_t count, const ptrdiff_t left) {
    const ptrdiff_t line = lines->line, step = lines->step;
    if (step == ELEMENT_BYTES) {
        NAME(b_along)(lines, to, from, count, left);
    } else if (line == ELEMENT_BYTES) {
        for (ptrdiff_t p = 0; p < left; p += GROUP)
            NAME(b_across)(lines, to + p / GROUP * ROW, from + p * step, count, left - p);
    } else {
        for (ptrdiff_t p = 0; p < left; p += GROUP) {
            uint32_t *words = to + p / GROUP * ROW;
            for (ptrdiff_t j = 0; j < count; j++)
                NAME(b_element)(lines, words + j, from + p * step + j * line, left - p);
        }
    }
    for (ptrdiff_t p = 0; count < NR && p < left; p += GROUP) {
        for (ptrdiff_t j = count; j < NR; j++)
            NAME(b_store_word)(to + p / GROUP * ROW + j, 0);
    }
}

/* Sixteen groups of one panel after another: whole cache lines, whichever way B lies. */
static TARGET void NAME(pack_b)(const pstk_narrow_lines *lines) {
    const ptrdiff_t most = 16 * GROUP;
    for (ptrdiff_t p = 0; p < lines->k; p += most) {
        const ptrdiff_t left = lines->k - p < most ? lines->k - p : most;
        for (ptrdiff_t column = 0; column < lines->lines; column += NR) {
            const char *from = (const char *)lines->from + column * lines->line + p * lines->step;
            char *panel = (char *)lines->to + column / NR * lines->to_line;
            uint32_t *to = (uint32_t *)panel + p / GROUP * ROW;
            const ptrdiff_t count = lines->lines - column < NR ? lines->lines - column : NR;
            /* The usual block has constant bounds. */
            if (count == NR && left == most)
                NAME(b_block)(lines, to, from, NR, most);
            else
                NAME(b_block)(lines, to, from, count, left);
        }
    }
}

#undef ROW
