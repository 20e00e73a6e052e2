/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Everything around refhv's hypercalls: two VPs, a megabyte of RAM at FAKE_RAM, a vGIC that records, intercepts
 * and ends that are noted. VP 0 is the one that the calling CPU runs.
 */
#ifndef FAKE_REFHV_WORLD_H
#define FAKE_REFHV_WORLD_H

#include "vp.h"

/* cmocka.h, which comes after this one, needs the first three. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_RAM UINT64_C(0x41000000)
#define FAKE_RAM_BYTES 0x100000u
#define FAKE_LINES_MAX 64u

struct fake_line {
    unsigned slot;
    const struct vp *vp;
    uint32_t intid;
    bool level;
};

struct fake_world {
    /* What happened. */
    struct fake_line lines[FAKE_LINES_MAX];
    unsigned line_count;
    unsigned hypercall_intercepts;
    uint16_t intercept_immediate;
    uint64_t intercept_pc;
    unsigned memory_intercepts;
    uint64_t memory_esr;
    uint64_t memory_gpa;
    uint32_t memory_type;
    unsigned injections;
    uint64_t injected_esr;
    uint64_t injected_pc;
    unsigned timer_changes[SLOT_COUNT];
    unsigned kicks[2];
    bool ended;
    enum machine_end end;
    char console[8192];
    unsigned console_bytes;

    /* What to answer. */
    bool pool_empty;              /* stage2_vtl0_protect has no table page left */
    bool deliverable[SLOT_COUNT]; /* an interrupt is signalled to the VTL */
    uint64_t reference_time;
    jmp_buf end_jump; /* where machine_end goes */
};

extern struct fake_world fake_world;
extern uint8_t fake_ram[FAKE_RAM_BYTES];
extern uint8_t fake_vtl0_rights[FAKE_RAM_BYTES / 4096]; /* HV_MAP_* a page */

/* Both VTLs enabled and named, VTL2 active on VP 0; VP 1 all off, its VTL2 not enabled. */
void fake_world_reset(void);

/* RAM by guest address. */
void *fake_at(uint64_t gpa);
uint64_t fake_read64(uint64_t gpa);
void fake_write64(uint64_t gpa, uint64_t value);

#endif /* FAKE_REFHV_WORLD_H */
