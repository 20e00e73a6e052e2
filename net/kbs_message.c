/* SPDX-License-Identifier: BSD-3-Clause */
/* See kbs_message.h. Trustee's kbs/src and the types of its crate kbs-types, RFC 8785, RFC 7517. */
#include "kbs_message.h"

#include "formats/base64.h"
#include "formats/json_read.h"
#include "vtl/untrusted.h"

#include <mbedtls/sha512.h>

#include <string.h>

#define COORDINATE_BYTES BASE64_BYTES(JWE_KEY_BYTES)

/* ---- Runtime data ------------------------------------------------------------------------------ */

static void add_coordinate(struct text *text, const uint8_t coordinate[JWE_KEY_BYTES])
{
    char encoded[COORDINATE_BYTES];

    text_add_bytes(text, encoded, base64_encode(BASE64_URL, coordinate, JWE_KEY_BYTES, encoded));
}

/* What precedes the nonce's member in what is hashed, and is not in what is sent. */
static const char additional[] = "{\"additional-evidence\":\"\",";

/* RFC 8785: members sorted, no space; and as nothing in it needs an escape, byte by byte so. */
static void make_runtime(struct kbs_runtime *runtime, const char *nonce, size_t nonce_bytes,
                         const struct jwe_key *key)
{
    struct text text = {runtime->text, sizeof(runtime->text), 0, false};

    text_add(&text, additional);
    text_add(&text, "\"nonce\":\"");
    text_add_bytes(&text, nonce, nonce_bytes);
    text_add(
        &text,
        "\",\"tee-pubkey\":{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"");
    add_coordinate(&text, key->x);
    text_add(&text, "\",\"y\":\"");
    add_coordinate(&text, key->y);
    text_add(&text, "\"}}");
    CHECK(!text.cut);
    runtime->bytes = text.used;
}

/* An opaque text, which goes back as it came. */
static bool is_nonce(const char *nonce, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (nonce[i] < ' ' || nonce[i] > '~' || nonce[i] == '"' || nonce[i] == '\\') {
            return false;
        }
    }
    return bytes != 0;
}

const char *kbs_challenge_read(const char *text, size_t bytes, const struct jwe_key *key,
                               struct kbs_runtime *runtime)
{
    struct json_value root;
    struct json_value member;
    struct json_value hash;
    char nonce[KBS_NONCE_BYTES];
    size_t nonce_bytes;
    const char *wrong = json_read(text, bytes, &root);

    if (wrong != NULL) {
        return wrong;
    }
    if (!json_get(&root, "nonce", &member) ||
        !json_string(&member, nonce, sizeof(nonce), &nonce_bytes) ||
        !is_nonce(nonce, nonce_bytes)) {
        return "the nonce is none of 1 to 256 plain characters";
    }
    /* Without a choice it is SHA-384, which is also all that the evidence has room for. */
    if (json_get(&root, "extra-params", &member) &&
        json_get(&member, "selected-hash-algorithm", &hash) && !json_string_is(&hash, "sha384")) {
        return "it selects another hash than SHA-384";
    }
    make_runtime(runtime, nonce, nonce_bytes, key);
    return NULL;
}
PV_UNTRUSTED(kbs_challenge_read, network, "fuzz_kbs");

/* The rest is zero, which keeps this apart from what a guest may ask evidence for. */
void kbs_challenge_digest(const struct kbs_runtime *runtime, uint8_t challenge[KBS_CHALLENGE_BYTES])
{
    memset(challenge, 0, KBS_CHALLENGE_BYTES);
    CHECK(mbedtls_sha512((const uint8_t *)runtime->text, runtime->bytes, challenge, 1) == 0);
}

/* ---- Requests ---------------------------------------------------------------------------------- */

void kbs_write_request(struct http_writer *to, const void *about)
{
    (void)about;
    http_write(to, "{\"version\":\"0.4.0\",\"tee\":\"cca\",\"extra-params\":\"\"}");
}

void kbs_write_attestation(struct http_writer *to, const void *about)
{
    const struct kbs_attestation *attestation = about;
    const struct kbs_runtime *runtime = attestation->runtime;
    const size_t before = sizeof(additional) - 1;

    http_write(to, "{\"runtime-data\":{");
    http_write_bytes(to, runtime->text + before, runtime->bytes - before);
    http_write(to, ",\"tee-evidence\":{\"primary_evidence\":{\"token\":[");
    for (size_t i = 0; i < attestation->token_bytes; i++) {
        http_write(to, i != 0 ? "," : "");
        http_write_number(to, attestation->token[i]);
    }
    http_write(to, "]},\"additional_evidence\":\"\"}}");
}

/* ---- Answers ----------------------------------------------------------------------------------- */

/* The server keeps it with the session: that there is one is all that we want to know. */
const char *kbs_token_check(const char *text, size_t bytes)
{
    struct json_value root;
    struct json_value token;
    const char *wrong = json_read(text, bytes, &root);

    if (wrong == NULL && (!json_get(&root, "token", &token) || token.kind != JSON_STRING ||
                          json_string_is(&token, ""))) {
        wrong = "there is no token";
    }
    return wrong;
}
PV_UNTRUSTED(kbs_token_check, network, "fuzz_kbs");

/* A string as it is written, without its quotes. */
static void add_printable(struct text *to, const char *at, size_t bytes)
{
    for (size_t i = 0; i < bytes && !to->cut; i++) {
        text_put(to, at[i] >= ' ' && at[i] <= '~' ? at[i] : '?');
    }
}

bool kbs_error_read(const char *text, size_t bytes, struct text *to)
{
    struct json_value root;
    struct json_value type;
    struct json_value detail;
    size_t first;

    if (json_read(text, bytes, &root) != NULL || !json_get(&root, "type", &type) ||
        type.kind != JSON_STRING) {
        return false;
    }
    /* https://github.com/confidential-containers/kbs/errors/VARIANT */
    for (first = type.bytes - 1; type.at[first - 1] != '/' && first > 1;) {
        first--;
    }
    text_put(to, ' ');
    add_printable(to, type.at + first, type.bytes - 1 - first);
    if (json_get(&root, "detail", &detail) && detail.kind == JSON_STRING) {
        text_add(to, ": ");
        add_printable(to, detail.at + 1, detail.bytes - 2);
    }
    return type.bytes - 1 - first == sizeof("PolicyDeny") - 1 &&
           memcmp(type.at + first, "PolicyDeny", sizeof("PolicyDeny") - 1) == 0;
}
PV_UNTRUSTED(kbs_error_read, network, "fuzz_kbs");

/* kbs/src/api_server.rs: three segments, each of letters, digits, '_', '-', and behind its first, '.'. */
bool kbs_resource_is_good(struct igvm_policy_text resource)
{
    unsigned slashes = 0;
    bool first = true;

    for (uint32_t i = 0; i < resource.bytes; i++) {
        char byte = (char)resource.data[i];
        bool plain = (byte >= '0' && byte <= '9') ||
                     ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' || byte == '-';

        if (byte == '/' && !first) {
            slashes++;
            first = true;
        } else if (plain || (byte == '.' && !first)) {
            first = false;
        } else {
            return false;
        }
    }
    return slashes == 2 && !first;
}
