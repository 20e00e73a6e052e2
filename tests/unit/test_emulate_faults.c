/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The instruction emulator where things go wrong: guests that change code, tables and registers
 * under it, hosts that refuse, accesses that no device takes. Nothing of the guest may change
 * unless the access was performed.
 */
#include "arm64.h"
#include "fake_vtl.h"
#include "vmm/vmm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CODE_GVA UINT64_C(0xffff800010000000)
#define CODE_GPA (FAKE_RAM_BASE + 0x1000)
#define DEVICE_GVA UINT64_C(0xffff800009000000)
#define DEVICE_GPA UINT64_C(0x0a000000)
#define OTHER_GPA UINT64_C(0x0b000000)

/* Encodings, as test_emulate checks them. */
#define LDR_X1_X2_8 0xf9400441u       /* ldr x1, [x2, #8] */
#define STR_X1_X2_8 0xf9000441u       /* str x1, [x2, #8] */
#define LDR_X1_X2_POST 0xf8408441u    /* ldr x1, [x2], #8 */
#define STR_X1_X2_POST 0xf8008441u    /* str x1, [x2], #8 */
#define LDR_X1_SP_POST 0xf84087e1u    /* ldr x1, [sp], #8 */
#define LDP_X1_X3_X2 0xa9400c41u      /* ldp x1, x3, [x2] */
#define STP_X1_X3_X2 0xa9000c41u      /* stp x1, x3, [x2] */
#define LDP_X1_X3_X2_POST 0xa8c10c41u /* ldp x1, x3, [x2], #16 */
#define LDR_Q1_X2 0x3dc00041u         /* ldr q1, [x2] */
#define STR_Q1_X2 0x3d800041u         /* str q1, [x2] */
#define LDR_X1_X2_X3 0xf8636841u      /* ldr x1, [x2, x3] */
#define LDADD_X1_X3_X2 0xf8210043u    /* ldadd x1, x3, [x2] */
#define CAS_X1_X3_X2 0xc8a17c43u      /* cas x1, x3, [x2] */

static unsigned reads;
static unsigned writes;
static unsigned refuse_after; /* accesses that the device still takes */
static uint64_t last_offset;
static uint64_t last_value;

static bool device_mmio(void *unused, struct mmio_access *access)
{
    (void)unused;
    if (refuse_after == 0) {
        return false;
    }
    refuse_after--;
    last_offset = access->offset;
    if (access->write) {
        writes++;
        last_value = access->value;
    } else {
        reads++;
        access->value = UINT64_C(0x1122334455667788);
    }
    return true;
}

static int other_device;

static bool other_mmio(void *device, struct mmio_access *access)
{
    assert_ptr_equal(device, &other_device);
    last_offset = access->offset + 0x10000;
    if (access->write) {
        writes++;
    } else {
        reads++;
        access->value = 0x99;
    }
    return true;
}

static const struct mmio_range ranges[] = {
    {"device", {DEVICE_GPA}, 0x1000, device_mmio, NULL},
    {"other", {OTHER_GPA}, 0x1000, other_mmio, &other_device},
};
static const struct vmm_ram ram = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

static struct fake_vtl before;

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    assert_int_equal(mmio_set(ranges, 2), PV_OK);
    assert_int_equal(guest_ram_set(&ram, 1), PV_OK);
    reads = 0;
    writes = 0;
    refuse_after = 100;
    last_offset = 0;
    for (unsigned i = 0; i < 31; i++) {
        fake.x[i] = i * UINT64_C(0x0101010101010101);
    }
    fake.x[2] = DEVICE_GVA + 0x100;
    fake.x[3] = 0;
    fake.registers[VTL_SP] = DEVICE_GVA + 0x100;
    fake_page_map(CODE_GVA, CODE_GPA, "rx");
    return 0;
}

static struct vtl_exit fault(uint32_t instruction, uint64_t offset, bool write)
{
    struct vtl_exit exit = {
        .kind = VTL_EXIT_MEMORY,
        .pc = gva(CODE_GVA + 0x20),
        .pstate = PSTATE_EL1H,
        .instruction_bytes = 4,
    };

    exit.memory.access = write ? VTL_WRITE : VTL_READ;
    exit.memory.gva_valid = true;
    exit.memory.instruction_valid = true;
    exit.memory.instruction = instruction;
    exit.memory.gva = gva(DEVICE_GVA + offset);
    exit.memory.gpa = gpa(DEVICE_GPA + offset);
    exit.memory.esr = (uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | ESR_IL |
                      ESR_FSC_TRANSLATION | 3 | (write ? ESR_WNR : 0);
    return exit;
}

static enum vmm_verdict emulate(const struct vtl_exit *exit)
{
    before = fake;
    return emulate_memory(&fake_vp, exit);
}

static void assert_untouched(void)
{
    assert_memory_equal(fake.x, before.x, sizeof(fake.x));
    assert_memory_equal(fake.q, before.q, sizeof(fake.q));
    assert_memory_equal(fake.registers, before.registers, sizeof(fake.registers));
    assert_memory_equal(fake.ram, before.ram, sizeof(fake.ram));
    assert_int_equal(fake.injections, 0);
}

static void assert_refused(const struct vtl_exit *exit, enum vmm_verdict verdict)
{
    assert_int_equal(emulate(exit), verdict);
    assert_untouched();
    assert_int_equal(reads + writes, 0);
}

/* ---- Which faults are emulated --------------------------------------------------------------- */

static void test_fault_status(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 128; i++) {
        struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);
        uint64_t fsc = i % 64;
        bool expected = fsc >= 0x04 && fsc <= 0x0f;

        exit.memory.esr = (exit.memory.esr & ~ESR_FSC_MASK) | fsc | (i < 64 ? 0 : ESR_ISV);
        reads = 0;
        assert_int_equal(emulate(&exit), expected ? VMM_ADVANCE : VMM_ABORT);
        assert_int_equal(reads, expected ? 1 : 0);
    }
}

static void test_exception_class(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 128; i++) {
        struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);
        uint64_t ec = i % 64;
        bool expected = ec == 0x24 || ec == 0x25;

        exit.memory.esr &= ~(ESR_EC_MASK << ESR_EC_SHIFT);
        exit.memory.esr |= ec << ESR_EC_SHIFT | (i < 64 ? 0 : ESR_ISV);
        assert_int_equal(emulate(&exit), expected ? VMM_ADVANCE : VMM_ABORT);
    }
}

static void test_execute_aborts(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    exit.memory.access = VTL_EXECUTE;
    assert_refused(&exit, VMM_ABORT);
    exit.memory.esr |= ESR_ISV | UINT64_C(3) << ESR_SAS_SHIFT;
    assert_refused(&exit, VMM_ABORT);
}

static void test_table_walk_aborts(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    exit.memory.esr |= ESR_S1PTW;
    assert_refused(&exit, VMM_ABORT);
    exit.memory.esr |= ESR_ISV | UINT64_C(3) << ESR_SAS_SHIFT;
    assert_refused(&exit, VMM_ABORT);
    /* AT of an address whose table is not there: CM and S1PTW. */
    exit.memory.esr |= ESR_CM;
    assert_refused(&exit, VMM_ABORT);
}

static void test_cache_maintenance_is_nothing(void **state)
{
    struct vtl_exit exit = fault(0xd50b7e22, 0x108, true); /* dc civac, x2 */

    (void)state;
    exit.memory.esr |= ESR_CM;
    assert_refused(&exit, VMM_ADVANCE);
    exit.memory.instruction_valid = false;
    exit.memory.gpa = gpa(0x12345000);
    assert_refused(&exit, VMM_ADVANCE);
    /* The architecture has no syndrome with it; a host may. */
    exit.memory.gpa = gpa(DEVICE_GPA + 0x108);
    exit.memory.esr |= ESR_ISV | UINT64_C(3) << ESR_SAS_SHIFT;
    assert_refused(&exit, VMM_ADVANCE);
}

static void test_aarch32_without_syndrome_aborts(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    exit.pstate = PSTATE_AARCH32;
    assert_refused(&exit, VMM_ABORT);
}

/* ---- Addresses without a device -------------------------------------------------------------- */

static void test_no_device(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    exit.memory.gpa = gpa(0x0c000108);
    assert_refused(&exit, VMM_ABORT);
    exit.memory.esr |= ESR_ISV | UINT64_C(2) << ESR_SAS_SHIFT | UINT64_C(1) << ESR_SRT_SHIFT;
    assert_refused(&exit, VMM_ABORT);
    exit.memory.gpa = gpa(UINT64_C(0xfffffffffffffffc));
    assert_refused(&exit, VMM_ABORT);
    exit.memory.gpa = gpa(DEVICE_GPA + 0xffc);
    exit.memory.esr |= UINT64_C(3) << ESR_SAS_SHIFT;
    assert_refused(&exit, VMM_ABORT);
}

/* RAM that is not mapped for some reason of the host's is no device: nothing is read from it. */
static void test_ram_is_no_device(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    exit.memory.gpa = gpa(FAKE_RAM_BASE + 0x108);
    assert_refused(&exit, VMM_ABORT);
}

static void test_unaligned_aborts(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x109, false);

    (void)state;
    fake.x[2] += 1;
    assert_refused(&exit, VMM_ABORT);
    exit.memory.esr |= ESR_ISV | UINT64_C(3) << ESR_SAS_SHIFT;
    assert_refused(&exit, VMM_ABORT);
}

static void test_device_refuses(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_POST, 0x100, false);

    (void)state;
    refuse_after = 0;
    assert_refused(&exit, VMM_ABORT);
    exit = fault(STR_X1_X2_POST, 0x100, true);
    assert_refused(&exit, VMM_ABORT);
    exit = fault(LDADD_X1_X3_X2, 0x100, false);
    fake_page_map(DEVICE_GVA, DEVICE_GPA, "rw");
    assert_refused(&exit, VMM_ABORT);
    exit = fault(CAS_X1_X3_X2, 0x100, false);
    assert_refused(&exit, VMM_ABORT);
}

/* The second half is refused: no register of the first, no writeback. */
static void test_half_done_leaves_no_register(void **state)
{
    struct vtl_exit exit = fault(LDP_X1_X3_X2_POST, 0x100, false);

    (void)state;
    refuse_after = 1;
    assert_int_equal(emulate(&exit), VMM_ABORT);
    assert_int_equal(reads, 1);
    assert_untouched();
    refuse_after = 1;
    exit = fault(LDR_Q1_X2, 0x100, false);
    assert_int_equal(emulate(&exit), VMM_ABORT);
    assert_untouched();
    /* The write half of an atomic. */
    refuse_after = 1;
    fake_page_map(DEVICE_GVA, DEVICE_GPA, "rw");
    exit = fault(LDADD_X1_X3_X2, 0x100, false);
    assert_int_equal(emulate(&exit), VMM_ABORT);
    assert_untouched();
    refuse_after = 1;
    fake.x[1] = UINT64_C(0x1122334455667788);
    exit = fault(CAS_X1_X3_X2, 0x100, false);
    assert_int_equal(emulate(&exit), VMM_ABORT);
    assert_untouched();
}

/* ---- A guest that changes things meanwhile --------------------------------------------------- */

static void test_other_address_retries(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    fake.x[2] += 0x40;
    assert_refused(&exit, VMM_RETRY);
    fake.x[2] -= 0x48;
    assert_refused(&exit, VMM_RETRY);
    fake.x[2] = 0;
    assert_refused(&exit, VMM_RETRY);
}

/* Stage 1 may allow reads alone: a load that became a store must not be carried out, nor the
 * reverse. */
static void test_other_direction_retries(void **state)
{
    struct vtl_exit exit = fault(STR_X1_X2_8, 0x108, false);

    (void)state;
    assert_refused(&exit, VMM_RETRY);
    exit = fault(LDR_X1_X2_8, 0x108, true);
    assert_refused(&exit, VMM_RETRY);
}

/* An atomic reports the read alone: stage 1 is asked whether the page may be written. */
static void test_atomic_needs_write_permission(void **state)
{
    struct vtl_exit exit = fault(LDADD_X1_X3_X2, 0x100, false);

    (void)state;
    fake_page_map(DEVICE_GVA, DEVICE_GPA, "r");
    assert_refused(&exit, VMM_RETRY);
    exit = fault(CAS_X1_X3_X2, 0x100, false);
    assert_refused(&exit, VMM_RETRY);
    fake.translate_error = PV_DENIED;
    assert_refused(&exit, VMM_ABORT);
}

/* ---- Tags, pages, translations --------------------------------------------------------------- */

static void test_tagged_address(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    fake.x[2] = (fake.x[2] & ~(UINT64_C(0xff) << 56)) | UINT64_C(0x5a) << 56;
    assert_int_equal(emulate(&exit), VMM_ADVANCE);
    assert_int_equal(last_offset, 0x108);
    assert_int_equal(fake.translations, 0);
}

static void test_without_gva_translates(void **state)
{
    struct vtl_exit exit = fault(LDR_X1_X2_8, 0x108, false);

    (void)state;
    exit.memory.gva_valid = false;
    assert_refused(&exit, VMM_RETRY); /* whatever stands there is no address */
    exit.memory.gva = gva(0);
    assert_refused(&exit, VMM_RETRY);
    fake_page_map(DEVICE_GVA, OTHER_GPA, "r");
    assert_int_equal(emulate(&exit), VMM_ADVANCE);
    assert_int_equal(last_offset, 0x10108);
    assert_int_equal(fake.x[1], 0x99);
}

/* A pair over a page border: the second page's device, or nothing at all. */
static void test_pair_over_page_border(void **state)
{
    struct vtl_exit exit = fault(LDP_X1_X3_X2, 0xff8, false);

    (void)state;
    fake.x[2] = DEVICE_GVA + 0xff8;
    assert_refused(&exit, VMM_RETRY); /* no translation: the guest's own fault */
    assert_true(fake.last_translated == DEVICE_GVA + 0x1000);
    fake_page_map(DEVICE_GVA + 0x1000, OTHER_GPA, "r");
    assert_int_equal(emulate(&exit), VMM_ADVANCE);
    assert_int_equal(reads, 2);
    assert_int_equal(last_offset, 0x10000);
    assert_true(fake.x[1] == UINT64_C(0x1122334455667788));
    assert_int_equal(fake.x[3], 0x99);
    /* The same as a store: the second page may not be written. */
    reads = 0;
    exit = fault(STP_X1_X3_X2, 0xff8, true);
    assert_refused(&exit, VMM_RETRY);
}

/* A pair of which one half is RAM has two memory types: CONSTRAINED UNPREDICTABLE, refused. */
static void test_pair_half_in_ram_aborts(void **state)
{
    struct vtl_exit exit = fault(STP_X1_X3_X2, 0xff8, true);

    (void)state;
    fake.x[2] = DEVICE_GVA + 0xff8;
    fake_page_map(DEVICE_GVA + 0x1000, FAKE_RAM_BASE, "rw");
    assert_refused(&exit, VMM_ABORT);
    exit.memory.gva = gva(DEVICE_GVA);
    exit.memory.gpa = gpa(DEVICE_GPA);
    fake.x[2] = DEVICE_GVA - 8;
    fake_page_map(DEVICE_GVA - 0x1000, FAKE_RAM_BASE, "rw");
    assert_refused(&exit, VMM_ABORT);
}

/* Tagged, over the border: stage 1 is asked for the address, sign-extended, without the tag. */
static void test_tag_is_not_translated(void **state)
{
    struct vtl_exit exit = fault(LDP_X1_X3_X2, 0xff8, false);

    (void)state;
    fake.x[2] = ((DEVICE_GVA + 0xff8) & ~(UINT64_C(0xff) << 56)) | UINT64_C(0x12) << 56;
    assert_refused(&exit, VMM_RETRY);
    assert_true(fake.last_translated == DEVICE_GVA + 0x1000);
}

/* ---- Fetching -------------------------------------------------------------------------------- */

static void test_fetch(void **state)
{
    struct vtl_exit exit = fault(0, 0x108, false);
    const uint8_t code[4] = {0x41, 0x04, 0x40, 0xf9}; /* LDR_X1_X2_8, little endian */

    (void)state;
    exit.memory.instruction_valid = false;
    memcpy(&fake.ram[0x1020], code, sizeof(code));
    assert_int_equal(emulate(&exit), VMM_ADVANCE);
    assert_true(fake.last_translated == CODE_GVA + 0x20);
    assert_true(fake.x[1] == UINT64_C(0x1122334455667788));
}

static void test_fetch_fails(void **state)
{
    struct vtl_exit exit = fault(0, 0x108, false);
    const uint32_t instruction = LDR_X1_X2_8;

    (void)state;
    exit.memory.instruction_valid = false;
    memcpy(&fake.ram[0x1022], &instruction, sizeof(instruction));
    exit.pc = gva(CODE_GVA + 0x22); /* a host that lies */
    assert_refused(&exit, VMM_ABORT);
    exit.pc = gva(CODE_GVA + 0x5000); /* unmapped meanwhile */
    assert_refused(&exit, VMM_RETRY);
    exit.pc = gva(CODE_GVA + 0x20);
    fake.translate_error = PV_DENIED;
    assert_refused(&exit, VMM_ABORT);
    fake.translate_error = PV_OK;
    fake.copy_error = PV_FAULT;
    assert_refused(&exit, VMM_ABORT);
    fake.copy_error = PV_OK;
    fake.pages[0].gpa = FAKE_RAM_BASE + FAKE_RAM_BYTES; /* code outside RAM */
    assert_refused(&exit, VMM_ABORT);
}

/* ---- A host that refuses registers ----------------------------------------------------------- */

struct refusal {
    uint32_t instruction;
    bool write;
    uint32_t x_get; /* bit a register */
    uint32_t x_set;
    uint32_t q;
    uint32_t get;
    uint32_t set;
};

/* The registers that a host keeps for itself: it can refuse those alone. */
#define LDR_X18_X29_8 0xf94007b2u     /* ldr x18, [x29, #8] */
#define STR_X18_X29_8 0xf90007b2u     /* str x18, [x29, #8] */
#define LDR_X18_X29_POST 0xf84087b2u  /* ldr x18, [x29], #8 */
#define LDR_X18_SP_POST 0xf84087f2u   /* ldr x18, [sp], #8 */
#define LDP_X18_X30_X29 0xa9407bb2u   /* ldp x18, x30, [x29] */
#define STP_X18_X30_X29 0xa9007bb2u   /* stp x18, x30, [x29] */
#define LDR_Q1_X29 0x3dc003a1u        /* ldr q1, [x29] */
#define STR_Q1_X29 0x3d8003a1u        /* str q1, [x29] */
#define LDR_X18_X29_X30 0xf87e6bb2u   /* ldr x18, [x29, x30] */
#define LDADD_X18_X30_X29 0xf83203beu /* ldadd x18, x30, [x29] */
#define CAS_X18_X30_X29 0xc8b27fbeu   /* cas x18, x30, [x29] */

static void test_host_refuses_registers(void **state)
{
    static const struct refusal refusals[] = {
        {LDR_X18_X29_8, false, 1u << 29, 0, 0, 0, 0},
        {LDR_X18_X29_8, false, 0, 1u << 18, 0, 0, 0},
        {LDR_X18_X29_POST, false, 0, 1u << 29, 0, 0, 0},
        {LDR_X18_X29_X30, false, 1u << 30, 0, 0, 0, 0},
        {LDR_X18_SP_POST, false, 0, 0, 0, 1u << VTL_SP, 0},
        {LDR_X18_SP_POST, false, 0, 0, 0, 0, 1u << VTL_SP},
        {STR_X18_X29_8, true, 1u << 18, 0, 0, 0, 0},
        {STP_X18_X30_X29, true, 1u << 30, 0, 0, 0, 0},
        {LDP_X18_X30_X29, false, 0, 1u << 30, 0, 0, 0},
        {LDR_Q1_X29, false, 0, 0, 1u << 1, 0, 0},
        {STR_Q1_X29, true, 0, 0, 1u << 1, 0, 0},
        {LDADD_X18_X30_X29, false, 1u << 18, 0, 0, 0, 0},
        {LDADD_X18_X30_X29, false, 0, 1u << 30, 0, 0, 0},
        {CAS_X18_X30_X29, false, 1u << 18, 0, 0, 0, 0},
        {CAS_X18_X30_X29, false, 1u << 30, 0, 0, 0, 0},
        {CAS_X18_X30_X29, false, 0, 1u << 18, 0, 0, 0},
    };

    fake_page_map(DEVICE_GVA, DEVICE_GPA, "rw");
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *row = &refusals[i];
        bool immediate = row->instruction == LDR_X18_X29_8 || row->instruction == STR_X18_X29_8;
        struct vtl_exit exit = fault(row->instruction, immediate ? 0x108 : 0x100, row->write);

        fake.x[29] = DEVICE_GVA + 0x100;
        fake.x[30] = 0;
        fake.registers[VTL_SP] = DEVICE_GVA + 0x100;
        writes = 0;
        fake.refuse_x_get = row->x_get;
        fake.refuse_x_set = row->x_set;
        fake.refuse_q = row->q;
        fake.refuse_get = row->get;
        fake.refuse_set = row->set;
        if (emulate(&exit) != VMM_STOP) {
            fail_msg("row %zu", i);
        }
        if (row->x_get != 0 || row->get != 0 || (row->q != 0 && row->write)) {
            assert_untouched();
            assert_int_equal(writes, 0);
        }
    }
}

static void test_host_refuses_syndrome_registers(void **state)
{
    struct vtl_exit exit = fault(0, 0x108, true);

    (void)state;
    exit.memory.esr |= ESR_ISV | UINT64_C(2) << ESR_SAS_SHIFT | UINT64_C(30) << ESR_SRT_SHIFT;
    fake.refuse_x_get = 1u << 30;
    assert_refused(&exit, VMM_STOP);
    fake.refuse_x_get = 0;
    fake.refuse_x_set = 1u << 30;
    exit.memory.esr &= ~ESR_WNR;
    assert_int_equal(emulate(&exit), VMM_STOP);
    assert_untouched();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_fault_status, setup),
        cmocka_unit_test_setup(test_exception_class, setup),
        cmocka_unit_test_setup(test_execute_aborts, setup),
        cmocka_unit_test_setup(test_table_walk_aborts, setup),
        cmocka_unit_test_setup(test_cache_maintenance_is_nothing, setup),
        cmocka_unit_test_setup(test_aarch32_without_syndrome_aborts, setup),
        cmocka_unit_test_setup(test_no_device, setup),
        cmocka_unit_test_setup(test_ram_is_no_device, setup),
        cmocka_unit_test_setup(test_unaligned_aborts, setup),
        cmocka_unit_test_setup(test_device_refuses, setup),
        cmocka_unit_test_setup(test_half_done_leaves_no_register, setup),
        cmocka_unit_test_setup(test_other_address_retries, setup),
        cmocka_unit_test_setup(test_other_direction_retries, setup),
        cmocka_unit_test_setup(test_atomic_needs_write_permission, setup),
        cmocka_unit_test_setup(test_tagged_address, setup),
        cmocka_unit_test_setup(test_without_gva_translates, setup),
        cmocka_unit_test_setup(test_pair_over_page_border, setup),
        cmocka_unit_test_setup(test_pair_half_in_ram_aborts, setup),
        cmocka_unit_test_setup(test_tag_is_not_translated, setup),
        cmocka_unit_test_setup(test_fetch, setup),
        cmocka_unit_test_setup(test_fetch_fails, setup),
        cmocka_unit_test_setup(test_host_refuses_registers, setup),
        cmocka_unit_test_setup(test_host_refuses_syndrome_registers, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
