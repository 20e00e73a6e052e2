/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files in and out. Failures are told on stderr, with the file's name.
 */
#ifndef RECORD_FILE_H
#define RECORD_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define FILE_SHA1_HEX 41u /* with the NUL */
#define FILE_SHA256_HEX 65u

struct file_hash {
    uint64_t bytes;
    char sha1[FILE_SHA1_HEX];
    char sha256[FILE_SHA256_HEX];
    char licence[64]; /* of its SPDX line; empty: it has none */
};

bool file_hash(const char *path, struct file_hash *hash);

/* Of texts, one behind the other; texts ends with NULL. */
void file_hash_texts(const char *const *texts, struct file_hash *hash);

/* By their bytes: no locale has a say. */
void file_sort_texts(const char **texts, size_t many);

/* The file is there whole, or not at all. */
bool file_write_json(const char *path, const json_t *json);

/* "record: " and the message, on stderr; false. */
__attribute__((format(printf, 1, 2))) bool file_error(const char *format, ...);

#endif /* RECORD_FILE_H */
