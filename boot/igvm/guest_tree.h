/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's device tree: the machine as VTL0 sees it. Composed from nothing; no node of the
 * hypervisor's tree reaches the guest. Paravane measures it, and the host's tool computes the same.
 */
#ifndef GUEST_TREE_H
#define GUEST_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room that any tree fits: 8 VPs, 16 virtio devices, the longest command line. */
#define GUEST_TREE_BYTES 12288u
#define GUEST_SEED_BYTES 64u

/* Where VTL0 finds the devices that Paravane emulates, and their SPIs. */
#define GUEST_UART_BASE UINT64_C(0x09000000)
#define GUEST_UART_INTID 33u
#define GUEST_RTC_BASE UINT64_C(0x09010000)
#define GUEST_RTC_INTID 34u
#define GUEST_VIRTIO_BASE \
    UINT64_C(0x0a000000) /* window 0; the others follow, and so do their SPIs */
#define GUEST_VIRTIO_INTID 48u

/*
 * Not in the tree: U-Boot for QEMU's virt board looks for its variables here, in the second flash of
 * that board, without asking whether there is one (env/flash.c; CONFIG_ENV_ADDR, CONFIG_ENV_SIZE).
 */
#define GUEST_FLASH_BASE UINT64_C(0x04000000)
#define GUEST_FLASH_BYTES UINT64_C(0x40000)

/* The virtio windows of the guest, each of so many bytes and with one interrupt. */
#define GUEST_VIRTIO_WINDOWS 16u
#define GUEST_VIRTIO_WINDOW_BYTES 0x200u

#define GUEST_VP_MAX 8u
#define GUEST_RAM_MAX 8u

struct guest_range {
    uint64_t base;
    uint64_t bytes;
};

struct guest_tree {
    uint32_t vp_count;
    uint64_t mpidr[GUEST_VP_MAX]; /* affinity bits; the boot VP is the first */
    uint32_t ram_count;
    struct guest_range ram[GUEST_RAM_MAX]; /* ascending, without VTL2's */
    struct guest_range gicd;
    struct guest_range gicr;
    uint32_t timer_ppi;       /* of the virtual timer; INTID less 16 */
    uint32_t virtio;          /* a bit a window that has a device */
    const char *command_line; /* no NUL inside, none at its end */
    uint32_t command_line_bytes;
    uint64_t initrd_base;
    uint64_t initrd_bytes; /* 0: none */
    bool seeded;           /* it has places for the two random numbers */
};

/* Where they are, for who fills them in: the tree is measured with zeros there. Not seeded: NULL. */
struct guest_seeds {
    uint8_t *kaslr; /* 8 bytes */
    uint8_t *rng;   /* GUEST_SEED_BYTES */
};

/* to: aligned to 8. NULL, the length in *bytes and *seeds; or what is wrong. */
const char *guest_tree_write(const struct guest_tree *guest, void *to, size_t room, size_t *bytes,
                             struct guest_seeds *seeds);

#endif /* GUEST_TREE_H */
