/* The most frequent words of files: blocks of files, words, a count for each. The two stages in the
 * middle have as many replicas and run as one; each replica has a table of its own. */
#include <penstock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct group { /* what pst_reduce makes of the words */
    pst_bytes word;
    int64_t count;
} group;

typedef struct list {
    group *groups;
    size_t count, room;
} list;

static pst_status collect(pst_context *cx, const void *in, size_t n) {
    list *all = pst_user(cx);
    if (all->count + n > all->room) {
        size_t room = 2 * all->room + n;
        group *more = realloc(all->groups, room * sizeof(group));
        if (!more)
            return pst_fail(cx, PST_ENOMEM, 0, "no memory for the groups");
        all->groups = more;
        all->room = room;
    }
    memcpy(all->groups + all->count, in, n * sizeof(group));
    all->count += n;
    return PST_OK;
}

static int most_first(const void *a, const void *b) {
    const group *x = a, *y = b;
    return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/* Text to read when none is named. */
static const char *example(void) {
    static char path[] = "/tmp/penstock-frequencies-XXXXXX";
    int file = mkstemp(path);
    FILE *text = file < 0 ? NULL : fdopen(file, "w");
    if (!text)
        return NULL;
    for (int i = 0; i < 10000; i++)
        fprintf(text, "the river %s\n",
                i % 10 > 1 ? "feeds the tank"
                : i % 10   ? "feeds the plain"
                           : "is high");
    return fclose(text) ? NULL : path;
}

int main(int argc, char **argv) {
    const char *made = argc > 1 ? NULL : example();
    const char *const *paths = argc > 1 ? (const char *const *)argv + 1 : &made;
    list all = {0};
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("frequencies", &graph))
        return pst_report(stderr);

    pst_stage files = pst_files(graph, "files", paths, argc > 1 ? (size_t)argc - 1 : 1, NULL);
    pst_stage words = pst_split(graph, "words", files, NULL);
    pst_stage counts = pst_reduce(graph, "counts", words, NULL);
    pst_sink(graph, "collect", counts, collect, &all);
    pst_stage_options two = PST_STAGE_OPTIONS_INIT;
    two.replicas = 2;
    two.order = PST_UNORDERED;
    pst_stage_configure(graph, words, &two);
    pst_stage_configure(graph, counts, &two);

    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    qsort(all.groups, all.count, sizeof(group), most_first);
    for (size_t i = 0; i < all.count && i < 4; i++)
        printf("%lld %.*s\n", (long long)all.groups[i].count, (int)all.groups[i].word.size,
               (const char *)all.groups[i].word.data);
    pst_bytes_release(all.groups, sizeof(group), all.count);
    free(all.groups);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    if (made)
        unlink(made);
    return status;
}

/* Prints:
 *     19000 the
 *     10000 river
 *     9000 feeds
 *     8000 tank
 */
