/* Usage: kernel-tests CASES [PATH ELEMENT KIND NUMBER]
 *
 * Drives the kernels of every path that this processor runs: CASES exact products for each element
 * type, and a part of that of the others. A single case runs again by the words that its failure
 * prints, as in `kernel-tests 0 neon f32 exact 1234`. */
#include "suite.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(SANITIZED)
#include <sanitizer/common_interface_defs.h>
#endif

char current[1024];

void describe(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(current, sizeof current, format, arguments);
    va_end(arguments);
}

bool failed(const char *format, ...) {
    va_list arguments;
    fprintf(stderr, "FAILED %s: ", current);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

static void announce(void) {
    static const char before[] = "CRASHED ";
    (void)!write(2, before, sizeof before - 1);
    (void)!write(2, current, strlen(current));
    (void)!write(2, "\n", 1);
}

static void crashed(int number) {
    announce();
    _exit(128 + number);
}

static const struct {
    const char *name;
    int share; /* one case for so many of CASES */
} kinds[KINDS] = {
    [EXACT] = {"exact", 1},  [CHAIN] = {"chain", 5}, [SPECIAL] = {"special", 5},
    [CURVE] = {"curve", 10}, [PACK] = {"pack", 5},   [SCALE] = {"scale", 10},
};

static bool run_all(const tested *one, suite *run, memories *memory, long cases) {
    tally done = {0};
    for (kind what = 0; what < KINDS; what++) {
        if (!run(one, memory, what, 0, cases / kinds[what].share, &done))
            return false;
    }
    printf("%-8s %s:", one->path, one->element);
    for (kind what = 0; what < KINDS; what++)
        printf(" %ld %s,", done.cases[what], kinds[what].name);
    printf(" %ld bounded\n", done.bounded);
    fflush(stdout);
    return true;
}

int main(int count, char **arguments) {
    const long cases = count > 1 ? strtol(arguments[1], NULL, 10) : 0;
    if (count != 2 && count != 6) {
        fprintf(stderr, "usage: %s CASES [PATH ELEMENT KIND NUMBER]\n", arguments[0]);
        return 2;
    }
    signal(SIGILL, crashed);
    signal(SIGFPE, crashed);
#if defined(SANITIZED)
    __sanitizer_set_death_callback(announce);
#else
    signal(SIGSEGV, crashed);
    signal(SIGBUS, crashed);
#endif
    enum { BYTES = 8 << 20 };
    static memories memory;
    region *const regions[] = {&memory.a,        &memory.b,        &memory.c,       &memory.bias,
                               &memory.residual, &memory.a_packed, &memory.b_packed};
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        *regions[i] = region_make(BYTES);
    bool ok = true, found = false;
    const pstk_kernels *table;
    for (size_t i = 0; (table = pstk_kernels_at(i)) != NULL; i++) {
#if defined(__x86_64__)
        const bool fuses = strcmp(table->name, "generic") != 0;
#else
        const bool fuses = true;
#endif
        const tested both[] = {{table->name, "f32", &table->f32, fuses},
                               {table->name, "f64", &table->f64, fuses}};
        suite *const runs[] = {run_f32, run_f64};
        if (!table->supported()) {
            printf("%-8s not on this processor\n", table->name);
            continue;
        }
        for (int type = 0; type < 2; type++) {
            if (count == 2) {
                ok = run_all(&both[type], runs[type], &memory, cases) && ok;
                found = true;
                continue;
            }
            for (kind what = 0; what < KINDS; what++) {
                const long number = strtol(arguments[5], NULL, 10);
                tally done = {0};
                if (strcmp(arguments[2], table->name) != 0 ||
                    strcmp(arguments[3], both[type].element) != 0 ||
                    strcmp(arguments[4], kinds[what].name) != 0)
                    continue;
                ok = runs[type](&both[type], &memory, what, number, number + 1, &done) && ok;
                printf("%s: %s\n", current, ok ? "passed" : "failed");
                found = true;
            }
        }
    }
    if (!found)
        fprintf(stderr, "no such case\n");
    return ok && found ? 0 : 1;
}
