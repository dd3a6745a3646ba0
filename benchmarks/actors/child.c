#define _GNU_SOURCE
#include "child.h"
#include "timing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void command_add(struct command *command, const char *format, ...) {
    if (command->count == MOST_WORDS - 1)
        abort();
    va_list values;
    va_start(values, format);
    vsnprintf(command->words[command->count++], MOST_WORD, format, values);
    va_end(values);
}

__attribute__((format(printf, 2, 3))) static void set_fault(struct child *child, const char *format,
                                                            ...) {
    if (child->fault[0])
        return;
    va_list values;
    va_start(values, format);
    vsnprintf(child->fault, sizeof child->fault, format, values);
    va_end(values);
}

static void run_command(const struct command *command, int in, int out) {
    char *words[MOST_WORDS] = {0};
    for (int i = 0; i < command->count; i++)
        words[i] = (char *)command->words[i];
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* an interrupted harness leaves nobody spinning */
    signal(SIGPIPE, SIG_DFL);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execvp(words[0], words);
    printf("fault %s: %s\n", words[0], strerror(errno));
    fflush(stdout);
    _exit(127);
}

struct child child_start(const struct command *command, uint64_t timeout_ns) {
    struct child child = {.pid = -1, .to = -1, .end_ns = now_ns() + timeout_ns};
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) {
        set_fault(&child, "pipe: %s", strerror(errno));
        return child;
    }
    fflush(NULL);
    child.pid = fork();
    if (child.pid == 0)
        run_command(command, in[0], out[1]);
    close(in[0]);
    close(out[1]);
    child.to = in[1];
    child.from = fdopen(out[0], "r");
    if (child.pid < 0 || !child.from)
        set_fault(&child, "fork: %s", strerror(errno));
    else
        setvbuf(child.from, NULL, _IONBF, 0); /* so that poll sees what is there */
    return child;
}

bool child_read(struct child *child, char *line, size_t size) {
    if (child->fault[0])
        return false;
    struct pollfd readable = {.fd = fileno(child->from), .events = POLLIN};
    uint64_t now = now_ns();
    int left = now < child->end_ns ? (int)((child->end_ns - now) / 1000000 + 1) : 0;
    int ready = poll(&readable, 1, left);
    if (ready == 0) {
        child->too_slow = true;
        set_fault(child, "did not end in time");
    }
    if (ready <= 0 || !fgets(line, (int)size, child->from))
        return false;
    line[strcspn(line, "\n")] = 0;
    return true;
}

const char *child_await(struct child *child, const char *word, char *line, size_t size) {
    size_t length = strlen(word);
    while (child_read(child, line, size)) {
        if (strncmp(line, "fault ", 6) == 0)
            set_fault(child, "%s", line + 6);
        else if (strncmp(line, word, length) == 0)
            return line + length;
    }
    set_fault(child, "ended without a %s", word);
    return NULL;
}

void child_go_on(struct child *child) {
    if (!child->fault[0] && write(child->to, "\n", 1) != 1)
        set_fault(child, "does not listen: %s", strerror(errno));
}

static void hang_up(struct child *child) {
    if (child->to >= 0)
        close(child->to);
    child->to = -1;
}

void child_kill(struct child *child) {
    if (child->pid > 0)
        kill(child->pid, SIGKILL);
    child_end(child);
}

void child_end(struct child *child) {
    char line[256];
    int status = 0;
    hang_up(child);
    while (child_read(child, line, sizeof line)) {
    }
    if (child->fault[0] && child->pid > 0)
        kill(child->pid, SIGKILL);
    if (child->pid > 0) {
        waitpid(child->pid, &status, 0);
        if (WIFSIGNALED(status))
            set_fault(child, "ended by signal %d (%s)", WTERMSIG(status),
                      strsignal(WTERMSIG(status)));
        else if (WEXITSTATUS(status))
            set_fault(child, "left with status %d", WEXITSTATUS(status));
    }
    if (child->from)
        fclose(child->from);
    child->from = NULL;
    child->pid = -1;
}

struct measurement measure(const struct command *command, uint64_t timeout_ns) {
    char line[512];
    unsigned long long elapsed = 0, operations = 0;
    struct measurement measured = {.rate = 0};
    struct child child = child_start(command, timeout_ns);
    hang_up(&child); /* one that waits after a mark goes on at once */
    const char *result = child_await(&child, "result ", line, sizeof line);
    if (result && sscanf(result, "%llu %llu", &elapsed, &operations) != 2)
        set_fault(&child, "said: %.300s", line);
    child_end(&child);
    if (elapsed && !child.fault[0])
        measured.rate = (double)operations / ((double)elapsed * 1e-9);
    measured.too_slow = child.too_slow;
    snprintf(measured.fault, sizeof measured.fault, "%s", child.fault);
    return measured;
}
