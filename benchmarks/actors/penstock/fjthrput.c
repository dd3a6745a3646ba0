/* Fork-join throughput: one actor feeds sixty in turn, and each says when it has had its share. */
#include "program.h"

#include <stdlib.h>

enum { WORKERS = 60 };
enum { ITEM = FIRST_TYPE };

struct worker {
    _Alignas(64) struct order order;
    pst_actor driver;
    uint64_t left;
};

static pst_status work(pst_context *cx, void *state, const pst_message *message) {
    struct worker *me = state;
    opened(&me->order, message);
    return --me->left ? PST_OK : tell(cx, &me->order, me->driver, DONE, NULL, 0);
}

struct driver {
    _Alignas(64) struct order order;
    struct stopwatch watch;
    pst_actor workers[WORKERS];
    uint64_t items, reports;
};

static pst_status drive(pst_context *cx, void *state, const pst_message *message) {
    struct driver *me = state;
    if (message->type == DONE) {
        opened(&me->order, message);
        return --me->reports ? PST_OK : stopwatch_end(cx, &me->watch);
    }
    stopwatch_begin(&me->watch, message);
    pst_status status = PST_OK;
    for (uint64_t i = 0; i < me->items; i++)
        for (uint32_t w = 0; w < WORKERS && status == PST_OK; w++)
            status = tell(cx, &me->order, me->workers[w], ITEM, NULL, 0);
    return status;
}

void fjthrput(struct program *program) {
    struct worker *workers = reserve(WORKERS, sizeof *workers);
    struct driver driver = {.items = program->size, .reports = WORKERS};
    pst_actor root = spawn(program, drive, &driver);
    for (uint32_t w = 0; w < WORKERS; w++) {
        workers[w].driver = root;
        workers[w].left = program->size;
        driver.workers[w] = spawn(program, work, &workers[w]);
    }
    run(program, root);
    for (uint32_t w = 0; w < WORKERS; w++) {
        expect("items that a worker has not had", workers[w].left, 0);
        order_end(&workers[w].order);
    }
    program->operations = WORKERS * program->size;
    end_actors(program, driver.workers, WORKERS);
    end_actors(program, &root, 1);
    order_end(&driver.order);
    free(workers);
}
