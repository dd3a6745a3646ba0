/* In a program without hooks a bad product ends the process as in the reference, and says why. */
#include <penstock_cblas.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern void dgemm_(const char *trans_a, const char *trans_b, const int *m, const int *n,
                   const int *k, const double *alpha, const double *a, const int *lda,
                   const double *b, const int *ldb, const double *beta, double *c, const int *ldc);

static double a[16], b[16], c[16];

static void negative_m(void) {
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, -1, 2, 2, 1, a, 2, b, 2, 1, c, 2);
}
static void short_ldb(void) {
    const int two = 2, one = 1;
    const double unit = 1;
    dgemm_("N", "N", &two, &two, &two, &unit, a, &two, b, &one, &unit, c, &two);
}
static void overlap(void) {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1, a, 2, c, 2, 1, c, 2);
}
static void good(void) {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1, a, 2, b, 2, 1, c, 2);
}

/* Runs `product` in a child. Returns its exit status, with what it wrote to stderr in `text`. */
static int end_of(void (*product)(void), char *text, size_t capacity) {
    int out[2], status = 0;
    if (pipe(out))
        return -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDERR_FILENO);
        product();
        _exit(0);
    }
    close(out[1]);
    size_t length = 0;
    for (ssize_t count; (count = read(out[0], text + length, capacity - 1 - length)) > 0;)
        length += (size_t)count;
    text[length] = 0;
    close(out[0]);
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(void) {
    static const struct {
        const char *name;
        void (*product)(void);
        int status;
        const char *text;
    } cases[] = {
        {"negative m", negative_m, 255,
         "penstock_cblas: cblas_dgemm: parameter 4 (M) has an illegal value\n"},
        {"short ldb", short_ldb, 255,
         "penstock_cblas: DGEMM: parameter 10 (LDB) has an illegal value\n"},
        {"overlap", overlap, 255, "penstock_cblas: cblas_dgemm: pst_gemm_f64: B shares memory"},
        {"good", good, 0, ""},
    };
    int failures = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        int status = end_of(cases[i].product, text, sizeof text);
        size_t length = strlen(cases[i].text);
        int ok = status == cases[i].status && strncmp(text, cases[i].text, length) == 0 &&
                 (length > 0 || text[0] == 0);
        printf("%s: %s, exit status %d %s", cases[i].name, ok ? "ok" : "FAIL", status, text);
        printf("%s", text[0] ? "" : "\n");
        failures += !ok;
    }
    return failures != 0;
}
