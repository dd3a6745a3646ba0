#define SUFFIX f32
#define ELEMENT float
#define WIDE double
#define ROUNDOFF 0x1p-24
#define FUSED(x, y, z) fmaf(x, y, z)
#include "typed.h"
