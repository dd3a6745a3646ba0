#include "overlap.h"
#include "../elements.h"
#include "../timing.h"

#include <pthread.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t slots[OVERLAP_QUEUE];
    uint64_t in, out;
    bool closed;
    struct total total;
};

static void put(struct queue *queue, uint64_t batch) {
    pthread_mutex_lock(&queue->lock);
    while (queue->in - queue->out == OVERLAP_QUEUE)
        pthread_cond_wait(&queue->changed, &queue->lock);
    queue->slots[queue->in++ % OVERLAP_QUEUE] = batch;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static void close_queue(struct queue *queue) {
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_signal(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

static bool take(struct queue *queue, uint64_t *batch) {
    pthread_mutex_lock(&queue->lock);
    while (queue->in == queue->out && !queue->closed)
        pthread_cond_wait(&queue->changed, &queue->lock);
    bool any = queue->in != queue->out;
    if (any) {
        *batch = queue->slots[queue->out++ % OVERLAP_QUEUE];
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return any;
}

static void *train(void *argument) {
    struct queue *queue = argument;
    pin_to(1);
    for (uint64_t batch; take(queue, &batch);) {
        spin_ns(OVERLAP_WORK_NS);
        add_one(&queue->total, batch);
    }
    return NULL;
}

static double run_once(uint64_t batches, struct total *total) {
    struct queue queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    pthread_t trainer;
    uint64_t start = now_ns();
    pthread_create(&trainer, NULL, train, &queue);
    for (uint64_t batch = 0; batch < batches; batch++) {
        spin_ns(OVERLAP_WORK_NS);
        put(&queue, batch);
    }
    close_queue(&queue);
    pthread_join(trainer, NULL);
    *total = queue.total;
    return (double)(now_ns() - start) * 1e-9;
}

void overlap_c(struct bench_run *run) {
    struct total total;
    pin_to(0);
    run_once(10, &total);
    overlap_figure(run, run_once(run->setting.elements, &total));
    bench_expect(run, total.count, total.sum, 0);
    if (total.disordered)
        bench_fault(run, "out of order");
}
