/* Many threads at once, each with products of several sizes: all get the same bits. */
#include <penstock_cblas.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 40, SIZES = 4, LARGEST = 150 };
static const int sizes[SIZES] = {3, 16, 61, LARGEST};

static double a[LARGEST * LARGEST], b[LARGEST * LARGEST];
static double first[SIZES][LARGEST * LARGEST];

static void multiply(int size, double *c) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size, size, size, 0.7, a, size, b, size, 0,
                c, size);
}

static void *work(void *results) {
    size_t differences = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < SIZES; i++) {
            size_t bytes = sizeof(double) * (size_t)(sizes[i] * sizes[i]);
            multiply(sizes[i], results);
            differences += memcmp(results, first[i], bytes) != 0;
        }
    return (void *)differences;
}

int main(void) {
    static double results[THREADS][LARGEST * LARGEST];
    pthread_t threads[THREADS];
    size_t differences = 0;
    for (int i = 0; i < LARGEST * LARGEST; i++) {
        a[i] = 1.0 / (1 + i % 97);
        b[i] = 1.0 / (1 + i % 89);
    }
    for (int i = 0; i < SIZES; i++)
        multiply(sizes[i], first[i]);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, results[i]))
            return 1;
    for (int i = 0; i < THREADS; i++) {
        void *found;
        pthread_join(threads[i], &found);
        differences += (size_t)found;
    }
    printf("threads: %d products, %zu differ\n", THREADS * ROUNDS * SIZES, differences);
    return differences != 0;
}
