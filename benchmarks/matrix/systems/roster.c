#define _GNU_SOURCE
#include "roster.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct matrix_system *const all[] = {
    &penstock_system,     &openblas_system,      &openblas_batch_system,
#if MATRIX_WITH_ONEDNN
    &onednn_sgemm_system, &onednn_matmul_system,
#endif
    &aocl_system,
#if MATRIX_WITH_XSMM
    &xsmm_system,
#endif
};

/* Prefixes of variables that choose other kernels or numbers of threads than a library would. */
static const char *const prefixes[] = {"OPENBLAS_", "GOTO_", "NVPL_", "OMP_",    "GOMP_",
                                       "KMP_",      "BLIS_", "AOCL_", "ONEDNN_", "DNNL_",
                                       "LIBXSMM_",  "MKL_",  "BLAS_"};

static void forget_environment(FILE *out) {
    for (char **variable = environ; variable && *variable;) {
        bool forget = false;
        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
            forget |= strncmp(*variable, prefixes[i], strlen(prefixes[i])) == 0;
        char *end = strchr(*variable, '=');
        if (!forget || !end) {
            variable++;
            continue;
        }
        fprintf(out, "not used  %s from the environment\n", *variable);
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)(end - *variable), *variable);
        unsetenv(name);
        variable = environ; /* unsetenv moves the others up */
    }
}

struct roster roster_open(const char *only, FILE *out) {
    struct roster roster = {0};
    forget_environment(out);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (i > 0 && only && !strstr(all[i]->name, only))
            continue;
        char about[400] = "";
        bool there = all[i]->open(about, sizeof about);
        fprintf(out, "%-15s %s%s\n", all[i]->name, there ? "" : "left out: ", about);
        if (there)
            roster.systems[roster.count++] = all[i];
    }
    return roster;
}
