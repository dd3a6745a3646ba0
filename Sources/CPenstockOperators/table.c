#include "tables.h"

const psto_loops *psto_loops_chosen(bool generic) {
#if defined(__x86_64__)
    if (!generic && psto_avx2()->supported())
        return psto_avx2();
#endif
    (void)generic;
    return psto_generic();
}

psto_unary psto_unary_of(const psto_loops *loops, uint32_t kind, uint32_t scalar) {
    return kind < PSTO_UNARIES && scalar < PSTO_SCALARS ? loops->unary[kind][scalar] : NULL;
}

psto_binary psto_binary_of(const psto_loops *loops, uint32_t kind, uint32_t scalar) {
    return kind < PSTO_BINARIES && scalar < PSTO_SCALARS ? loops->binary[kind][scalar] : NULL;
}

psto_unary psto_cast_of(const psto_loops *loops, uint32_t from, uint32_t to) {
    return from < PSTO_SCALARS && to < PSTO_SCALARS ? loops->cast[from][to] : NULL;
}

/* Of tables for 1, 2, 4 and 8 bytes. */
static int place_of(uint32_t bytes) {
    switch (bytes) {
    case 1:
        return 0;
    case 2:
        return 1;
    case 4:
        return 2;
    default:
        return 3;
    }
}

psto_select psto_select_of(const psto_loops *loops, uint32_t bytes) {
    return loops->select[place_of(bytes)];
}

psto_strided psto_strided_of(const psto_loops *loops, uint32_t bytes) {
    return loops->strided[place_of(bytes)];
}
