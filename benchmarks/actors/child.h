/* A measurement is a process of its own: no system sees the heap, threads or affinity that another
 * one left. The harness sleeps meanwhile. */
#ifndef ACTORS_CHILD_H
#define ACTORS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { MOST_WORDS = 32, MOST_WORD = 256 };

/* A command line. */
struct command {
    char words[MOST_WORDS][MOST_WORD];
    int count;
};
void command_add(struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct child {
    pid_t pid;
    int to;     /* its stdin */
    FILE *from; /* its stdout */
    uint64_t end_ns;
    bool too_slow;
    char fault[400]; /* empty: nothing went wrong */
};

/* The child is ended when it takes longer than the timeout. */
struct child child_start(const struct command *command, uint64_t timeout_ns);
/* Its next line, without the newline. False when there is none, and then fault may say why. */
bool child_read(struct child *child, char *line, size_t size);
/* Reads up to a line that begins with the word, and returns what follows it; NULL with a fault. */
const char *child_await(struct child *child, const char *word, char *line, size_t size);
/* Lets a child go on that waits after a "mark". */
void child_go_on(struct child *child);
/* Waits for its end; faults unless it left with status 0. */
void child_end(struct child *child);
/* Ends it now. */
void child_kill(struct child *child);

/* What a child said that prints "result NANOSECONDS OPERATIONS". */
struct measurement {
    double rate; /* operations a second */
    bool too_slow;
    char fault[400]; /* empty: the result was right */
};
struct measurement measure(const struct command *command, uint64_t timeout_ns);

#endif
