/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every row of registers.def that has a Hyper-V number, by that number. Expectations: registers.def (access, class,
 * saver); the contract reference, section 3.2 and its appendix A (second names), section 2.2 (a name that is not there
 * is 5); Arm ARM for views (PSTATE, TVAL, CTL.ISTATUS).
 */
#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "fake_fp.h"
#include "fake_refhv_world.h"
#include "hvregs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOT_THERE HV_STATUS_INVALID_PARAMETER

static struct vp *vp;

static const struct row {
    const char *name;
    uint32_t hyperv;
    enum register_access access;
    enum register_feature feature;
    enum register_class class;
    enum register_saver saver;
} rows[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, ...) \
    {#name,                                                                                 \
     hyperv,                                                                                \
     REGISTER_ACCESS_##access,                                                              \
     REGISTER_FEATURE_##feature,                                                            \
     REGISTER_CLASS_##class,                                                                \
     REGISTER_SAVER_##saver},
#include "registers.def"
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* A CPU that has everything; VP 0 in VTL2. */
static int setup(void **state)
{
    (void)state;
    fake_world_reset();
    cpu.pauth = cpu.auxiliary = cpu.sve = cpu.sme = cpu.pmu = cpu.ras = true;
    fake_sysreg_set("id_aa64pfr0_el1", UINT64_C(0x1111111111111111));
    fake_sysreg_set("id_aa64pfr1_el1", UINT64_C(0x0000000001000221));
    fake_sysreg_set("id_aa64dfr0_el1", 0x0000000000000408);
    fake_sysreg_set("id_aa64isar0_el1", UINT64_C(1) << 60);
    fake_sysreg_set("id_aa64mmfr1_el1", UINT64_C(1) << 20);
    fake_sysreg_set("id_aa64mmfr2_el1", UINT64_C(1) << 20 | 0x10);
    fake_fp_reset();
    vp = &vps[0];
    return 0;
}

static uint32_t get(unsigned slot, uint32_t name, uint64_t *value)
{
    struct hv_register_value wide;
    const uint32_t status = hvregs_get(vp, slot, SLOT_VTL2, name, &wide);

    *value = wide.low;
    return status;
}

static uint64_t must_get(unsigned slot, uint32_t name)
{
    uint64_t value;

    assert_int_equal(get(slot, name, &value), HV_STATUS_SUCCESS);
    return value;
}

static uint32_t set(unsigned slot, uint32_t name, uint64_t value)
{
    const struct hv_register_value wide = {value, 0};

    return hvregs_set(vp, slot, SLOT_VTL2, name, &wide);
}

/* What the table and the CPU of setup() say about a name for a VTL. */
static bool there(const struct row *row, unsigned slot)
{
    const bool hidden_from_vtl2 = row->feature == REGISTER_FEATURE_SVE ||
                                  row->feature == REGISTER_FEATURE_SME ||
                                  row->feature == REGISTER_FEATURE_PMU;
    const bool buffer = row->feature == REGISTER_FEATURE_SPE ||
                        row->feature == REGISTER_FEATURE_TRBE ||
                        row->feature == REGISTER_FEATURE_BRBE;

    return row->class != REGISTER_CLASS_ABSENT && !buffer &&
           row->access != REGISTER_ACCESS_DEBUG_STATE && !(hidden_from_vtl2 && slot == SLOT_VTL2);
}

static void who_may_read_and_write(void **state)
{
    unsigned named = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].hyperv == 0) {
            continue;
        }
        named++;
        for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
            const bool known = there(&rows[i], slot);
            const bool readable = known && rows[i].access != REGISTER_ACCESS_WO;
            const bool writable = known && rows[i].access != REGISTER_ACCESS_RO;
            const uint64_t harmless =
                rows[i].saver == REGISTER_SAVER_PSTATE && strcmp(rows[i].name, "spsel") == 0 ? 1
                                                                                             : 0;
            uint64_t value;
            const uint32_t got = get(slot, rows[i].hyperv, &value);
            const uint32_t put = set(slot, rows[i].hyperv, harmless);
            if (got != (readable ? HV_STATUS_SUCCESS : NOT_THERE) ||
                put != (writable ? HV_STATUS_SUCCESS : NOT_THERE)) {
                fail_msg("%s in slot %u: get %u set %u", rows[i].name, slot, got, put);
            }
        }
    }
    assert_true(named > 250);
}

/* Saver SWITCH: of VTL2 in the CPU, of VTL0 in memory, and no trace of the one in the other. */
static void switched_rows_are_two(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].hyperv == 0 || rows[i].saver != REGISTER_SAVER_SWITCH ||
            !there(&rows[i], SLOT_VTL2)) {
            continue;
        }
        assert_int_equal(set(SLOT_VTL2, rows[i].hyperv, 0x2000 + i), 0);
        assert_int_equal(set(SLOT_VTL0, rows[i].hyperv, 0x1000 + i), 0);
        assert_int_equal(fake_sysreg_get(rows[i].name), 0x2000 + i);
        assert_int_equal(must_get(SLOT_VTL2, rows[i].hyperv), 0x2000 + i);
        assert_int_equal(must_get(SLOT_VTL0, rows[i].hyperv), 0x1000 + i);
    }
}

/* Saver HELD: VTL0's is in the CPU, VTL2's is zero. */
static void held_rows_are_vtl0s(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].hyperv == 0 || rows[i].saver != REGISTER_SAVER_HELD ||
            rows[i].access != REGISTER_ACCESS_RW) {
            continue;
        }
        assert_int_equal(set(SLOT_VTL0, rows[i].hyperv, 0x1000 + 2 * i), 0);
        assert_int_equal(fake_sysreg_get(rows[i].name), 0x1000 + 2 * i);
        assert_int_equal(must_get(SLOT_VTL0, rows[i].hyperv), 0x1000 + 2 * i);
        if (there(&rows[i], SLOT_VTL2)) {
            assert_int_equal(set(SLOT_VTL2, rows[i].hyperv, 7), 0);
            assert_int_equal(must_get(SLOT_VTL2, rows[i].hyperv), 0);
            assert_int_equal(fake_sysreg_get(rows[i].name), 0x1000 + 2 * i);
        }
    }
}

/* Of another VP they are in another CPU. */
static void what_is_in_another_cpu_is_out_of_reach(void **state)
{
    uint64_t value;

    (void)state;
    vp = &vps[1];
    assert_int_equal(get(SLOT_VTL0, 0x50020, &value), HV_STATUS_INVALID_VP_STATE);
    assert_int_equal(set(SLOT_VTL0, 0x50020, 1), HV_STATUS_INVALID_VP_STATE);
    assert_int_equal(get(SLOT_VTL0, 0x30000, &value), HV_STATUS_INVALID_VP_STATE);
    assert_int_equal(set(SLOT_VTL0, 0x30000, 1), HV_STATUS_INVALID_VP_STATE);
    assert_int_equal(get(SLOT_VTL0, 0x56000, &value), HV_STATUS_INVALID_VP_STATE);
    assert_int_equal(get(SLOT_VTL0, 0x4004a, &value), HV_STATUS_INVALID_VP_STATE);
    assert_int_equal(set(SLOT_VTL0, 0x4000c, 0x5000), 0); /* this one is saved */
    assert_int_equal(vps[1].vtl[SLOT_VTL0].regs.vbar_el1, 0x5000);
}

static void pmcr_shows_what_vtl0_set(void **state)
{
    (void)state;
    fake_sysreg_set("pmcr_el0", 0x40);
    vp->unusual = VP_PMU_PAUSED;
    assert_int_equal(must_get(SLOT_VTL0, 0x52006), 0x41);
    assert_int_equal(set(SLOT_VTL0, 0x52006, 0x40), 0);
    assert_int_equal(vp->unusual & VP_PMU_PAUSED, 0);
    assert_int_equal(set(SLOT_VTL0, 0x52006, 0x41), 0);
    assert_int_equal(vp->unusual & VP_PMU_PAUSED, VP_PMU_PAUSED);
    assert_int_equal(fake_sysreg_get("pmcr_el0"), 0x40); /* VTL2 runs: nothing counts */
}

/* Reference 3.1: CurrentEL, DAIF, NZCV and so on, in the bits of their registers (Arm ARM C5.2). */
static void pstate_by_field(void **state)
{
    static const struct {
        uint32_t name;
        uint64_t bits;
    } fields[] = {
        {0x21004, 0x3c0},    {0x21005, 1u << 24}, {0x21006, 0xf0000000}, {0x21007, 1u << 22},
        {0x21009, 1u << 12}, {0x2100a, 1u << 25}, {0x2100b, 1u << 23},
    };
    struct vtl_state *vtl0 = &vp->vtl[SLOT_VTL0];

    (void)state;
    for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        vtl0->pstate = PSTATE_EL1H;
        assert_int_equal(must_get(SLOT_VTL0, fields[i].name), 0);
        assert_int_equal(set(SLOT_VTL0, fields[i].name, fields[i].bits), 0);
        assert_int_equal(vtl0->pstate, PSTATE_EL1H | fields[i].bits);
        assert_int_equal(must_get(SLOT_VTL0, fields[i].name), fields[i].bits);
        assert_int_equal(set(SLOT_VTL0, fields[i].name, fields[i].bits | 1u << 20),
                         HV_STATUS_INVALID_REGISTER_VALUE);
        assert_int_equal(set(SLOT_VTL0, fields[i].name, 0), 0);
        assert_int_equal(vtl0->pstate, PSTATE_EL1H);
    }
    assert_int_equal(must_get(SLOT_VTL0, 0x21003), 4);
    vtl0->pstate = PSTATE_EL0T;
    assert_int_equal(must_get(SLOT_VTL0, 0x21003), 0);
    assert_int_equal(set(SLOT_VTL0, 0x21003, 8), NOT_THERE);
    assert_int_equal(must_get(SLOT_VTL0, 0x21008), 0);
    assert_int_equal(set(SLOT_VTL0, 0x21008, 1), HV_STATUS_INVALID_REGISTER_VALUE); /* no EL0h */
    vtl0->pstate = PSTATE_EL1H;
    assert_int_equal(set(SLOT_VTL0, 0x21008, 0), 0);
    assert_int_equal(vtl0->pstate, PSTATE_EL1T);
    vp->pstate = PSTATE_EL1H | 1u << 31;
    assert_int_equal(must_get(SLOT_VTL2, 0x21006), 1u << 31);
}

static void identification_is_what_the_vtl_sees(void **state)
{
    (void)state;
    assert_int_equal(must_get(SLOT_VTL0, 0x22020) >> 32 & 15, 1); /* SVE */
    assert_int_equal(must_get(SLOT_VTL2, 0x22020) >> 32 & 15, 0);
    assert_int_equal(must_get(SLOT_VTL0, 0x22020) >> 44 & 15, 0); /* AMU */
    fake_sysreg_set("midr_el1", 0x410fd083);
    assert_int_equal(must_get(SLOT_VTL0, 0x40051), 0x410fd083);
    assert_int_equal(must_get(SLOT_VTL0, 0x22000), 0x410fd083);
    assert_int_equal(must_get(SLOT_VTL0, 0x22005), 0x80000000);
    vp = &vps[1];
    assert_int_equal(must_get(SLOT_VTL0, 0x40001), 0x80000100);
    assert_int_equal(must_get(SLOT_VTL0, 0x22005), 0x80000100);
}

/* Reference 3.2: _ELx is the register of the VP's current EL, EL1. */
static void names_of_the_current_el(void **state)
{
    static const struct {
        uint32_t name;
        uint32_t same;
    } aliases[] = {
        {0x2100c, 0x40015}, {0x2100d, 0x40014}, {0x40073, 0x40016}, {0x40075, 0x40018},
        {0x40076, 0x4000d}, {0x40077, 0x40004}, {0x40078, 0x40008}, {0x40079, 0x40009},
        {0x4007a, 0x4000b}, {0x4007b, 0x40002}, {0x4007c, 0x40007}, {0x4007d, 0x40005},
        {0x4007f, 0x40006}, {0x40080, 0x4000c}, {0x40081, 0x40071}, {0x58013, 0x58008},
        {0x58015, 0x5800a}, {0x58018, 0x5800f},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        assert_int_equal(set(SLOT_VTL0, aliases[i].name, 0x100 + i), 0);
        assert_int_equal(must_get(SLOT_VTL0, aliases[i].same), 0x100 + i);
        assert_int_equal(must_get(SLOT_VTL0, aliases[i].name), 0x100 + i);
    }
    assert_int_equal(set(SLOT_VTL0, 0x40074, 5), 0); /* AFSR1_EL1 has no other name */
    assert_int_equal(vps[0].vtl[SLOT_VTL0].regs.afsr1_el1, 5);
}

static void timers_by_name(void **state)
{
    struct vtimer *timer = &vp->vtl[SLOT_VTL0].timer;

    (void)state;
    fake_sysreg_set("cntpct_el0", 1000);
    assert_int_equal(set(SLOT_VTL0, 0x58010, 50), 0); /* CNTV_TVAL */
    assert_int_equal(timer->cntv_cval, 1050);
    assert_int_equal(set(SLOT_VTL0, 0x58010, 0xffffffff), 0); /* -1 */
    assert_int_equal(timer->cntv_cval, 999);
    assert_int_equal(must_get(SLOT_VTL0, 0x58010), 0xffffffff);
    assert_int_equal(set(SLOT_VTL0, 0x5800e, 7), 0); /* CNTV_CTL: ISTATUS is read-only */
    assert_int_equal(timer->cntv_ctl, 3);
    assert_int_equal(must_get(SLOT_VTL0, 0x5800e), 7);
    timer->cntv_cval = 2000;
    assert_int_equal(must_get(SLOT_VTL0, 0x5800e), 3);
    assert_int_equal(set(SLOT_VTL0, 0x5800b, 500), 0); /* CNTP_TVAL */
    assert_int_equal(timer->cntp_cval, 1500);
    assert_int_equal(set(SLOT_VTL0, 0x58009, 5), 0); /* CNTP_CTL */
    assert_int_equal(timer->cntp_ctl, 1);
    assert_int_equal(must_get(SLOT_VTL0, 0x58009), 1);
    fake_sysreg_set("cntpct_el0", 1500);
    assert_int_equal(must_get(SLOT_VTL0, 0x58009), 5);
    assert_int_equal(must_get(SLOT_VTL0, 0x5800c), 1500); /* CNTPCT */
    assert_int_equal(set(SLOT_VTL0, 0x5800c, 0), NOT_THERE);
    assert_int_not_equal(fake_world.timer_changes[SLOT_VTL0], 0);
}

static void actlr_is_zero(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL0, 0x40003, 0x55), 0);
    assert_int_equal(must_get(SLOT_VTL0, 0x40003), 0);
    assert_int_equal(fake_sysreg_writes("actlr_el1"), 0);
}

static void errors_and_interrupts(void **state)
{
    (void)state;
    fake_sysreg_set("s3_4_c12_c1_1", 0x80000002);
    assert_int_equal(must_get(SLOT_VTL2, 0x56000), 0x80000002);
    assert_int_equal(set(SLOT_VTL0, 0x56000, 0x80000001), 0);
    assert_int_equal(must_get(SLOT_VTL0, 0x56000), 0x80000001);
    assert_int_equal(vp->unusual & VP_SERROR, VP_SERROR); /* so that the switch loads it */
    assert_int_equal(fake_sysreg_get("s3_4_c12_c1_1"), 0x80000002);
    fake_world.deliverable[SLOT_VTL0] = true;
    assert_int_equal(must_get(SLOT_VTL0, 0x4004a), 0x80);
    vp->vtl[SLOT_VTL0].serror.pending = true;
    assert_int_equal(must_get(SLOT_VTL0, 0x4004a), 0x180);
    assert_int_equal(must_get(SLOT_VTL2, 0x4004a), 0);
    fake_sysreg_set("hcr_el2", HCR_VSE);
    assert_int_equal(must_get(SLOT_VTL2, 0x4004a), 0x100);
    cpu.ras = false;
    fake_sysreg_set("id_aa64pfr0_el1", 0);
    uint64_t value;
    assert_int_equal(get(SLOT_VTL0, 0x56000, &value), NOT_THERE);
}

/* CCSIDR tells of the cache that the VTL has selected. */
static uint64_t ccsidr(void)
{
    return 0x100 + fake_sysreg_get("csselr_el1");
}

static void ccsidr_goes_by_the_vtls_csselr(void **state)
{
    (void)state;
    fake_sysreg_hook("ccsidr_el1", ccsidr, NULL);
    fake_sysreg_set("csselr_el1", 2);
    vp->vtl[SLOT_VTL0].regs.csselr_el1 = 4;
    assert_int_equal(must_get(SLOT_VTL2, 0x40030), 0x102);
    assert_int_equal(must_get(SLOT_VTL0, 0x40030), 0x104);
    assert_int_equal(fake_sysreg_get("csselr_el1"), 2);
}

static void vectors_by_name(void **state)
{
    struct hv_register_value value;

    (void)state;
    for (uint32_t n = 0; n < 32; n++) {
        assert_int_equal(hvregs_get(vp, SLOT_VTL0, SLOT_VTL2, 0x30000 + n, &value), 0);
        assert_memory_equal(&value, fake_fp.z[n], sizeof(value));
        value = (struct hv_register_value){n, ~(uint64_t)n};
        assert_int_equal(hvregs_set(vp, SLOT_VTL0, SLOT_VTL2, 0x30000 + n, &value), 0);
        assert_memory_equal(&value, fake_fp.z[n], sizeof(value));
    }
    assert_int_equal(get(SLOT_VTL0, 0x30020, &value.low), NOT_THERE);
    assert_int_equal(get(SLOT_VTL0, 0x30100, &value.low), NOT_THERE); /* Z0: no value holds it */
    assert_int_equal(get(SLOT_VTL0, 0x30120, &value.low), NOT_THERE);
}

static void xzr(void **state)
{
    (void)state;
    assert_int_equal(set(SLOT_VTL0, 0x2fffe, 5), 0);
    assert_int_equal(must_get(SLOT_VTL0, 0x2fffe), 0);
}

static void auxiliary_registers_that_hold_nothing(void **state)
{
    (void)state;
    cpu.auxiliary = false;
    assert_int_equal(set(SLOT_VTL0, 0x40016, 5), 0);
    assert_int_equal(must_get(SLOT_VTL0, 0x40016), 0);
}

static void vina_stays_off(void **state)
{
    struct hv_register_value value = {0};

    (void)state;
    assert_int_equal(must_get(SLOT_VTL2, 0xd0005), 0);
    assert_int_equal(set(SLOT_VTL2, 0xd0005, 0), 0);
    assert_int_equal(set(SLOT_VTL2, 0xd0005, 0x112), HV_STATUS_INVALID_REGISTER_VALUE);
    assert_int_equal(hvregs_set(vp, SLOT_VTL0, SLOT_VTL0, 0xd0005, &value),
                     HV_STATUS_ACCESS_DENIED);
}

static void an_old_cpu_has_few(void **state)
{
    static const uint32_t names[] = {0x4002d, 0x40071, 0x4005d, 0x40066, 0x52006, 0x52001,
                                     0x40031, 0x40057, 0x21005, 0x21007, 0x2100b, 0x56000};
    uint64_t value;

    (void)state;
    fake_world_reset();
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(get(SLOT_VTL0, names[i], &value), NOT_THERE);
        assert_int_equal(set(SLOT_VTL0, names[i], 0), NOT_THERE);
    }
    assert_int_equal(get(SLOT_VTL0, 0x50020, &value), 0); /* debug is always there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_may_read_and_write, setup),
        cmocka_unit_test_setup(switched_rows_are_two, setup),
        cmocka_unit_test_setup(held_rows_are_vtl0s, setup),
        cmocka_unit_test_setup(what_is_in_another_cpu_is_out_of_reach, setup),
        cmocka_unit_test_setup(pmcr_shows_what_vtl0_set, setup),
        cmocka_unit_test_setup(pstate_by_field, setup),
        cmocka_unit_test_setup(identification_is_what_the_vtl_sees, setup),
        cmocka_unit_test_setup(names_of_the_current_el, setup),
        cmocka_unit_test_setup(timers_by_name, setup),
        cmocka_unit_test_setup(actlr_is_zero, setup),
        cmocka_unit_test_setup(errors_and_interrupts, setup),
        cmocka_unit_test_setup(ccsidr_goes_by_the_vtls_csselr, setup),
        cmocka_unit_test_setup(vectors_by_name, setup),
        cmocka_unit_test_setup(xzr, setup),
        cmocka_unit_test_setup(auxiliary_registers_that_hold_nothing, setup),
        cmocka_unit_test_setup(vina_stays_off, setup),
        cmocka_unit_test_setup(an_old_cpu_has_few, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
