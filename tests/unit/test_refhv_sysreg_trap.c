/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Trapped accesses. Expectations: registers.def: what is absent is undefined in both VTLs, what is trapped is answered
 * for each, what VTL0 holds reads as zero in VTL2; Arm ARM D19.2.37 (syndrome of class 0x18).
 */
#include "cpu.h"
#include "gic.h"
#include "registers_el1.h"
#include "sysreg_trap.h"
#include "vp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define READ UINT64_C(1)
#define RT(n) ((uint64_t)(n) << 5)
#define ESR (UINT64_C(0x18) << 26 | UINT64_C(1) << 25)

struct cpu_features cpu;
static struct vp vp;
static unsigned cntp_writes;

void vgic_sgi(struct vp *of, unsigned slot, uint64_t value)
{
    (void)of;
    (void)slot;
    (void)value;
}

void vgic_dir(struct vp *of, unsigned slot, uint64_t value)
{
    (void)of;
    (void)slot;
    (void)value;
}

uint64_t timer_cntp_read(struct vp *of, unsigned which)
{
    (void)of;
    return 0x1000 + which;
}

void timer_cntp_write(struct vp *of, unsigned which, uint64_t value)
{
    (void)of;
    assert_int_equal(value, 0x1234);
    cntp_writes |= 1u << which;
}

static const struct row {
    const char *name;
    uint32_t iss;
    enum register_access access;
    enum register_class class;
    enum register_saver saver;
    enum register_feature feature;
} rows[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    {#name,                                                                         \
     REGISTER_ISS(op0, op1, crn, crm, op2),                                         \
     REGISTER_ACCESS_##access,                                                      \
     REGISTER_CLASS_##class,                                                        \
     REGISTER_SAVER_##saver,                                                        \
     REGISTER_FEATURE_##feature},
#include "registers.def"
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static int setup(void **state)
{
    (void)state;
    fake_sysreg_reset();
    memset(&vp, 0, sizeof(vp));
    cntp_writes = 0;
    return 0;
}

static bool read_in(unsigned slot, uint32_t iss)
{
    vp.active = slot;
    vp.x[7] = 0xdead;
    return sysreg_trap(&vp, ESR | iss | RT(7) | READ);
}

static bool write_in(unsigned slot, uint32_t iss)
{
    vp.active = slot;
    vp.x[7] = 0x1234;
    return sysreg_trap(&vp, ESR | iss | RT(7));
}

static void absent_rows_are_undefined_in_both(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const bool buffer = rows[i].feature == REGISTER_FEATURE_SPE ||
                            rows[i].feature == REGISTER_FEATURE_TRBE ||
                            rows[i].feature == REGISTER_FEATURE_BRBE;
        if (rows[i].class != REGISTER_CLASS_ABSENT && !buffer) {
            continue;
        }
        for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
            if (read_in(slot, rows[i].iss) || write_in(slot, rows[i].iss)) {
                fail_msg("%s is answered in slot %u", rows[i].name, slot);
            }
        }
    }
}

static void trapped_rows_are_answered_in_both(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].class != REGISTER_CLASS_TRAPPED) {
            continue;
        }
        for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
            assert_int_equal(read_in(slot, rows[i].iss), rows[i].access != REGISTER_ACCESS_WO);
            assert_int_equal(write_in(slot, rows[i].iss), rows[i].access != REGISTER_ACCESS_RO);
        }
    }
    assert_int_equal(cntp_writes, 7);
}

static void actlr_and_erridr_are_zero(void **state)
{
    (void)state;
    fake_sysreg_set("actlr_el1", 0x55);
    fake_sysreg_set("erridr_el1", 4);
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        assert_true(write_in(slot, ISS_actlr_el1));
        assert_true(read_in(slot, ISS_actlr_el1));
        assert_int_equal(vp.x[7], 0);
        assert_true(read_in(slot, ISS_erridr_el1));
        assert_int_equal(vp.x[7], 0);
    }
    assert_int_equal(fake_sysreg_get("actlr_el1"), 0x55);
}

static void vtl2_finds_zero_where_vtl0_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const bool trapped = rows[i].feature == REGISTER_FEATURE_PMU ||
                             (rows[i].feature == REGISTER_FEATURE_DEBUG &&
                              rows[i].access != REGISTER_ACCESS_DEBUG_STATE);
        if (rows[i].saver == REGISTER_SAVER_HELD && trapped) {
            assert_true(write_in(SLOT_VTL2, rows[i].iss));
            assert_true(read_in(SLOT_VTL2, rows[i].iss));
            assert_int_equal(vp.x[7], 0);
            assert_false(read_in(SLOT_VTL0, rows[i].iss)); /* not trapped there */
        }
    }
}

/* Its own MDSCR_EL1, without MDE, HDE and KDE: the breakpoints in the CPU are VTL0's. */
static void vtl2_has_its_own_mdscr(void **state)
{
    (void)state;
    assert_true(write_in(SLOT_VTL2, ISS_mdscr_el1)); /* 0x1234 */
    assert_int_equal(fake_sysreg_get("mdscr_el1"), 0x1234);
    vp.x[7] = 0xf001;
    assert_true(sysreg_trap(&vp, ESR | ISS_mdscr_el1 | RT(7)));
    assert_true(read_in(SLOT_VTL2, ISS_mdscr_el1));
    assert_int_equal(vp.x[7], 0x1001);
}

static void xzr_is_nobodys(void **state)
{
    (void)state;
    vp.active = SLOT_VTL2;
    assert_true(sysreg_trap(&vp, ESR | ISS_actlr_el1 | RT(31) | READ));
    assert_true(sysreg_trap(&vp, ESR | ISS_actlr_el1 | RT(31)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(absent_rows_are_undefined_in_both, setup),
        cmocka_unit_test_setup(trapped_rows_are_answered_in_both, setup),
        cmocka_unit_test_setup(actlr_and_erridr_are_zero, setup),
        cmocka_unit_test_setup(vtl2_finds_zero_where_vtl0_holds, setup),
        cmocka_unit_test_setup(vtl2_has_its_own_mdscr, setup),
        cmocka_unit_test_setup(xzr_is_nobodys, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
