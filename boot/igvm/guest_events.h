/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Paravane measures of the guest before it runs: the events, in their order, and the measurement
 * register that each extends. docs/attestation.md, "What is measured". Project's own.
 *
 * An event extends its register with 64 bytes: SHA-256 of its name, SHA-256 of its content. So no content
 * can pass for one of another kind.
 */
#ifndef GUEST_EVENTS_H
#define GUEST_EVENTS_H

enum guest_event {
    GUEST_EVENT_POLICY,       /* the policy page, whole */
    GUEST_EVENT_KERNEL,       /* the kernel's file, or the firmware's */
    GUEST_EVENT_INITRD,       /* nothing where there is none */
    GUEST_EVENT_COMMAND_LINE, /* without a NUL */
    GUEST_EVENT_DEVICE_TREE,  /* with zeros for its seeds */
    GUEST_EVENTS,
};

#define GUEST_EVENT_REGISTERS {1, 2, 2, 3, 4}

/* The second is a kernel's or a firmware's. */
#define GUEST_EVENT_NAMES {"policy", "kernel", "initrd", "command line", "device tree"}
#define GUEST_EVENT_FIRMWARE "firmware"

#define GUEST_EVENT_HASH_BYTES 32u /* SHA-256 */

#endif /* GUEST_EVENTS_H */
