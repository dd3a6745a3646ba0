/* The tests of one element type. Included by a file that defines
 *
 *   SUFFIX, ELEMENT   a name's ending, the element
 *   WIDE, ROUNDOFF    a type with room for an exact sum; half a unit in the last place of 1
 *   FUSED(x, y, z)    x * y + z, rounded once */
#include "suite.h"

#include <string.h>
#include <tgmath.h>

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(x) PASTE(x, SUFFIX)

#include "matrix.h"
#include "product.h"
#include "reference.h"
#include "cut.h"
#include "curves.h"
#include "products.h"
#include "parts.h"

bool NAME(run)(const tested *one, memories *memory, kind what, long first, long end, tally *done) {
    typedef bool test(const tested *, memories *, kind, long, generator *, tally *);
    static test *const tests[KINDS] = {
        [EXACT] = NAME(test_product), [CHAIN] = NAME(test_product), [SPECIAL] = NAME(test_product),
        [CURVE] = NAME(test_curve),   [PACK] = NAME(test_pack),     [SCALE] = NAME(test_scale),
    };
    for (long number = first; number < end; number++) {
        generator random = {((uint64_t)what << 40) + (uint64_t)number};
        if (!tests[what](one, memory, what, number, &random, done))
            return false;
        done->cases[what]++;
    }
    return true;
}
