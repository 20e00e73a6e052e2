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
/* Every register of the table, by name. */
#define REGISTER(name, ...) uint64_t name;
#include "registers.def"
    uint64_t invalidated;   /* last address of a TLBI */
    uint64_t dropped_first; /* lowest and highest line of a DC IVAC */
    uint64_t dropped_last;
    uint64_t zeroed_blocks;
    uint64_t dropped_lines;
    uint64_t barriers; /* DSB SY */
    uint64_t barriers_before_drop;
    uint32_t pending[FAKE_PENDING_MAX];
    size_t pending_count;
    uint8_t q[32][16]; /* the SIMD unit */
    uint32_t waits;
    bool stopped;       /* another VP's panic was seen */
    bool lock_is_taken; /* another VP's: vtl_lock_try finds it so */
};

extern struct fake_cpu fake_cpu;

/*
 * Registers as a Cortex-A72 has them, nothing pending, the current CPU index 0, no pages handed
 * out.
 */
void fake_cpu_reset(void);
void fake_cpu_raise(uint32_t intid);
/* What MRS finds: ICC_IAR1_EL1 acknowledges, RNDR counts, all others hold what was written. */
uint64_t fake_cpu_read(const uint64_t *which);
/* WFI. */
void fake_cpu_wait(void);
/* Address of the nth page that vtl_page_alloc has, handed out or not. */
uint64_t fake_cpu_page(size_t n);
/* What was last written to a device register; 0 if nothing was. */
uint32_t fake_mmio_last(uint64_t address);
void fake_mmio_set(uint64_t address, uint32_t value);
/* What vectors.S does at VTL2's first use of the unit; each byte is left as VTL2's own value. */
void fake_cpu_simd_take(uint8_t left);

#endif /* FAKE_CPU_H */
