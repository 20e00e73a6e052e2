/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hardware's virtual CPU interface: registers and fields. Source: Arm IHI 0069H, 12.4 (ICH_*).
 *
 * <sysreg.h> and not "sysreg.h": unit tests put their own register file before it in the search order.
 */
#ifndef REFHV_VGIC_HW_H
#define REFHV_VGIC_HW_H

#include <stdint.h>
#include <sysreg.h>

SYSREG(ich_hcr_el2)
SYSREG(ich_vmcr_el2)
SYSREG_READ(ich_vtr_el2)

/* ICH_HCR_EL2 (12.4.5). */
#define ICH_HCR_EN 0x1u
#define ICH_HCR_LRENPIE 0x4u
#define ICH_HCR_NPIE 0x8u
#define ICH_HCR_TDIR 0x4000u
#define ICH_HCR_EOI_COUNT_SHIFT 27
#define ICH_HCR_EOI_COUNT_MASK 0x1fu

/* ICH_VTR_EL2 (12.4.9). */
#define ICH_VTR_LR_COUNT(vtr) ((unsigned)((vtr) & 0x1f) + 1)
#define ICH_VTR_TDS (UINT64_C(1) << 19)
#define ICH_VTR_PREEMPTION_BITS(vtr) ((unsigned)(((vtr) >> 26) & 7) + 1)
#define ICH_VTR_PRIORITY_BITS(vtr) ((unsigned)(((vtr) >> 29) & 7) + 1)

/* ICH_VMCR_EL2 (12.4.8). */
#define ICH_VMCR_GROUP0 0x1u
#define ICH_VMCR_GROUP1 0x2u
#define ICH_VMCR_FIQ 0x8u /* VFIQEn: one while system registers are in use */
#define ICH_VMCR_CBPR 0x10u
#define ICH_VMCR_EOIM 0x200u
#define ICH_VMCR_BPR1_SHIFT 18
#define ICH_VMCR_BPR0_SHIFT 21
#define ICH_VMCR_PMR_SHIFT 24

/* ICH_LR<n>_EL2 (12.4.6). */
#define ICH_LR_PINTID_SHIFT 32
#define ICH_LR_EOI (UINT64_C(1) << 41) /* maintenance interrupt at deactivation; only without HW */
#define ICH_LR_PRIORITY_SHIFT 48
#define ICH_LR_GROUP1 (UINT64_C(1) << 60)
#define ICH_LR_HW (UINT64_C(1) << 61)
#define ICH_LR_PENDING (UINT64_C(1) << 62)
#define ICH_LR_ACTIVE (UINT64_C(1) << 63)
#define ICH_LR_STATE (ICH_LR_PENDING | ICH_LR_ACTIVE)

#define VGIC_FOR_EACH_LR(ROW) \
    ROW(0)                    \
    ROW(1)                    \
    ROW(2)                    \
    ROW(3)                    \
    ROW(4)                    \
    ROW(5)                    \
    ROW(6)                    \
    ROW(7)                    \
    ROW(8)                    \
    ROW(9)                    \
    ROW(10)                   \
    ROW(11)                   \
    ROW(12)                   \
    ROW(13)                   \
    ROW(14)                   \
    ROW(15)

#define VGIC_FOR_EACH_APR(ROW) \
    ROW(0)                     \
    ROW(1)                     \
    ROW(2)                     \
    ROW(3)

#define ROW(n) SYSREG(ich_lr##n##_el2)
VGIC_FOR_EACH_LR(ROW)
#undef ROW
#define ROW(n) SYSREG(ich_ap0r##n##_el2) SYSREG(ich_ap1r##n##_el2)
VGIC_FOR_EACH_APR(ROW)
#undef ROW

/* n is below what ICH_VTR_EL2 says that there is. */
static inline uint64_t hw_lr_read(unsigned n)
{
    switch (n) {
#define ROW(number) \
    case number:    \
        return read_ich_lr##number##_el2();
        VGIC_FOR_EACH_LR(ROW)
#undef ROW
    default:
        return 0;
    }
}

static inline void hw_lr_write(unsigned n, uint64_t value)
{
    switch (n) {
#define ROW(number)                        \
    case number:                           \
        write_ich_lr##number##_el2(value); \
        break;
        VGIC_FOR_EACH_LR(ROW)
#undef ROW
    default:
        break;
    }
}

/* Active priorities n of group 0 and of group 1. */
static inline uint32_t hw_ap0r_read(unsigned n)
{
    switch (n) {
#define ROW(number) \
    case number:    \
        return (uint32_t)read_ich_ap0r##number##_el2();
        VGIC_FOR_EACH_APR(ROW)
#undef ROW
    default:
        return 0;
    }
}

static inline uint32_t hw_ap1r_read(unsigned n)
{
    switch (n) {
#define ROW(number) \
    case number:    \
        return (uint32_t)read_ich_ap1r##number##_el2();
        VGIC_FOR_EACH_APR(ROW)
#undef ROW
    default:
        return 0;
    }
}

static inline void hw_ap_write(unsigned n, uint32_t group0, uint32_t group1)
{
    switch (n) {
#define ROW(number)                           \
    case number:                              \
        write_ich_ap0r##number##_el2(group0); \
        write_ich_ap1r##number##_el2(group1); \
        break;
        VGIC_FOR_EACH_APR(ROW)
#undef ROW
    default:
        break;
    }
}

#endif /* REFHV_VGIC_HW_H */
