/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A CPU for host tests: system registers, one pending interrupt queue, pages, and MMIO that
 * remembers.
 */
#ifndef FAKE_CPU_H
#define FAKE_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_PENDING_MAX 8u

struct fake_cpu {
    uint64_t id_aa64mmfr0_el1;
    uint64_t id_aa64isar0_el1;
    uint64_t id_aa64pfr1_el1;
    uint64_t id_aa64dfr0_el1;
    uint64_t mpidr_el1;
    uint64_t cntvct_el0;
    uint64_t cntfrq_el0;
    uint64_t pmbidr_el1;
    uint64_t trbidr_el1;
    uint64_t icc_pmr_el1;
    uint64_t icc_bpr1_el1;
    uint64_t icc_ctlr_el1;
    uint64_t icc_igrpen1_el1;
    uint64_t icc_sre_el1;
    uint64_t rndr;
    uint64_t ended;       /* last INTID written to ICC_EOIR1_EL1 */
    uint64_t invalidated; /* last address of a TLBI */
    uint64_t ctr_el0;
    uint64_t tpidr_el1;
    uint64_t dropped_first; /* lowest and highest line of a DC IVAC */
    uint64_t dropped_last;
    uint64_t dropped_lines;
    uint64_t barriers; /* DSB SY */
    uint64_t barriers_before_drop;
    uint32_t pending[FAKE_PENDING_MAX];
    size_t pending_count;
};

extern struct fake_cpu fake_cpu;

/*
 * Registers as a Cortex-A72 has them, nothing pending, the current CPU index 0, no pages handed
 * out.
 */
void fake_cpu_reset(void);
void fake_cpu_raise(uint32_t intid);
uint64_t fake_cpu_acknowledge(void);
/* WFI with nothing left to do: the test's own end, by longjmp from a cmocka expectation. */
void fake_cpu_wait(void);
/* Address of the nth page that vtl_page_alloc has, handed out or not. */
uint64_t fake_cpu_page(size_t n);
/* What was last written to a device register; 0 if nothing was. */
uint32_t fake_mmio_last(uint64_t address);
void fake_mmio_set(uint64_t address, uint32_t value);

#endif /* FAKE_CPU_H */
