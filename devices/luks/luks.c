/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a passphrase to the volume key: LUKS2 3.2, 3.4; the splitting is LUKS1's (LUKS1 On-Disk Format
 * Specification 1.2.3, 2.4 and 4.1).
 */
#include "luks/luks.h"

#include "luks/luks_header.h"
#include "luks/luks_metadata.h"
#include "vtl/untrusted.h"

#include <mbedtls/constant_time.h>
#include <mbedtls/platform_util.h>

#include <string.h>

#define SECTOR_BYTES 512u

static struct luks_header header;
static struct luks_metadata metadata;

/* ---- The volume key's stripes -------------------------------------------------------------------- */

/* Each piece of a hash's length becomes the hash of its number and itself. */
static void diffuse(enum pbkdf2_hash hash, uint8_t *data, uint32_t bytes)
{
    const uint32_t hash_bytes = pbkdf2_hash_bytes(hash);
    uint8_t digest[PBKDF2_HASH_BYTES_MAX];

    for (uint32_t done = 0, i = 0; done < bytes; i++) {
        const uint8_t number[4] = {(uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8),
                                   (uint8_t)i};
        uint32_t left = bytes - done;
        uint32_t now = left < hash_bytes ? left : hash_bytes;

        pbkdf2_hash_of(hash, number, sizeof(number), data + done, now, digest);
        memcpy(data + done, digest, now);
        done += now;
    }
    mbedtls_platform_zeroize(digest, sizeof(digest));
}

/* One stripe more; the last is not diffused. */
static void merge(enum pbkdf2_hash hash, uint8_t *key, const uint8_t *stripe, uint32_t bytes,
                  bool last)
{
    for (uint32_t i = 0; i < bytes; i++) {
        key[i] ^= stripe[i];
    }
    if (!last) {
        diffuse(hash, key, bytes);
    }
}

/* Sector by sector: a stripe is a part of one, as 32 and 64 divide 512. */
static const char *read_key(const struct luks_source *source, const struct luks_keyslot *slot,
                            const struct xts *xts, uint32_t key_bytes, uint8_t *key)
{
    static uint8_t sector[SECTOR_BYTES] __attribute__((aligned(XTS_BLOCK_BYTES)));
    const uint32_t all = LUKS_STRIPES * key_bytes;
    const char *reason = NULL;

    memset(key, 0, key_bytes);
    for (uint32_t done = 0; done < all && reason == NULL;) {
        reason = source->read(source->context, slot->area + done, sector, SECTOR_BYTES);
        if (reason != NULL) {
            break;
        }
        xts_decrypt(xts, done / SECTOR_BYTES, sector, sector, SECTOR_BYTES);
        for (uint32_t at = 0; at < SECTOR_BYTES && done < all; at += key_bytes) {
            done += key_bytes;
            merge(slot->af_hash, key, sector + at, key_bytes, done == all);
        }
    }
    mbedtls_platform_zeroize(sector, sizeof(sector));
    return reason;
}

/* ---- One keyslot --------------------------------------------------------------------------------- */

static bool key_is_right(const uint8_t *key)
{
    uint8_t digest[PBKDF2_HASH_BYTES_MAX];

    pbkdf2_derive(&metadata.digest_kdf, key, metadata.key_bytes, digest, metadata.digest_bytes);
    bool right = mbedtls_ct_memcmp(digest, metadata.digest, metadata.digest_bytes) == 0;
    mbedtls_platform_zeroize(digest, sizeof(digest));
    return right;
}

static const char *try_keyslot(const struct luks_source *source, const struct luks_keyslot *slot,
                               const uint8_t *passphrase, size_t bytes, uint8_t *key)
{
    static struct xts xts;
    uint8_t area_key[LUKS_KEY_BYTES_MAX];
    const char *reason = "LUKS2: a cipher that can't be set up";

    pbkdf2_derive(&slot->kdf, passphrase, bytes, area_key, slot->area_key_bytes);
    if (xts_start(&xts, area_key, slot->area_key_bytes)) {
        reason = read_key(source, slot, &xts, metadata.key_bytes, key);
    }
    if (reason == NULL && !key_is_right(key)) {
        reason = "LUKS2: no keyslot opens with the released key";
    }
    xts_wipe(&xts);
    mbedtls_platform_zeroize(area_key, sizeof(area_key));
    return reason;
}

/* ---- All ----------------------------------------------------------------------------------------- */

static bool volume_start(struct luks_volume *volume, const uint8_t *key)
{
    volume->first = metadata.offset / SECTOR_BYTES;
    volume->sectors = metadata.bytes / SECTOR_BYTES;
    volume->sector_bytes = metadata.sector_bytes;
    return xts_start(&volume->xts, key, metadata.key_bytes);
}

const char *luks_open(const struct luks_source *source, const uint8_t *passphrase, size_t bytes,
                      struct luks_volume *volume)
{
    uint8_t key[LUKS_KEY_BYTES_MAX];
    const char *reason = luks_header_read(source, &header);

    memset(volume, 0, sizeof(*volume));
    if (reason == NULL) {
        reason = luks_metadata_read(header.text, header.text_bytes, 2 * header.bytes, source->bytes,
                                    &metadata);
    }
    if (reason != NULL) {
        return reason;
    }
    for (uint32_t i = 0; i < metadata.keyslot_count; i++) {
        reason = try_keyslot(source, &metadata.keyslots[i], passphrase, bytes, key);
        if (reason == NULL) {
            break;
        }
    }
    if (reason == NULL && !volume_start(volume, key)) {
        xts_wipe(&volume->xts);
        reason = "LUKS2: a cipher that can't be set up";
    }
    mbedtls_platform_zeroize(key, sizeof(key));
    return reason;
}
PV_UNTRUSTED(luks_open, disk, "fuzz_luks");
