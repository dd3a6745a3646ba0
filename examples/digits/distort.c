/* Distortion: training rows are turned, stretched, slanted and moved a little, in another way each
 * epoch, so that the network never sees an image twice. It is also why the rows go through all of
 * the pipeline again in each epoch. */
#include "digits.h"
#include <math.h>

static const float SLANT = 0.15f, SHIFT = 0.6f; /* at most: parts of the size, pixels */

/* Between -most and most. */
static float random_within(float most, uint64_t *random) {
    return most * ((float)(random_next(random) >> 40) * 0x1p-23f - 1);
}

/* The image at a place between four pixels; it is white outside. */
static float sample_at(const float *pixels, float x, float y) {
    int left = (int)floorf(x), top = (int)floorf(y);
    float sum = 0;

    for (int row = top; row <= top + 1; row++)
        for (int column = left; column <= left + 1; column++)
            if (row >= 0 && row < SIDE && column >= 0 && column < SIDE)
                sum += pixels[row * SIDE + column] * (1 - fabsf(x - (float)column)) *
                       (1 - fabsf(y - (float)row));
    return sum;
}

static void distort_image(const float *from, float *to, uint64_t random) {
    const float middle = (SIDE - 1) / 2.0f;
    float xx = 1 + random_within(SLANT, &random), xy = random_within(SLANT, &random);
    float yx = random_within(SLANT, &random), yy = 1 + random_within(SLANT, &random);
    float dx = middle + random_within(SHIFT, &random), dy = middle + random_within(SHIFT, &random);

    for (int row = 0; row < SIDE; row++)
        for (int column = 0; column < SIDE; column++) {
            float x = (float)column - middle, y = (float)row - middle;
            to[row * SIDE + column] = sample_at(from, dx + x * xx + y * xy, dy + x * yx + y * yy);
        }
}

/* What happens to a row depends on the seed, the epoch and the row, not on which replica gets it.
 */
pst_status distort(pst_context *cx, const void *in, void *out, size_t n) {
    const uint64_t *seed = pst_user(cx);
    const struct row *from = in;
    struct row *to = out;

    for (size_t r = 0; r < n; r++) {
        to[r] = from[r];
        if (is_held_out(from[r].number))
            continue;
        uint64_t random = *seed ^ ((uint64_t)from[r].epoch << 32 | from[r].number);
        random = random_next(&random); /* neighbours begin far apart */
        distort_image(from[r].pixels, to[r].pixels, random);
    }
    return PST_OK;
}
