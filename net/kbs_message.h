/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the key broker's client says and hears. The names are Trustee's.
 */
#ifndef NET_KBS_MESSAGE_H
#define NET_KBS_MESSAGE_H

#include "http_client.h"
#include "jwe.h"
#include "net/kbs.h"

#define KBS_NONCE_BYTES 256u
#define KBS_RUNTIME_BYTES (KBS_NONCE_BYTES + 256u)

/* The runtime data in their canonical form, written once: these bytes are hashed and sent. */
struct kbs_runtime {
    size_t bytes;
    char text[KBS_RUNTIME_BYTES];
};

/* NULL, or what is wrong with the challenge. */
const char *kbs_challenge_read(const char *text, size_t bytes, const struct jwe_key *key,
                               struct kbs_runtime *runtime);
/* What the evidence is bound to. */
void kbs_challenge_digest(const struct kbs_runtime *runtime,
                          uint8_t challenge[KBS_CHALLENGE_BYTES]);

struct kbs_attestation {
    const struct kbs_runtime *runtime;
    const uint8_t *token;
    size_t token_bytes;
};

/* For struct http_call; about: nothing; a struct kbs_attestation. */
void kbs_write_request(struct http_writer *to, const void *about);
void kbs_write_attestation(struct http_writer *to, const void *about);

/* NULL, or what is wrong with the answer to an attestation. */
const char *kbs_token_check(const char *text, size_t bytes);

/* Puts the variant of the error and its detail in printable ASCII, as far as they fit; nothing, where it is
 * none. True: it says that asking again has no sense. */
bool kbs_error_read(const char *text, size_t bytes, struct text *to);

/* Is this repository/type/tag? */
bool kbs_resource_is_good(struct igvm_policy_text resource);

#endif /* NET_KBS_MESSAGE_H */
