/* What the user sees: a line while it trains, and at the end what the engine knows. */
#include "digits.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, const struct options *options) {
    progress->epochs = options->epochs;
    progress->quiet = options->quiet;
    progress->terminal = isatty(STDERR_FILENO);
    progress->printed_at = milliseconds();
}

/* The sink of the training graph. It runs on the thread that waits for the graph and prints. */
pst_status collect_metrics(pst_context *cx, const void *in, size_t n) {
    struct metrics *total = &((struct progress *)pst_user(cx))->total;
    const struct metrics *batches = in;

    for (size_t i = 0; i < n; i++) {
        if (batches[i].epoch != total->epoch)
            *total = (struct metrics){.epoch = batches[i].epoch};
        total->samples += batches[i].samples;
        total->correct += batches[i].correct;
        total->loss += batches[i].loss;
    }
    return PST_OK;
}

void progress_show(struct progress *progress, pst_graph *graph, pst_stage rows, bool last) {
    const struct metrics *total = &progress->total;
    pst_stage_stats stats = PST_STAGE_STATS_INIT;
    uint64_t now = milliseconds();

    if (progress->quiet || (!progress->terminal && !last && now < progress->printed_at + 1000))
        return;
    if (total->samples == 0 || pst_stage_get_stats(graph, rows, &stats))
        return;
    fprintf(stderr, "%sepoch %u of %u  %7.0f rows/s  loss %.4f  right %5.1f %%%s",
            progress->terminal ? "\r" : "", total->epoch + 1, progress->epochs, stats.rate,
            (double)total->loss / total->samples, 100.0 * total->correct / total->samples,
            last || !progress->terminal ? "\n" : "");
    fflush(stderr);
    progress->printed_at = now;
}

static pst_status print_view(pst_status status, const char *title, char *text) {
    if (status)
        return status;
    printf("\n%s\n%s", title, text);
    pst_text_free(text);
    return PST_OK;
}

static pst_status save_picture(pst_graph *graph, pst_view view, const char *directory,
                               const char *name) {
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", directory, name);
    pst_status status = pst_graph_save(graph, view, PST_SVG, path);
    if (!status)
        printf("%s\n", path);
    return status;
}

pst_status report(pst_engine *engine, pst_graph *graph, const char *directory) {
    char *text = NULL;
    pst_status status;

    if (mkdir(directory, 0777) && errno != EEXIST)
        fprintf(stderr, "digits: %s: %s\n", directory, strerror(errno));
    status = pst_engine_render(engine, PST_VIEW_TOPOLOGY, PST_TEXT, &text);
    if (print_view(status, "The machine", text))
        return pst_report(stderr);
    status = pst_graph_render(graph, PST_VIEW_PLAN, PST_TEXT, &text);
    if (print_view(status, "The threads, and why they are there", text))
        return pst_report(stderr);
    status = pst_graph_render(graph, PST_VIEW_STATS, PST_TEXT, &text);
    if (print_view(status, "The stages", text))
        return pst_report(stderr);

    printf("\nPictures\n");
    if (save_picture(graph, PST_VIEW_GRAPH, directory, "graph.svg") ||
        save_picture(graph, PST_VIEW_TIMELINE, directory, "timeline.svg"))
        return pst_report(stderr);
    return PST_OK;
}
