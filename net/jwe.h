/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A secret that a key broker has encrypted for a key made here: JWE (RFC 7516) in its flattened JSON
 * form, ECDH-ES+A256KW over P-256 and A256GCM (RFC 7518). Memory is Mbed TLS' arena's.
 */
#ifndef NET_JWE_H
#define NET_JWE_H

#include "vtl/base.h"

#define JWE_KEY_BYTES 32u /* P-256: private scalar; coordinates */

struct jwe_key {
    uint8_t d[JWE_KEY_BYTES];
    uint8_t x[JWE_KEY_BYTES];
    uint8_t y[JWE_KEY_BYTES];
};

/* False: no entropy, or no memory; the key is then zero. */
PV_MUST_USE bool jwe_key_make(struct jwe_key *key);
void jwe_key_wipe(struct jwe_key *key);
/*
 * RFC 7518, 4.6.2: Z, the x coordinate that both agree on, at its full width. False: no point of the
 * curve, or as above; Z is then zero.
 */
PV_MUST_USE bool jwe_key_agree(const struct jwe_key *key, const uint8_t x[JWE_KEY_BYTES],
                               const uint8_t y[JWE_KEY_BYTES], uint8_t z[JWE_KEY_BYTES]);

/*
 * NULL and the secret, or what is wrong, safe to log; secret is then zero, up to room. What RFC 7516
 * leaves open, or has otherwise:
 *   - The five members are there, and no others: `header`, `unprotected` and `aad` could say
 *     something else than the protected header does (7.2.2 has what is not understood ignored).
 *   - Base64url has no escapes in JSON, though any text may have them.
 *   - Of the protected header, `crit` and `zip` are refused: no extension and no compression is
 *     understood. Other parameters are ignored, as 4 wants.
 */
PV_MUST_USE const char *jwe_open(const struct jwe_key *key, const char *text, size_t bytes,
                                 uint8_t *secret, size_t room, size_t *secret_bytes);

#endif /* NET_JWE_H */
