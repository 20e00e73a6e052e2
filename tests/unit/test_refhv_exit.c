/* SPDX-License-Identifier: BSD-3-Clause */
/* What refhv makes of a guest's exits. Expectations: Arm ARM DDI 0487K.a, D19.2.37 (ESR_EL2), C6.2 (WFIT). */
#include "arm64.h"
#include "console.h"
#include "exit.h"
#include "gic.h"
#include "hv_hypercall.h"
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
#define EC(class) ((uint64_t)(class) << 26)
#define IL (UINT64_C(1) << 25)

struct partition partition;
static struct vp vp;

static struct {
    unsigned memory_intercepts;
    uint32_t needs; /* what was asked of VTL0's map */
    uint32_t rights;
} seen;

bool intercept_fault_gpa(uint64_t esr, uint64_t far, uint64_t *gpa)
{
    (void)esr;
    *gpa = far;
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
    (void)gpa;
    (void)type;
    seen.memory_intercepts++;
}

bool vgic_window(uint64_t gpa)
{
    (void)gpa;
    return false;
}

bool vgic_mmio(struct vp *from, unsigned slot, uint64_t gpa, unsigned size, bool write,
               uint64_t *value)
{
    (void)from;
    (void)slot;
    (void)gpa;
    (void)size;
    (void)write;
    (void)value;
    return false;
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
    fail();
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
    (void)by_smc;
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
    exit_sync(&vp);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wait_instructions, setup),
        cmocka_unit_test_setup(stale_fault_needs_what_the_access_needs, setup),
        cmocka_unit_test_setup(fault_without_the_right_is_an_intercept, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
