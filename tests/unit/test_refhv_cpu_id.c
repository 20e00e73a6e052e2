/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the VTLs are told that the CPU has. Expectations: registers.def and registers.h. A feature all of whose rows are
 * absent is told to nobody; one whose rows VTL0 holds is not told to VTL2; refhv hands out no profiling, trace or branch
 * record buffer.
 */
#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct cpu_features cpu;

/* A CPU that has everything there is. */
static int setup(void **state)
{
    (void)state;
    fake_sysreg_reset();
    memset(&cpu, 0, sizeof(cpu));
    cpu.pauth = true;
#define REGISTER(name, ...) fake_sysreg_set(#name, ~UINT64_C(0));
#include "registers.def"
    /* 0xf would not be the architecture's PMU. */
    fake_sysreg_set("id_aa64dfr0_el1", ~UINT64_C(0x600));
    return 0;
}

struct feature {
    const char *name;
    uint32_t iss;
    unsigned shift;
    uint64_t least;
};

static const struct feature features[] = {
#define X(word, id, shift, least) {#word, ISS_##id, shift, least},
    REGISTER_FEATURES(X)
#undef X
};
#define FEATURE_COUNT (sizeof(features) / sizeof(features[0]))

static const struct {
    enum register_feature feature;
    enum register_class class;
    enum register_saver saver;
} rows[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    {REGISTER_FEATURE_##feature, REGISTER_CLASS_##class, REGISTER_SAVER_##saver},
#include "registers.def"
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static bool seen(unsigned slot, const struct feature *feature)
{
    uint64_t value;

    assert_true(cpu_id_register(slot, (feature->iss >> 1) & 15, (feature->iss >> 17) & 7, &value));
    return ((value >> feature->shift) & 15) >= feature->least;
}

/* All rows of the feature that have this class or this saver, or none of the feature's rows have. */
static bool all_absent(unsigned feature)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].feature == feature && rows[i].class != REGISTER_CLASS_ABSENT) {
            return false;
        }
    }
    return true;
}

static bool any_held(unsigned feature)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].feature == feature && rows[i].saver == REGISTER_SAVER_HELD) {
            return true;
        }
    }
    return false;
}

static bool is_buffer(unsigned feature)
{
    return feature == REGISTER_FEATURE_SPE || feature == REGISTER_FEATURE_TRBE ||
           feature == REGISTER_FEATURE_BRBE;
}

static void what_is_absent_is_told_to_nobody(void **state)
{
    unsigned hidden = 0;

    (void)state;
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        if (features[i].iss == ISS_none || !(all_absent(i) || is_buffer(i))) {
            continue;
        }
        hidden++;
        for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
            if (seen(slot, &features[i]) || cpu_offers(slot, (enum register_feature)i)) {
                fail_msg("%s is seen in slot %u", features[i].name, slot);
            }
        }
    }
    assert_true(hidden > 15);
}

static void what_vtl0_holds_is_not_told_to_vtl2(void **state)
{
    unsigned held = 0;

    (void)state;
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        if (features[i].iss == ISS_none || !any_held(i)) {
            continue;
        }
        held++;
        assert_true(seen(SLOT_VTL0, &features[i]));
        assert_true(cpu_offers(SLOT_VTL0, (enum register_feature)i));
        assert_false(seen(SLOT_VTL2, &features[i]));
        assert_false(cpu_offers(SLOT_VTL2, (enum register_feature)i));
    }
    assert_int_equal(held, 3); /* SVE, SME, PMU */
}

static void the_rest_is_told_to_both(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        if (all_absent(i) || is_buffer(i) || any_held(i) || features[i].iss == ISS_none) {
            continue;
        }
        assert_true(cpu_offers(SLOT_VTL0, (enum register_feature)i));
        assert_true(cpu_offers(SLOT_VTL2, (enum register_feature)i));
    }
    assert_true(cpu_offers(SLOT_VTL2, REGISTER_FEATURE_BASE));
    assert_true(cpu_offers(SLOT_VTL2, REGISTER_FEATURE_DEBUG));
}

static void a_cpu_without_it_has_none(void **state)
{
    (void)state;
    fake_sysreg_reset();
    cpu.pauth = false;
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        const bool base = features[i].iss == ISS_none;
        assert_int_equal(cpu_offers(SLOT_VTL0, (enum register_feature)i), base);
    }
    fake_sysreg_set("id_aa64dfr0_el1", UINT64_C(0xf00)); /* a PMU that is not the architecture's */
    assert_false(cpu_offers(SLOT_VTL0, REGISTER_FEATURE_PMU));
}

static void only_identification_is_answered(void **state)
{
    uint64_t value;

    (void)state;
    assert_false(cpu_id_register(SLOT_VTL0, 0, 0, &value));
    assert_false(cpu_id_register(SLOT_VTL0, 8, 0, &value));
    assert_false(cpu_id_register(SLOT_VTL0, 4, 8, &value));
    assert_true(cpu_id_register(SLOT_VTL0, 7, 7, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_absent_is_told_to_nobody, setup),
        cmocka_unit_test_setup(what_vtl0_holds_is_not_told_to_vtl2, setup),
        cmocka_unit_test_setup(the_rest_is_told_to_both, setup),
        cmocka_unit_test_setup(a_cpu_without_it_has_none, setup),
        cmocka_unit_test_setup(only_identification_is_answered, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
