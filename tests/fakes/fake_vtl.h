/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fake of vtl/vtl.h for tests of vmm/ and devices/: one guest VP whose registers, memory,
 * translations and exits the test writes down, and a record of what was done to it.
 *
 * Everything lives in one struct; fake_vtl_reset empties it. The record of a call is what a
 * hypervisor would have seen. A broken CHECK ends the test program.
 */
#ifndef TESTS_FAKES_FAKE_VTL_H
#define TESTS_FAKES_FAKE_VTL_H

#include "vtl/vtl.h"

#define FAKE_RAM_BASE UINT64_C(0x40000000)
#define FAKE_RAM_BYTES 0x40000u
#define FAKE_EXITS_MAX 128u
#define FAKE_LINES_MAX 64u
#define FAKE_PAGES_MAX 8u
#define FAKE_IRQS_MAX 64u
#define FAKE_TIMER_INTID 27u
#define FAKE_CALL_INTID 1u

struct fake_line {
    uint32_t intid;
    bool level;
};

/* One page of VTL0's stage 1. */
struct fake_page {
    uint64_t gva;
    uint64_t gpa;
    bool read;
    bool write;
    bool execute;
};

struct fake_vtl {
    /* The guest. x is where vtl.h has it: what begins a struct vtl_vp. */
    uint64_t x[31];
    uint64_t zero;
    uint8_t q[32][16];
    uint64_t registers[VTL_REGISTERS];
    uint8_t ram[FAKE_RAM_BYTES]; /* at FAKE_RAM_BASE */
    struct fake_page pages[FAKE_PAGES_MAX];
    size_t page_count;
    enum pv_status translate_error; /* if not PV_OK: every translation */
    uint32_t translations;
    uint64_t last_translated;

    /* Refusals of the host: a bit a register. Of the general ones it has x18, x29 and x30 only. */
    uint64_t refuse_x_get;
    uint64_t refuse_x_set;
    uint32_t refuse_q;
    uint32_t refuse_get;
    uint32_t refuse_set;
    enum pv_status inject_error;
    enum pv_status line_error;
    enum pv_status copy_error;

    /* Called before each access to guest RAM: what another VP does then. */
    void (*meanwhile)(void);

    /* Exits to come. After the last: VTL_EXIT_INTERRUPT with nothing pending. */
    struct vtl_exit exits[FAKE_EXITS_MAX];
    size_t exit_count;
    size_t exit_next;
    uint32_t index; /* of the VP */

    /* What was done. */
    uint32_t x_sets; /* of x18, x29, x30 and the zero register */
    uint32_t q_sets;
    uint32_t register_sets[VTL_REGISTERS];
    uint32_t injections;
    uint64_t injected_esr;
    uint64_t injected_far;
    struct fake_line lines[FAKE_LINES_MAX];
    size_t line_count;
    uint32_t log_lines;
    char log_last[256];

    bool panicking;

    /* Random words count up from 1. */
    uint64_t random_words;
    bool no_entropy;
    bool no_private_entropy;

    /* VTL2's interrupts. */
    uint32_t irqs[FAKE_IRQS_MAX];
    size_t irq_count;
    size_t irq_next;
    uint32_t irq_done[FAKE_IRQS_MAX];
    size_t irq_done_count;
    /* While VTL2 sleeps. NULL: nothing happens, until VTL2's timer rings. */
    void (*sleep)(void);
    uint32_t sleeps;
    bool timer_rings;

    /* Measurement and evidence. A register that is refused can't be read. */
    enum vtl_evidence_kind evidence_kind;
    uint8_t measurements[VTL_MEASUREMENT_REGISTERS][VTL_MEASUREMENT_BYTES];
    uint32_t refuse_measurement; /* a bit a register */
    const uint8_t *evidence;
    size_t evidence_bytes;
    size_t evidence_piece; /* of one step, at most; 0: steps give nothing, for ever */
    enum pv_status evidence_start_error;
    enum pv_status evidence_error;
    void (*evidence_meanwhile)(void); /* called in a step: what another VP does then */
    uint32_t evidence_starts;
    uint32_t evidence_steps;
    size_t evidence_at;
    uint32_t evidence_vp; /* that began it */
    bool evidence_begun;
    uint8_t challenge[VTL_CHALLENGE_BYTES];

    uint64_t time_ns;
    unsigned locks;           /* that are taken */
    void (*unlocked)(void);   /* what other VPs do when the last has been opened; NULL: nothing */
    bool started[VTL_VP_MAX]; /* VPs besides the boot VP */
    unsigned called[VTL_VP_MAX];
    bool guest_waits;
    unsigned waits_asked;
    uint64_t timer_ns[VTL_VP_MAX]; /* deadlines; 0: off */

    /* VTL2's device windows: NULL reads zero and ignores writes. */
    uint32_t (*mmio_read)(uint64_t address);
    void (*mmio_write)(uint64_t address, uint32_t value);
    uint32_t (*mmio_read_narrow)(uint64_t address, unsigned bytes); /* of 1 or 2 bytes */
};

struct vtl_vp {
    struct fake_vtl all;
};

extern struct vtl_vp fake_vp;
#define fake fake_vp.all

void fake_vtl_reset(void);
void fake_exit_push(const struct vtl_exit *exit);
void fake_page_map(uint64_t gva, uint64_t gpa, const char *access); /* access: of "rwx" */

#endif /* TESTS_FAKES_FAKE_VTL_H */
