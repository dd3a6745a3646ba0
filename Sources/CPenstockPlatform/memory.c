#define _GNU_SOURCE
#include "penstock_platform.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAPPED_FROM = 64 * 1024 };

void *pstp_alloc(size_t count, size_t size, size_t alignment) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > (size_t)PTRDIFF_MAX)
        return NULL;
    if (bytes == 0)
        bytes = 1;
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    if (alignment > 4096)
        return NULL;
    if (bytes >= MAPPED_FROM) {
        void *memory =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return memory == MAP_FAILED ? NULL : memory;
    }
    void *memory = NULL;
    if (posix_memalign(&memory, alignment, bytes))
        return NULL;
    memset(memory, 0, bytes);
    return memory;
}

void pstp_free(void *memory, size_t count, size_t size) {
    if (!memory)
        return;
    size_t bytes = count * size;
    if (bytes >= MAPPED_FROM)
        munmap(memory, bytes);
    else
        free(memory);
}
