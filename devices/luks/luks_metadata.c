/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See luks_metadata.h. Names of members are LUKS2 3's.
 */
#include "luks/luks_metadata.h"

#include "formats/base64.h"
#include "formats/json_read.h"
#include "vtl/untrusted.h"

#include <string.h>

#define SECTOR_BYTES 512u
#define CIPHER "aes-xts-plain64"
#define PRIORITY_IGNORE 0u
#define PRIORITY_NORMAL 1u
#define PRIORITY_HIGH 2u
#define TEXT_BYTES 128u

static const char no_area[] = "LUKS2: a keyslot's area is not where one can be";

/* ---- Parts --------------------------------------------------------------------------------------- */

static bool text_is(const struct json_value *object, const char *name, const char *text)
{
    struct json_value value;

    return json_get(object, name, &value) && json_string_is(&value, text);
}

/* A number that lies in [lowest, highest]. */
static bool number_of(const struct json_value *object, const char *name, uint64_t lowest,
                      uint64_t highest, uint64_t *number)
{
    struct json_value value;

    return json_get(object, name, &value) && json_u64(&value, number) && *number >= lowest &&
           *number <= highest;
}

/* 64-bit numbers are texts. */
static bool offset_of(const struct json_value *object, const char *name, uint64_t *number)
{
    struct json_value value;

    return json_get(object, name, &value) && json_text_u64(&value, number);
}

static bool hash_of(const struct json_value *object, enum pbkdf2_hash *hash)
{
    struct json_value value;
    char name[TEXT_BYTES];
    size_t bytes;

    return json_get(object, "hash", &value) && json_string(&value, name, sizeof(name), &bytes) &&
           pbkdf2_hash_named(name, bytes, hash);
}

static bool base64_of(const struct json_value *object, const char *name, void *to, size_t room,
                      uint32_t *bytes)
{
    struct json_value value;
    char text[TEXT_BYTES];
    size_t text_bytes;
    size_t got;

    if (!json_get(object, name, &value) || !json_string(&value, text, sizeof(text), &text_bytes) ||
        !base64_decode(BASE64_STANDARD, text, text_bytes, to, room, &got) || got == 0) {
        return false;
    }
    *bytes = (uint32_t)got;
    return true;
}

static bool kdf_of(const struct json_value *object, struct pbkdf2 *kdf)
{
    uint64_t iterations;

    if (!hash_of(object, &kdf->hash) ||
        !number_of(object, "iterations", 1, LUKS_ITERATIONS_MAX, &iterations)) {
        return false;
    }
    kdf->iterations = (uint32_t)iterations;
    return base64_of(object, "salt", kdf->salt, sizeof(kdf->salt), &kdf->salt_bytes);
}

static bool key_size_good(uint64_t bytes)
{
    return bytes == 32 || bytes == LUKS_KEY_BYTES_MAX;
}

/* ---- Config and segments ------------------------------------------------------------------------- */

static const char *check_requirements(const struct json_value *root)
{
    struct json_value config;
    struct json_value requirements;
    struct json_value mandatory;
    struct json_value one;
    uint32_t at = 0;

    if (!json_get(root, "config", &config) || config.kind != JSON_OBJECT) {
        return "LUKS2: no config in the metadata";
    }
    if (!json_get(&config, "requirements", &requirements)) {
        return NULL;
    }
    if (!json_get(&requirements, "mandatory", &mandatory) || mandatory.kind != JSON_ARRAY) {
        return "LUKS2: requirements that can't be read";
    }
    return json_next(&mandatory, &at, NULL, &one)
               ? "LUKS2: a reencryption is not ended, or the disk wants what is not supported here: "
                 "cryptsetup reencrypt --resume-only"
               : NULL;
}

static const char *read_size(const struct json_value *segment, uint64_t disk_bytes,
                             struct luks_metadata *metadata)
{
    uint64_t room = disk_bytes - metadata->offset;

    if (text_is(segment, "size", "dynamic")) {
        metadata->bytes = room - room % metadata->sector_bytes;
    } else if (!offset_of(segment, "size", &metadata->bytes) || metadata->bytes > room ||
               metadata->bytes % metadata->sector_bytes != 0) {
        return "LUKS2: the segment is longer than the disk";
    }
    return metadata->bytes != 0 ? NULL : "LUKS2: the disk ends before the segment begins";
}

/*
 * A tweak moves the first number of the IVs (LUKS2 3.3). With the offset, a header would decide which of the
 * volume's sectors are the guest's first, and they would decrypt rightly there.
 */
static const char *read_place(const struct json_value *segment, uint64_t header_bytes,
                              uint64_t disk_bytes, struct luks_metadata *metadata)
{
    uint64_t sector_bytes;
    uint64_t iv_tweak;

    if (!number_of(segment, "sector_size", SECTOR_BYTES, 4096, &sector_bytes) ||
        (sector_bytes & (sector_bytes - 1)) != 0) {
        return "LUKS2: a sector size that is none";
    }
    metadata->sector_bytes = (uint32_t)sector_bytes;
    if (!offset_of(segment, "iv_tweak", &iv_tweak) ||
        !offset_of(segment, "offset", &metadata->offset)) {
        return "LUKS2: a segment without offset or iv_tweak";
    }
    if (iv_tweak != 0) {
        return "LUKS2: an iv_tweak that is not 0: the header would decide which sectors are the disk's "
               "first";
    }
    if (metadata->offset == 0) {
        return "LUKS2: a detached header is not supported: keep it on the disk";
    }
    if (metadata->offset % sector_bytes != 0 || metadata->offset < header_bytes ||
        metadata->offset > disk_bytes) {
        return "LUKS2: the segment begins in the header or behind the disk's end";
    }
    return read_size(segment, disk_bytes, metadata);
}

static const char *read_segment(const struct json_value *root, uint64_t header_bytes,
                                uint64_t disk_bytes, struct luks_metadata *metadata)
{
    struct json_value segments;
    struct json_value name;
    struct json_value segment;
    struct json_value other;
    uint32_t at = 0;

    if (!json_get(root, "segments", &segments) || segments.kind != JSON_OBJECT ||
        !json_next(&segments, &at, &name, &segment)) {
        return "LUKS2: no segment";
    }
    if (json_next(&segments, &at, NULL, &other)) {
        return "LUKS2: more than one segment: is a reencryption not ended?";
    }
    if (!json_string_is(&name, "0") || !text_is(&segment, "type", "crypt")) {
        return "LUKS2: a segment that is not encrypted by dm-crypt";
    }
    if (json_get(&segment, "integrity", &other)) {
        return "LUKS2: integrity is not supported: cryptsetup luksFormat without --integrity";
    }
    if (!text_is(&segment, "encryption", CIPHER)) {
        return "LUKS2: another cipher than " CIPHER ": cryptsetup luksFormat --cipher " CIPHER;
    }
    return read_place(&segment, header_bytes, disk_bytes, metadata);
}

/* ---- Digest -------------------------------------------------------------------------------------- */

static bool lists(const struct json_value *object, const char *name, const char *wanted)
{
    struct json_value list;
    struct json_value one;
    uint32_t at = 0;

    if (!json_get(object, name, &list) || list.kind != JSON_ARRAY) {
        return false;
    }
    while (json_next(&list, &at, NULL, &one)) {
        if (json_string_is(&one, wanted)) {
            return true;
        }
    }
    return false;
}

/* The one of the segment. */
static const char *read_digest(const struct json_value *root, struct json_value *digest,
                               struct luks_metadata *metadata)
{
    struct json_value digests;
    struct json_value one;
    uint32_t at = 0;
    bool found = false;

    if (!json_get(root, "digests", &digests) || digests.kind != JSON_OBJECT) {
        return "LUKS2: no digest";
    }
    while (json_next(&digests, &at, NULL, &one)) {
        if (lists(&one, "segments", "0")) {
            if (found) {
                return "LUKS2: more than one digest for the segment";
            }
            found = true;
            *digest = one;
        }
    }
    if (!found || !text_is(digest, "type", "pbkdf2") || !kdf_of(digest, &metadata->digest_kdf) ||
        !base64_of(digest, "digest", metadata->digest, sizeof(metadata->digest),
                   &metadata->digest_bytes)) {
        return "LUKS2: no digest of the segment that can be checked";
    }
    /* A short one would let more than one key pass. */
    return metadata->digest_bytes >= pbkdf2_hash_bytes(PBKDF2_SHA256) ? NULL
                                                                      : "LUKS2: a short digest";
}

/* ---- Keyslots ------------------------------------------------------------------------------------ */

static const char *read_area(const struct json_value *slot, uint64_t header_bytes,
                             uint64_t disk_bytes, uint32_t key_bytes, struct luks_keyslot *keyslot)
{
    struct json_value area;
    uint64_t area_bytes;
    uint64_t area_key;

    if (!json_get(slot, "area", &area) || !text_is(&area, "type", "raw") ||
        !text_is(&area, "encryption", CIPHER) ||
        !number_of(&area, "key_size", 1, LUKS_KEY_BYTES_MAX, &area_key) ||
        !key_size_good(area_key)) {
        return "LUKS2: a keyslot with another cipher than " CIPHER
               ": cryptsetup luksAddKey --keyslot-cipher " CIPHER;
    }
    keyslot->area_key_bytes = (uint32_t)area_key;
    if (!offset_of(&area, "offset", &keyslot->area) || !offset_of(&area, "size", &area_bytes)) {
        return no_area;
    }
    if (keyslot->area % SECTOR_BYTES != 0 || keyslot->area < header_bytes ||
        area_bytes < (uint64_t)LUKS_STRIPES * key_bytes || keyslot->area > disk_bytes ||
        area_bytes > disk_bytes - keyslot->area) {
        return no_area;
    }
    return NULL;
}

static const char *read_af(const struct json_value *slot, struct luks_keyslot *keyslot)
{
    struct json_value af;
    uint64_t stripes;

    return json_get(slot, "af", &af) && text_is(&af, "type", "luks1") &&
                   number_of(&af, "stripes", LUKS_STRIPES, LUKS_STRIPES, &stripes) &&
                   hash_of(&af, &keyslot->af_hash)
               ? NULL
               : "LUKS2: a keyslot that is not split as cryptsetup does it, with SHA-256 or SHA-512";
}

/* NULL: it can be opened. */
static const char *read_keyslot(const struct json_value *slot, uint64_t header_bytes,
                                uint64_t disk_bytes, uint32_t key_bytes,
                                struct luks_keyslot *keyslot)
{
    struct json_value kdf;
    const char *reason;

    if (!text_is(slot, "type", "luks2")) {
        return "LUKS2: a keyslot of another type: is a reencryption not ended?";
    }
    if (!json_get(slot, "kdf", &kdf)) {
        return "LUKS2: a keyslot without key derivation";
    }
    if (!text_is(&kdf, "type", "pbkdf2")) {
        return "LUKS2: Argon2 wants too much memory: cryptsetup luksConvertKey --pbkdf pbkdf2";
    }
    if (!kdf_of(&kdf, &keyslot->kdf)) {
        return "LUKS2: a keyslot with PBKDF2 of another hash than SHA-256 and SHA-512, or of more than "
               "10,000,000 iterations";
    }
    reason = read_af(slot, keyslot);
    return reason != NULL ? reason : read_area(slot, header_bytes, disk_bytes, key_bytes, keyslot);
}

/* False: by its own word nobody's to try, or not a key of the segment. */
static bool wanted(const struct json_value *name, const struct json_value *slot,
                   const struct json_value *digest, struct luks_keyslot *keyslot)
{
    struct json_value value;
    uint64_t number = PRIORITY_NORMAL;
    char text[4] = {0};
    size_t bytes;
    uint64_t priority = PRIORITY_NORMAL;

    if (!json_string(name, text, sizeof(text) - 1, &bytes) || !json_text_u64(name, &number) ||
        number >= LUKS_KEYSLOTS_MAX || !lists(digest, "keyslots", text)) {
        return false;
    }
    if (json_get(slot, "priority", &value) &&
        (!json_u64(&value, &priority) || priority > PRIORITY_HIGH)) {
        return false;
    }
    keyslot->priority = (uint32_t)priority;
    return priority != PRIORITY_IGNORE;
}

/* Behind those of its priority: in the order of the text, which cryptsetup writes by their numbers. */
static void insert(struct luks_metadata *metadata, const struct luks_keyslot *keyslot)
{
    uint32_t at = metadata->keyslot_count++;

    for (; at > 0 && metadata->keyslots[at - 1].priority < keyslot->priority; at--) {
        metadata->keyslots[at] = metadata->keyslots[at - 1];
    }
    metadata->keyslots[at] = *keyslot;
}

static const char *read_keyslots(const struct json_value *root, const struct json_value *digest,
                                 uint64_t header_bytes, uint64_t disk_bytes,
                                 struct luks_metadata *metadata)
{
    const char *reason = "LUKS2: no keyslot for the segment";
    struct json_value slots;
    struct json_value name;
    struct json_value slot;
    uint32_t at = 0;

    if (!json_get(root, "keyslots", &slots) || slots.kind != JSON_OBJECT) {
        return reason;
    }
    while (json_next(&slots, &at, &name, &slot)) {
        struct luks_keyslot keyslot = {0};
        uint64_t key_bytes;

        if (!wanted(&name, &slot, digest, &keyslot)) {
            continue;
        }
        if (!number_of(&slot, "key_size", 1, LUKS_KEY_BYTES_MAX, &key_bytes) ||
            !key_size_good(key_bytes) ||
            (metadata->key_bytes != 0 && metadata->key_bytes != key_bytes)) {
            return "LUKS2: a volume key that is neither of 256 nor of 512 bits";
        }
        metadata->key_bytes = (uint32_t)key_bytes;
        const char *problem =
            read_keyslot(&slot, header_bytes, disk_bytes, metadata->key_bytes, &keyslot);
        if (problem != NULL) {
            reason = problem;
        } else if (metadata->keyslot_count < LUKS_KEYSLOTS_MAX) {
            insert(metadata, &keyslot);
        }
    }
    return metadata->keyslot_count != 0 ? NULL : reason;
}

static const char *check_iterations(const struct luks_metadata *metadata)
{
    uint64_t all = 0;

    for (uint32_t i = 0; i < metadata->keyslot_count; i++) {
        all += (uint64_t)metadata->keyslots[i].kdf.iterations + metadata->digest_kdf.iterations;
    }
    return all <= LUKS_ITERATIONS_ALL_MAX
               ? NULL
               : "LUKS2: too many iterations of all keyslots together, more than 20,000,000: cryptsetup "
                 "luksConvertKey --pbkdf pbkdf2 --pbkdf-force-iterations, or config --priority ignore";
}

const char *luks_metadata_read(const char *text, size_t bytes, uint64_t header_bytes,
                               uint64_t disk_bytes, struct luks_metadata *metadata)
{
    struct json_value root;
    struct json_value digest;
    const char *reason;

    memset(metadata, 0, sizeof(*metadata));
    if (json_read(text, bytes, &root) != NULL || root.kind != JSON_OBJECT) {
        return "LUKS2: metadata that can't be read";
    }
    reason = check_requirements(&root);
    if (reason == NULL) {
        reason = read_segment(&root, header_bytes, disk_bytes, metadata);
    }
    if (reason == NULL) {
        reason = read_digest(&root, &digest, metadata);
    }
    if (reason == NULL) {
        reason = read_keyslots(&root, &digest, header_bytes, disk_bytes, metadata);
    }
    return reason != NULL ? reason : check_iterations(metadata);
}
PV_UNTRUSTED(luks_metadata_read, disk, "fuzz_luks");
