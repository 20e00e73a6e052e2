/* SPDX-License-Identifier: BSD-3-Clause */
/* See jwe.h. Sections are RFC 7516's where nothing else is said. */
#include "jwe.h"

#include "formats/base64.h"
#include "formats/json_read.h"
#include "vtl/untrusted.h"

#include <mbedtls/gcm.h>
#include <mbedtls/nist_kw.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>

#include <string.h>

#define ALGORITHM "ECDH-ES+A256KW"
#define ENCRYPTION "A256GCM"
#define AES_KEY_BYTES 32u
#define WRAPPED_BYTES (AES_KEY_BYTES + 8u) /* RFC 3394, 2.2.1 */
#define IV_BYTES 12u                       /* RFC 7518, 5.3 */
#define TAG_BYTES 16u
#define HEADER_BYTES 1024u /* the protected header, decoded; a broker's has about 200 */
#define PARTY_BYTES 64u    /* apu, apv; brokers have none */

struct party {
    uint8_t info[PARTY_BYTES];
    size_t bytes;
};

struct header {
    uint8_t x[JWE_KEY_BYTES];
    uint8_t y[JWE_KEY_BYTES];
    struct party apu;
    struct party apv;
};

struct secrets {
    uint8_t z[JWE_KEY_BYTES];
    uint8_t kek[AES_KEY_BYTES]; /* encrypts the next */
    uint8_t cek[AES_KEY_BYTES]; /* encrypts the content */
};

/* What is between the quotes, taken as it is. */
static const char *text_of(const struct json_value *string, size_t *bytes)
{
    *bytes = string->bytes - 2;
    return string->at + 1;
}

static bool decode(const struct json_value *string, void *to, size_t room, size_t *got)
{
    size_t bytes;
    const char *text;

    if (string->kind != JSON_STRING) {
        return false;
    }
    text = text_of(string, &bytes);
    return base64_decode(BASE64_URL, text, bytes, to, room, got);
}

static bool decode_exactly(const struct json_value *string, void *to, size_t bytes)
{
    size_t got;

    return decode(string, to, bytes, &got) && got == bytes;
}

static bool member_is(const struct json_value *object, const char *name, const char *text)
{
    struct json_value value;

    return json_get(object, name, &value) && json_string_is(&value, text);
}

static bool has_member(const struct json_value *object, const char *name)
{
    struct json_value value;

    return json_get(object, name, &value);
}

/* RFC 7518, 4.6.1.1: a public key alone; 6.2.1: coordinates at full width. */
static const char *read_ephemeral(const struct json_value *header, struct header *to)
{
    struct json_value key;
    struct json_value x;
    struct json_value y;

    if (!json_get(header, "epk", &key) || !member_is(&key, "kty", "EC") ||
        !member_is(&key, "crv", "P-256") || has_member(&key, "d")) {
        return "JWE: its ephemeral key is no public key of P-256";
    }
    if (!json_get(&key, "x", &x) || !json_get(&key, "y", &y) ||
        !decode_exactly(&x, to->x, JWE_KEY_BYTES) || !decode_exactly(&y, to->y, JWE_KEY_BYTES)) {
        return "JWE: its ephemeral key's coordinates are malformed";
    }
    return NULL;
}

/* RFC 7518, 4.6.1.2, 4.6.1.3: there or not. */
static bool read_party(const struct json_value *header, const char *name, struct party *party)
{
    struct json_value value;

    party->bytes = 0;
    return !json_get(header, name, &value) ||
           decode(&value, party->info, sizeof(party->info), &party->bytes);
}

/* 4: what is not understood is ignored, unless it is critical. */
static const char *read_header(const struct json_value *protected, struct header *header)
{
    char text[HEADER_BYTES];
    struct json_value root;
    size_t bytes;

    if (!decode(protected, text, sizeof(text), &bytes) || json_read(text, bytes, &root) != NULL ||
        root.kind != JSON_OBJECT) {
        return "JWE: its protected header is malformed";
    }
    if (!member_is(&root, "alg", ALGORITHM) || !member_is(&root, "enc", ENCRYPTION)) {
        return "JWE: its algorithms are not " ALGORITHM " and " ENCRYPTION;
    }
    if (has_member(&root, "crit") || has_member(&root, "zip")) {
        return "JWE: it has critical parameters, or is compressed";
    }
    if (!read_party(&root, "apu", &header->apu) || !read_party(&root, "apv", &header->apv)) {
        return "JWE: its parties' information is malformed";
    }
    return read_ephemeral(&root, header);
}

static int hash_u32(mbedtls_sha256_context *hash, size_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};

    return mbedtls_sha256_update(hash, bytes, sizeof(bytes));
}

static int hash_sized(mbedtls_sha256_context *hash, const void *data, size_t bytes)
{
    int wrong = hash_u32(hash, bytes);

    return wrong != 0 ? wrong : mbedtls_sha256_update(hash, data, bytes);
}

/* RFC 7518, 4.6.2: Concat KDF, whose first round is long enough. */
static bool derive(const struct header *header, struct secrets *secrets)
{
    mbedtls_sha256_context hash;
    bool good;

    mbedtls_sha256_init(&hash);
    good = mbedtls_sha256_starts(&hash, 0) == 0 && hash_u32(&hash, 1) == 0 &&
           mbedtls_sha256_update(&hash, secrets->z, sizeof(secrets->z)) == 0 &&
           hash_sized(&hash, ALGORITHM, sizeof(ALGORITHM) - 1) == 0 &&
           hash_sized(&hash, header->apu.info, header->apu.bytes) == 0 &&
           hash_sized(&hash, header->apv.info, header->apv.bytes) == 0 &&
           hash_u32(&hash, AES_KEY_BYTES * 8) == 0 &&
           mbedtls_sha256_finish(&hash, secrets->kek) == 0;
    mbedtls_sha256_free(&hash);
    return good;
}

/* RFC 7518, 4.4; RFC 3394, 2.2.2. */
static bool unwrap(const uint8_t wrapped[WRAPPED_BYTES], struct secrets *secrets)
{
    mbedtls_nist_kw_context context;
    size_t bytes = 0;
    bool good;

    mbedtls_nist_kw_init(&context);
    good = mbedtls_nist_kw_setkey(&context, MBEDTLS_CIPHER_ID_AES, secrets->kek, AES_KEY_BYTES * 8,
                                  0) == 0 &&
           mbedtls_nist_kw_unwrap(&context, MBEDTLS_KW_MODE_KW, wrapped, WRAPPED_BYTES,
                                  secrets->cek, &bytes, sizeof(secrets->cek)) == 0 &&
           bytes == sizeof(secrets->cek);
    mbedtls_nist_kw_free(&context);
    return good;
}

static const char *open_key(const struct jwe_key *key, const struct json_value *protected,
                            const struct json_value *encrypted_key, struct secrets *secrets)
{
    struct header header;
    uint8_t wrapped[WRAPPED_BYTES];
    const char *wrong = read_header(protected, &header);

    if (wrong != NULL) {
        return wrong;
    }
    if (!decode_exactly(encrypted_key, wrapped, sizeof(wrapped))) {
        return "JWE: its encrypted key is malformed";
    }
    if (!jwe_key_agree(key, header.x, header.y, secrets->z)) {
        return "JWE: its ephemeral key is no point of P-256, or there is no entropy or memory";
    }
    if (!derive(&header, secrets) || !unwrap(wrapped, secrets)) {
        return "JWE: its encrypted key is not for this key";
    }
    return NULL;
}

struct content {
    struct json_value protected;
    uint8_t iv[IV_BYTES];
    uint8_t tag[TAG_BYTES];
};

/* 5.2, 14 to 16: the additional data are the protected header as it came. In place. */
static bool open_content(const struct secrets *secrets, const struct content *content,
                         uint8_t *secret, size_t bytes)
{
    mbedtls_gcm_context context;
    size_t header_bytes;
    const char *header = text_of(&content->protected, &header_bytes);
    bool good;

    mbedtls_gcm_init(&context);
    good =
        mbedtls_gcm_setkey(&context, MBEDTLS_CIPHER_ID_AES, secrets->cek, AES_KEY_BYTES * 8) == 0 &&
        mbedtls_gcm_auth_decrypt(&context, bytes, content->iv, sizeof(content->iv),
                                 (const uint8_t *)header, header_bytes, content->tag,
                                 sizeof(content->tag), secret, secret) == 0;
    mbedtls_gcm_free(&context);
    return good;
}

enum member { PROTECTED, ENCRYPTED_KEY, IV, CIPHERTEXT, TAG, MEMBERS };

/* 7.2.2, for one recipient; these alone. */
static const char *read_members(const char *text, size_t bytes, struct json_value members[MEMBERS])
{
    static const char names[MEMBERS][16] = {
        [PROTECTED] = "protected",
        [ENCRYPTED_KEY] = "encrypted_key",
        [IV] = "iv",
        [CIPHERTEXT] = "ciphertext",
        [TAG] = "tag",
    };
    struct json_value root;
    struct json_value value;
    uint32_t count = 0;
    uint32_t at = 0;

    if (json_read(text, bytes, &root) != NULL) {
        return "JWE: it is no JSON";
    }
    while (json_next(&root, &at, NULL, &value)) {
        count++;
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        if (count != MEMBERS || !json_get(&root, names[i], &members[i])) {
            return "JWE: it has not the members of the flattened form, or others";
        }
    }
    return NULL;
}

static const char *open_all(const struct jwe_key *key, const struct json_value members[MEMBERS],
                            struct secrets *secrets, uint8_t *secret, size_t room, size_t *got)
{
    struct content content = {.protected = members[PROTECTED]};
    const char *wrong = open_key(key, &members[PROTECTED], &members[ENCRYPTED_KEY], secrets);

    if (wrong != NULL) {
        return wrong;
    }
    if (!decode_exactly(&members[IV], content.iv, sizeof(content.iv)) ||
        !decode_exactly(&members[TAG], content.tag, sizeof(content.tag))) {
        return "JWE: its initialization vector or tag is malformed";
    }
    if (!decode(&members[CIPHERTEXT], secret, room, got)) {
        return "JWE: its ciphertext is malformed or too long";
    }
    return open_content(secrets, &content, secret, *got) ? NULL : "JWE: it is not authentic";
}

const char *jwe_open(const struct jwe_key *key, const char *text, size_t bytes, uint8_t *secret,
                     size_t room, size_t *secret_bytes)
{
    struct json_value members[MEMBERS];
    struct secrets secrets = {.z = {0}};
    size_t got = 0;
    const char *wrong = read_members(text, bytes, members);

    if (wrong == NULL) {
        wrong = open_all(key, members, &secrets, secret, room, &got);
    }
    mbedtls_platform_zeroize(&secrets, sizeof(secrets));
    if (wrong != NULL) {
        mbedtls_platform_zeroize(secret, room);
        got = 0;
    }
    *secret_bytes = got;
    return wrong;
}
PV_UNTRUSTED(jwe_open, network, "fuzz_jwe");
