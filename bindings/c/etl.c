/* Extract, transform, load: lines are parsed, bad ones go to the dead letters, good ones are
 * converted by two replicas, and the results arrive in the order of the lines. */
#include <penstock.h>
#include <stdio.h>
#include <string.h>

typedef struct line {
    char text[32];
} line;

typedef struct reading {
    int station;
    double celsius;
} reading;

static const char *const lines[] = {
    "1 12.5", "2 -3.0", "1 warm", "3 21.0", "", "2 -4.5", "1 13.5", "3 19.0", "four 8.0", "1 11.0",
};
enum { LINES = sizeof(lines) / sizeof(*lines) };

static pst_status extract(pst_context *cx, void *out, size_t capacity, size_t *count) {
    size_t *next = pst_user(cx);
    for (line *to = out; *count < capacity && *next < LINES; ++*count)
        snprintf(to++->text, sizeof(to->text), "%s", lines[(*next)++]);
    return *next < LINES ? PST_OK : PST_END;
}

/* What pst_fail() names is set aside; the span goes on after it. */
static pst_status clean(pst_context *cx, const void *in, void *out, size_t n) {
    const line *from = in;
    reading *to = out;
    for (size_t i = 0; i < n; i++)
        if (sscanf(from[i].text, "%d %lf", &to[i].station, &to[i].celsius) != 2)
            return pst_fail(cx, PST_EUSER, i, "not a station and a temperature");
    return PST_OK;
}

static pst_status to_kelvin(pst_context *cx, const void *in, void *out, size_t n) {
    const reading *from = in;
    double *to = out;
    (void)cx;
    for (size_t i = 0; i < n; i++)
        to[i] = from[i].celsius + 273.15;
    return PST_OK;
}

static pst_status load(pst_context *cx, const void *in, size_t n) {
    (void)cx;
    for (size_t i = 0; i < n; i++)
        printf("%.2f K\n", ((const double *)in)[i]);
    return PST_OK;
}

static pst_status reject(pst_context *cx, const void *in, size_t n) {
    (void)in;
    *(size_t *)pst_user(cx) += n;
    return PST_OK;
}

int main(void) {
    size_t next = 0, rejected = 0;
    pst_type line_type = PST_TYPE(line), reading_type = PST_TYPE(reading);
    pst_type kelvin_type = PST_TYPE(double);
    pst_stage_options strict = PST_STAGE_OPTIONS_INIT, twice = PST_STAGE_OPTIONS_INIT;
    strict.on_failure = PST_DEAD_LETTER;
    twice.replicas = 2;
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("etl", &graph))
        return pst_report(stderr);

    pst_stage source = pst_source(graph, "lines", &line_type, extract, &next);
    pst_stage readings = pst_map(graph, "clean", source, &reading_type, clean, NULL);
    pst_stage_configure(graph, readings, &strict);
    pst_stage kelvins = pst_map(graph, "to kelvin", readings, &kelvin_type, to_kelvin, NULL);
    pst_stage_configure(graph, kelvins, &twice);
    pst_sink(graph, "load", kelvins, load, NULL);
    pst_sink(graph, "rejects", pst_dead_letters(graph, readings), reject, &rejected);

    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    else
        printf("%d lines, %d rejected\n", LINES, (int)rejected);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     285.65 K
 *     270.15 K
 *     294.15 K
 *     268.65 K
 *     286.65 K
 *     292.15 K
 *     284.15 K
 *     10 lines, 3 rejected
 */
