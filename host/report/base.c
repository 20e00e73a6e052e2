/* SPDX-License-Identifier: BSD-3-Clause */
#include "base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_FIRST 16u
#define FILE_BYTES_MAX (256L << 20)

void report_die(const char *format, ...)
{
    va_list arguments;

    fputs("report: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

void *memory_get(size_t count, size_t bytes)
{
    void *memory = calloc(count == 0 ? 1 : count, bytes == 0 ? 1 : bytes);

    if (memory == NULL) {
        report_die("out of memory");
    }
    return memory;
}

void *list_add(void *list, size_t *count, size_t bytes)
{
    char *first;

    memcpy((void *)&first, list, sizeof(first));
    /* Full at 0, and at each power of two from the first room on. */
    if (*count == 0 || (*count >= LIST_FIRST && (*count & (*count - 1)) == 0)) {
        char *more = memory_get(*count == 0 ? LIST_FIRST : 2 * *count, bytes);

        if (*count != 0) {
            memcpy(more, first, *count * bytes);
        }
        free(first);
        first = more;
        memcpy(list, (const void *)&first, sizeof(first));
    }
    char *added = first + *count * bytes;
    memset(added, 0, bytes);
    (*count)++;
    return added;
}

char *string_copy(const char *from, size_t bytes)
{
    char *copy = memory_get(bytes + 1, 1);

    memcpy(copy, from, bytes);
    return copy;
}

char *string_make(const char *format, ...)
{
    char *made = NULL;
    va_list arguments;

    va_start(arguments, format);
    int bytes = vasprintf(&made, format, arguments);
    va_end(arguments);
    if (bytes < 0) {
        report_die("out of memory");
    }
    return made;
}

bool string_ends(const char *string, const char *end)
{
    size_t bytes = strlen(string);
    size_t tail = strlen(end);

    return bytes >= tail && strcmp(string + bytes - tail, end) == 0;
}

bool string_begins(const char *string, const char *begin)
{
    return strncmp(string, begin, strlen(begin)) == 0;
}

static void text_add_bytes(struct text *text, const char *from, size_t bytes)
{
    if (text->bytes + bytes + 1 > text->room) {
        text->room = 2 * (text->bytes + bytes + 1);
        char *data = realloc(text->data, text->room);
        if (data == NULL) {
            report_die("out of memory");
        }
        text->data = data;
    }
    memcpy(text->data + text->bytes, from, bytes);
    text->bytes += bytes;
    text->data[text->bytes] = '\0';
}

void text_add(struct text *text, const char *format, ...)
{
    char *piece = NULL;
    va_list arguments;

    va_start(arguments, format);
    int bytes = vasprintf(&piece, format, arguments);
    va_end(arguments);
    if (bytes < 0) {
        report_die("out of memory");
    }
    text_add_bytes(text, piece, (size_t)bytes);
    free(piece);
}

void text_add_escaped(struct text *text, const char *from)
{
    static const struct {
        char character;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (; *from != '\0'; from++) {
        const char *entity = NULL;

        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
            entity = entities[i].character == *from ? entities[i].entity : entity;
        }
        if (entity != NULL) {
            text_add_bytes(text, entity, strlen(entity));
        } else {
            bool control = (unsigned char)*from < ' ' && *from != '\n' && *from != '\t';
            text_add_bytes(text, control ? "?" : from, 1);
        }
    }
}

char *number_text(uint64_t number)
{
    char *digits = string_make("%llu", (unsigned long long)number);
    size_t count = strlen(digits);
    char *out = memory_get(count + count / 3 + 1, 1);
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        if (i != 0 && (count - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    free(digits);
    return out;
}

static char *stream_load(FILE *stream, size_t *bytes)
{
    long end = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;

    if (end < 0 || end > FILE_BYTES_MAX || fseek(stream, 0, SEEK_SET) != 0) {
        return NULL;
    }
    char *data = memory_get((size_t)end + 1, 1);
    *bytes = fread(data, 1, (size_t)end, stream);
    if (*bytes != (size_t)end) {
        free(data);
        return NULL;
    }
    return data;
}

char *file_load(const char *path, size_t *bytes)
{
    FILE *stream = fopen(path, "rb");

    if (stream == NULL) {
        return NULL;
    }
    char *data = stream_load(stream, bytes);
    fclose(stream);
    return data;
}

void file_save(const char *path, const char *data, size_t bytes)
{
    FILE *stream = fopen(path, "wb");

    if (stream == NULL) {
        report_die("can't write %s: %s", path, strerror(errno));
    }
    bool good = fwrite(data, 1, bytes, stream) == bytes;
    if (fclose(stream) != 0 || !good) {
        report_die("can't write %s: %s", path, strerror(errno));
    }
}
