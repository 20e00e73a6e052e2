/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exit decode against messages typed byte by byte from the contract: reference sections 5.1
 * (message), 5.3 (header), 5.4 (memory), 5.5 (hypercall, reset).
 */
#include "hv/exit.h"
#include "hv/message.h"
#include "vtl_test.h"

#include <string.h>

#include <cmocka.h>

/*
 * Head: type @0, payload size @4. Payload @16: VP @0, length @4, access @5, state @6, PC @8, CPSR
 * @16.
 */
static const uint8_t memory_message[256] = {
    [0] = 0x00,  [3] = 0x80,  [4] = 0x40, [16] = 3, [20] = 4, [21] = 1,    [22] = 0x01,
    [24] = 0x78, 0x56,        0x34,       0x12,     0x00,     0x80,        0xff,
    0xff,        [32] = 0xc5, 0x03,       0x00,     0x60,     [40] = 0x00, /* cache type */
    [44] = 4,    0x03,                          /* instruction bytes, GVA and GVA-GPA valid */
    [48] = 0x20, 0x00,        0x00,       0xb9, /* str w0, [x1] */
    [56] = 0x18, 0x00,        0x00,       0x09,     0x00,     0x80,        0xff,
    0xff,        [64] = 0x18, 0x00,       0x00,     0x09,     [72] = 0x47, 0x00,
    0x80,        0x93,
};

static uint32_t other_reason;

void hv_entry_other(struct vtl_vp *vp, uint32_t reason, struct vtl_exit *exit)
{
    (void)vp;
    (void)exit;
    other_reason = reason;
}

static struct vtl_vp vp;

/* By the intercept page, as an entry with reason 3 (reference 4.1) brings it: @8 and @0x70. */
static void decode(const uint8_t *bytes, uint32_t index, struct vtl_exit *exit)
{
    static uint8_t assist[4096] __attribute__((aligned(4096)));

    memset(assist, 0, sizeof(assist));
    assist[8] = 3;
    memcpy(&assist[0x70], bytes, 256);
    memset(exit, 0xa5, sizeof(*exit));
    vp = (struct vtl_vp){.index = index, .assist = (void *)assist, .exit = exit};
    fake_message_reset();
    hv_exit_init(&vp);
    hv_entry(&vp);
}

static void test_memory(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct vtl_exit exit;
    memcpy(bytes, memory_message, sizeof(bytes));
    decode(bytes, 3, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
    assert_int_equal(exit.pc.raw, 0xffff800012345678);
    assert_int_equal(exit.pstate, 0x600003c5);
    assert_int_equal(exit.instruction_bytes, 4);
    assert_int_equal(exit.memory.access, VTL_WRITE);
    assert_true(exit.memory.gva_valid);
    assert_true(exit.memory.instruction_valid);
    assert_int_equal(exit.memory.instruction, 0xb9000020);
    assert_int_equal(exit.memory.gva.raw, 0xffff800009000018);
    assert_int_equal(exit.memory.gpa.raw, 0x09000018);
    assert_int_equal(exit.memory.esr, 0x93800047);
    assert_ptr_equal(vp.state, &exit);
    /* Each word that means something, once: 0, 2-5, 6-9. fake_message.c has changed them since. */
    assert_int_equal(fake_message_words, 0x3fd);
}

static void test_memory_variants(void **state)
{
    (void)state;
    uint8_t bytes[256];
    struct vtl_exit exit;
    memcpy(bytes, memory_message, sizeof(bytes));
    bytes[0] = 0x01; /* protection */
    bytes[21] = 2;   /* execute */
    bytes[20] = 2;   /* T32 */
    bytes[44] = 0;   /* no instruction bytes */
    bytes[45] = 0;   /* no GVA */
    decode(bytes, 3, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_PROTECTION);
    assert_int_equal(exit.memory.access, VTL_EXECUTE);
    assert_int_equal(exit.instruction_bytes, 2);
    assert_false(exit.memory.instruction_valid);
    assert_false(exit.memory.gva_valid);
    bytes[0] = 0x03; /* unaccepted */
    decode(bytes, 3, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
}

static void test_hypercall(void **state)
{
    (void)state;
    uint8_t bytes[256] = {[0] = 0x50, [3] = 0x80,  [4] = 0xb0, [16] = 0,    [20] = 4, [21] = 2,
                          [22] = 1,   [24] = 0x00, 0x10,       [32] = 0xc5, 0x03,     [40] = 1};
    struct vtl_exit exit;
    decode(bytes, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_HYPERCALL);
    assert_int_equal(exit.hypercall.immediate, 1);
    assert_int_equal(exit.pc.raw, 0x1000);
    bytes[40] = 2; /* neither SMCCC nor HVC #1 */
    decode(bytes, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_UNKNOWN);
    assert_int_equal(exit.unknown.type, 0x80000050);
}

static void test_reset(void **state)
{
    (void)state;
    uint8_t bytes[256] = {[0] = 0x0c, [2] = 0x01, [3] = 0x80,  [4] = 0x20, [20] = 4,
                          [22] = 1,   [40] = 2,   [44] = 0x01, [47] = 0x80};
    struct vtl_exit exit;
    decode(bytes, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_RESET);
    assert_int_equal(exit.reset.type, HV_RESET_SYSTEM_RESET);
    assert_int_equal(exit.reset.code, 0x80000001);
    bytes[40] = 4;
    decode(bytes, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_UNKNOWN);
}

static void test_sint(void **state)
{
    (void)state;
    uint8_t bytes[256] = {[0] = 0x62, [3] = 0x80, [4] = 0x20, [40] = 4};
    struct vtl_exit exit;
    decode(bytes, 0, &exit);
    assert_int_equal(exit.kind, VTL_EXIT_SINT);
    assert_null(vp.state);
}

/*
 * The usual message and one that is not quite (another payload size, a length of 0 for 4, another
 * type) are read by different code: the same exit comes out.
 */
static void test_ways_agree(void **state)
{
    (void)state;
    static const struct {
        unsigned offset;
        uint8_t value;
    } unusual[] = {{4, 0x41}, {4, 0xf0}, {20, 0}, {0, 0x03}};
    for (unsigned round = 0; round < 1000; round++) {
        uint8_t bytes[256];
        struct vtl_exit exit;
        struct vtl_exit other;
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (uint8_t)(round * 31 + i * 7 + (round >> 3) * (i ^ 5));
        }
        memcpy(bytes, memory_message, 23);
        bytes[21] &= 1;
        bytes[44] = round % 3 == 0 ? 0 : 4;
        memset(&exit, 0, sizeof(exit));
        decode(bytes, 3, &exit);
        assert_int_equal(exit.kind, VTL_EXIT_MEMORY);
        struct vtl_vp usual = vp;
        bytes[unusual[round % 4].offset] = unusual[round % 4].value;
        decode(bytes, 3, &other);
        assert_memory_equal(&exit, &other, sizeof(exit));
        assert_ptr_equal(usual.state, &exit);
        assert_ptr_equal(vp.state, &other);
    }
}

static void test_other_reasons(void **state)
{
    (void)state;
    static const uint32_t reasons[] = {0, 1, 2, 4, 0x103, 0xffffffff};
    static uint32_t assist[1024];
    struct vtl_exit exit = {0};
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        assist[2] = reasons[i];
        vp = (struct vtl_vp){.assist = (void *)assist, .exit = &exit};
        fake_message_reset();
        hv_entry(&vp);
        assert_int_equal(other_reason, reasons[i]);
        assert_int_equal(fake_message_words, 0);
    }
}

/* One byte each that the contract does not have. */
static void test_wrong(void **state)
{
    (void)state;
    static const struct {
        unsigned offset;
        uint8_t value;
    } wrong[] = {
        {0, 0x7f},           /* no such type */
        {3, 0x00},           /* the type of no message */
        {4, 0x3f},           /* payload too short */
        {4, 0xf1},           /* payload longer than a message */
        {16, 2},             /* another VP */
        {20, 3},             /* instruction of 3 bytes */
        {20, 255},  {21, 3}, /* access */
        {22, 0x11},          /* VTL1 */
        {22, 0x21},          /* VTL2 */
        {22, 0x02},          /* EL2 */
        {44, 1},             /* one instruction byte */
        {44, 5},    {44, 255},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        uint8_t bytes[256];
        struct vtl_exit exit;
        memcpy(bytes, memory_message, sizeof(bytes));
        bytes[wrong[i].offset] = wrong[i].value;
        decode(bytes, 3, &exit);
        if (exit.kind != VTL_EXIT_UNKNOWN) {
            fail_msg("byte %u = 0x%x was taken", wrong[i].offset, wrong[i].value);
        }
        char line[120] = {0};
        assert_true(log_copy(line, sizeof(line) - 1) > 0);
        assert_non_null(strstr(line, "exit: message 0x"));
        assert_null(vp.state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),     cmocka_unit_test(test_memory_variants),
        cmocka_unit_test(test_hypercall),  cmocka_unit_test(test_reset),
        cmocka_unit_test(test_sint),       cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_ways_agree), cmocka_unit_test(test_other_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
