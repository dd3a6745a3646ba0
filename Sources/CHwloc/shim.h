#ifndef PENSTOCK_CHWLOC_SHIM_H
#define PENSTOCK_CHWLOC_SHIM_H
#include <hwloc.h>
#endif
