#ifndef PENSTOCK_OPERATORS_TABLES_H
#define PENSTOCK_OPERATORS_TABLES_H

#include "penstock_operators.h"

#pragma GCC visibility push(hidden)
const psto_loops *psto_generic(void);
const psto_loops *psto_avx2(void);
#pragma GCC visibility pop

#endif
