/* Concurrent dictionary: twenty actors read, and now and then write, what one actor has. */
#include "../work/dictionary.h"
#include "program.h"

enum { WORKERS = 20, WRITE_PERCENT = 10 };
enum { READ = FIRST_TYPE, WRITE, RESULT };

struct request {
    pst_actor from;
    uint32_t key, value;
};

struct dictionary {
    _Alignas(64) struct order order;
    struct dictionary_slot *slots;
    uint64_t asked;
};

static pst_status serve(pst_context *cx, void *state, const pst_message *message) {
    struct dictionary *me = state;
    const struct request *request = opened(&me->order, message);
    struct dictionary_slot *slot = dictionary_find(me->slots, request->key);
    me->asked++;
    if (message->type == WRITE)
        slot->value = request->value;
    return tell(cx, &me->order, request->from, RESULT, &slot->value, sizeof slot->value);
}

struct worker {
    _Alignas(64) struct order order;
    pst_actor dictionary, master;
    uint64_t left;
    uint32_t random, key;
};

/* Every value is congruent to its key, so that each answer can be checked. */
static pst_status work(pst_context *cx, void *state, const pst_message *message) {
    struct worker *me = state;
    const void *payload = opened(&me->order, message);
    if (message->type == START)
        me->master = *(const pst_actor *)payload;
    else
        expect("a value's key", *(const uint32_t *)payload % DICTIONARY_KEYS,
               me->key % DICTIONARY_KEYS);
    if (me->left-- == 0)
        return tell(cx, &me->order, me->master, DONE, NULL, 0);
    bool writes = random_next(&me->random) % 100 < WRITE_PERCENT;
    me->key = dictionary_key(&me->random);
    struct request request = {pst_self(cx), me->key, 0};
    if (writes)
        request.value = me->key + DICTIONARY_KEYS * (random_next(&me->random) % 1000);
    return tell(cx, &me->order, me->dictionary, writes ? WRITE : READ, &request, sizeof request);
}

void concdict(struct program *program) {
    struct worker *workers = reserve(WORKERS, sizeof *workers);
    struct dictionary dictionary = {.slots = dictionary_make()};
    pst_actor all[WORKERS];
    struct master counter = {.starters = all, .count = WORKERS, .reports = WORKERS};
    if (!dictionary.slots)
        fault("no memory for the dictionary");
    pst_actor root = spawn(program, master, &counter);
    pst_actor store = spawn(program, serve, &dictionary);
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.dictionary = store, .left = program->size, .random = i};
        all[i] = spawn(program, work, &workers[i]);
    }
    run(program, root);
    expect("requests", dictionary.asked, WORKERS * program->size);
    program->operations = 2 * WORKERS * program->size;
    end_actors(program, all, WORKERS);
    end_actors(program, (pst_actor[]){root, store}, 2);
    for (uint32_t i = 0; i < WORKERS; i++)
        order_end(&workers[i].order);
    order_end(&counter.order);
    order_end(&dictionary.order);
    free(dictionary.slots);
    free(workers);
}
