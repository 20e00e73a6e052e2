/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VTL switch on a file of registers. Expectations: registers.def (saver SWITCH: each VTL has its own), the contract
 * reference, sections 4.1, 4.2 and 8; the PMU, SErrors and the SMCCC forms as registers.h and docs/vtl-contract.md say.
 */
#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "fake_fp.h"
#include "hv_message.h"
#include "timer_switch.h"
#include "vgic_switch.h"
#include "vp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct cpu_features cpu;
struct machine machine;
static struct vp vp;
static struct hv_vp_assist_page assist;
static struct hv_register_page registers;
static unsigned signals;

void timer_saved_asserted(struct vp *of, unsigned slot)
{
    (void)of;
    (void)slot;
}

void timer_watch(struct vp *of)
{
    (void)of;
}

void vgic_save_rest(struct vp *of, unsigned slot)
{
    (void)of;
    (void)slot;
}

void vgic_load_rest(struct vgic_cpu *of)
{
    (void)of;
}

uint32_t synic_signal(struct vp *to, unsigned slot, uint32_t sint, uint32_t flag, bool *newly)
{
    assert_ptr_equal(to, &vp);
    assert_int_equal(slot, SLOT_VTL0);
    assert_int_equal(sint, 3);
    assert_int_equal(flag, 77);
    *newly = true;
    signals++;
    return 0;
}

struct vp *vp_by_index(uint32_t index)
{
    return index == 0 ? &vp : NULL;
}

uint64_t cpu_guest_pstate(uint64_t pstate)
{
    return pstate == 9 ? PSTATE_EL1H | PSTATE_IL : pstate; /* EL2h */
}

void exception_inject(struct vp *to, uint64_t esr, uint64_t far)
{
    (void)to;
    (void)esr;
    (void)far;
    fail();
}

static const struct row {
    const char *name;
    size_t offset;
    enum register_feature feature;
} rows[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    IF_SWITCHED_##saver({#name, offsetof(struct private_regs, name), REGISTER_FEATURE_##feature}, )
#include "registers.def"
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static uint64_t *saved(unsigned slot, const struct row *row)
{
    return (uint64_t *)(void *)((uint8_t *)&vp.vtl[slot].regs + row->offset);
}

/* A value that no other row of any VTL has. */
static uint64_t pattern(unsigned slot, size_t i)
{
    return UINT64_C(0x1000000) * (slot + 1) + i;
}

/* VTL0 runs with everything that a CPU can have; VTL2 waits. */
static int setup(void **state)
{
    (void)state;
    fake_sysreg_reset();
    memset(&vp, 0, sizeof(vp));
    memset(&cpu, 0, sizeof(cpu));
    memset(&machine, 0, sizeof(machine));
    memset(&assist, 0, sizeof(assist));
    memset(&registers, 0, sizeof(registers));
    signals = 0;
    cpu.pauth = cpu.auxiliary = cpu.pmu = cpu.ras = cpu.sve = cpu.sme = true;
    cpu.switched = CPU_PAUTH | CPU_AUXILIARY | CPU_PMU | CPU_RAS | CPU_SME;
    cpu.traps[SLOT_VTL0] = (struct cpu_traps){0, 0x111, 0x222};
    cpu.traps[SLOT_VTL2] = (struct cpu_traps){CPTR_TFP | CPTR_TZ, 0x333, 0x444};
    vp.active = SLOT_VTL0;
    vp.x29_x30_private = true;
    vp.vtl[SLOT_VTL0].enabled = true;
    vp.vtl[SLOT_VTL2].enabled = true;
    vp.vtl[SLOT_VTL0].gic.loaded = true;
    vp.vtl[SLOT_VTL0].timer.loaded = true;
    fake_fp_reset();
    return 0;
}

static void each_switched_row_is_each_vtls_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        fake_sysreg_set(rows[i].name, pattern(SLOT_VTL0, i));
        *saved(SLOT_VTL2, &rows[i]) = pattern(SLOT_VTL2, i);
    }
    switch_enter_vtl2(&vp, 1);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        assert_int_equal(*saved(SLOT_VTL0, &rows[i]), pattern(SLOT_VTL0, i));
        assert_int_equal(fake_sysreg_get(rows[i].name), pattern(SLOT_VTL2, i));
        fake_sysreg_set(rows[i].name, pattern(2, i));
    }
    switch_return_vtl0(&vp);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        assert_int_equal(*saved(SLOT_VTL2, &rows[i]), pattern(2, i));
        assert_int_equal(fake_sysreg_get(rows[i].name), pattern(SLOT_VTL0, i));
    }
}

static void what_the_cpu_has_not_is_not_touched(void **state)
{
    (void)state;
    memset(&cpu, 0, sizeof(cpu));
    switch_enter_vtl2(&vp, 1);
    switch_return_vtl0(&vp);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const bool always =
            rows[i].feature == REGISTER_FEATURE_BASE || rows[i].feature == REGISTER_FEATURE_DEBUG;
        assert_int_equal(fake_sysreg_writes(rows[i].name), always ? 2 : 0);
    }
    assert_int_equal(fake_sysreg_writes("pmcr_el0"), 0);
    assert_int_equal(fake_sysreg_writes("s3_4_c12_c1_1"), 0);
    assert_int_equal(fake_sysreg_writes("svcr"), 0);
}

static void set_general(uint64_t base)
{
    for (unsigned n = 0; n < 31; n++) {
        vp.x[n] = base + n;
    }
    vp.pc = base + 100;
    vp.pstate = base + 200;
}

/* n is private: the VTL's own; else what the other has left. */
static void check_general(uint64_t own, uint64_t other, bool x29_private)
{
    for (unsigned n = 0; n < 31; n++) {
        const bool is_private = n == 18 || (n >= 29 && x29_private);
        assert_int_equal(vp.x[n], (is_private ? own : other) + n);
    }
    assert_int_equal(vp.pc, own + 100);
    assert_int_equal(vp.pstate, own + 200);
}

static void vtl2_waits_with(uint64_t base)
{
    struct vtl_state *vtl2 = &vp.vtl[SLOT_VTL2];

    vtl2->x18 = base + 18;
    vtl2->x29 = base + 29;
    vtl2->x30 = base + 30;
    vtl2->pc = base + 100;
    vtl2->pstate = base + 200;
}

static void section_8_1_general_registers(void **state)
{
    (void)state;
    for (unsigned shared = 0; shared < 2; shared++) {
        machine.options.x29_x30_shared = shared != 0;
        vp.x29_x30_private = shared == 0;
        vtl2_waits_with(0x2000);
        set_general(0x1000);
        switch_enter_vtl2(&vp, 1);
        assert_int_equal(vp.active, SLOT_VTL2);
        check_general(0x2000, 0x1000, shared == 0);
        set_general(0x3000);
        switch_return_vtl0(&vp);
        assert_int_equal(vp.active, SLOT_VTL0);
        check_general(0x1000, 0x3000, shared == 0);
        set_general(0x4000);
        switch_enter_vtl2(&vp, 1);
        check_general(0x3000, 0x4000, shared == 0);
        switch_return_vtl0(&vp);
    }
}

/* After a return by SMCCC x29 and x30 are private, until VTL2 leaves by HVC #3 again. */
static void smccc_keeps_x29_and_x30_apart(void **state)
{
    (void)state;
    machine.options.x29_x30_shared = true;
    vp.x29_x30_private = false;
    vtl2_waits_with(0x2000);
    set_general(0x1000);
    switch_enter_vtl2(&vp, 1);
    check_general(0x2000, 0x1000, false);
    set_general(0x3000);
    switch_return_vtl0_smccc(&vp);
    check_general(0x1000, 0x3000, true);
    set_general(0x4000);
    switch_enter_vtl2(&vp, 1);
    check_general(0x3000, 0x4000, true);
    set_general(0x5000);
    switch_return_vtl0(&vp);
    check_general(0x4000, 0x5000, false);
}

static void each_vtl_runs_under_its_traps(void **state)
{
    (void)state;
    switch_enter_vtl2(&vp, 1);
    assert_int_equal(fake_sysreg_get("cptr_el2"), CPTR_TFP | CPTR_TZ);
    assert_int_equal(fake_sysreg_get("mdcr_el2"), 0x333);
    assert_int_equal(fake_sysreg_get("vttbr_el2"), 0x444);
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("cptr_el2"), 0);
    assert_int_equal(fake_sysreg_get("mdcr_el2"), 0x111);
    assert_int_equal(fake_sysreg_get("vttbr_el2"), 0x222);
}

static void vtl0s_counters_stand_still_in_vtl2(void **state)
{
    (void)state;
    fake_sysreg_set("pmcr_el0", 0x41013041); /* E, LC */
    switch_enter_vtl2(&vp, 1);
    assert_int_equal(fake_sysreg_get("pmcr_el0"), 0x41013040);
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("pmcr_el0"), 0x41013041);
    fake_sysreg_set("pmcr_el0", 0x41013040);
    switch_enter_vtl2(&vp, 1);
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("pmcr_el0"), 0x41013040);
    assert_int_equal(fake_sysreg_writes("pmcr_el0"), 2);
}

#define HCR_OTHER UINT64_C(0x80000038)

static void an_serror_is_the_vtls_that_it_happened_to(void **state)
{
    (void)state;
    fake_sysreg_set("hcr_el2", HCR_OTHER);
    switch_serror(&vp, 0xbe000011);
    assert_int_equal(fake_sysreg_get("hcr_el2"), HCR_OTHER | HCR_VSE);
    assert_int_equal(fake_sysreg_get("s3_4_c5_c2_3"),
                     0x11); /* VSESR_EL2: ISS without IL and class */
    switch_enter_vtl2(&vp, 1);
    assert_int_equal(fake_sysreg_get("hcr_el2"), HCR_OTHER);
    assert_int_equal(fake_sysreg_get("s3_4_c5_c2_3"), 0);
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("hcr_el2"), HCR_OTHER | HCR_VSE);
    assert_int_equal(fake_sysreg_get("s3_4_c5_c2_3"), 0x11);
    /* VTL0 takes it: hardware clears the bit, and nothing is left to look after. */
    fake_sysreg_set("hcr_el2", HCR_OTHER);
    switch_enter_vtl2(&vp, 1);
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("hcr_el2"), HCR_OTHER);
    assert_int_equal(vp.unusual, 0);
}

/* EL1 may write DISR_EL1 whether or not there was an error. */
static void disr_is_each_vtls_own(void **state)
{
    (void)state;
    fake_sysreg_set("s3_4_c12_c1_1", 0x80000001);
    switch_enter_vtl2(&vp, 1);
    assert_int_equal(fake_sysreg_get("s3_4_c12_c1_1"), 0);
    fake_sysreg_set("s3_4_c12_c1_1", 0x80000002);
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("s3_4_c12_c1_1"), 0x80000001);
    switch_enter_vtl2(&vp, 1);
    assert_int_equal(fake_sysreg_get("s3_4_c12_c1_1"), 0x80000002);
    fake_sysreg_set("s3_4_c12_c1_1", 0);
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("s3_4_c12_c1_1"), 0x80000001);
}

static void section_4_2_register_page(void **state)
{
    (void)state;
    vp.vtl[SLOT_VTL2].registers_at = &registers;
    fake_sysreg_set("sctlr_el1", 0x5c);
    fake_sysreg_set("tcr_el1", 0x7c);
    set_general(0x1000);
    memset(&registers, 0xff, sizeof(registers));
    switch_enter_vtl2(&vp, 1);
    assert_int_equal(registers.version, 1);
    assert_int_equal(registers.valid, 1);
    assert_int_equal(registers.vtl, 0);
    assert_int_equal(registers.dirty, 0);
    assert_int_equal(registers.pc, 0x1064);
    assert_int_equal(registers.cpsr, 0x10c8);
    assert_int_equal(registers.sctlr_el1, 0x5c);
    assert_int_equal(registers.tcr_el1, 0x7c);
    registers.pc = 1;
    registers.cpsr = 9;
    registers.sctlr_el1 = 3;
    registers.tcr_el1 = 4;
    registers.vtl = 2;
    registers.dirty = 0xe;
    switch_return_vtl0(&vp); /* another VTL's contents */
    assert_int_equal(vp.pc, 0x1064);
    switch_enter_vtl2(&vp, 1);
    registers.pc = 1;
    registers.cpsr = 9;
    registers.sctlr_el1 = 3;
    registers.tcr_el1 = 4;
    registers.dirty = 0xe;
    switch_return_vtl0(&vp);
    assert_int_equal(vp.pc, 1);
    assert_int_equal(vp.pstate, PSTATE_EL1H | PSTATE_IL); /* never EL2 */
    assert_int_equal(fake_sysreg_get("sctlr_el1"), 3);
    assert_int_equal(fake_sysreg_get("tcr_el1"), 4);
}

static void section_4_1_entry_reason_and_return_actions(void **state)
{
    (void)state;
    vp.vtl[SLOT_VTL2].assist_at = &assist;
    vp.secure_tlb_lock = true;
    switch_enter_vtl2(&vp, 3);
    assert_int_equal(assist.entry_reason, 3);
    assert_int_equal(vp.vtl[SLOT_VTL2].run, VTL_RUNNING);
    for (unsigned i = 0; i < 3; i++) {
        assist.return_actions[i] = (struct hv_return_action){
            .type = i == 1 ? 2 : 1, .target_vp = 0, .target_vtl = 0, .sint = 3, .flag = 77};
    }
    assist.return_actions[4].type = 1; /* behind a gap */
    switch_return_vtl0(&vp);
    assert_false(vp.secure_tlb_lock);
    assert_int_equal(signals, 2);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(assist.return_actions[i].type, 0);
    }
}

static void fp_is_given_back_before_vtl0s_fpsr(void **state)
{
    (void)state;
    fake_sysreg_set("svcr", 1);
    fake_sysreg_set("fpsr", 0x1f);
    switch_enter_vtl2(&vp, 1);
    vp.unusual |= VP_FP_LENT; /* fp.c has never been asked: VTL0 was outside streaming mode */
    switch_return_vtl0(&vp);
    assert_int_equal(fake_sysreg_get("fpsr"), 0x1f);
    assert_int_equal(vp.unusual & VP_FP_LENT, 0);
}

static void change(struct vp *of, unsigned slot, void *context)
{
    (void)context;
    switch_reset(of, slot);
    of->vtl[slot].pstate = 9;
}

static void reset_is_the_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        fake_sysreg_set(rows[i].name, 0xabc);
    }
    fake_sysreg_set("hcr_el2", HCR_OTHER | HCR_VSE);
    fake_sysreg_set("pmcr_el0", 1);
    fake_sysreg_set("svcr", 3);
    switch_refresh(&vp, change, SLOT_VTL0, NULL);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const bool sctlr = strcmp(rows[i].name, "sctlr_el1") == 0;
        assert_int_equal(fake_sysreg_get(rows[i].name),
                         sctlr ? SCTLR_RES1 | SCTLR_ITD | SCTLR_SED : 0);
    }
    assert_int_equal(fake_sysreg_get("hcr_el2"), HCR_OTHER);
    assert_int_equal(fake_sysreg_get("pmcr_el0"), 0);
    assert_int_equal(fake_sysreg_get("svcr"), 0);
    assert_int_equal(vp.pstate, PSTATE_EL1H | PSTATE_IL);
}

/* VTL0 starts on a VP whose VTL2 has gone off while it held the unit and VTL0's counters. */
static void first_load_after_vtl2_has_gone(void **state)
{
    (void)state;
    fake_sysreg_set("pmcr_el0", 1);
    switch_enter_vtl2(&vp, 1);
    vp.unusual |= VP_FP_LENT;
    switch_load_first(&vp, SLOT_VTL0);
    assert_int_equal(vp.active, SLOT_VTL0);
    assert_int_equal(vp.unusual, 0);
    assert_int_equal(fake_sysreg_get("pmcr_el0"), 1);
    assert_int_equal(fake_sysreg_get("cptr_el2"), 0);
    switch_load_first(&vp, SLOT_VTL2);
    assert_int_equal(vp.active, SLOT_VTL2);
    assert_int_equal(fake_sysreg_get("cptr_el2"), CPTR_TFP | CPTR_TZ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_switched_row_is_each_vtls_own, setup),
        cmocka_unit_test_setup(what_the_cpu_has_not_is_not_touched, setup),
        cmocka_unit_test_setup(section_8_1_general_registers, setup),
        cmocka_unit_test_setup(smccc_keeps_x29_and_x30_apart, setup),
        cmocka_unit_test_setup(each_vtl_runs_under_its_traps, setup),
        cmocka_unit_test_setup(vtl0s_counters_stand_still_in_vtl2, setup),
        cmocka_unit_test_setup(an_serror_is_the_vtls_that_it_happened_to, setup),
        cmocka_unit_test_setup(disr_is_each_vtls_own, setup),
        cmocka_unit_test_setup(section_4_2_register_page, setup),
        cmocka_unit_test_setup(section_4_1_entry_reason_and_return_actions, setup),
        cmocka_unit_test_setup(fp_is_given_back_before_vtl0s_fpsr, setup),
        cmocka_unit_test_setup(reset_is_the_tables, setup),
        cmocka_unit_test_setup(first_load_after_vtl2_has_gone, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
