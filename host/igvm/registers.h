/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The measurement registers that Paravane leaves behind when it starts a file's guest, worked out from
 * the file and from what is known of the machine. docs/attestation.md, "What is measured".
 */
#ifndef IGVM_TOOL_REGISTERS_H
#define IGVM_TOOL_REGISTERS_H

#include "guest_events.h"
#include "guest_tree.h"
#include "opened.h"

#define REGISTERS 4u

/* What the file can't tell. The GIC is where QEMU's virt board has it. */
struct registers_machine {
    uint32_t vps;
    uint32_t ram_count;
    struct guest_range ram[GUEST_RAM_MAX]; /* VTL0's, ascending */
    uint32_t disks;
    bool net;
};

struct registers {
    uint8_t value[REGISTERS][GUEST_EVENT_HASH_BYTES]; /* register 1 and up */
    uint8_t event[GUEST_EVENTS][GUEST_EVENT_HASH_BYTES];
    const char *name[GUEST_EVENTS];
    uint8_t number[GUEST_EVENTS]; /* the register that each event is in */
};

/* refhv on QEMU's virt board with 2 VPs and 1 GiB: VTL0 has all but 14 MiB at its end. */
void registers_machine_init(struct registers_machine *machine);

/* NULL, or why they can't be known. */
const char *registers_compute(const struct opened *opened, const struct registers_machine *machine,
                              struct registers *registers);

#endif /* IGVM_TOOL_REGISTERS_H */
