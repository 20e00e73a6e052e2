/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * In the place of attest.c and measure.c, for an image without attestation: nothing is measured, nobody is
 * asked for a key, and the guest can't ask for evidence. lwIP, TLS, LUKS2 and all of Mbed TLS are not linked.
 */
#include "attest.h"
#include "measure.h"

void measure_start(void)
{
}

const char *measure_bytes(enum guest_event event, const void *content, size_t bytes)
{
    (void)event;
    (void)content;
    (void)bytes;
    return NULL;
}

const char *measure_guest(enum guest_event event, bool firmware, gpa_t content, uint64_t bytes)
{
    (void)event;
    (void)firmware;
    (void)content;
    (void)bytes;
    return NULL;
}

const char *attest(const struct igvm_policy *policy, const char *network)
{
    (void)network;
    return policy->attest ? "the policy asks for it, and this image can't: paravane.elf can" : NULL;
}
