/* Part four: two threads against one, Penstock alone. */
#ifndef MATRIX_THREADS_H
#define MATRIX_THREADS_H

#include "options.h"
#include "product.h"

#include <sched.h>

/* usable: the CPUs this process may use, to which the calling thread is bound meanwhile. Returns
 * how many results were wrong. */
int threads_run(enum precision precision, const struct options *options, const cpu_set_t *usable);

#endif
