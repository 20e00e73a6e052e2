/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No guest without a key: evidence to the server that the policy names, the key from there, the disk
 * opened with it. Boot VP, interrupts on, everything measured, before VTL0 runs.
 */
#ifndef BOOT_ATTEST_H
#define BOOT_ATTEST_H

#include "igvm_policy.h"

/*
 * Opens the guest's own access to evidence; and, where the policy wants it, gets the key and unlocks the disk.
 * network: words of the host's for net_up: where the network is, is the host's to say anyhow. NULL, or why
 * there is no key: a text that lives until the machine ends.
 */
const char *attest(const struct igvm_policy *policy, const char *network);

#endif /* BOOT_ATTEST_H */
