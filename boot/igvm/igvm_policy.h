/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The policy page: what the operator decides and the host must not. It lies in the IGVM file as a
 * measured page, so that another policy is another launch digest. Project's own; one page, little
 * endian.
 *
 * VTL2's first X2 is its offset from the image's first byte (X0 and X1: igvm_guest.h).
 */
#ifndef IGVM_POLICY_H
#define IGVM_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IGVM_POLICY_MAGIC UINT64_C(0x3059434c4f505650) /* "PVPOLCY0" */
#define IGVM_POLICY_VERSION 1u
#define IGVM_POLICY_PAGE_BYTES 4096u
#define IGVM_POLICY_ANCHORS_MAX 4u
/* The machine's personalization value: SHA-256 of the page, and zeros. */
#define IGVM_POLICY_PERSONALIZATION_BYTES 64u
#define IGVM_POLICY_SERVER_BYTES 256u   /* at most */
#define IGVM_POLICY_RESOURCE_BYTES 256u /* at most */

/* Flags; all others are refused. */
#define IGVM_POLICY_ATTEST 1u  /* no guest without a released key: all texts below are there */
#define IGVM_POLICY_CONSOLE 2u /* the guest has a console that the host sees */
#define IGVM_POLICY_DEBUG 4u   /* faults are told with registers; the host learns what it likes */
#define IGVM_POLICY_DATES \
    8u /* the server's certificate is held to the host's clock: its dates count */

/*
 * Behind the header, without gaps: the server's URL, the resource's name, then the trust anchors,
 * each a u16 length and a certificate in DER. Zeros up to the page's end.
 */
struct igvm_policy_header {
    uint64_t magic;
    uint32_t version;
    uint32_t bytes; /* all that is used of the page, this header included */
    uint32_t flags;
    uint32_t svn; /* security version of the image, the operator's own count */
    uint16_t server_bytes;
    uint16_t resource_bytes;
    uint16_t anchors;
    uint16_t zero;
};
_Static_assert(sizeof(struct igvm_policy_header) == 32, "as documented");

/* A part of the page. No terminating NUL. */
struct igvm_policy_text {
    const uint8_t *data;
    uint32_t bytes;
};

struct igvm_policy {
    bool attest;
    bool console;
    bool debug;
    bool dates; /* needs attest */
    uint32_t svn;
    struct igvm_policy_text server;   /* URL of the attestation server; bytes 0: none */
    struct igvm_policy_text resource; /* repository/type/tag; bytes 0: none */
    uint32_t anchors;
    struct igvm_policy_text anchor[IGVM_POLICY_ANCHORS_MAX]; /* DER; not parsed here */
};

/*
 * Reads a page of IGVM_POLICY_PAGE_BYTES, which stays the caller's and must outlive *policy. NULL,
 * or what is wrong with it.
 */
const char *igvm_policy_read(const void *page, struct igvm_policy *policy);

/* The same rules, the other way. NULL, or why such a policy can't be. */
const char *igvm_policy_write(const struct igvm_policy *policy, void *page);

#endif /* IGVM_POLICY_H */
