/* The memory layout of a tensor as DLPack fixes it (dlpack.h, the same in every version from 0.2 to
 * 1.x): an ABI, so it is written down here rather than depended on. */
#ifndef PENSTOCK_DLPACK_H
#define PENSTOCK_DLPACK_H

#include <stdint.h>

enum { PSTP_DL_CPU = 1, PSTP_DL_CUDA_HOST = 3, PSTP_DL_ROCM_HOST = 11 };
enum { PSTP_DL_INT = 0, PSTP_DL_UINT = 1, PSTP_DL_FLOAT = 2, PSTP_DL_BFLOAT = 4 };

typedef struct {
    void *data;
    int32_t device_type, device_id;
    int32_t ndim;
    uint8_t code, bits;
    uint16_t lanes;
    const int64_t *shape;
    const int64_t *strides; /* elements; NULL: row-major without gaps */
    uint64_t byte_offset;
} pstp_dl_tensor;

#endif
