/* The dictionary of "concurrent dictionary": integer to integer, every key there from the start.
 * The same machine code for Penstock and for CAF, so that they differ in messages alone. */
#ifndef ACTORS_DICTIONARY_H
#define ACTORS_DICTIONARY_H

#include <stdint.h>
#include <stdlib.h>

#include "random.h"

/* Savina's limit: the largest int / 4096. */
enum { DICTIONARY_KEYS = 524287, DICTIONARY_SLOTS = 1 << 20 };

struct dictionary_slot {
    uint32_t key; /* 0: empty */
    uint32_t value;
};

/* The slot of a key, or the empty one where it belongs. */
static inline struct dictionary_slot *dictionary_find(struct dictionary_slot *slots, uint32_t key) {
    uint32_t at = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 44);
    while (slots[at].key != 0 && slots[at].key != key)
        at = (at + 1) % DICTIONARY_SLOTS;
    return &slots[at];
}

/* Keys 1 to DICTIONARY_KEYS, each with itself as its value. Freed with free(). */
static inline struct dictionary_slot *dictionary_make(void) {
    struct dictionary_slot *slots =
        (struct dictionary_slot *)calloc(DICTIONARY_SLOTS, sizeof(struct dictionary_slot));
    for (uint32_t key = 1; slots && key <= DICTIONARY_KEYS; key++) {
        struct dictionary_slot *slot = dictionary_find(slots, key);
        slot->key = key;
        slot->value = key;
    }
    return slots;
}

/* A key for a worker to ask for. */
static inline uint32_t dictionary_key(uint32_t *state) {
    uint32_t high = random_next(state) & 7;
    return 1 + (high << 16 | random_next(state)) % DICTIONARY_KEYS;
}

#endif
