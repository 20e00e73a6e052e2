/* SPDX-License-Identifier: BSD-3-Clause */
#include "file.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 65536u

bool file_error(const char *format, ...)
{
    va_list arguments;

    fputs("record: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return false;
}

/* No file can be spoken for by half: a failure of the library ends the program. */
static void sure(int result)
{
    if (result != 1) {
        file_error("libcrypto has no SHA-1 or SHA-256");
        exit(1);
    }
}

struct hashing {
    EVP_MD_CTX *sha1;
    EVP_MD_CTX *sha256;
};

static void hash_start(struct hashing *hashing)
{
    hashing->sha1 = EVP_MD_CTX_new();
    hashing->sha256 = EVP_MD_CTX_new();
    sure(hashing->sha1 != NULL && hashing->sha256 != NULL);
    sure(EVP_DigestInit_ex(hashing->sha1, EVP_sha1(), NULL));
    sure(EVP_DigestInit_ex(hashing->sha256, EVP_sha256(), NULL));
}

static void hash_add(struct hashing *hashing, const void *data, size_t bytes)
{
    sure(EVP_DigestUpdate(hashing->sha1, data, bytes));
    sure(EVP_DigestUpdate(hashing->sha256, data, bytes));
}

static void hash_hex(EVP_MD_CTX *context, char *hex)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;

    sure(EVP_DigestFinal_ex(context, digest, &bytes));
    for (unsigned int i = 0; i < bytes; i++) {
        sprintf(hex + 2 * (size_t)i, "%02x", digest[i]);
    }
    EVP_MD_CTX_free(context);
}

static void hash_finish(struct hashing *hashing, struct file_hash *hash)
{
    hash_hex(hashing->sha1, hash->sha1);
    hash_hex(hashing->sha256, hash->sha256);
}

/* The expression of an SPDX line in the file's first bytes, up to the end of the line or the comment. */
static void find_licence(char *block, size_t bytes, char *licence, size_t room)
{
    static const char tag[] = "SPDX-License-Identifier: ";
    char *text = memmem(block, bytes, tag, sizeof(tag) - 1);

    licence[0] = '\0';
    if (text == NULL) {
        return;
    }
    text += sizeof(tag) - 1;
    size_t length = strcspn(text, "*\r\n");
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    if (length < room) {
        memcpy(licence, text, length);
        licence[length] = '\0';
    }
}

bool file_hash(const char *path, struct file_hash *hash)
{
    static char block[BLOCK_BYTES + 1];
    struct hashing hashing;
    FILE *stream = fopen(path, "rb");

    if (stream == NULL) {
        return file_error("can't open '%s': %s", path, strerror(errno));
    }
    *hash = (struct file_hash){0};
    hash_start(&hashing);
    size_t bytes;
    do {
        bytes = fread(block, 1, BLOCK_BYTES, stream);
        block[bytes] = '\0';
        if (hash->bytes == 0) {
            find_licence(block, bytes, hash->licence, sizeof(hash->licence));
        }
        hash_add(&hashing, block, bytes);
        hash->bytes += bytes;
    } while (bytes == BLOCK_BYTES);
    hash_finish(&hashing, hash);
    bool good = ferror(stream) == 0;
    fclose(stream);
    return good || file_error("can't read '%s'", path);
}

void file_hash_texts(const char *const *texts, struct file_hash *hash)
{
    struct hashing hashing;

    *hash = (struct file_hash){0};
    hash_start(&hashing);
    for (; *texts != NULL; texts++) {
        hash->bytes += strlen(*texts);
        hash_add(&hashing, *texts, strlen(*texts));
    }
    hash_finish(&hashing, hash);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void file_sort_texts(const char **texts, size_t many)
{
    if (many > 0) {
        qsort((void *)texts, many, sizeof(*texts), compare_texts);
    }
}

bool file_write_json(const char *path, const json_t *json)
{
    char *part = NULL;

    if (json == NULL || asprintf(&part, "%s.part", path) < 0) {
        return file_error("out of memory");
    }
    FILE *stream = fopen(part, "wb");
    bool good = stream != NULL && json_dumpf(json, stream, JSON_INDENT(2)) == 0 &&
                fputc('\n', stream) != EOF;
    if (stream != NULL) {
        good = fclose(stream) == 0 && good;
    }
    good = good && rename(part, path) == 0;
    if (!good) {
        file_error("can't write '%s': %s", path, strerror(errno));
        remove(part);
    }
    free(part);
    return good;
}
