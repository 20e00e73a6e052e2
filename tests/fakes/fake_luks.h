/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A LUKS2 container in memory, written from the LUKS2 On-Disk Format Specification 1.1 ("LUKS2") and LUKS1's
 * (the splitting of keys), without the code under test but PBKDF2, which has published vectors of its own: two
 * headers of 16 KiB, a keyslot of a passphrase for SHA-256 and keys of 512 bits, a payload. Tests write over what they want, and seal.
 */
#ifndef TESTS_FAKES_FAKE_LUKS_H
#define TESTS_FAKES_FAKE_LUKS_H

#include "luks/luks.h"

#define FAKE_LUKS_HEADER 0x4000u     /* bytes of each; where the second is */
#define FAKE_LUKS_AREA 0x8000u       /* of the first keyslot */
#define FAKE_LUKS_AREA_BYTES 258048u /* of each, one behind the other */
#define FAKE_LUKS_DATA 0x100000u     /* the segment */
#define FAKE_LUKS_BYTES 0x120000u    /* of the disk */
#define FAKE_LUKS_TEXT_BYTES 8192u
#define FAKE_LUKS_READS_MAX 8192u
#define FAKE_LUKS_PASSPHRASE "a passphrase"
#define FAKE_LUKS_KEY_BYTES 64u

struct fake_luks {
    uint8_t disk[FAKE_LUKS_BYTES];
    uint64_t disk_bytes;
    char text[FAKE_LUKS_TEXT_BYTES];  /* the metadata, as fake_luks_make has written it */
    uint8_t key[FAKE_LUKS_KEY_BYTES]; /* the volume's */
    /* The disk's reader. */
    unsigned fail_at; /* this read, from 1, fails; 0: none */
    unsigned reads;
    struct {
        uint64_t offset;
        uint32_t bytes;
    } log[FAKE_LUKS_READS_MAX];
};

extern struct fake_luks fake_luks;
extern const char fake_luks_failure[]; /* what a read says that fails */

/* A good container, sealed, its payload zeros. */
void fake_luks_make(void);
/* One more keyslot for the same volume key, numbered from 0, in its area; the text is the test's. */
void fake_luks_put_key(unsigned keyslot, const char *passphrase, const char *salt);
/* A header with this sequence and this text, at where it is to lie (LUKS2 2.1). */
void fake_luks_put_header(uint64_t at, uint64_t header_bytes, uint64_t sequence, const char *text);
/* The right sum for what is there. */
void fake_luks_seal(uint64_t at, uint64_t header_bytes);
/* fake_luks.text with the first `from` in it replaced. */
const char *fake_luks_change(const char *from, const char *to);

/* Refuses what a caller may not ask for: it ends the test program. */
struct luks_source fake_luks_source(void);

#endif /* TESTS_FAKES_FAKE_LUKS_H */
