/* SPDX-License-Identifier: BSD-3-Clause */
/* The register table agrees with itself: what no row on its own can show. */
#include "arm64.h"
#include "registers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *name;
    const char *operand;
    uint32_t op1;
    uint32_t iss;
    uint32_t hyperv;
    uint64_t reset;
    enum register_access access;
    enum register_feature feature;
    enum register_class class;
    enum register_saver saver;
};

static const struct row rows[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, reset, \
                 source)                                                                      \
    {#name,                                                                                   \
     REGISTER_OPERAND(op0, op1, crn, crm, op2),                                               \
     op1,                                                                                     \
     REGISTER_ISS(op0, op1, crn, crm, op2),                                                   \
     hyperv,                                                                                  \
     reset,                                                                                   \
     REGISTER_ACCESS_##access,                                                                \
     REGISTER_FEATURE_##feature,                                                              \
     REGISTER_CLASS_##class,                                                                  \
     REGISTER_SAVER_##saver},
#include "registers.def"
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static bool same_letters(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static void names_and_encodings_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        for (size_t j = i + 1; j < ROW_COUNT; j++) {
            if (same_letters(rows[i].name, rows[j].name) || rows[i].iss == rows[j].iss ||
                (rows[i].hyperv != 0 && rows[i].hyperv == rows[j].hyperv)) {
                fail_msg("%s and %s are one", rows[i].name, rows[j].name);
            }
        }
    }
}

/* The syndrome of a trapped MRS is op0 21:20, op2 19:17, op1 16:14, CRn 13:10, CRm 4:1 (Arm ARM D19.2.37). */
static void operand_and_syndrome_say_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char text[32];
        const uint32_t iss = rows[i].iss;

        assert_int_equal(iss & ~REGISTER_ISS_MASK, 0);
        (void)snprintf(text, sizeof(text), "S%u_%u_C%u_C%u_%u", iss >> 20 & 3, iss >> 14 & 7,
                       iss >> 10 & 15, iss >> 1 & 15, iss >> 17 & 7);
        assert_string_equal(rows[i].operand, text);
    }
}

/* Arm ARM C5.1.2: op1 3 is EL0's; 4, 5 and 6 are of EL2 and EL3. Names end in the exception level. */
static void name_and_encoding_agree_on_the_exception_level(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const bool el0 = strstr(rows[i].name, "_el0") != NULL;
        const bool el1 = strstr(rows[i].name, "_el1") != NULL;

        if ((el0 && rows[i].op1 != 3) ||
            (el1 && rows[i].op1 > 2 && !same_letters(rows[i].name, "sp_el1"))) {
            /* SP_EL0 is the one register of EL0 that only EL1 names. */
            assert_string_equal(rows[i].name, "sp_el0");
        }
    }
}

/* Who may save what, by what the columns of registers.h mean. */
static bool saver_fits(const struct row *row)
{
    switch (row->class) {
    case REGISTER_CLASS_PRIVATE:
        return row->saver != REGISTER_SAVER_NONE && row->saver != REGISTER_SAVER_VTL2 &&
               row->saver != REGISTER_SAVER_GUARD;
    case REGISTER_CLASS_SHARED:
        return row->saver == REGISTER_SAVER_VTL2 || row->saver == REGISTER_SAVER_TRAP ||
               (row->saver == REGISTER_SAVER_NONE && row->access == REGISTER_ACCESS_RO);
    case REGISTER_CLASS_GUARDED:
        return row->saver == REGISTER_SAVER_GUARD;
    case REGISTER_CLASS_TRAPPED:
    case REGISTER_CLASS_ABSENT:
        return row->saver == REGISTER_SAVER_TRAP;
    default:
        return false;
    }
}

static void saver_and_class_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!saver_fits(&rows[i])) {
            fail_msg("%s: its saver can't make its class", rows[i].name);
        }
    }
}

/* A feature that is always there can't be absent; a reset value needs somebody who resets. */
static void features_and_resets_make_sense(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].class == REGISTER_CLASS_ABSENT) {
            assert_int_not_equal(rows[i].feature, REGISTER_FEATURE_BASE);
        }
        if (rows[i].reset != 0) {
            assert_int_equal(rows[i].saver, REGISTER_SAVER_SWITCH);
        }
    }
}

static const struct row *find(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (same_letters(rows[i].name, name)) {
            return &rows[i];
        }
    }
    fail_msg("no row %s", name);
    return NULL;
}

/* TLFS vsm names these as private on ARM64; datatypes/hv_register_name gives the numbers. */
static void what_tlfs_names_is_as_it_says(void **state)
{
    static const struct {
        const char *name;
        uint32_t hyperv;
    } private[] = {
        {"sctlr_el1", 0x40002}, {"cpacr_el1", 0x40004},      {"ttbr0_el1", 0x40005},
        {"ttbr1_el1", 0x40006}, {"tcr_el1", 0x40007},        {"esr_el1", 0x40008},
        {"far_el1", 0x40009},   {"mair_el1", 0x4000b},       {"vbar_el1", 0x4000c},
        {"tpidr_el1", 0x4000e}, {"contextidr_el1", 0x4000d}, {"tpidrro_el0", 0x40010},
        {"tpidr_el0", 0x40011}, {"fpcr", 0x40012},           {"fpsr", 0x40013},
        {"spsr_el1", 0x40014},  {"elr_el1", 0x40015},        {"afsr0_el1", 0x40016},
        {"amair_el1", 0x40018}, {"smcr_el1", 0x4005d},       {"zcr_el1", 0x40071},
        {"mdscr_el1", 0x5004d}, {"pmcr_el0", 0x52006},       {"cntkctl_el1", 0x58008},
        {"pmbsr_el1", 0x54003}, {"cntv_ctl_el0", 0x5800e},   {"cntv_cval_el0", 0x5800f},
        {"sp_el0", 0x20020},    {"sp_el1", 0x20021},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
        const struct row *row = find(private[i].name);

        assert_int_equal(row->class, REGISTER_CLASS_PRIVATE);
        assert_int_equal(row->hyperv, private[i].hyperv);
    }
    assert_int_equal(find("pmbptr_el1")->class, REGISTER_CLASS_SHARED);
    assert_int_equal(find("pmblimitr_el1")->class, REGISTER_CLASS_GUARDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_encodings_are_unique),
        cmocka_unit_test(operand_and_syndrome_say_the_same),
        cmocka_unit_test(name_and_encoding_agree_on_the_exception_level),
        cmocka_unit_test(saver_and_class_agree),
        cmocka_unit_test(features_and_resets_make_sense),
        cmocka_unit_test(what_tlfs_names_is_as_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
