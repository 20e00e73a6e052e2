/* SPDX-License-Identifier: BSD-3-Clause */
/* EL2 controls by what the CPU has. Expectations: Arm ARM D19.2 (HCR_EL2, CPTR_EL2, MDCR_EL2, HCRX_EL2), registers.def. */
#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "machine.h"
#include "vp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

extern const uint8_t refhv_vectors[];
const uint8_t refhv_vectors[1];
struct machine machine;
static struct vp vp;

uint64_t stage2_vttbr(unsigned slot)
{
    return 0x7000 + slot;
}

static int setup(void **state)
{
    (void)state;
    fake_sysreg_reset();
    memset(&vp, 0, sizeof(vp));
    memset(&cpu, 0, sizeof(cpu));
    memset(&machine, 0, sizeof(machine));
    fake_sysreg_set("mdcr_el2", 0xffffffe6); /* 6 counters, the rest is anything */
    return 0;
}

static void armv8_0(void **state)
{
    (void)state;
    fake_sysreg_set("mpidr_el1", 0x80000003);
    cpu_init(&vp);
    const uint64_t hcr = fake_sysreg_get("hcr_el2");
    assert_int_equal(hcr & (UINT64_C(1) << 21), UINT64_C(1) << 21); /* TACR */
    assert_int_equal(hcr & (UINT64_C(1) << 18), UINT64_C(1) << 18); /* TID3 */
    assert_int_equal(
        hcr & (UINT64_C(1) << 36 | UINT64_C(1) << 58 | UINT64_C(1) << 41 | UINT64_C(1) << 35),
        0); /* RES0 without their features */
    assert_int_equal(cpu.traps[SLOT_VTL0].cptr, 0x33ff);
    assert_int_equal(cpu.traps[SLOT_VTL2].cptr, 0x33ff); /* TFP stays off: nothing is lent */
    assert_int_equal(cpu.traps[SLOT_VTL0].mdcr, 6);
    assert_int_equal(cpu.traps[SLOT_VTL2].mdcr, 0xe66);
    assert_int_equal(cpu.traps[SLOT_VTL2].vttbr, 0x7000 + SLOT_VTL2);
    assert_int_equal(vp.mpidr, 0x80000003);
    assert_true(vp.x29_x30_private);
    assert_int_equal(fake_sysreg_writes("s3_4_c1_c1_4"), 0);
    assert_int_equal(fake_sysreg_writes("s3_4_c12_c1_1"), 0);
    assert_int_equal(fake_sysreg_writes("s3_4_c10_c5_0"), 0);
}

static void everything(void **state)
{
    (void)state;
    fake_sysreg_set("id_aa64pfr0_el1", ~UINT64_C(0));
    fake_sysreg_set("id_aa64pfr1_el1", ~UINT64_C(0));
    fake_sysreg_set("id_aa64dfr0_el1", ~UINT64_C(0x600)); /* PMUVer 9 */
    fake_sysreg_set("id_aa64mmfr0_el1", UINT64_C(2) << 56);
    fake_sysreg_set("id_aa64mmfr1_el1", ~UINT64_C(0));
    fake_sysreg_set("id_aa64isar1_el1", 0x10);
    cpu_init(&vp);
    const uint64_t hcr = fake_sysreg_get("hcr_el2");
    const uint64_t want = UINT64_C(1) << 36 | UINT64_C(1) << 58 | UINT64_C(1) << 35 |
                          UINT64_C(1) << 40 | UINT64_C(1) << 41;
    assert_int_equal(hcr & want, want);                      /* TERR, TID5, TLOR, APK, API */
    assert_int_equal(hcr >> 53 & 1, 0);                      /* EnSCXT */
    assert_int_equal(hcr >> 56 & 1, 0);                      /* ATA */
    assert_int_equal(cpu.traps[SLOT_VTL0].cptr, 0x401022ff); /* TAM, TTA; no TZ, TSM */
    assert_int_equal(cpu.traps[SLOT_VTL2].cptr, UINT64_C(0x401037ff));
    /* HPMN, TPMS, HPMD, TTRF, HCCD; E2PB and E2TB are 0. */
    assert_int_equal(cpu.traps[SLOT_VTL0].mdcr, 0x8a4006);
    assert_int_equal(fake_sysreg_writes("s3_4_c3_c1_2"), 1);
    assert_int_equal(fake_sysreg_writes("s3_4_c3_c1_1"), 1);
    assert_int_equal(fake_sysreg_get("s3_4_c1_c1_4"), UINT64_C(3) << 54);
    assert_int_equal(fake_sysreg_get("s3_4_c1_c2_2") & 0x40, 0x40); /* TALLINT */
    assert_int_equal(fake_sysreg_writes("s3_4_c10_c5_0"), 1);
    assert_int_equal(cpu.switched, CPU_PAUTH | CPU_PMU | CPU_RAS | CPU_AUXILIARY | CPU_SME);
}

/*
 * Nobody has profiling, trace and branch records: the buffers are EL2's (MDCR_EL2: E2PB 13:12, E2TB 25:24, TPMS 14,
 * TTRF 19), and what traps while zero is zero (HDFGRTR_EL2: nBRBIDR 59, nBRBCTL 60, nBRBDATA 61, nPMSNEVFR_EL1 62;
 * HDFGWTR_EL2: the same without nBRBIDR; HFGITR_EL2: nBRBINJ 55, nBRBIALL 56).
 */
static void nobody_records(void **state)
{
    (void)state;
    const uint64_t owner = UINT64_C(3) << 12 | UINT64_C(3) << 24;
    const uint64_t traps = UINT64_C(1) << 14 | UINT64_C(1) << 19;
    fake_sysreg_set("id_aa64dfr0_el1", ~UINT64_C(0x600));
    fake_sysreg_set("id_aa64mmfr0_el1", UINT64_C(1) << 56);
    fake_sysreg_set("mdcr_el2", ~UINT64_C(0));
    fake_sysreg_set("s3_4_c3_c1_4", ~UINT64_C(0));
    fake_sysreg_set("s3_4_c3_c1_5", ~UINT64_C(0));
    fake_sysreg_set("s3_4_c1_c1_6", ~UINT64_C(0));
    cpu_init(&vp);
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        assert_int_equal(cpu.traps[slot].mdcr & owner, 0);
        assert_int_equal(cpu.traps[slot].mdcr & traps, traps);
    }
    assert_int_equal(fake_sysreg_get("mdcr_el2") & owner, 0);
    assert_int_equal(fake_sysreg_get("s3_4_c3_c1_4") >> 59 & 0xf, 0);
    assert_int_equal(fake_sysreg_get("s3_4_c3_c1_5") >> 60 & 7, 0);
    assert_int_equal(fake_sysreg_get("s3_4_c1_c1_6") >> 55 & 3, 0);
}

static void ignore(uint64_t value)
{
    (void)value;
}

/* Registers that take no one hold nothing, and cost nothing. */
static void auxiliary_registers_are_asked(void **state)
{
    (void)state;
    fake_sysreg_hook("afsr0_el1", NULL, ignore);
    fake_sysreg_hook("afsr1_el1", NULL, ignore);
    fake_sysreg_hook("amair_el1", NULL, ignore);
    cpu_init(&vp);
    assert_false(cpu.auxiliary);
    fake_sysreg_reset();
    fake_sysreg_hook("afsr0_el1", NULL, ignore);
    fake_sysreg_hook("afsr1_el1", NULL, ignore);
    cpu_init(&vp);
    assert_true(cpu.auxiliary);
    assert_int_equal(fake_sysreg_get("amair_el1"), 0);
}

static void no_pmu_where_it_is_not_the_architectures(void **state)
{
    (void)state;
    fake_sysreg_set("id_aa64dfr0_el1", 0xf00);
    cpu_init(&vp);
    assert_false(cpu.pmu);
    assert_int_equal(cpu.traps[SLOT_VTL0].mdcr, 6);
}

static void pstate_never_names_el2(void **state)
{
    (void)state;
    cpu_init(&vp);
    assert_int_equal(cpu_guest_pstate(PSTATE_EL1H), PSTATE_EL1H);
    assert_int_equal(cpu_guest_pstate(PSTATE_EL0T), PSTATE_EL0T);
    assert_int_equal(cpu_guest_pstate(9), PSTATE_EL1H | PSTATE_IL);
    assert_int_equal(cpu_guest_pstate(0xd), PSTATE_EL1H | PSTATE_IL);
    assert_int_equal(cpu_guest_pstate(0x10), PSTATE_EL1H | PSTATE_IL);
    cpu.aarch32_el0 = true;
    assert_int_equal(cpu_guest_pstate(0x10), 0x10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(armv8_0, setup),
        cmocka_unit_test_setup(everything, setup),
        cmocka_unit_test_setup(nobody_records, setup),
        cmocka_unit_test_setup(auxiliary_registers_are_asked, setup),
        cmocka_unit_test_setup(no_pmu_where_it_is_not_the_architectures, setup),
        cmocka_unit_test_setup(pstate_never_names_el2, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
