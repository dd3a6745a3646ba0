/* Counts the lines and words of all files under some paths.
 *
 *     crawler [PATH...]
 *
 * The crawler asks four workers to read one path each, again and again. A worker that meets what it
 * cannot read (no such file, no text) simply fails: its ask ends with that, the engine restarts it,
 * and it goes on with its next message. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <penstock.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { WORKERS = 4 };
/* To a worker: READ a path, an ask. To the crawler: FOUND a path; TOTAL, an ask. */
enum { READ, FOUND, TOTAL };

typedef struct tally {
    uint32_t folders, files;
    uint64_t lines, words, lost;
} tally;

/* ---- Workers: their state is the crawler that they are for ---- */

static pst_status give_up(pst_context *cx, const char *path, const char *why) {
    char text[256];
    snprintf(text, sizeof(text), "%s: %s", why, path);
    return pst_fail(cx, PST_EUSER, 0, text);
}

static pst_status read_folder(pst_context *cx, const pst_actor *crawler, const char *path) {
    char inside[PATH_MAX];
    DIR *folder = opendir(path);
    if (folder == NULL)
        return give_up(cx, path, strerror(errno));
    pst_status status = PST_OK;
    for (struct dirent *entry; status == PST_OK && (entry = readdir(folder));) {
        int length = snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && length < PATH_MAX)
            status = pst_send(cx, *crawler, FOUND, inside, (size_t)length + 1);
    }
    closedir(folder);
    return status;
}

static pst_status read_file(pst_context *cx, const char *path, tally *tally) {
    int c, before = ' ';
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return give_up(cx, path, strerror(errno));
    for (; (c = getc(file)) != EOF && c != '\0'; before = c) {
        tally->lines += c == '\n';
        tally->words += isspace(before) && !isspace(c);
    }
    fclose(file);
    return c == '\0' ? give_up(cx, path, "no text") : PST_OK;
}

static pst_status work(pst_context *cx, void *state, const pst_message *message) {
    const char *path = message->data;
    tally found = {0, 0, 0, 0, 0};
    struct stat kind;
    if (lstat(path, &kind))
        return give_up(cx, path, strerror(errno));
    found.folders = S_ISDIR(kind.st_mode);
    found.files = S_ISREG(kind.st_mode);
    pst_status status = found.folders ? read_folder(cx, state, path)
                        : found.files ? read_file(cx, path, &found)
                                      : PST_OK;
    if (status == PST_OK)
        pst_reply(cx, message->token, PST_OK, &found, sizeof(found));
    return status;
}

/* ---- The crawler ---- */

typedef struct crawler {
    pst_actor self, workers[WORKERS];
    tally sum;
    uint32_t given, done; /* paths */
    pst_token asked;
} crawler;

static pst_status hire(pst_context *cx, void *state) {
    crawler *me = state;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.on_failure = PST_ACTOR_RESTARTS;
    me->self = pst_self(cx);
    pst_status status = PST_OK;
    for (int i = 0; status == PST_OK && i < WORKERS; i++)
        status = pst_spawn_child(cx, work, &me->self, &options, &me->workers[i]);
    return status;
}

static pst_status answer_when_done(pst_context *cx, crawler *me) {
    if (me->done < me->given || me->asked.id == 0)
        return PST_OK;
    pst_reply(cx, me->asked, PST_OK, &me->sum, sizeof(me->sum));
    return PST_END;
}

/* What a worker found came before its answer, and was given to others. */
static pst_status was_read(pst_context *cx, void *state, pst_status status,
                           const pst_message *answer, void *user) {
    crawler *me = state;
    const tally *found = answer->data;
    (void)user;
    me->done++;
    if (status == PST_OK) {
        me->sum.folders += found->folders;
        me->sum.files += found->files;
        me->sum.lines += found->lines;
        me->sum.words += found->words;
    } else {
        me->sum.lost++;
    }
    return answer_when_done(cx, me);
}

static pst_status crawl(pst_context *cx, void *state, const pst_message *message) {
    crawler *me = state;
    if (message->type == FOUND)
        return pst_ask(cx, me->workers[me->given++ % WORKERS], READ, message->data, message->size,
                       PST_FOREVER, was_read, NULL);
    me->asked = message->token; /* TOTAL */
    return answer_when_done(cx, me);
}

static void tell(const pst_actor_event *event, void *user) {
    (void)user;
    if (event->kind == PST_EVENT_FAILED)
        fprintf(stderr, "a worker failed: %s\n", event->text);
}

int main(int argc, char **argv) {
    static crawler state;
    pst_engine *engine = NULL;
    pst_actor crawler;
    pst_actor_options options = PST_ACTOR_OPTIONS_INIT;
    options.start = hire;
    options.max_restarts = UINT32_MAX; /* of its workers: any number of them */
    if (pst_engine_create(NULL, &engine) || pst_actors_observe(engine, tell, NULL) ||
        pst_actor_spawn(engine, crawl, &state, &options, &crawler))
        return pst_report(stderr);
    /* Without arguments: the source of this program, and itself, which is no text. */
    char *mine[] = {argv[0], CRAWLER_SOURCE, argv[0], NULL};
    for (char **path = (argc > 1 ? argv : mine) + 1; *path; path++)
        if (pst_actor_send(engine, crawler, FOUND, *path, strlen(*path) + 1))
            return pst_report(stderr);
    tally sum;
    size_t size = sizeof(sum);
    if (pst_actor_ask(engine, crawler, TOTAL, NULL, 0, PST_FOREVER, &sum, &size))
        return pst_report(stderr);
    printf("%u folders, %u files, %llu lines, %llu words; %llu not readable\n", sum.folders,
           sum.files, (unsigned long long)sum.lines, (unsigned long long)sum.words,
           (unsigned long long)sum.lost);
    pst_engine_destroy(engine);
    return 0;
}
