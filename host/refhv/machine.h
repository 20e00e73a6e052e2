/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the board has (from the device tree that the boot loader hands over) and what the operator
 * asked for on the kernel command line. Filled once by machine_probe() on the boot CPU, read-only
 * afterwards.
 */
#ifndef REFHV_MACHINE_H
#define REFHV_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_CPU_MAX 8u
#define MACHINE_MEMORY_MAX 4u
#define MACHINE_DEVICE_MAX 64u
#define MACHINE_NONCE_BYTES 40u
#define MACHINE_BOOTARGS_BYTES 512u
#define MACHINE_RPV_BYTES 64u

struct machine_range {
    uint64_t base;
    uint64_t bytes;
};

enum machine_device_kind {
    MACHINE_DEVICE_PL011,
    MACHINE_DEVICE_PL031,
    MACHINE_DEVICE_VIRTIO_MMIO,
};

/* A window that VTL2, and VTL2 alone, gets; its interrupt is a level SPI unless edge is set. */
struct machine_device {
    enum machine_device_kind kind;
    struct machine_range window;
    uint32_t intid;
    bool edge;
};

/*
 * Operator's options: words of the command line up to "--"; what follows "--" goes to VTL2's
 * /chosen.
 */
struct machine_options {
    bool intercept_by_simp; /* intercept=simp: no intercept page, messages through SIMP slot 0 */
    bool x29_x30_shared;    /* x29=shared: as public code reads it; default private (TLFS) */
    bool no_register_page;  /* regpage=off */
    bool no_smccc_switch;   /* smccc=off: VTL call and return by HVC #2 and #3 alone */
    bool no_rsi;            /* rsi=off: no RSI, and SMC is undefined */
    bool token_tag_399;     /* token=399: the older outer form of an attestation token */
    uint64_t vtl2_base;     /* vtl2-base=0x...: where VTL2 goes; 0 lets refhv choose */
    char nonce[MACHINE_NONCE_BYTES]; /* nonce=...: shown in refhv's last line only */
    char vtl2_bootargs[MACHINE_BOOTARGS_BYTES];
    uint8_t rpv[MACHINE_RPV_BYTES]; /* rpv=...: the realm personalization value; default zeros */
};

struct machine {
    uint32_t cpu_count;
    uint64_t cpu_mpidr[MACHINE_CPU_MAX]; /* affinity bits only */
    uint32_t memory_count;
    struct machine_range memory[MACHINE_MEMORY_MAX]; /* the partition's RAM: refhv's own cut off */
    /* What the boot loader left in there: the IGVM file, the board's device tree, refhv's first image. */
    struct machine_range initrd;
    struct machine_range fdt;
    struct machine_range image_before;
    struct machine_range gicd;
    struct machine_range gicr; /* 0x20000 a CPU */
    /* From the first byte of memory, or of GICD and GICRs, to the last: what lies in neither span is none of them. */
    struct machine_range memory_span;
    struct machine_range gic_span;
    uint64_t console_base; /* PL011 */
    bool psci_by_smc;
    uint32_t device_count;
    struct machine_device device[MACHINE_DEVICE_MAX];
    struct machine_options options;
    uint8_t rng_seed[32]; /* from /chosen, zero if the board gives none */
};

extern struct machine machine;

/*
 * Parses and checks the device tree; ends with a clear fatal line if the board can't be used. Where refhv does
 * not run at the end of memory yet, it starts afresh there, and image_before is then where it was.
 */
void machine_probe(const void *fdt, uint64_t image_before);

/* The board's own PSCI. */
int64_t machine_psci(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3);

enum machine_end {
    MACHINE_END_OFF,   /* VTL0 or VTL2 asked for power off */
    MACHINE_END_RESET, /* VTL0 or VTL2 asked for a reset */
    MACHINE_END_CRASH, /* VTL2 reported through the crash registers */
    MACHINE_END_FATAL, /* refhv itself */
};

/*
 * Prints the last line, "refhv: end NONCE off|reset|crash|fatal", and stops the board (reset for
 * MACHINE_END_RESET, else off). Does not return. Any CPU; the first caller wins, later ones wait
 * for ever.
 */
__attribute__((noreturn)) void machine_end(enum machine_end how);

#endif /* REFHV_MACHINE_H */
