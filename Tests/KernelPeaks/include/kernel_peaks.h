/* How fast this processor's multiply instructions go when nothing but registers is involved: what
 * the speed of a kernel is a share of. */
#ifndef KERNEL_PEAKS_H
#define KERNEL_PEAKS_H

/* Operations (a multiplication and an addition are two) for each nanosecond of the calling thread.
 * `kernel` is the name of a narrow kernel, `int8` 0 for bf16. 0 when there is no such loop. */
double kernel_peak(const char *kernel, int int8);

/* Nanoseconds of processor time that the calling thread has used. */
double thread_nanoseconds(void);

#endif
