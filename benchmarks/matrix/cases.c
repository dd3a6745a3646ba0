#include "cases.h"

const struct shape shapes[] = {
    {"16", 16, 16, 16, false, false, 1},
    {"32", 32, 32, 32, false, false, 1},
    {"64", 64, 64, 64, false, false, 1},
    {"127", 127, 127, 127, false, false, 1},
    {"128", 128, 128, 128, false, false, 1},
    {"256", 256, 256, 256, false, false, 1},
    {"512", 512, 512, 512, false, false, 1},
    {"1000", 1000, 1000, 1000, false, false, 1},
    {"1023", 1023, 1023, 1023, false, false, 1},
    {"1024", 1024, 1024, 1024, false, false, 1},
    {"1024-TN", 1024, 1024, 1024, true, false, 1},
    {"1024-NT", 1024, 1024, 1024, false, true, 1},
    {"1024-TT", 1024, 1024, 1024, true, true, 1},
    {"2048", 2048, 2048, 2048, false, false, 1},
    {"4096", 4096, 4096, 4096, false, false, 1},
    {"m64", 64, 4096, 4096, false, false, 1},
    {"n64", 4096, 64, 4096, false, false, 1},
    {"k64", 4096, 4096, 64, false, false, 1},
    {"1797x64x128", 1797, 128, 64, false, false, 1}, /* m, k, n: layers of small networks */
    {"256x784x512", 256, 512, 784, false, false, 1},
    {"batch-32", 32, 32, 32, false, false, 1000},
    {0},
};

const struct shape narrow_shapes[] = {
    {"64", 64, 64, 64, false, false, 1},
    {"256", 256, 256, 256, false, false, 1},
    {"1000", 1000, 1000, 1000, false, false, 1},
    {"1024", 1024, 1024, 1024, false, false, 1},
    {"1024-TN", 1024, 1024, 1024, true, false, 1},
    {"1024-NT", 1024, 1024, 1024, false, true, 1},
    {"2048", 2048, 2048, 2048, false, false, 1},
    {"4096", 4096, 4096, 4096, false, false, 1},
    {0},
};
