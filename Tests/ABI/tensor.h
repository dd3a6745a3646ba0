/* DLPack's tensor as a caller has it. */
#ifndef PENSTOCK_TESTS_TENSOR_H
#define PENSTOCK_TESTS_TENSOR_H

#include <stddef.h>
#include <stdint.h>

/* dlpack.h, as every version from 0.2 on has it. */
typedef struct tensor {
    void *data;
    int32_t device_type, device_id;
    int32_t ndim;
    uint8_t code, bits;
    uint16_t lanes;
    int64_t *shape;
    int64_t *strides;
    uint64_t byte_offset;
} tensor;
_Static_assert(sizeof(tensor) == 48 && offsetof(tensor, byte_offset) == 40, "DLTensor");

enum { CPU = 1, CUDA = 2, CUDA_HOST = 3, ROCM_HOST = 11 };
enum { INT = 0, UINT = 1, FLOAT = 2, BFLOAT = 4, COMPLEX = 5, BOOL = 6 };

#endif
