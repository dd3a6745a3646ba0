#include "counting_allocator.h"

/* Also says whose C library this is: __GLIBC__. */
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POSSIBLE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define POSSIBLE 0
#endif
#endif
#if !defined(POSSIBLE) && defined(__GLIBC__)
#define POSSIBLE 1
#elif !defined(POSSIBLE)
#define POSSIBLE 0
#endif

static long totals[COUNTING_OPERATORS + 1];
static _Thread_local enum counting_suite counts;

bool counting_is_possible(void) {
    return POSSIBLE;
}
void counting_set(enum counting_suite suite) {
    counts = suite;
}
long counting_total(enum counting_suite suite) {
    return __atomic_load_n(&totals[suite], __ATOMIC_RELAXED);
}

#if POSSIBLE
/* The executable's definitions come before the C library's for everything in the process. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static inline void note(void) {
    if (counts != COUNTING_NOTHING)
        __atomic_fetch_add(&totals[counts], 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    note();
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    note();
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : 12;
}
#endif
