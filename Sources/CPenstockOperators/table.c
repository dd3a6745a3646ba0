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

psto_select psto_select_of(const psto_loops *loops, uint32_t bytes) {
    switch (bytes) {
    case 1:
        return loops->select[0];
    case 2:
        return loops->select[1];
    case 4:
        return loops->select[2];
    case 8:
        return loops->select[3];
    default:
        return NULL;
    }
}
