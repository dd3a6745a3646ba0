/* The product of a program that speaks BLAS: the prices of three orders in two shops.
 *     cc blas.c $(pkg-config --cflags --libs penstock_cblas)                                     */
#include <penstock_cblas.h>
#include <stdio.h>

enum { ORDERS = 3, FRUITS = 4, SHOPS = 2 };

int main(void) {
    /* Row by row: what each order asks for, and what each shop takes for a piece. */
    const double pieces[ORDERS][FRUITS] = {{6, 1, 0, 2}, {0, 0, 12, 1}, {3, 3, 3, 3}};
    const double prices[SHOPS][FRUITS] = {{0.5, 1.25, 0.25, 2.0}, {0.75, 1.0, 0.125, 1.5}};
    double totals[ORDERS][SHOPS];

    /* totals = 1 * pieces * transposed prices + 0 * totals */
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, ORDERS, SHOPS, FRUITS, 1.0, pieces[0],
                FRUITS, prices[0], FRUITS, 0.0, totals[0], SHOPS);

    for (int order = 0; order < ORDERS; order++)
        printf("order %d: %6.3f or %6.3f\n", order + 1, totals[order][0], totals[order][1]);
    return 0;
}

/* Prints:
 *     order 1:  8.250 or  8.500
 *     order 2:  5.000 or  3.000
 *     order 3: 12.000 or 10.125
 */
