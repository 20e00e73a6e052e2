/* SPDX-License-Identifier: BSD-3-Clause */
/* Policies, endorsements and signed measurements. */
#include "igvm_check.h"

#include <string.h>

/* Which platforms have something already, and the mask of those that get it now. */
static bool masks_take(uint32_t *taken, uint32_t mask)
{
    bool free = (*taken & mask) == 0;

    *taken |= mask;
    return free;
}

enum igvm_status igvm_check_guest_policy(struct igvm_check *check, const struct igvm_header *header)
{
    (void)check;
    return header->guest_policy.reserved == 0 ? IGVM_OK : IGVM_RESERVED_NOT_ZERO;
}

enum igvm_status igvm_check_cca_policy(struct igvm_check *check, const struct igvm_header *header)
{
    static const uint8_t zeros[sizeof(header->cca_policy.reserved1)];
    const struct igvm_cca_policy *policy = &header->cca_policy;

    if (policy->reserved != 0 || memcmp(policy->reserved1, zeros, sizeof(zeros)) != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (policy->compatibility_mask != check->file->cca_mask ||
        policy->hash > IGVM_CCA_HASH_SHA384 ||
        (policy->required_zeroes & policy->required_ones) != 0) {
        return IGVM_BAD_CCA_POLICY;
    }
    return IGVM_OK;
}

/* A document, or the signature of the document in front of it. */
enum igvm_status igvm_check_corim(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_corim *corim = &header->corim;
    bool signature = header->type == IGVM_TYPE_CORIM_SIGNATURE;

    if (corim->reserved != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (corim->size == 0 ||
        !masks_take(&check->corim_masks[signature], corim->compatibility_mask) ||
        (signature && (corim->compatibility_mask & ~check->corim_masks[0]) != 0)) {
        return IGVM_BAD_CORIM;
    }
    return igvm_check_data(check, corim->file_offset, corim->size);
}

/* For another architecture's platform; its bytes mean nothing here. */
enum igvm_status igvm_check_snp(struct igvm_check *check, const struct igvm_header *header)
{
    const uint8_t *reserved = check->file->data + header->body_offset + 5;

    return (reserved[0] | reserved[1] | reserved[2]) == 0 ? IGVM_OK : IGVM_RESERVED_NOT_ZERO;
}

/* Form only: who has a key, or a digest, compares (igvm.md 2.3). */
enum igvm_status igvm_check_vbs(struct igvm_check *check, const struct igvm_header *header)
{
    static const uint8_t
        zeros[sizeof(((struct igvm_vbs_measurement *)0)->digest) - IGVM_SHA256_BYTES];
    struct igvm_vbs_measurement vbs;

    memcpy(&vbs, check->file->data + header->body_offset, sizeof(vbs));
    if (check->vbs_seen) {
        return IGVM_TWO_VBS_MEASUREMENTS;
    }
    check->vbs_seen = true;
    if (vbs.compatibility_mask != check->file->mask || vbs.version != IGVM_VBS_VERSION ||
        (vbs.policy_flags & ~IGVM_VBS_POLICY_DEBUG) != 0 ||
        vbs.digest_algorithm != IGVM_VBS_DIGEST_SHA256 ||
        vbs.signing_algorithm != IGVM_VBS_SIGNING_ECDSA_P384 ||
        memcmp(vbs.digest + IGVM_SHA256_BYTES, zeros, sizeof(zeros)) != 0) {
        return IGVM_BAD_VBS_MEASUREMENT;
    }
    return IGVM_OK;
}
