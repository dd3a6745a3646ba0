/* Packing, written once. Included for each kernel by a file that defines
 *
 *   SUFFIX, TARGET       a name's ending; the functions' target attribute (may be empty)
 *   GROUP                steps of k in 32 bits: 2 of bf16, 4 of int8
 *   PARTS                words that a group becomes: 1, as it lies, or 2,
 *   FIRST(v), SECOND(v)  which are these
 *   NR                   columns of a panel of B
 *
 * and gets pack_a_SUFFIX and pack_b_SUFFIX. Lines that are neighbours in memory are packed a
 * register at a time, then four, the last four overlapping those before. */

#define PSTK_PASTE_(a, b) a##_##b
#define PSTK_PASTE(a, b) PSTK_PASTE_(a, b)
#define NAME(x) PSTK_PASTE(x, SUFFIX)
#define INLINE static inline __attribute__((always_inline)) TARGET
#define ELEMENT_BYTES (4 / GROUP)

#include "narrow_pack_a.h"
#include "narrow_pack_b.h"

#undef ELEMENT_BYTES
#undef INLINE
#undef NAME
#undef PSTK_PASTE
#undef PSTK_PASTE_
#undef SUFFIX
#undef GROUP
#undef PARTS
#undef FIRST
#undef SECOND
