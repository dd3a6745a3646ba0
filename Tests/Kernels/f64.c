#define SUFFIX f64
#define ELEMENT double
#define WIDE long double
#define ROUNDOFF 0x1p-53
#define FUSED(x, y, z) fma(x, y, z)
#include "typed.h"
