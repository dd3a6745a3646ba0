/* Matrix products of what is no matrix. */
#include "misuse.h"

#include <math.h>

#define FRAME 64

/* The same checks for both element types; guards around C show writes out of bounds. */
#define DEFINE(T, gemm)                                                                            \
    static void check_##gemm(void) {                                                               \
        static T a[FRAME], b[FRAME], bias[FRAME];                                                  \
        T memory[FRAME], *c = memory + 16;                                                         \
        for (int i = 0; i < FRAME; i++) {                                                          \
            a[i] = b[i] = 1;                                                                       \
            bias[i] = 10;                                                                          \
            memory[i] = 77;                                                                        \
        }                                                                                          \
        FAILS(PST_EINVAL, #gemm, gemm(2, 2, 2, 1, NULL, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, 0));      \
        FAILS(PST_EINVAL, #gemm, gemm(2, 2, 2, 1, a, 2, 1, NULL, 2, 1, 0, c, 2, 1, NULL, 0));      \
        FAILS(PST_EINVAL, #gemm, gemm(2, 2, 2, 1, a, 2, 1, b, 2, 1, 0, NULL, 2, 1, NULL, 0));      \
        FAILS(PST_EINVAL, "activation",                                                            \
              gemm(2, 2, 2, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, (pst_activation)7));            \
        FAILS(PST_EINVAL, "PST_CLAMP",                                                             \
              gemm(2, 2, 2, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, PST_CLAMP));                    \
        const size_t huge[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX / sizeof(T),     \
                               (size_t)1 << 62};                                                   \
        for (int i = 0; i < 5; i++) {                                                              \
            size_t h = huge[i];                                                                    \
            FAILS(PST_EINVAL, #gemm, gemm(h, 2, 2, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(2, h, 2, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(2, 2, h, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(h, h, h, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, 0));     \
        }                                                                                          \
        const ptrdiff_t far[] = {PTRDIFF_MAX, PTRDIFF_MIN, PTRDIFF_MAX / (ptrdiff_t)sizeof(T)};    \
        for (int i = 0; i < 3; i++) {                                                              \
            ptrdiff_t f = far[i];                                                                  \
            FAILS(PST_EINVAL, #gemm, gemm(3, 3, 3, 1, a, f, 1, b, 3, 1, 0, c, 3, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(3, 3, 3, 1, a, 3, f, b, 3, 1, 0, c, 3, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(3, 3, 3, 1, a, 3, 1, b, f, 1, 0, c, 3, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(3, 3, 3, 1, a, 3, 1, b, 3, f, 0, c, 3, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(3, 3, 3, 1, a, 3, 1, b, 3, 1, 0, c, f, 1, NULL, 0));     \
            FAILS(PST_EINVAL, #gemm, gemm(3, 3, 3, 1, a, 3, 1, b, 3, 1, 0, c, 3, f, NULL, 0));     \
        }                                                                                          \
        /* C over A, over B, over itself. */                                                       \
        FAILS(PST_EINVAL, #gemm, gemm(2, 2, 2, 1, c, 2, 1, b, 2, 1, 0, c, 2, 1, NULL, 0));         \
        FAILS(PST_EINVAL, #gemm, gemm(2, 2, 2, 1, a, 2, 1, c + 3, 2, 1, 0, c, 2, 1, NULL, 0));     \
        FAILS(PST_EINVAL, #gemm, gemm(2, 2, 2, 1, a, 2, 1, b, 2, 1, 0, c, 0, 1, NULL, 0));         \
        for (int i = 0; i < FRAME; i++)                                                            \
            CHECK(memory[i] == 77);                                                                \
                                                                                                   \
        /* No elements: NULL will do. */                                                           \
        SUCCEEDS(gemm(0, 0, 0, 1, NULL, 0, 0, NULL, 0, 0, 0, NULL, 0, 0, NULL, 0));                \
        SUCCEEDS(gemm(0, 2, 2, 1, NULL, 2, 1, b, 2, 1, 0, NULL, 2, 1, NULL, 0));                   \
        SUCCEEDS(gemm(2, 0, 2, 1, a, 2, 1, NULL, 2, 1, 0, NULL, 2, 1, NULL, 0));                   \
        for (int i = 0; i < FRAME; i++)                                                            \
            CHECK(memory[i] == 77);                                                                \
        SUCCEEDS(gemm(2, 2, 0, 1, NULL, 2, 1, NULL, 2, 1, 2, c, 2, 1, NULL, 0));                   \
        for (int i = 0; i < 4; i++)                                                                \
            CHECK(c[i] == 154);                                                                    \
        /* With beta 0, C is not read. */                                                          \
        for (int i = 0; i < 4; i++)                                                                \
            c[i] = (T)NAN;                                                                         \
        SUCCEEDS(gemm(2, 2, 2, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1, bias, PST_RELU));                  \
        for (int i = 0; i < 4; i++)                                                                \
            CHECK(c[i] == 12);                                                                     \
        SUCCEEDS(gemm(2, 2, 0, 1, NULL, 2, 1, NULL, 2, 1, 0, c, 2, 1, bias, 0));                   \
        for (int i = 0; i < 4; i++)                                                                \
            CHECK(c[i] == 10);                                                                     \
        /* Backwards, and one element for all. */                                                  \
        SUCCEEDS(gemm(2, 2, 2, 1, a + 3, -2, -1, b, 0, 0, 0, c + 3, -2, -1, NULL, 0));             \
        for (int i = 0; i < FRAME; i++)                                                            \
            CHECK(memory[i] == (i >= 16 && i < 20 ? 2 : 77));                                      \
    }

DEFINE(float, pst_gemm_f32)
DEFINE(double, pst_gemm_f64)

int main(void) {
    begin(60);
    check_pst_gemm_f32();
    check_pst_gemm_f64();
    return end("misuse_gemm");
}
