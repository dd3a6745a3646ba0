/* Usage: abi_dlopen LIBRARY EXPORTS. Loads the library the way Python does, finds every function of
 * the list, runs a graph, closes it and does it again. The library says nodelete, so closing it
 * must leave it in place. */
#include <penstock.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what, const char *detail) {
    printf("FAIL: %s: %s\n", what, detail);
    exit(1);
}

static void *find(void *library, const char *name) {
    void *symbol = dlsym(library, name);
    if (!symbol)
        fail(name, dlerror());
    return symbol;
}

/* Calls function `name` of the loaded library with the type that the header gives it. */
#define CALL(name) ((__typeof__(name) *)find(library, #name))

static void *library;

static pst_status count_up(pst_context *cx, void *out, size_t capacity, size_t *count) {
    uint64_t *next = CALL(pst_user)(cx), *numbers = out;
    size_t n = 0;
    while (n < capacity && *next < 1000)
        numbers[n++] = (*next)++;
    *count = n;
    return *next < 1000 ? PST_OK : PST_END;
}

static pst_status add_up(pst_context *cx, const void *in, size_t n) {
    for (size_t i = 0; i < n; i++)
        *(uint64_t *)CALL(pst_user)(cx) += ((const uint64_t *)in)[i];
    return PST_OK;
}

static void run(void) {
    uint64_t next = 0, sum = 0;
    pst_engine *engine = NULL;
    pst_graph *graph = NULL;
    pst_type u64 = PST_TYPE(uint64_t);
    if (CALL(pst_engine_create)(NULL, &engine) || CALL(pst_graph_create)("dlopen", &graph))
        fail("create", CALL(pst_last_error)());
    pst_stage numbers = CALL(pst_source)(graph, "numbers", &u64, count_up, &next);
    CALL(pst_sink)(graph, "sum", numbers, add_up, &sum);
    if (CALL(pst_graph_run)(graph, engine))
        fail("pst_graph_run", CALL(pst_last_error)());
    CALL(pst_graph_destroy)(graph);
    CALL(pst_engine_destroy)(engine);
    if (sum != 499500)
        fail("sum", "the numbers below 1000 do not add up to 499500");
}

int main(int argc, char **argv) {
    if (argc != 3)
        fail("usage", "abi_dlopen LIBRARY EXPORTS");
    for (int round = 0; round < 3; round++) {
        library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (!library)
            fail(argv[1], dlerror());

        char name[128];
        int found = 0;
        FILE *list = fopen(argv[2], "r");
        if (!list)
            fail(argv[2], "cannot be read");
        while (fgets(name, sizeof name, list)) {
            name[strcspn(name, "\n")] = '\0';
            find(library, name);
            found++;
        }
        fclose(list);
        if (found == 0)
            fail(argv[2], "is empty");

        run();
        if (dlclose(library))
            fail("dlclose", dlerror());
        if (!dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD))
            fail(argv[1], "dlclose has unloaded it");
    }
    return 0;
}
