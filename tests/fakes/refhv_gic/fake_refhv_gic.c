/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_refhv_gic.h"

#include "console.h"
#include "gic.h"
#include "sysreg.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGISTERS_MAX 64u
#define LR_EOI (UINT64_C(1) << 41)
#define LR_GROUP1 (UINT64_C(1) << 60)
#define LR_HW (UINT64_C(1) << 61)
#define LR_PENDING (UINT64_C(1) << 62)
#define LR_ACTIVE (UINT64_C(1) << 63)
#define HCR_LRENPIE 0x4u
#define HCR_NPIE 0x8u
#define HCR_TDIR 0x4000u
#define VMCR_EOIM 0x200u

struct reg {
    const char *name;
    uint64_t value;
};

struct vp vps[MACHINE_CPU_MAX];
struct partition partition;
struct machine machine;
struct fake_board fake_board;

static struct reg files[MACHINE_CPU_MAX][REGISTERS_MAX];
static uint32_t current;
static unsigned lrs;
static unsigned writes;
static uint64_t counter;

static struct reg *find(const char *name)
{
    for (unsigned i = 0; i < REGISTERS_MAX; i++) {
        struct reg *reg = &files[current][i];
        if (reg->name == NULL) {
            reg->name = name;
        }
        if (strcmp(reg->name, name) == 0) {
            return reg;
        }
    }
    abort();
}

uint64_t fake_refhv_gic_get(const char *name)
{
    return find(name)->value;
}

void fake_refhv_gic_set(const char *name, uint64_t value)
{
    find(name)->value = value;
}

uint64_t fake_refhv_gic_sysreg_read(const char *name)
{
    if (strcmp(name, "cntpct_el0") == 0) {
        return counter;
    }
    if (strcmp(name, "cntfrq_el0") == 0) {
        return 62500000;
    }
    if (strcmp(name, "cntv_ctl_el0") == 0) {
        const bool met = counter >= fake_refhv_gic_get("cntv_cval_el0");
        return (fake_refhv_gic_get(name) & 3) | (met ? 4 : 0);
    }
    return fake_refhv_gic_get(name);
}

void fake_refhv_gic_sysreg_write(const char *name, uint64_t value)
{
    writes++;
    fake_refhv_gic_set(name, value);
}

unsigned fake_refhv_gic_writes(void)
{
    const unsigned count = writes;

    writes = 0;
    return count;
}

void fake_refhv_gic_time(uint64_t ticks)
{
    counter = ticks;
}

struct vp *fake_refhv_gic_cpu(uint32_t index)
{
    current = index;
    return &vps[index];
}

void fake_refhv_gic_reset(uint32_t vp_count, unsigned lr_count)
{
    memset(vps, 0, sizeof(vps));
    memset(&partition, 0, sizeof(partition));
    memset(&machine, 0, sizeof(machine));
    memset(&fake_board, 0, sizeof(fake_board));
    memset(files, 0, sizeof(files));
    counter = 0;
    lrs = lr_count;
    partition.vp_count = vp_count;
    machine.cpu_count = vp_count;
    machine.gicd = (struct machine_range){0x08000000, 0x10000};
    machine.gicr = (struct machine_range){0x080a0000, UINT64_C(0x20000) * vp_count};
    for (uint32_t i = 0; i < vp_count; i++) {
        vps[i].index = i;
        machine.cpu_mpidr[i] = i;
        vps[i].vtl[SLOT_VTL0].run = VTL_RUNNING;
        vps[i].vtl[SLOT_VTL2].run = VTL_RUNNING;
        vps[i].online = true;
        current = i;
        /* ListRegs, TDS, 5 preemption bits, 5 priority bits. */
        fake_refhv_gic_set("ich_vtr_el2",
                           (lr_count - 1) | 1u << 19 | UINT64_C(4) << 26 | UINT64_C(4) << 29);
    }
    current = 0;
}

/* ---- The virtual CPU interface ---- */

static const char *lr_name(unsigned n)
{
    static const char *const names[16] = {
        "ich_lr0_el2",  "ich_lr1_el2",  "ich_lr2_el2",  "ich_lr3_el2",
        "ich_lr4_el2",  "ich_lr5_el2",  "ich_lr6_el2",  "ich_lr7_el2",
        "ich_lr8_el2",  "ich_lr9_el2",  "ich_lr10_el2", "ich_lr11_el2",
        "ich_lr12_el2", "ich_lr13_el2", "ich_lr14_el2", "ich_lr15_el2"};

    assert(n < lrs);
    return names[n];
}

static uint64_t lr_of(unsigned n)
{
    return fake_refhv_gic_get(lr_name(n));
}

static unsigned lr_priority(uint64_t lr)
{
    return (lr >> 48) & 0xff;
}

static uint32_t vmcr(void)
{
    return (uint32_t)fake_refhv_gic_get("ich_vmcr_el2");
}

void guest_open(uint8_t mask)
{
    fake_refhv_gic_set("ich_vmcr_el2", 0x3u | 0x8u | 3u << 18 | 2u << 21 | (uint32_t)mask << 24);
}

void guest_split_eoi(bool split)
{
    fake_refhv_gic_set("ich_vmcr_el2", split ? vmcr() | VMCR_EOIM : vmcr() & ~VMCR_EOIM);
}

static unsigned running(void)
{
    const uint64_t active =
        fake_refhv_gic_get("ich_ap0r0_el2") | fake_refhv_gic_get("ich_ap1r0_el2");

    return active == 0 ? 0x100 : (unsigned)__builtin_ctzll(active) << 3;
}

/* The list register that the interface presents: the most urgent pending one of an enabled group. */
static int highest_pending(void)
{
    int best = -1;

    for (unsigned n = 0; n < lrs; n++) {
        const uint64_t lr = lr_of(n);
        const uint32_t enable = (lr & LR_GROUP1) != 0 ? 2 : 1;
        if ((lr & (LR_PENDING | LR_ACTIVE)) != LR_PENDING || (vmcr() & enable) == 0) {
            continue;
        }
        if (best < 0 || lr_priority(lr) < lr_priority(lr_of((unsigned)best))) {
            best = (int)n;
        }
    }
    return best;
}

static int presented(unsigned group)
{
    const int n = highest_pending();

    if (n < 0) {
        return -1;
    }
    const uint64_t lr = lr_of((unsigned)n);
    const bool group1 = (lr & LR_GROUP1) != 0;
    const unsigned point =
        group1 && (vmcr() & 0x10) == 0 ? (vmcr() >> 18) & 7 : ((vmcr() >> 21) & 7) + 1;
    if (group1 != (group == 1) || lr_priority(lr) >= vmcr() >> 24 ||
        (lr_priority(lr) & (0xffu << point)) >= running()) {
        return -1;
    }
    return n;
}

uint32_t guest_signalled(unsigned group)
{
    const int n = presented(group);

    return n < 0 ? FAKE_SPURIOUS : (uint32_t)lr_of((unsigned)n);
}

uint32_t guest_acknowledge(unsigned group)
{
    const char *const name = group == 1 ? "ich_ap1r0_el2" : "ich_ap0r0_el2";
    const int n = presented(group);

    if (n < 0) {
        return FAKE_SPURIOUS;
    }
    const uint64_t lr = lr_of((unsigned)n);
    fake_refhv_gic_set(lr_name((unsigned)n), (lr & ~LR_PENDING) | LR_ACTIVE);
    fake_refhv_gic_set(name, fake_refhv_gic_get(name) | UINT64_C(1) << (lr_priority(lr) >> 3));
    return (uint32_t)lr;
}

static void end_state(uint32_t intid)
{
    for (unsigned n = 0; n < lrs; n++) {
        const uint64_t lr = lr_of(n);
        if ((uint32_t)lr != intid || (lr & LR_ACTIVE) == 0) {
            continue;
        }
        fake_refhv_gic_set(lr_name(n), lr & ~LR_ACTIVE);
        if ((lr & LR_HW) != 0) {
            const uint32_t physical = (lr >> 32) & 0x1fff;
            if (physical == GIC_PPI_CNTV) {
                fake_board.cntv_active[current] = false;
            } else {
                fake_board.active[physical] = false;
            }
        }
        return;
    }
    fake_refhv_gic_set("ich_hcr_el2", fake_refhv_gic_get("ich_hcr_el2") + (UINT64_C(1) << 27));
}

void guest_end(unsigned group, uint32_t intid)
{
    const char *const name = group == 1 ? "ich_ap1r0_el2" : "ich_ap0r0_el2";
    const uint64_t active = fake_refhv_gic_get(name);

    fake_refhv_gic_set(name, active & (active - 1));
    if ((vmcr() & VMCR_EOIM) == 0) {
        end_state(intid);
    }
}

bool guest_deactivate(uint32_t intid)
{
    if ((fake_refhv_gic_get("ich_hcr_el2") & HCR_TDIR) != 0) {
        return false;
    }
    if ((vmcr() & VMCR_EOIM) != 0) {
        end_state(intid);
    }
    return true;
}

bool guest_maintenance(void)
{
    const uint64_t hcr = fake_refhv_gic_get("ich_hcr_el2");
    bool any_pending = false;
    bool any_eoi = false;

    for (unsigned n = 0; n < lrs; n++) {
        const uint64_t lr = lr_of(n);
        any_pending = any_pending || (lr & (LR_PENDING | LR_ACTIVE)) == LR_PENDING;
        any_eoi = any_eoi || ((lr & (LR_PENDING | LR_ACTIVE | LR_HW)) == 0 && (lr & LR_EOI) != 0);
    }
    return (hcr & 1) != 0 && (any_eoi || ((hcr & HCR_NPIE) != 0 && !any_pending) ||
                              ((hcr & HCR_LRENPIE) != 0 && hcr >> 27 != 0));
}

/* ---- The rest of refhv ---- */

struct vp *vp_current(void)
{
    return &vps[current];
}

struct vp *vp_by_mpidr(uint64_t affinity)
{
    for (uint32_t i = 0; i < partition.vp_count; i++) {
        if (machine.cpu_mpidr[i] == affinity) {
            return &vps[i];
        }
    }
    return NULL;
}

void gic_kick(const struct vp *target)
{
    fake_board.kicks[target->index]++;
}

void gic_spi_enable(uint32_t intid, bool enable)
{
    fake_board.spi_enabled[intid] = enable;
}

void gic_spi_deactivate(uint32_t intid)
{
    fake_board.active[intid] = false;
}

void gic_cntv_deactivate(void)
{
    fake_board.cntv_active[current] = false;
}

void gic_cntv_activate(void)
{
    fake_board.cntv_active[current] = true;
    fake_board.cntv_activations++;
}

void console_fatal(const char *format, ...)
{
    (void)fprintf(stderr, "fatal: %s\n", format);
    abort();
}
