#include "system.h"

#include <dlfcn.h>
#include <stdio.h>

#ifndef MATRIX_PEERS
#define MATRIX_PEERS "build/peers/lib"
#endif

void *peer_library(const char *file, char *about, size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", MATRIX_PEERS, file);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        snprintf(about, size, "%s", dlerror());
    return library;
}
