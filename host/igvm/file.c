/* SPDX-License-Identifier: BSD-3-Clause */
#include "file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No file that goes into an IGVM file can be longer. */
#define FILE_BYTES_MAX ((size_t)UINT32_MAX)

void tool_error(const char *format, ...)
{
    va_list arguments;

    fputs("igvm: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static bool read_stream(FILE *stream, struct blob *blob)
{
    size_t room = 1u << 20;
    uint8_t *data = malloc(room);
    size_t bytes = 0;

    while (data != NULL) {
        bytes += fread(data + bytes, 1, room - bytes, stream);
        if (bytes < room) {
            break;
        }
        if (room > FILE_BYTES_MAX) {
            errno = EFBIG;
            free(data);
            return false;
        }
        room *= 2;
        uint8_t *bigger = realloc(data, room);
        if (bigger == NULL) {
            free(data);
        }
        data = bigger;
    }
    if (data == NULL || ferror(stream) != 0) {
        free(data);
        return false;
    }
    /* At its exact size, so that a sanitizer sees a byte too far. */
    uint8_t *exact = realloc(data, bytes == 0 ? 1 : bytes);
    *blob = (struct blob){exact != NULL ? exact : data, bytes};
    return true;
}

bool file_read(const char *path, const char *what, struct blob *blob)
{
    FILE *stream = fopen(path, "rb");

    if (stream == NULL) {
        tool_error("can't open the %s '%s': %s", what, path, strerror(errno));
        return false;
    }
    bool good = read_stream(stream, blob);
    if (!good) {
        tool_error("can't read the %s '%s': %s", what, path, strerror(errno));
    }
    fclose(stream);
    if (good && blob->bytes == 0) {
        tool_error("the %s '%s' is empty", what, path);
        free(blob->data);
        *blob = (struct blob){0}; /* whose owner frees it, too */
        good = false;
    }
    return good;
}

bool file_write(const char *path, const struct blob *blob)
{
    char *part = NULL;
    FILE *stream = NULL;

    if (asprintf(&part, "%s.part", path) < 0) {
        tool_error("out of memory");
        return false;
    }
    stream = fopen(part, "wb");
    bool good = stream != NULL && fwrite(blob->data, 1, blob->bytes, stream) == blob->bytes;
    if (stream != NULL) {
        good = fclose(stream) == 0 && good;
    }
    good = good && rename(part, path) == 0;
    if (!good) {
        tool_error("can't write '%s': %s", path, strerror(errno));
        if (stream != NULL) {
            remove(part);
        }
    }
    free(part);
    return good;
}
