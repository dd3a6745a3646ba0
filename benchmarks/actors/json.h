/* The figures, a line each. */
#ifndef ACTORS_JSON_H
#define ACTORS_JSON_H

/* Makes the folder as well. Says so on stderr if it cannot; then nothing is written. */
void json_open(const char *path);
void json_line(const char *name, const char *system, const char *metric, double value,
               const char *unit);
void json_close(void);

#endif
