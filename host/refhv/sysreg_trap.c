/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysreg_trap.h"

#include "arm64.h"
#include "cpu.h"
#include "gic.h"
#include "mutation.h"
#include "registers_el1.h"
#include "timer.h"
#include "vp.h"

#include <stddef.h>

/* ISS of class 0x18 (Arm ARM D19.2.37). Rt and direction cleared, it names the register: ISS_NAME. */
#define ISS_OP0_SHIFT 20
#define ISS_OP2_SHIFT 17
#define ISS_OP1_SHIFT 14
#define ISS_CRN_SHIFT 10
#define ISS_RT_SHIFT 5
#define ISS_CRM_SHIFT 1
#define ISS_READ UINT64_C(1)

/* MDSCR_EL1: MDE, HDE, KDE. */
#define MDSCR_BREAKPOINTS UINT64_C(0xe000)

/* One trapped register: index is the handler's own. A missing direction is undefined. */
struct trapped {
    uint32_t iss;
    uint64_t (*read)(struct vp *vp, unsigned index);
    void (*write)(struct vp *vp, unsigned index, uint64_t value);
    unsigned index;
};

static void sgi_write(struct vp *vp, unsigned index, uint64_t value)
{
    (void)index;
    vgic_sgi(vp, vp->active, value);
}

/* ICC_DIR_EL1 traps only while more interrupts are active than there are list registers (vgic_lr.c). */
static void deactivate(struct vp *vp, unsigned index, uint64_t value)
{
    (void)index;
    vgic_dir(vp, vp->active, value);
}

/* An SGI of group 0 or of the other security state goes nowhere: interrupts are group 1 for both VTLs. ACTLR_EL1 is
 * IMPLEMENTATION DEFINED and may be the whole core's; ERRIDR_EL1 says that there are no error records. */
static uint64_t read_zero(struct vp *vp, unsigned index)
{
    (void)vp;
    (void)index;
    return 0;
}

static void write_ignored(struct vp *vp, unsigned index, uint64_t value)
{
    (void)vp;
    (void)index;
    (void)value;
}

/* Trapped in VTL2 with the rest of debug. VTL2 has one of its own, and no breakpoints for it to switch on. */
static uint64_t mdscr_read(struct vp *vp, unsigned index)
{
    (void)vp;
    (void)index;
    return read_mdscr_el1();
}

static void mdscr_write(struct vp *vp, unsigned index, uint64_t value)
{
    (void)vp;
    (void)index;
    write_mdscr_el1(value & ~MDSCR_BREAKPOINTS);
}

static const struct trapped trapped[] = {
    {ISS_cntp_ctl_el0, timer_cntp_read, timer_cntp_write, 0},
    {ISS_cntp_cval_el0, timer_cntp_read, timer_cntp_write, 1},
    {ISS_cntp_tval_el0, timer_cntp_read, timer_cntp_write, 2},
    {ISS_icc_dir_el1, NULL, deactivate, 0},
    {ISS_icc_sgi1r_el1, NULL, sgi_write, 0},
    {ISS_icc_asgi1r_el1, NULL, write_ignored, 0},
    {ISS_icc_sgi0r_el1, NULL, write_ignored, 0},
    {ISS_actlr_el1, read_zero, write_ignored, 0},
    {ISS_erridr_el1, read_zero, NULL, 0},
    {ISS_mdscr_el1, mdscr_read, mdscr_write, 0},
};

static unsigned iss_field(uint64_t iss, unsigned shift, unsigned mask)
{
    return (unsigned)(iss >> shift) & mask;
}

static bool is_id_register(uint64_t iss)
{
    return iss_field(iss, ISS_OP0_SHIFT, 3) == 3 && iss_field(iss, ISS_OP1_SHIFT, 7) == 0 &&
           iss_field(iss, ISS_CRN_SHIFT, 15) == 0;
}

/* What VTL0 holds, VTL2 is not offered: it reads as zero and ignores writes. */
static bool is_held(uint32_t iss)
{
#define HELD_NONE(name)
#define HELD_SWITCH(name)
#define HELD_EXIT(name)
#define HELD_PSTATE(name)
#define HELD_TIMER(name)
#define HELD_GIC(name)
#define HELD_SERROR(name)
#define HELD_LAZY(name)
#define HELD_HELD(name) case ISS_##name:
#define HELD_VTL2(name)
#define HELD_GUARD(name)
#define HELD_TRAP(name)
    switch (iss) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    HELD_##saver(name)
#include "registers.def"
        return true;
    default:
        return false;
    }
}

static bool access_table(struct vp *vp, uint64_t iss, bool read, uint64_t *value)
{
    for (unsigned i = 0; i < sizeof(trapped) / sizeof(trapped[0]); i++) {
        const struct trapped *entry = &trapped[i];
        if (entry->iss != (iss & REGISTER_ISS_MASK)) {
            continue;
        }
        if (read && entry->read != NULL) {
            *value = entry->read(vp, entry->index);
            return true;
        }
        if (!read && entry->write != NULL) {
            entry->write(vp, entry->index, *value);
            return true;
        }
        return false;
    }
    return false;
}

bool sysreg_trap(struct vp *vp, uint64_t esr)
{
    const uint64_t iss = esr & ESR_ISS_MASK;
    const bool read = (iss & ISS_READ) != 0;
    const unsigned rt = iss_field(iss, ISS_RT_SHIFT, 31);
    uint64_t value = !read && rt != 31 ? vp->x[rt] : 0;
    bool done;

    if (TRAP_BROKEN((uint32_t)iss & REGISTER_ISS_MASK)) {
        value = MUTATION_TRAP_VALUE;
        done = true;
    } else if (read && is_id_register(iss)) {
        done = cpu_id_register(vp->active, iss_field(iss, ISS_CRM_SHIFT, 15),
                               iss_field(iss, ISS_OP2_SHIFT, 7), &value);
    } else if (vp->active == SLOT_VTL2 && is_held((uint32_t)iss & REGISTER_ISS_MASK)) {
        done = true;
    } else {
        done = access_table(vp, iss, read, &value);
    }
    if (done && read && rt != 31) {
        vp->x[rt] = value;
    }
    return done;
}
