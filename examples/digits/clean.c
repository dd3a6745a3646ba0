/* Cleaning: lines become rows or are rejected. Splitting: rows are for training or held out. */
#include "digits.h"
#include <stdlib.h>

/* Reads a number of 0 to most that ends at the character end, and steps behind that. */
static bool read_number(const char **at, int most, char end, int *number) {
    const char *c = *at;

    for (*number = 0; *c >= '0' && *c <= '9' && *number <= most; c++)
        *number = *number * 10 + (*c - '0');
    if (c == *at || *number > most || *c != end)
        return false;
    *at = c + 1;
    return true;
}

/* NULL, or what is wrong with the line. */
static const char *parse(const struct line *line, struct row *row) {
    const char *at = line->text;
    int number;

    row->epoch = line->epoch;
    row->number = line->number;
    for (int i = 0; i < PIXELS; i++) {
        if (!read_number(&at, 16, ',', &number))
            return "a pixel is not a number from 0 to 16";
        row->pixels[i] = (float)number;
    }
    if (!read_number(&at, CLASSES - 1, '\n', &number))
        return "the label is not a digit";
    row->label = number;
    return NULL;
}

/* A line that is no row fails, and the stage's policy, not this function, says what becomes of it.
 */
pst_status clean(pst_context *cx, const void *in, void *out, size_t n) {
    const struct line *lines = in;
    struct row *rows = out;

    for (size_t i = 0; i < n; i++) {
        const char *wrong = parse(&lines[i], &rows[i]);
        if (wrong)
            return pst_fail(cx, PST_EINVAL, i, wrong);
    }
    return PST_OK;
}

pst_status count_rejected(pst_context *cx, const void *in, size_t n) {
    (void)in;
    *(uint64_t *)pst_user(cx) += n;
    return PST_OK;
}

/* Of every five neighbouring rows a hash of their place picks one: exactly a fifth, the same rows
 * in every epoch, run and order of arrival. */
bool is_held_out(uint32_t number) {
    uint64_t group = number / 5;
    return number % 5 == random_next(&group) % 5;
}

pst_status split(pst_context *cx, const void *in, size_t n) {
    const struct sample *samples = in;

    for (size_t i = 0; i < n; i++)
        pst_emit(cx, is_held_out(samples[i].number) ? HELD_OUT : TRAINING, &samples[i], 1);
    return PST_OK;
}

/* Held-out rows come by in every epoch, the same each time: those of the first are kept. */
pst_status put_aside(pst_context *cx, const void *in, size_t n) {
    struct shelf *shelf = pst_user(cx);
    const struct sample *samples = in;

    for (size_t i = 0; i < n; i++, shelf->seen++) {
        if (samples[i].epoch > 0)
            continue;
        if (shelf->count == shelf->capacity) {
            size_t capacity = shelf->capacity ? shelf->capacity * 2 : 512;
            struct sample *grown = realloc(shelf->samples, capacity * sizeof *grown);
            if (!grown)
                return pst_fail(cx, PST_ENOMEM, i, "no room to put a sample aside");
            shelf->samples = grown;
            shelf->capacity = capacity;
        }
        shelf->samples[shelf->count++] = samples[i];
    }
    return PST_OK;
}

pst_status take_back(pst_context *cx, void *out, size_t capacity, size_t *count) {
    struct shelf *shelf = pst_user(cx);
    struct sample *samples = out;

    for (*count = 0; *count < capacity && shelf->next < shelf->count; ++*count)
        samples[*count] = shelf->samples[shelf->next++];
    return shelf->next < shelf->count ? PST_OK : PST_END;
}
