#ifndef MATRIX_WAITING_H
#define MATRIX_WAITING_H

/* How long threads of this process have been ready to run while others had the CPU, all of them
 * together, in nanoseconds since each began. */
double waiting_ns(void);

#endif
