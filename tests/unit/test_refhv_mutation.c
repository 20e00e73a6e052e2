/* SPDX-License-Identifier: BSD-3-Clause */
/* refhv_mutant's own part: the option, and what each kind of row becomes. Expectations: mutation.h; IHI 0069, 12.4.8. */
#include "arm64.h"
#include "machine_fdt.h"
#include "mutation.h"
#include "registers_el1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *take(const char *line)
{
    struct machine_options options = {0};

    mutation = MUTATION_NONE;
    return machine_options_parse(&options, line);
}

static void the_option_names_a_row_or_a_state(void **state)
{
    (void)state;
    assert_null(take("x29=shared break=tpidr_el1 -- break=x"));
    assert_int_equal(mutation, MUTATION_tpidr_el1);
    assert_true(BROKEN(tpidr_el1));
    assert_false(BROKEN(tpidr_el0));
    assert_null(take("break=z0"));
    assert_true(BROKEN(z0));
    assert_null(take("x29=shared"));
    assert_int_equal(mutation, MUTATION_NONE);
}

/* Scripts look for "refhv: fatal: no row NAME". */
static void an_unknown_name_is_told(void **state)
{
    (void)state;
    assert_string_equal(take("break=tpidr_el9"), "no row tpidr_el9");
    assert_string_equal(take("break=tpidr_el"), "no row tpidr_el");
    assert_non_null(take("break="));
    assert_non_null(
        take("break=a_name_that_is_longer_than_any_message_has_room_for_and_then_a_bit"));
}

static void every_row_is_taken(void **state)
{
    static const char *const names[] = {
#define REGISTER(name, ...) "break=" #name,
#define STATE(name, ...) "break=" #name,
#include "registers.def"
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_null(take(names[i]));
        assert_int_equal(mutation, i + 1);
    }
}

static void trapped_rows(void **state)
{
    (void)state;
    assert_null(take("break=lorsa_el1"));
    assert_true(mutation_traps(ISS_lorsa_el1));
    assert_false(mutation_traps(ISS_lorea_el1));
    assert_null(take("break=x18")); /* a state has no syndrome */
    assert_false(mutation_traps(ISS_none));
    assert_null(take(""));
    assert_false(mutation_traps(ISS_none));
}

static void parts_of_a_register(void **state)
{
    (void)state;
    assert_null(take("break=icc_pmr_el1"));
    assert_int_equal(mutation_vmcr(0x11223344, 0xaabbccdd), 0xaa223344);
    assert_null(take("break=icc_igrpen1_el1"));
    assert_int_equal(mutation_vmcr(0, 0xffffffff), 2);
    assert_null(take("break=nzcv"));
    assert_int_equal(mutation_pstate(0x600003c5, 0x90000005), 0x900003c5);
    assert_null(take("break=tpidr_el1"));
    assert_int_equal(mutation_vmcr(1, 2), 1);
    assert_int_equal(mutation_pstate(PSTATE_EL1H, 0), PSTATE_EL1H);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_option_names_a_row_or_a_state),
        cmocka_unit_test(an_unknown_name_is_told),
        cmocka_unit_test(every_row_is_taken),
        cmocka_unit_test(trapped_rows),
        cmocka_unit_test(parts_of_a_register),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
