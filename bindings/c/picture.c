/* Operators: work that the library has built in, made into one chain and used as a stage. A small
 * picture is turned round, made half as wide and printed in characters, darkest first. */
#include <penstock.h>
#include <stdio.h>

enum { HEIGHT = 4, WIDTH = 12 };
static const unsigned char picture[HEIGHT][WIDTH] = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 250, 250},
    {0, 0, 0, 0, 0, 0, 0, 0, 160, 160, 250, 250},
    {0, 0, 0, 0, 100, 100, 160, 160, 160, 160, 250, 250},
    {50, 50, 100, 100, 100, 100, 160, 160, 160, 160, 250, 250},
};

static pst_status give(pst_context *cx, void *out, size_t capacity, size_t *count) {
    (void)cx, (void)capacity;
    unsigned char *to = out;
    for (int i = 0; i < HEIGHT * WIDTH; i++)
        to[i] = picture[i / WIDTH][i % WIDTH];
    *count = 1;
    return PST_END;
}

static pst_status print(pst_context *cx, const void *in, size_t n) {
    (void)cx;
    for (const unsigned char *row = in; n > 0; n--)
        for (int y = 0; y < HEIGHT; y++, row += WIDTH / 2)
            printf("|%.*s|\n", WIDTH / 2, (const char *)row);
    return PST_OK;
}

int main(void) {
    static const size_t shape[] = {HEIGHT, WIDTH}, characters[] = {6};
    static const unsigned char fifty = 50;
    const pst_layout whole = {sizeof whole, PST_U8, 2, shape},
                     table = {sizeof table, PST_U8, 1, characters};
    pst_layout half = PST_LAYOUT_INIT;
    pst_type in = {sizeof in, HEIGHT * WIDTH, 1, "picture", NULL, NULL, NULL};
    pst_type out = {sizeof out, HEIGHT * WIDTH / 2, 1, "text", NULL, NULL, NULL};
    pst_operator *parts[4] = {NULL}, *all = NULL;
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;

    /* Each part is made for what the one before makes. */
    if (pst_operator_flip(&whole, true, false, &parts[0]) ||
        pst_operator_resize(&whole, HEIGHT, WIDTH / 2, PST_NEAREST, &parts[1]) ||
        pst_operator_get_layouts(parts[1], NULL, &half) ||
        pst_operator_binary(&half, PST_FLOOR_DIVIDE, &fifty, NULL, false, &parts[2]) ||
        pst_operator_gather(&half, " .:-=#", &table, false, &parts[3]) ||
        pst_operator_chain((const pst_operator *const *)parts, 4, &all) ||
        pst_engine_create(NULL, &engine) || pst_graph_create("pictures", &graph))
        return pst_report(stderr);

    pst_stage pictures = pst_source(graph, "pictures", &in, give, NULL);
    pst_sink(graph, "print", pst_apply(graph, "draw", pictures, &out, all), print, NULL);
    /* The graph keeps what it needs of them. */
    for (int i = 0; i < 4; i++)
        pst_operator_destroy(parts[i]);
    pst_operator_destroy(all);

    pst_status status = pst_graph_run(graph, engine);
    if (status)
        pst_report(stderr);
    pst_graph_destroy(graph);
    pst_engine_destroy(engine);
    return status;
}

/* Prints:
 *     |#     |
 *     |#-    |
 *     |#--:  |
 *     |#--::.|
 */
