/* A fold by key: equal words go to the same fold, so each word is counted in one place and the
 * folds share nothing. */
#include <penstock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct word {
    char text[16];
} word;

typedef struct counted {
    word word;
    int count;
} counted;

typedef struct tally { /* the state of one fold */
    int words;
    counted of[32];
} tally;

static const char text[] =
    "a pipe feeds a tank and a tank feeds a pipe and the river feeds the tank";
enum { FOLDS = 3 };

static pst_status split(pst_context *cx, void *out, size_t capacity, size_t *count) {
    const char **rest = pst_user(cx);
    for (word *to = out; *count < capacity && **rest; ++*count, to++) {
        size_t length = strcspn(*rest, " ");
        memset(to, 0, sizeof(*to));
        memcpy(to->text, *rest, length < sizeof(to->text) ? length : sizeof(to->text) - 1);
        *rest += length + strspn(*rest + length, " ");
    }
    return **rest ? PST_OK : PST_END;
}

/* FNV-1a; the engine hashes once more before it takes the remainder. */
static void by_text(const void *in, uint64_t *keys, size_t n, void *user) {
    (void)user;
    for (size_t i = 0; i < n; i++) {
        keys[i] = 14695981039346656037u;
        for (const char *c = ((const word *)in)[i].text; *c; c++)
            keys[i] = (keys[i] ^ (unsigned char)*c) * 1099511628211u;
    }
}

static pst_status count(pst_context *cx, void *state, const void *in, size_t n) {
    tally *tally = state;
    for (size_t i = 0; i < n; i++) {
        const word *word = (const struct word *)in + i;
        int k = 0;
        while (k < tally->words && strcmp(tally->of[k].word.text, word->text))
            k++;
        if (k == 32)
            return pst_fail(cx, PST_EUSER, i, "too many different words");
        if (k == tally->words)
            tally->of[tally->words++].word = *word;
        tally->of[k].count++;
    }
    return PST_OK;
}

/* Three tables arrive, one of each fold, in any order; no word is in two of them. */
static pst_status collect(pst_context *cx, const void *in, size_t n) {
    tally *all = pst_user(cx);
    for (size_t i = 0; i < n; i++) {
        const tally *one = (const tally *)in + i;
        memcpy(&all->of[all->words], one->of, (size_t)one->words * sizeof(*one->of));
        all->words += one->words;
    }
    return PST_OK;
}

static int most_first(const void *a, const void *b) {
    const counted *x = a, *y = b;
    return x->count != y->count ? y->count - x->count : strcmp(x->word.text, y->word.text);
}

int main(void) {
    const char *rest = text;
    tally all = {0};
    pst_type word_type = PST_TYPE(word), tally_type = PST_TYPE(tally);
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    if (pst_engine_create(NULL, &engine) || pst_graph_create("wordcount", &graph))
        return pst_report(stderr);

    pst_stage words = pst_source(graph, "words", &word_type, split, &rest);
    pst_distribute(graph, words, PST_BY_KEY, by_text, NULL);
    pst_stage folds[FOLDS];
    for (int i = 0; i < FOLDS; i++) {
        char name[16];
        snprintf(name, sizeof(name), "count %d", i);
        folds[i] = pst_fold(graph, name, words, &tally_type, NULL, 0, count, NULL);
    }
    pst_stage tallies = pst_merge(graph, "tallies", folds, FOLDS, PST_MERGE_ANY, NULL, NULL);
    pst_sink(graph, "collect", tallies, collect, &all);

    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    qsort(all.of, (size_t)all.words, sizeof(*all.of), most_first);
    for (int i = 0; i < all.words; i++)
        printf("%d %s\n", all.of[i].count, all.of[i].word.text);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     4 a
 *     3 feeds
 *     3 tank
 *     2 and
 *     2 pipe
 *     2 the
 *     1 river
 */
