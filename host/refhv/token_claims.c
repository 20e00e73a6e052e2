/* SPDX-License-Identifier: BSD-3-Clause */
#include "token_claims.h"

#include "cbor_write.h"
#include "machine.h"
#include "test_platform.h"

#include <string.h>

/* Map keys are in the order of RFC 8949, 4.2.1 throughout: that of their encoded bytes. */

/* Claims of both: RFC 9711, 4; of the platform: RFC 9783, 4 as DEN0137 A7.2.3.2 has it; of the realm: A7.2.3.1. */
enum {
    CLAIM_CHALLENGE = 10,
    CLAIM_INSTANCE = 256,
    CLAIM_PROFILE = 265,
    CLAIM_LIFECYCLE = 2395,
    CLAIM_IMPLEMENTATION = 2396,
    CLAIM_SOFTWARE = 2399,
    CLAIM_CONFIGURATION = 2401,
    CLAIM_HASH = 2402,
    CLAIM_REALM_PERSONALIZATION = 44235,
    CLAIM_REALM_HASH = 44236,
    CLAIM_REALM_KEY = 44237,
    CLAIM_REALM_RIM = 44238,
    CLAIM_REALM_REMS = 44239,
    CLAIM_REALM_KEY_HASH = 44240,
};

/* A software component. */
enum {
    SOFTWARE_TYPE = 1,
    SOFTWARE_MEASUREMENT = 2,
    SOFTWARE_SIGNER = 5,
    SOFTWARE_HASH = 6,
};

/* COSE: RFC 9052, 3.1 and 7.1; RFC 9053, 2.1 and 7.1.1. */
enum {
    HEADER_ALGORITHM = 1,
    ALGORITHM_ES384 = -35,
    KEY_TYPE = 1,
    KEY_TYPE_EC2 = 2,
    KEY_CURVE = -1,
    KEY_CURVE_P384 = 2,
    KEY_X = -2,
    KEY_Y = -3,
};

enum {
    TAG_SIGN1 = 18,
    TAG_COLLECTION = 907,
    TAG_COLLECTION_OLDER = 399,
    PART_PLATFORM = 44234,
    PART_REALM = 44241,
    FORMAT_EAT_CWT = 263, /* CoAP's number for application/eat+cwt */
};

#define LIFECYCLE_SECURED 0x3000
#define SHA256_NAME "sha-256"
#define COSE_KEY_MAX 128u
#define SIGN_HEAD_MAX 32u
#define PROTECTED_MAX 8u

static struct cbor_writer part_writer(struct token_part *part)
{
    return (struct cbor_writer){.to = part->data, .room = sizeof(part->data)};
}

static bool part_done(struct token_part *part, const struct cbor_writer *writer)
{
    part->bytes = cbor_written(writer);
    return part->bytes != 0;
}

static void claim_int(struct cbor_writer *writer, int64_t claim, int64_t value)
{
    cbor_put_int(writer, claim);
    cbor_put_int(writer, value);
}

static void claim_bytes(struct cbor_writer *writer, int64_t claim, const void *data, size_t bytes)
{
    cbor_put_int(writer, claim);
    cbor_put_bytes(writer, data, bytes);
}

static void claim_text(struct cbor_writer *writer, int64_t claim, const char *text)
{
    cbor_put_int(writer, claim);
    cbor_put_text(writer, text);
}

static size_t cose_key(uint8_t to[COSE_KEY_MAX], const struct sign_key *key)
{
    struct cbor_writer writer = {.to = to, .room = COSE_KEY_MAX};

    cbor_put_map(&writer, 4);
    claim_int(&writer, KEY_TYPE, KEY_TYPE_EC2);
    claim_int(&writer, KEY_CURVE, KEY_CURVE_P384);
    claim_bytes(&writer, KEY_X, key->x, sizeof(key->x));
    claim_bytes(&writer, KEY_Y, key->y, sizeof(key->y));
    return cbor_written(&writer);
}

static void software(struct cbor_writer *writer)
{
    cbor_put_int(writer, CLAIM_SOFTWARE);
    cbor_put_array(writer, 1);
    cbor_put_map(writer, 4);
    claim_text(writer, SOFTWARE_TYPE, "refhv");
    claim_bytes(writer, SOFTWARE_MEASUREMENT, test_platform_measurement, HASH_SHA256_BYTES);
    claim_bytes(writer, SOFTWARE_SIGNER, test_platform_signer, HASH_SHA256_BYTES);
    claim_text(writer, SOFTWARE_HASH, SHA256_NAME);
}

bool token_platform_claims(struct token_part *claims, const struct sign_key *realm_key)
{
    static const uint8_t configuration[] = {'t', 'e', 's', 't'};
    struct cbor_writer writer = part_writer(claims);
    uint8_t key[COSE_KEY_MAX];
    uint8_t digest[HASH_SHA256_BYTES];
    const struct igvm_part key_part = {key, cose_key(key, realm_key)};

    hash_sha256(digest, &key_part, 1);
    cbor_put_map(&writer, 8);
    claim_bytes(&writer, CLAIM_CHALLENGE, digest, sizeof(digest));
    claim_bytes(&writer, CLAIM_INSTANCE, test_platform_instance, TEST_PLATFORM_INSTANCE_BYTES);
    claim_text(&writer, CLAIM_PROFILE, "tag:arm.com,2023:cca_platform#1.0.0");
    claim_int(&writer, CLAIM_LIFECYCLE, LIFECYCLE_SECURED);
    claim_bytes(&writer, CLAIM_IMPLEMENTATION, test_platform_implementation, HASH_SHA256_BYTES);
    software(&writer);
    claim_bytes(&writer, CLAIM_CONFIGURATION, configuration, sizeof(configuration));
    claim_text(&writer, CLAIM_HASH, SHA256_NAME);
    return key_part.bytes != 0 && part_done(claims, &writer);
}

bool token_realm_claims(struct token_part *claims, const struct token_realm *realm,
                        const struct sign_key *realm_key)
{
    const struct measurement_set *measurements = &realm->measurements;
    struct cbor_writer writer = part_writer(claims);
    uint8_t key[COSE_KEY_MAX];
    const size_t key_bytes = cose_key(key, realm_key);

    cbor_put_map(&writer, 8);
    claim_bytes(&writer, CLAIM_CHALLENGE, realm->challenge, sizeof(realm->challenge));
    claim_text(&writer, CLAIM_PROFILE, "tag:arm.com,2023:realm#1.0.0");
    claim_bytes(&writer, CLAIM_REALM_PERSONALIZATION, machine.options.rpv, MACHINE_RPV_BYTES);
    claim_text(&writer, CLAIM_REALM_HASH, SHA256_NAME);
    claim_bytes(&writer, CLAIM_REALM_KEY, key, key_bytes);
    claim_bytes(&writer, CLAIM_REALM_RIM, measurements->value[0], HASH_SHA256_BYTES);
    cbor_put_int(&writer, CLAIM_REALM_REMS);
    cbor_put_array(&writer, RSI_MEASUREMENTS - 1);
    for (unsigned i = 1; i < RSI_MEASUREMENTS; i++) {
        cbor_put_bytes(&writer, measurements->value[i], HASH_SHA256_BYTES);
    }
    claim_text(&writer, CLAIM_REALM_KEY_HASH, SHA256_NAME);
    return key_bytes != 0 && part_done(claims, &writer);
}

/* The protected header, as the byte string that is signed and sent. */
static void put_protected(struct cbor_writer *writer)
{
    uint8_t header[PROTECTED_MAX];
    struct cbor_writer inner = {.to = header, .room = sizeof(header)};

    cbor_put_map(&inner, 1);
    claim_int(&inner, HEADER_ALGORITHM, ALGORITHM_ES384);
    cbor_put_bytes(writer, header, cbor_written(&inner));
}

/* The payload is the last element: its head ends what is in front of it. */
void token_digest(const struct token_part *claims, uint8_t digest[HASH_SHA384_BYTES])
{
    uint8_t data[SIGN_HEAD_MAX + TOKEN_PART_MAX];
    struct cbor_writer writer = {.to = data, .room = sizeof(data)};

    cbor_put_array(&writer, 4);
    cbor_put_text(&writer, "Signature1");
    put_protected(&writer);
    cbor_put_bytes(&writer, "", 0); /* no external data */
    cbor_put_bytes(&writer, claims->data, claims->bytes);
    hash_sha384(digest, &(struct igvm_part){data, cbor_written(&writer)}, 1);
}

bool token_seal(struct token_part *sealed, const struct token_part *claims,
                const uint8_t signature[SIGN_BYTES])
{
    struct cbor_writer writer = part_writer(sealed);

    cbor_put_tag(&writer, TAG_SIGN1);
    cbor_put_array(&writer, 4);
    put_protected(&writer);
    cbor_put_map(&writer, 0);
    cbor_put_bytes(&writer, claims->data, claims->bytes);
    cbor_put_bytes(&writer, signature, SIGN_BYTES);
    return part_done(sealed, &writer);
}

static void put_part(struct cbor_writer *writer, int64_t claim, const struct token_part *part)
{
    cbor_put_int(writer, claim);
    if (!machine.options.token_tag_399) {
        cbor_put_array(writer, 2);
        cbor_put_int(writer, FORMAT_EAT_CWT);
    }
    cbor_put_bytes(writer, part->data, part->bytes);
}

size_t token_collect(uint8_t to[TOKEN_BYTES_MAX], const struct token_part *platform,
                     const struct token_part *realm)
{
    struct cbor_writer writer = {.to = to, .room = TOKEN_BYTES_MAX};

    cbor_put_tag(&writer, machine.options.token_tag_399 ? TAG_COLLECTION_OLDER : TAG_COLLECTION);
    cbor_put_map(&writer, 2);
    put_part(&writer, PART_PLATFORM, platform);
    put_part(&writer, PART_REALM, realm);
    return cbor_written(&writer);
}
