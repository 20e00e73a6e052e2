/* SPDX-License-Identifier: BSD-3-Clause */
/* What refhv makes of a guest's exits. Expectations: Arm ARM DDI 0487K.a, D19.2.37 (ESR_EL2), C6.2 (WFIT). */
#include "arm64.h"
#include "console.h"
#include "exit.h"
#include "fp.h"
#include "gic.h"
#include "hv_hypercall.h"
#include "hv_message.h"
#include "intercept.h"
#include "smccc.h"
#include "sysreg_trap.h"
#include "vp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysreg.h>

#include <cmocka.h>

#define PC UINT64_C(0x44000100)
#define RAM_PAGE UINT64_C(0x45000000)
#define GIC UINT64_C(0x08000000)
#define DEVICE UINT64_C(0x09000000)
#define EC(class) ((uint64_t)(class) << 26)
#define IL (UINT64_C(1) << 25)

struct machine machine;
struct partition partition;
static struct vp vp;

static struct {
    unsigned memory_intercepts;
    unsigned translations;
    unsigned injections;
    unsigned gic_accesses;
    uint64_t gpa;
    uint32_t type;
    uint32_t needs; /* what was asked of VTL0's map */
    uint32_t rights;
    unsigned smcs;
} seen;

bool intercept_translate(uint64_t address, uint64_t *gpa)
{
    seen.translations++;
    *gpa = address;
    return true;
}

bool stage2_is_ram(uint64_t gpa)
{
    return (gpa & ~UINT64_C(0xfff)) == RAM_PAGE;
}

bool stage2_fault_is_stale(unsigned slot, uint64_t gpa, uint32_t access)
{
    assert_int_equal(slot, SLOT_VTL0);
    assert_true(stage2_is_ram(gpa));
    seen.needs = access;
    return (seen.rights & access) == access;
}

void intercept_memory(struct vp *from, uint64_t esr, uint64_t far, uint64_t gpa, uint32_t type)
{
    (void)from;
    (void)esr;
    (void)far;
    seen.memory_intercepts++;
    seen.gpa = gpa;
    seen.type = type;
}

/* What it is for (intercept.h), and the same message. */
void intercept_device(struct vp *from, uint64_t esr, uint64_t far, uint64_t gpa)
{
    assert_int_equal(ESR_EC(esr), 0x24);
    assert_true((esr & ESR_ISV) != 0 && (esr & ESR_S1PTW) == 0);
    assert_int_equal(esr & 0x3c, 0x04);
    assert_false(stage2_is_ram(gpa));
    intercept_memory(from, esr, far, gpa, HV_MESSAGE_UNMAPPED_GPA);
}

bool vgic_window(uint64_t gpa)
{
    return (gpa & ~UINT64_C(0xffff)) == GIC;
}

bool vgic_mmio(struct vp *from, unsigned slot, uint64_t gpa, unsigned size, bool write,
               uint64_t *value)
{
    (void)from;
    (void)slot;
    (void)size;
    (void)write;
    seen.gic_accesses++;
    seen.gpa = gpa;
    *value = 0;
    return true;
}

void gic_handle_physical(struct vp *from)
{
    (void)from;
}

void exception_inject(struct vp *to, uint64_t esr, uint64_t far)
{
    (void)to;
    (void)esr;
    (void)far;
    seen.injections++;
}

bool sysreg_trap(struct vp *from, uint64_t esr)
{
    (void)from;
    (void)esr;
    return false;
}

void smccc_handle(struct vp *from, bool by_smc)
{
    (void)from;
    seen.smcs += by_smc ? 1 : 0;
}

void hypercall_handle(struct vp *from, bool smccc)
{
    (void)from;
    (void)smccc;
}

void switch_enter_vtl2(struct vp *from, uint32_t reason)
{
    (void)from;
    (void)reason;
}

void fp_trap(struct vp *from, uint64_t esr)
{
    (void)from;
    (void)esr;
}

void switch_serror(struct vp *from, uint64_t esr)
{
    (void)from;
    (void)esr;
}

void switch_return_vtl0(struct vp *from)
{
    (void)from;
}

__attribute__((noreturn)) void console_fatal(const char *format, ...)
{
    (void)format;
    fail();
    __builtin_unreachable();
}

/* One VP in VTL0 at EL1, VTL2 above it. */
static int setup(void **state)
{
    (void)state;
    memset(&vp, 0, sizeof(vp));
    memset(&seen, 0, sizeof(seen));
    fake_sysreg_reset();
    machine.memory_span = (struct machine_range){RAM_PAGE - 0x1000, 0x10000};
    machine.gic_span = (struct machine_range){GIC, 0x100000};
    partition.vsm_config = HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT;
    vp.active = SLOT_VTL0;
    vp.pc = PC;
    vp.pstate = PSTATE_EL1H;
    vp.vtl[SLOT_VTL0].enabled = true;
    vp.vtl[SLOT_VTL2].enabled = true;
    vp.vtl[SLOT_VTL0].run = VTL_RUNNING;
    return 0;
}

static void exit_with(uint64_t esr, uint64_t far)
{
    fake_sysreg_set("esr_el2", esr);
    fake_sysreg_set("far_el2", far);
    /* FIPA, known for all but a permission fault of the access itself. */
    const bool permission = (esr & 0x3c) == 0x0c && (esr & ESR_S1PTW) == 0;
    fake_sysreg_set("hpfar_el2", permission ? UINT64_MAX : far >> 12 << 4);
    seen.translations = 0;
    exit_sync(&vp);
    assert_int_equal(seen.translations, permission && ESR_EC(esr) != 0x01 ? 1 : 0);
}

/* WFI waits. The others may end at once, and must not wait for an interrupt that may never come. */
static void wait_instructions(void **state)
{
    static const struct {
        uint64_t instruction; /* TI: WFI, WFE, WFIT, WFET */
        uint32_t run;
    } rows[] = {{0, VTL_HALTED}, {1, VTL_RUNNING}, {2, VTL_RUNNING}, {3, VTL_RUNNING}};

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        vp.pc = PC;
        vp.vtl[SLOT_VTL0].run = VTL_RUNNING;
        exit_with(EC(0x01) | IL | rows[i].instruction, 0);
        assert_int_equal(vp.pc, PC + 4);
        assert_int_equal(vp.vtl[SLOT_VTL0].run, rows[i].run);
        assert_int_equal(vp.attention != 0, rows[i].run == VTL_HALTED);
        vp.attention = 0;
    }
}

/* A fault while another CPU changes the size of the mapping: allowed after all is the access that it was. */
static void stale_fault_needs_what_the_access_needs(void **state)
{
    static const struct {
        uint64_t esr;
        uint64_t pstate;
        uint32_t rights; /* of the page: enough for the access */
    } rows[] = {
        {EC(0x24) | IL | 0x07, PSTATE_EL1H, HV_MAP_READ},
        {EC(0x24) | IL | ESR_ISV | 0x07, PSTATE_EL1H, HV_MAP_READ},
        {EC(0x24) | IL | ESR_WNR | 0x07, PSTATE_EL1H, HV_MAP_READ | HV_MAP_WRITE},
        {EC(0x20) | IL | 0x07, PSTATE_EL1H, HV_MAP_READ | HV_MAP_KERNEL_EXECUTE},
        {EC(0x20) | IL | 0x07, PSTATE_EL0T, HV_MAP_READ | HV_MAP_USER_EXECUTE},
        {EC(0x20) | IL | 0x07, PSTATE_EL0T, HV_MAP_USER_EXECUTE},
        /* The walk of a fetch reads its table, which nobody has to be able to execute. */
        {EC(0x20) | IL | ESR_S1PTW | 0x07, PSTATE_EL1H, HV_MAP_READ},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        vp.pstate = rows[i].pstate;
        seen.rights = rows[i].rights;
        exit_with(rows[i].esr, RAM_PAGE + 8);
        assert_int_equal(seen.memory_intercepts, 0);
        assert_int_equal(vp.pc, PC);
    }
}

static void fault_without_the_right_is_an_intercept(void **state)
{
    static const struct {
        uint64_t esr;
        uint64_t pstate;
        uint32_t rights; /* all but what the access needs */
    } rows[] = {
        {EC(0x24) | IL | 0x07, PSTATE_EL1H, HV_MAP_ALL & ~HV_MAP_READ},
        {EC(0x24) | IL | ESR_ISV | 0x07, PSTATE_EL1H, HV_MAP_ALL & ~HV_MAP_READ},
        {EC(0x24) | IL | ESR_WNR | 0x0f, PSTATE_EL1H, HV_MAP_ALL & ~HV_MAP_WRITE},
        {EC(0x20) | IL | 0x0f, PSTATE_EL1H, HV_MAP_ALL & ~HV_MAP_KERNEL_EXECUTE},
        {EC(0x20) | IL | 0x0f, PSTATE_EL0T, HV_MAP_ALL & ~HV_MAP_USER_EXECUTE},
        {EC(0x20) | IL | ESR_S1PTW | 0x07, PSTATE_EL1H, HV_MAP_ALL & ~HV_MAP_READ},
        /* Hardware's update of a flag in a table that may be read only. */
        {EC(0x24) | IL | ESR_S1PTW | 0x0f, PSTATE_EL1H, HV_MAP_ALL & ~HV_MAP_WRITE},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        vp.pstate = rows[i].pstate;
        seen.rights = rows[i].rights;
        seen.memory_intercepts = 0;
        exit_with(rows[i].esr, RAM_PAGE + 8);
        assert_int_equal(seen.memory_intercepts, 1);
    }
}

/* Where nothing is mapped: VTL2's, if it asked; the GIC's; else an external abort. Whatever the kind of abort. */
static void nothing_mapped(void **state)
{
    static const struct {
        uint64_t esr;
        uint64_t at;
        bool gic;
    } rows[] = {
        {EC(0x24) | IL | ESR_ISV | 0x07, DEVICE + 0x18, false},
        {EC(0x24) | IL | ESR_ISV | ESR_WNR | 0x05, DEVICE + 0x18, false},
        {EC(0x24) | IL | ESR_ISV | 0x07, RAM_PAGE + 0x4000, false}, /* between ranges */
        {EC(0x24) | IL | ESR_ISV | 0x07, GIC + 0xa0000, false},     /* GICD and GICR */
        {EC(0x24) | IL | 0x07, DEVICE + 0x18, false},               /* a pair */
        {EC(0x24) | IL | ESR_ISV | 0x0f, DEVICE + 0x18, false},
        {EC(0x24) | IL | ESR_S1PTW | 0x07, DEVICE + 0x18,
         false}, /* which page, all that is known */
        {EC(0x24) | IL | ESR_ISV | ESR_S1PTW | 0x07, DEVICE + 0x18, false},
        {EC(0x20) | IL | 0x07, DEVICE + 0x18, false},
        {EC(0x24) | IL | ESR_ISV | 0x07, GIC + 8, true},
    };

    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        vp.active = round == 1 ? SLOT_VTL2 : SLOT_VTL0;
        vp.vtl[SLOT_VTL2].enabled = round != 2;
        partition.vsm_config = round == 3 ? 0 : HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT;
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            const bool gic = rows[i].gic;
            memset(&seen, 0, sizeof(seen));
            vp.pc = PC;
            exit_with(rows[i].esr, rows[i].at);
            assert_int_equal(seen.gic_accesses, gic ? 1 : 0);
            assert_int_equal(seen.memory_intercepts, round == 0 && !gic ? 1 : 0);
            assert_int_equal(seen.injections, round != 0 && !gic ? 1 : 0);
            assert_int_equal(vp.pc, gic ? PC + 4 : PC);
            if (seen.memory_intercepts != 0) {
                const uint64_t unknown = (rows[i].esr & ESR_S1PTW) != 0 ? 0xfff : 0;
                assert_int_equal(seen.gpa, rows[i].at & ~unknown);
                assert_int_equal(seen.type, HV_MESSAGE_UNMAPPED_GPA);
            }
        }
    }
}

/* Trapped, its PC is that of the SMC (Arm ARM D1.3.5). rsi=off: it is undefined, the PC on it. */
static void smc(void **state)
{
    const uint64_t esr = UINT64_C(0x17) << 26 | ESR_IL;

    (void)state;
    exit_with(esr, 0);
    assert_int_equal(seen.smcs, 1);
    assert_int_equal(vp.pc, PC + 4);
    exit_with(esr | 1, 0);
    assert_int_equal(vp.x[0], UINT64_MAX);
    assert_int_equal(seen.smcs, 1);
    assert_int_equal(seen.injections, 0);
    vp.pc = PC;
    machine.options.no_rsi = true;
    exit_with(esr, 0);
    assert_int_equal(seen.smcs, 1);
    assert_int_equal(seen.injections, 1);
    assert_int_equal(vp.pc, PC);
    machine.options.no_rsi = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wait_instructions, setup),
        cmocka_unit_test_setup(stale_fault_needs_what_the_access_needs, setup),
        cmocka_unit_test_setup(fault_without_the_right_is_an_intercept, setup),
        cmocka_unit_test_setup(nothing_mapped, setup),
        cmocka_unit_test_setup(smc, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
