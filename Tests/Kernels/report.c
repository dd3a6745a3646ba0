#include "report.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
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

void report_crashes(void) {
    signal(SIGILL, crashed);
    signal(SIGFPE, crashed);
#if defined(SANITIZED)
    __sanitizer_set_death_callback(announce);
#else
    signal(SIGSEGV, crashed);
    signal(SIGBUS, crashed);
#endif
}
