/* The source: lines of the CSV file, epoch after epoch, each epoch in an order of its own. It seeks
 * and reads with stdio, so it sleeps in system calls and runs as a PST_BLOCKING stage. */
#include "digits.h"
#include <stdlib.h>
#include <string.h>

/* The file is clean, and real files are not: each epoch also has these, to be rejected. */
static const char *const broken_lines[] = {
    "",
    "0,0,5,13,9,1,0",
    "label,pixel0,pixel1",
    "17,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,3",
    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-1,3",
    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,"
    "0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,10",
};

bool reader_open(struct reader *reader, const char *path) {
    char text[sizeof((struct line){0}.text)];
    uint32_t capacity = 0;

    reader->broken = sizeof broken_lines / sizeof *broken_lines;
    reader->checksum = CHECKSUM_INIT;
    reader->file = fopen(path, "rb");
    if (!reader->file)
        return false;
    for (long at = 0; fgets(text, sizeof text, reader->file); at = ftell(reader->file)) {
        if (reader->rows == capacity) {
            capacity = capacity ? capacity * 2 : 2048;
            long *grown = realloc(reader->offsets, capacity * sizeof *grown);
            if (!grown)
                return false;
            reader->offsets = grown;
        }
        reader->offsets[reader->rows++] = at;
        reader->checksum = checksum_add(reader->checksum, text, strlen(text));
    }
    if (ferror(reader->file))
        return false;
    reader->order = calloc(reader->rows + reader->broken, sizeof *reader->order);
    return reader->order != NULL;
}

void reader_close(struct reader *reader) {
    if (reader->file)
        fclose(reader->file);
    free(reader->offsets);
    free(reader->order);
    *reader = (struct reader){0};
}

static void shuffle(struct reader *reader) {
    uint32_t count = reader->rows + reader->broken;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t j = (uint32_t)(random_next(&reader->random) % (i + 1));
        reader->order[i] = reader->order[j];
        reader->order[j] = i;
    }
    reader->next = 0;
}

void reader_set_epochs(struct reader *reader, uint32_t first, uint32_t last) {
    reader->epoch = first;
    reader->last_epoch = last;
    shuffle(reader);
}

static bool read_line(struct reader *reader, struct line *line) {
    uint32_t number = reader->order[reader->next++];

    line->epoch = reader->epoch;
    line->number = number;
    if (number >= reader->rows) {
        strcpy(line->text, broken_lines[number - reader->rows]);
        return true;
    }
    return fseek(reader->file, reader->offsets[number], SEEK_SET) == 0 &&
           fgets(line->text, sizeof line->text, reader->file) != NULL;
}

pst_status read_rows(pst_context *cx, void *out, size_t capacity, size_t *count) {
    struct reader *reader = pst_user(cx);
    struct line *lines = out;

    for (*count = 0; *count < capacity && reader->epoch < reader->last_epoch; ++*count) {
        if (!read_line(reader, &lines[*count]))
            return pst_fail(cx, PST_ESYSTEM, *count, "the file cannot be read any more");
        if (reader->next == reader->rows + reader->broken) {
            reader->epoch++;
            shuffle(reader);
        }
    }
    return reader->epoch < reader->last_epoch ? PST_OK : PST_END;
}
