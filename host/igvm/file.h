/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whole files in and out. Failures are told on stderr, with the file's name and what to do.
 */
#ifndef IGVM_TOOL_FILE_H
#define IGVM_TOOL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
    uint8_t *data;
    size_t bytes;
};

/* what: what the file is to the user, for the message. */
bool file_read(const char *path, const char *what, struct blob *blob);
/* The file is there whole, or not at all. */
bool file_write(const char *path, const struct blob *blob);

/* "igvm: " and the message, on stderr. */
__attribute__((format(printf, 1, 2))) void tool_error(const char *format, ...);

#endif /* IGVM_TOOL_FILE_H */
