/* SPDX-License-Identifier: BSD-3-Clause */
/* host/report/a64: encodings of Arm ARM C6.2, as an assembler makes them. */
#include "a64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PC UINT64_C(0x10004000)

struct row {
    uint32_t instruction;
    enum a64_kind kind;
    uint64_t target;
};

static void test_branches(void **state)
{
    static const struct row rows[] = {
        {0x94000040, A64_CALL, PC + 0x100},     /* bl #0x100 */
        {0x97ffffff, A64_CALL, PC - 4},         /* bl #-4 */
        {0x14000002, A64_JUMP, PC + 8},         /* b #8 */
        {0x16000000, A64_JUMP, PC - 0x8000000}, /* b #-0x8000000 */
        {0x54000081, A64_JUMP, PC + 0x10},      /* b.ne #0x10 */
        {0xb4ffff83, A64_JUMP, PC - 0x10},      /* cbz x3, #-16 */
        {0x35000103, A64_JUMP, PC + 0x20},      /* cbnz w3, #0x20 */
        {0xb643ffe1, A64_JUMP, PC + 0x7ffc},    /* tbz x1, #40, #0x7ffc */
        {0x371c0001, A64_JUMP, PC - 0x8000},    /* tbnz w1, #3, #-0x8000 */
        {0xb0000023, A64_PAGE, PC + 0x5000},    /* adrp x3, #0x5000 */
        {0xf0ffffe3, A64_PAGE, PC - 0x1000},    /* adrp x3, #-0x1000 */
        {0x70000023, A64_ADDRESS, PC + 7},      /* adr x3, #7 */
        {0x70fffffe, A64_ADDRESS, PC - 1},      /* adr x30, #-1 */
        {0xd65f03c0, A64_OTHER, 0},             /* ret */
        {0xd65f0bff, A64_OTHER, 0},             /* retaa */
        {0xd503201f, A64_OTHER, 0},             /* nop */
        {0x11001063, A64_OTHER, 0},             /* add w3, w3, #4 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct a64 code = a64_decode(rows[i].instruction, PC);

        assert_int_equal(code.kind, rows[i].kind);
        assert_int_equal(code.target, rows[i].target);
        assert_int_equal(code.stack, 0);
    }
}

static void test_page_of_an_address_within_it(void **state)
{
    (void)state;
    /* adrp counts from the page of its own address, adr from the address. */
    assert_int_equal(a64_decode(0xb0000023, PC + 0xffc).target, PC + 0x5000);
    assert_int_equal(a64_decode(0x70000023, PC + 0xffc).target, PC + 0x1003);
}

static void test_registers(void **state)
{
    static const struct {
        uint32_t instruction;
        enum a64_kind kind;
        unsigned source;
    } rows[] = {
        {0xd63f0100, A64_CALL_REGISTER, 8},  /* blr x8 */
        {0xd63f091f, A64_CALL_REGISTER, 8},  /* blraaz x8 */
        {0xd73f0909, A64_CALL_REGISTER, 8},  /* blraa x8, x9 */
        {0xd61f0200, A64_JUMP_REGISTER, 16}, /* br x16 */
        {0xd71f0a3f, A64_JUMP_REGISTER, 17}, /* braa x17, sp */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct a64 code = a64_decode(rows[i].instruction, PC);

        assert_int_equal(code.kind, rows[i].kind);
        assert_int_equal(code.source, rows[i].source);
    }
}

static void test_add(void **state)
{
    struct a64 code = a64_decode(0x912af063, PC); /* add x3, x3, #0xabc */

    (void)state;
    assert_int_equal(code.kind, A64_ADD);
    assert_int_equal(code.destination, 3);
    assert_int_equal(code.source, 3);
    assert_int_equal(code.constant, 0xabc);
    code = a64_decode(0x91400483, PC); /* add x3, x4, #1, lsl #12 */
    assert_int_equal(code.source, 4);
    assert_int_equal(code.constant, 0x1000);
}

static void test_stack(void **state)
{
    static const struct {
        uint32_t instruction;
        uint32_t bytes;
    } rows[] = {
        {0xd100c3ff, 48},   /* sub sp, sp, #48 */
        {0xd14007ff, 4096}, /* sub sp, sp, #1, lsl #12 */
        {0xa9ba7bfd, 96},   /* stp x29, x30, [sp, #-96]! */
        {0x6dbc27e8, 64},   /* stp d8, d9, [sp, #-64]! */
        {0xadbe27e8, 64},   /* stp q8, q9, [sp, #-64]! */
        {0xf81f0ff3, 16},   /* str x19, [sp, #-16]! */
        {0xa9027bfd, 0},    /* stp x29, x30, [sp, #32] */
        {0xa9ba783d, 0},    /* stp x29, x30, [x1, #-96]! */
        {0xd100c3e9, 0},    /* sub x9, sp, #48 */
        {0xa8c67bfd, 0},    /* ldp x29, x30, [sp], #96 */
        {0x9100c3ff, 0},    /* add sp, sp, #48 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct a64 code = a64_decode(rows[i].instruction, PC);

        assert_int_equal(code.stack, rows[i].bytes);
        assert_false(code.stack_unknown);
    }
    assert_true(a64_decode(0xcb2963ff, PC).stack_unknown); /* sub sp, sp, x9 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_branches),  cmocka_unit_test(test_page_of_an_address_within_it),
        cmocka_unit_test(test_registers), cmocka_unit_test(test_add),
        cmocka_unit_test(test_stack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
