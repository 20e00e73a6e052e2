/* SPDX-License-Identifier: BSD-3-Clause */
/* An IGVM file that a command looks at, its digest, and numbers for people. */
#ifndef IGVM_TOOL_OPENED_H
#define IGVM_TOOL_OPENED_H

#include "file.h"
#include "igvm_guest.h"
#include "igvm_measure.h"
#include "igvm_policy.h"

#define HEX_DIGEST_BYTES (2 * IGVM_DIGEST_BYTES + 1)

struct opened {
    const char *path;
    struct blob blob;
    struct igvm_file file;
};

/* False, told on stderr: it can't be read, or igvm_open does not take it. */
bool opened_read(const char *path, struct opened *opened);
void opened_free(struct opened *opened);

void opened_measure(const struct opened *opened, uint8_t digest[IGVM_DIGEST_BYTES]);

/* SHA-256 of bytes one behind the other (igvm_measure.h). */
igvm_sha256 digest_sha256;
void digest_of(uint8_t digest[IGVM_DIGEST_BYTES], const void *data, size_t bytes);

/* Digits and a NUL: 2 * bytes + 1. */
void hex_write(char *to, const uint8_t *from, size_t bytes);

/* The value of VTL2's first register X0 + i; false: the file sets none. */
bool opened_vtl2_x(const struct opened *opened, uint32_t i, uint64_t *value);

/*
 * The policy and guest pages, where X2 and X1 of a file of `igvm build` say; NULL: there is none. Parsed
 * as Paravane will, or NULL and *reason says why not. A policy that is not measured is none: the digest
 * would not speak for it.
 */
const uint8_t *opened_policy(const struct opened *opened, struct igvm_policy *policy,
                             const char **reason);
const struct igvm_guest_page *opened_guest(const struct opened *opened,
                                           struct igvm_guest_page *guest);

/*
 * Whether a signed block says of security version and debugging what the policy says, which alone is in
 * the digest. A file without a policy page is not ours, and says nothing.
 */
bool opened_agrees(const struct opened *opened, const struct igvm_vbs_measurement *block);

/* Start of VTL2's region; 0: none. */
uint64_t opened_vtl2_base(const struct opened *opened);

#endif /* IGVM_TOOL_OPENED_H */
