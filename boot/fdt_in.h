/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the hypervisor tells of the machine: the device tree of the parameter area, checked whole
 * and copied into struct board. Pure: no hardware, no log.
 */
#ifndef BOOT_FDT_IN_H
#define BOOT_FDT_IN_H

#include "guest_tree.h"
#include "vmm/vmm.h"

#define BOARD_VIRTIO_MAX 32u
#define BOARD_INTID_MAX 1019u /* the last SPI */

struct board_window {
    uint64_t base;
    uint64_t bytes; /* 0: the board has no such device */
    uint32_t intid; /* 0: none */
    bool edge;
};

struct board {
    uint32_t vp_count;
    uint64_t mpidr[VTL_VP_MAX];      /* affinity bits; the boot VP is the first */
    struct vmm_ram ram[VMM_RAM_MAX]; /* VTL0's: ascending, VTL2's cut out */
    uint32_t ram_count;
    struct vmm_ram vtl2;
    struct board_window gicd;
    struct board_window gicr;
    uint32_t timer_ppi; /* of the virtual timer; INTID less 16 */
    /* VTL2's own devices. */
    struct board_window uart;
    struct board_window rtc;
    struct board_window virtio[BOARD_VIRTIO_MAX];
    uint32_t virtio_count;
    /* In the tree: they live as long as it does. */
    const char *options; /* bootargs, NUL-terminated; never NULL */
    const uint8_t *seed;
    uint32_t seed_bytes; /* 0: none */
};

/* tree: aligned to 8; room: how much memory may be read. NULL, or what is wrong with the tree. */
const char *board_parse(const void *tree, size_t room, struct board *board);

/* Of a guest's tree what the board decides: VPs, memory, GIC, timer. */
void board_describe(const struct board *board, struct guest_tree *guest);

/* Do [a, a + a_bytes) and [b, b + b_bytes) share a byte? Neither may wrap. */
static inline bool ranges_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a_bytes != 0 && b_bytes != 0 && a < b + b_bytes && b < a + a_bytes;
}

#endif /* BOOT_FDT_IN_H */
