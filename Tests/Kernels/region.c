#include "region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The address sanitizer watches all that is not the operand. */
#if defined(__SANITIZE_ADDRESS__)
#define WATCHES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHES 1
#endif
#endif
#if defined(WATCHES)
#include <sanitizer/asan_interface.h>
enum { MARGIN = 0 };
#else
#define ASAN_POISON_MEMORY_REGION(start, bytes) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) ((void)0)
enum { MARGIN = 256 };
#endif

region region_make(size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    bytes = (bytes + page - 1) / page * page;
    unsigned char *mapping =
        mmap(NULL, bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *copy = malloc(bytes);
    if (mapping == MAP_FAILED || !copy ||
        mprotect(mapping + page, bytes, PROT_READ | PROT_WRITE) != 0) {
        fprintf(stderr, "no memory for operands\n");
        exit(1);
    }
    unsigned char *base = mapping + page;
    ASAN_POISON_MEMORY_REGION(base, bytes);
    return (region){base, bytes, base, base, base, base, copy};
}

void *region_reserve(region *memory, size_t count, size_t element_size, generator *random) {
    const size_t bytes = count * element_size, room = memory->bytes - bytes;
    if (bytes > memory->bytes) {
        fprintf(stderr, "an operand of %zu bytes does not fit\n", bytes);
        exit(1);
    }
    ASAN_POISON_MEMORY_REGION(memory->start, (size_t)(memory->end - memory->start));
    size_t offset = 0;
    switch (pick(random, 0, 2)) {
    case 0:
        break;
    case 1:
        offset = room;
        break;
    default:
        offset = (size_t)pick(random, 0, (ptrdiff_t)((room < 4096 ? room : 4096) / element_size));
        offset *= element_size;
    }
    memory->start = memory->base + offset;
    memory->end = memory->start + bytes;
    ASAN_UNPOISON_MEMORY_REGION(memory->start, bytes);
    memory->low = memory->start - (offset < MARGIN ? offset : MARGIN);
    memory->high = memory->end + (room - offset < MARGIN ? room - offset : MARGIN);
    memset(memory->low, 0xff, (size_t)(memory->high - memory->low));
    return memory->start;
}

void region_remember(region *memory) {
    memcpy(memory->copy, memory->low, (size_t)(memory->high - memory->low));
}

bool region_is_intact(const region *memory) {
    return memcmp(memory->copy, memory->low, (size_t)(memory->high - memory->low)) == 0;
}

static bool are_ones(const unsigned char *from, const unsigned char *end) {
    while (from < end && *from == 0xff)
        from++;
    return from == end;
}

bool region_is_intact_outside(const region *memory) {
    return are_ones(memory->low, memory->start) && are_ones(memory->end, memory->high);
}
