#ifndef PENSTOCK_H
#define PENSTOCK_H
#endif
