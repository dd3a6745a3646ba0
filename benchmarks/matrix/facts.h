/* What this machine is. */
#ifndef MATRIX_FACTS_H
#define MATRIX_FACTS_H

void facts_print(int usable_cpus);

#endif
