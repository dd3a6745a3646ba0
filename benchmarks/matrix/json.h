/* The figures as JSON lines: suite, case, system, metric, value, unit. */
#ifndef MATRIX_JSON_H
#define MATRIX_JSON_H

/* Makes the file, and the folders on the way to it. Without it lines go nowhere. */
void json_open(const char *path);
/* The case is precision/name. */
void json_line(const char *precision, const char *name, const char *system, const char *metric,
               double value, const char *unit);
void json_close(void);

#endif
