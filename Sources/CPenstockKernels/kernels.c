#include "penstock_kernels.h"
