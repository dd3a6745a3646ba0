/* Standardisation with the training rows' means and deviations, and the features made of a row. */
#include "digits.h"
#include <math.h>
#include <string.h>

/* Whole numbers: the sums are exact, in whatever order the rows come. */
pst_status add_moments(pst_context *cx, void *state, const void *in, size_t n) {
    struct moments *moments = state;
    const struct row *rows = in;

    (void)cx;
    for (size_t r = 0; r < n; r++) {
        if (is_held_out(rows[r].number))
            continue;
        moments->rows++;
        for (int i = 0; i < PIXELS; i++) {
            double pixel = rows[r].pixels[i];
            moments->sum[i] += pixel;
            moments->squares[i] += pixel * pixel;
        }
    }
    return PST_OK;
}

pst_status set_standard(pst_context *cx, const void *in, size_t n) {
    struct standard *standard = pst_user(cx);
    const struct moments *moments = (const struct moments *)in + (n - 1);

    for (int i = 0; i < PIXELS; i++) {
        double mean = moments->sum[i] / (double)moments->rows;
        double variance = moments->squares[i] / (double)moments->rows - mean * mean;
        standard->mean[i] = (float)mean;
        /* Corners that are white or nearly so on every image say nothing; they must not shout. */
        standard->scale[i] = (float)(1 / sqrt(variance + 1));
    }
    return PST_OK;
}

pst_status standardise(pst_context *cx, const void *in, void *out, size_t n) {
    const struct standard *standard = pst_user(cx);
    struct row *rows = out;

    memcpy(rows, in, n * sizeof *rows);
    for (size_t r = 0; r < n; r++)
        for (int i = 0; i < PIXELS; i++)
            rows[r].pixels[i] = (rows[r].pixels[i] - standard->mean[i]) * standard->scale[i];
    return PST_OK;
}

/* Where the strokes run: in each cell of 2 x 2 pixels, how steep the image is in four directions
 * (across, down and both diagonals). Like a histogram of gradients, without the arc tangent. */
static void find_strokes(const float *pixels, float *strokes) {
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int left = x > 0 ? x - 1 : x, right = x < SIDE - 1 ? x + 1 : x;
            int up = y > 0 ? y - 1 : y, down = y < SIDE - 1 ? y + 1 : y;
            float across = pixels[y * SIDE + right] - pixels[y * SIDE + left];
            float along = pixels[down * SIDE + x] - pixels[up * SIDE + x];
            float *cell = strokes + ((y / 2) * (SIDE / 2) + x / 2) * 4;
            cell[0] += fabsf(across) / 4;
            cell[1] += fabsf(along) / 4;
            cell[2] += fabsf(across + along) / 6;
            cell[3] += fabsf(across - along) / 6;
        }
}

pst_status extract_features(pst_context *cx, const void *in, void *out, size_t n) {
    const struct row *rows = in;
    struct sample *samples = out;

    (void)cx;
    memset(samples, 0, n * sizeof *samples);
    for (size_t r = 0; r < n; r++) {
        samples[r].label = rows[r].label;
        samples[r].epoch = rows[r].epoch;
        samples[r].number = rows[r].number;
        memcpy(samples[r].features, rows[r].pixels, sizeof rows[r].pixels);
        find_strokes(rows[r].pixels, samples[r].features + PIXELS);
    }
    return PST_OK;
}
