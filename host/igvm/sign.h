/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The signed measurement: ECDSA over P-384 with SHA-384, of the 60 bytes that igvm.md 2.3 names: version,
 * product, module, svn, policy flags, both algorithm numbers, and the SHA-256 launch digest, integers
 * little endian. Signature and public key lie in their fields as two 48-byte big-endian numbers, r and s,
 * x and y; zeros behind them.
 */
#ifndef IGVM_TOOL_SIGN_H
#define IGVM_TOOL_SIGN_H

#include "igvm_format.h"

#include <stdbool.h>

/* A key in PEM. NULL, told on stderr: can't be read, or not on P-384. Free: sign_key_free. */
struct evp_pkey_st *sign_key_read(const char *path, bool secret);
void sign_key_free(struct evp_pkey_st *key);

/* Fills in signature and public key; all else is there already. */
bool sign_measurement(struct evp_pkey_st *key, struct igvm_vbs_measurement *measurement);

/* NULL, or what is wrong: another key's, or not a signature of this. */
const char *sign_check(struct evp_pkey_st *key, const struct igvm_vbs_measurement *measurement);

#endif /* IGVM_TOOL_SIGN_H */
