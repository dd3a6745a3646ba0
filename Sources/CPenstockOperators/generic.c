/* What every processor of the architecture has: SSE2 or NEON. */
#include "tables.h"

#define TARGET
#define NAME "generic"
#define LOOPS loops

static bool supported(void) {
    return true;
}

#include "loops.h"

const psto_loops *psto_generic(void) {
    return &loops;
}
