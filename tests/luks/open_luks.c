/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Opens a LUKS2 image as Paravane does, for test_luks.py: `open_luks IMAGE KEYFILE SECTOR...` prints the
 * volume's place, and for each sector of it the plain bytes of its unit in hexadecimal; exits 1 with the
 * reason where it can't be opened. `-e SECTOR` in the place of a sector writes the unit back: encrypted again,
 * it must be the same.
 */
#include "luks/luks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_BYTES_MAX 4096u

static FILE *image;

void panic_at(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

static const char *read_image(void *context, uint64_t offset, void *to, uint32_t bytes)
{
    (void)context;
    return fseek(image, (long)offset, SEEK_SET) == 0 && fread(to, 1, bytes, image) == bytes
               ? NULL
               : "a read outside of the image";
}

static uint64_t image_bytes(void)
{
    fseek(image, 0, SEEK_END);
    return (uint64_t)ftell(image) / 512 * 512;
}

static int unit_print(const struct luks_volume *volume, uint64_t sector)
{
    static uint8_t cipher[UNIT_BYTES_MAX] __attribute__((aligned(16)));
    static uint8_t plain[UNIT_BYTES_MAX] __attribute__((aligned(16)));
    static uint8_t again[UNIT_BYTES_MAX] __attribute__((aligned(16)));
    const uint32_t bytes = volume->sector_bytes;

    if (read_image(NULL, (volume->first + sector) * 512, cipher, bytes) != NULL) {
        return 1;
    }
    xts_decrypt(&volume->xts, sector, cipher, plain, bytes);
    xts_encrypt(&volume->xts, sector, plain, again, bytes);
    for (uint32_t i = 0; i < bytes; i++) {
        printf("%02x", plain[i]);
    }
    putchar('\n');
    return memcmp(cipher, again, bytes) == 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
    static struct luks_volume volume;
    static uint8_t key[4096];
    FILE *key_file;

    if (count < 3 || (image = fopen(arguments[1], "rb")) == NULL ||
        (key_file = fopen(arguments[2], "rb")) == NULL) {
        return 2;
    }
    const struct luks_source source = {.bytes = image_bytes(), .read = read_image};
    const char *reason = luks_open(&source, key, fread(key, 1, sizeof(key), key_file), &volume);
    fclose(key_file);
    if (reason != NULL) {
        puts(reason);
        return 1;
    }
    printf("%llu %llu %u\n", (unsigned long long)volume.first, (unsigned long long)volume.sectors,
           volume.sector_bytes);
    for (int i = 3; i < count; i++) {
        if (unit_print(&volume, strtoull(arguments[i], NULL, 10)) != 0) {
            return 3;
        }
    }
    return 0;
}
