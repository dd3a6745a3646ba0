#include "json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static FILE *file;

void json_open(const char *path) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(folder, 0777);
        *slash = '/';
    }
    file = fopen(path, "w");
    if (!file)
        fprintf(stderr, "%s: %s; no JSON lines are written\n", path, strerror(errno));
}

void json_line(const char *name, const char *system, const char *metric, double value,
               const char *unit) {
    if (!file)
        return;
    fprintf(file,
            "{\"suite\": \"actors\", \"case\": \"%s\", \"system\": \"%s\", \"metric\": \"%s\", "
            "\"value\": %.9g, \"unit\": \"%s\"}\n",
            name, system, metric, value, unit);
    fflush(file);
}

void json_close(void) {
    if (file)
        fclose(file);
}
