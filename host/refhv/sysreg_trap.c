/* SPDX-License-Identifier: BSD-3-Clause */
#include "sysreg_trap.h"

#include "cpu.h"
#include "gic.h"
#include "timer.h"
#include "vp.h"

/* ISS of class 0x18 (Arm ARM D19.2.37), Rt and direction cleared, names the register. */
#define ISS_OP0_SHIFT 20
#define ISS_OP2_SHIFT 17
#define ISS_OP1_SHIFT 14
#define ISS_CRN_SHIFT 10
#define ISS_RT_SHIFT 5
#define ISS_CRM_SHIFT 1
#define ISS_READ UINT64_C(1)
#define ISS_REGISTER_MASK UINT64_C(0x3ffc1e)
#define ISS_REGISTER(op0, op1, crn, crm, op2)                                  \
    (((uint64_t)(op0) << ISS_OP0_SHIFT) | ((uint64_t)(op2) << ISS_OP2_SHIFT) | \
     ((uint64_t)(op1) << ISS_OP1_SHIFT) | ((uint64_t)(crn) << ISS_CRN_SHIFT) | \
     ((uint64_t)(crm) << ISS_CRM_SHIFT))

/* One trapped register: index is the handler's own. A missing direction is undefined. */
struct trapped {
    uint64_t iss;
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

/* Interrupts are group 1 for both VTLs: an SGI of group 0, or of the other security state, goes nowhere. */
static void sgi_ignore(struct vp *vp, unsigned index, uint64_t value)
{
    (void)vp;
    (void)index;
    (void)value;
}

static const struct trapped trapped[] = {
    {ISS_REGISTER(3, 3, 14, 2, 1), timer_cntp_read, timer_cntp_write, 0}, /* CNTP_CTL_EL0 */
    {ISS_REGISTER(3, 3, 14, 2, 2), timer_cntp_read, timer_cntp_write, 1}, /* CNTP_CVAL_EL0 */
    {ISS_REGISTER(3, 3, 14, 2, 0), timer_cntp_read, timer_cntp_write, 2}, /* CNTP_TVAL_EL0 */
    {ISS_REGISTER(3, 0, 12, 11, 1), NULL, deactivate, 0},                 /* ICC_DIR_EL1 */
    {ISS_REGISTER(3, 0, 12, 11, 5), NULL, sgi_write, 0},                  /* ICC_SGI1R_EL1 */
    {ISS_REGISTER(3, 0, 12, 11, 6), NULL, sgi_ignore, 0},                 /* ICC_ASGI1R_EL1 */
    {ISS_REGISTER(3, 0, 12, 11, 7), NULL, sgi_ignore, 0},                 /* ICC_SGI0R_EL1 */
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

/* VTL2 has no debug or PMU registers of its own: they read as zero and ignore writes. op0 2 is debug;
 * PMU registers are op0 3, CRn 9 CRm 12..14, and CRn 14 CRm 8..15 (Arm ARM D19.5). */
static bool is_debug_or_pmu(uint64_t iss)
{
    const unsigned op0 = iss_field(iss, ISS_OP0_SHIFT, 3);
    const unsigned crn = iss_field(iss, ISS_CRN_SHIFT, 15);
    const unsigned crm = iss_field(iss, ISS_CRM_SHIFT, 15);

    return op0 == 2 || (op0 == 3 && crn == 9 && crm >= 12 && crm <= 14) ||
           (op0 == 3 && crn == 14 && crm >= 8);
}

static bool access_table(struct vp *vp, uint64_t iss, bool read, uint64_t *value)
{
    for (unsigned i = 0; i < sizeof(trapped) / sizeof(trapped[0]); i++) {
        const struct trapped *entry = &trapped[i];
        if (entry->iss != (iss & ISS_REGISTER_MASK)) {
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

    if (read && is_id_register(iss)) {
        done = cpu_id_register(vp->active, iss_field(iss, ISS_CRM_SHIFT, 15),
                               iss_field(iss, ISS_OP2_SHIFT, 7), &value);
    } else if (vp->active == SLOT_VTL2 && is_debug_or_pmu(iss)) {
        done = true;
    } else {
        done = access_table(vp, iss, read, &value);
    }
    if (done && read && rt != 31) {
        vp->x[rt] = value;
    }
    return done;
}
