/* Penstock's description of a product, for the parts that ask for more than a plain one. */
#ifndef MATRIX_PENSTOCK_H
#define MATRIX_PENSTOCK_H

#include "../product.h"

#include <penstock.h>

/* On the calling thread alone, alpha 1, beta 0, nothing fused. */
pst_gemm_args penstock_args(const struct product *product);
/* Ends the program with Penstock's own words unless the status is PST_OK. */
void penstock_must(pst_status status);

#endif
