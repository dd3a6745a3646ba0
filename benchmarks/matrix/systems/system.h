/* What the harness needs of Penstock and of each peer: one file per library fills in one or more of
 * these. A library with two interfaces is two systems; the better one counts. */
#ifndef MATRIX_SYSTEM_H
#define MATRIX_SYSTEM_H

#include "../product.h"

typedef void (*multiply_fn)(const struct product *product);

struct matrix_system {
    const char *name;
    /* Loads the library, on the CPU the measuring thread is bound to, and says in about which
     * version it is and which kernels it selected. False: not there, and about says why. */
    bool (*open)(char *about, size_t size);
    /* The function that computes this very product, everything done that can be done once; or
     * NULL: not offered. */
    multiply_fn (*prepare)(const struct product *product);
    void (*release)(void); /* what prepare made; or NULL */
};

extern const struct matrix_system penstock_system, openblas_system, openblas_batch_system,
    onednn_sgemm_system, onednn_matmul_system, aocl_system, xsmm_system;

/* A library that peers.sh put in its folder, with its symbols kept to itself. NULL: about says why.
 */
void *peer_library(const char *file, char *about, size_t size);

#endif
