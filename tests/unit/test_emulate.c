/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The instruction emulator against a table from the Arm ARM: what reaches the device, in which
 * order and sizes, and every register of the guest afterwards.
 */
#include "arm64.h"
#include "emulate_table.h"
#include "fake_vtl.h"
#include "vmm/vmm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define PC_GVA UINT64_C(0xffff800008010400)
#define DEVICE_GVA UINT64_C(0xffff800009000000)
#define DEVICE_GPA UINT64_C(0x0a000000)
#define DEVICE_BYTES 0x2000u
#define BASE_OFFSET 0x800u
#define ACCESSES_MAX 16u

struct seen_access {
    uint64_t offset;
    uint8_t bytes;
    bool write;
    uint64_t value;
};

/* A device that is memory, and remembers who came. */
static uint8_t device[DEVICE_BYTES];
static struct seen_access seen[ACCESSES_MAX];
static size_t seen_count;

static uint64_t little_endian(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < count; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

static bool device_mmio(void *unused, struct mmio_access *access)
{
    (void)unused;
    assert_true(access->offset + access->bytes <= DEVICE_BYTES);
    assert_true(seen_count < ACCESSES_MAX);
    if (access->write) {
        for (unsigned i = 0; i < access->bytes; i++) {
            device[access->offset + i] = (uint8_t)(access->value >> (8 * i));
        }
    } else {
        access->value = little_endian(&device[access->offset], access->bytes);
    }
    seen[seen_count++] =
        (struct seen_access){access->offset, access->bytes, access->write, access->value};
    return true;
}

static const struct mmio_range ranges[] = {
    {"device", {DEVICE_GPA}, DEVICE_BYTES, device_mmio, NULL},
};

/* The guest with a different value everywhere, and a device whose every second byte is negative. */
static void scene(void)
{
    fake_vtl_reset();
    assert_int_equal(mmio_set(ranges, COUNT_OF(ranges)), PV_OK);
    seen_count = 0;
    for (unsigned i = 0; i < DEVICE_BYTES; i++) {
        device[i] = (uint8_t)(i * 7 + (i % 2 == 0 ? 0x91 : 0x13));
    }
    for (unsigned i = 0; i < 31; i++) {
        fake.x[i] = UINT64_C(0xa5c3e10000000000) + i * UINT64_C(0x0001010101010101);
    }
    for (unsigned i = 0; i < 32; i++) {
        for (unsigned j = 0; j < 16; j++) {
            fake.q[i][j] = (uint8_t)(i * 16 + j + 1);
        }
    }
    fake.registers[VTL_SP] = UINT64_C(0xffff800008123450);
    fake.registers[VTL_PC] = PC_GVA;
    fake_page_map(DEVICE_GVA, DEVICE_GPA, "rw");
}

static struct vtl_exit data_abort(uint32_t instruction, uint64_t address, bool write)
{
    struct vtl_exit exit = {
        .kind = VTL_EXIT_MEMORY,
        .pc = gva(PC_GVA),
        .pstate = PSTATE_EL1H,
        .instruction_bytes = 4,
    };

    exit.memory.access = write ? VTL_WRITE : VTL_READ;
    exit.memory.gva_valid = true;
    exit.memory.instruction_valid = true;
    exit.memory.instruction = instruction;
    exit.memory.gva = gva(address);
    exit.memory.gpa = gpa(DEVICE_GPA + (address - DEVICE_GVA));
    exit.memory.esr = (uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | ESR_IL |
                      ESR_FSC_TRANSLATION | 2 | (write ? ESR_WNR : 0);
    return exit;
}

static void base_put(uint8_t rn, uint64_t value)
{
    if (rn == BASE_SP) {
        fake.registers[VTL_SP] = value;
    } else {
        fake.x[rn] = value;
    }
}

/* The architecture's result of loading `bytes` into an X register. */
static uint64_t extended(uint64_t value, unsigned bytes, unsigned sign)
{
    uint64_t top = UINT64_C(1) << (bytes * 8 - 1);

    if (sign == 0 || (value & top) == 0) {
        return value;
    }
    value |= ~(top | (top - 1));
    return sign == 32 ? value & UINT64_C(0xffffffff) : value;
}

static void assert_guest_is(const struct fake_vtl *expected, const char *text)
{
    for (unsigned i = 0; i < 31; i++) {
        if (fake.x[i] != expected->x[i]) {
            fail_msg("%s: x%u is %llx, not %llx", text, i, (unsigned long long)fake.x[i],
                     (unsigned long long)expected->x[i]);
        }
    }
    for (unsigned i = 0; i < 32; i++) {
        if (memcmp(fake.q[i], expected->q[i], 16) != 0) {
            fail_msg("%s: q%u", text, i);
        }
    }
    for (unsigned i = 0; i < VTL_REGISTERS; i++) {
        if (fake.registers[i] != expected->registers[i]) {
            fail_msg("%s: register %u", text, i);
        }
    }
}

/* Bytes [offset, offset + total) in ascending pieces of at most 8, all of one direction. */
static void assert_accesses(uint64_t offset, unsigned element, unsigned count, bool write,
                            const char *text)
{
    unsigned piece = element < 8 ? element : 8;
    unsigned pieces = element / piece * count;

    if (seen_count != pieces) {
        fail_msg("%s: %zu accesses, not %u", text, seen_count, pieces);
    }
    for (unsigned i = 0; i < pieces; i++) {
        if (seen[i].offset != offset + i * piece || seen[i].bytes != piece ||
            seen[i].write != write) {
            fail_msg("%s: access %u: offset %llx, %u bytes", text, i,
                     (unsigned long long)seen[i].offset, seen[i].bytes);
        }
    }
}

struct expectation {
    uint32_t encoding;
    const char *text;
    bool store;
    unsigned bytes;
    unsigned count;
    unsigned sign;
    bool simd;
    uint8_t target[2];
    uint64_t offset; /* in the device */
    uint8_t written_back;
    uint64_t base_after;
};

static void expect_load(const struct expectation *row, struct fake_vtl *guest)
{
    for (unsigned i = 0; i < row->count; i++) {
        const uint8_t *from = &device[row->offset + i * row->bytes];
        uint8_t target = row->target[i];

        if (row->simd) {
            memset(guest->q[target], 0, 16);
            memcpy(guest->q[target], from, row->bytes);
        } else if (target < 31) {
            guest->x[target] = extended(little_endian(from, row->bytes), row->bytes, row->sign);
        }
    }
}

static void assert_stored(const struct expectation *row, const struct fake_vtl *guest)
{
    for (unsigned i = 0; i < row->count; i++) {
        const uint8_t *at = &device[row->offset + i * row->bytes];
        uint8_t target = row->target[i];

        if (row->simd) {
            assert_memory_equal(at, guest->q[target], row->bytes);
        } else {
            uint64_t value = target < 31 ? guest->x[target] : 0;

            for (unsigned j = 0; j < row->bytes; j++) {
                assert_int_equal(at[j], (value >> (8 * j)) & 0xff);
            }
        }
    }
}

static void run(const struct expectation *row)
{
    static struct fake_vtl guest;
    struct vtl_exit exit = data_abort(row->encoding, DEVICE_GVA + row->offset, row->store);
    enum vmm_verdict verdict;

    guest = fake;
    if (!row->store) {
        expect_load(row, &guest);
    }
    verdict = emulate_memory(&fake_vp, &exit);
    if (verdict != VMM_ADVANCE) {
        fail_msg("%s: verdict %d", row->text, (int)verdict);
    }
    assert_accesses(row->offset, row->bytes, row->count, row->store, row->text);
    if (row->store) {
        assert_stored(row, &guest);
    }
    if (row->written_back == BASE_SP) {
        guest.registers[VTL_SP] = row->base_after;
    } else if (row->written_back < 31) {
        guest.x[row->written_back] = row->base_after;
    }
    assert_guest_is(&guest, row->text);
    assert_int_equal(fake.translations, 0);
}

#define NOTHING_WRITTEN_BACK 0xff

static void test_loads_and_stores(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(plain_rows); i++) {
        const struct plain_row *row = &plain_rows[i];
        uint64_t base = DEVICE_GVA + BASE_OFFSET;

        scene();
        if (row->rn == BASE_PC) {
            continue;
        }
        base_put(row->rn, base);
        run(&(struct expectation){
            .encoding = row->encoding,
            .text = row->text,
            .store = row->kind == STORE,
            .bytes = row->bytes,
            .count = row->count,
            .sign = row->sign,
            .simd = row->simd,
            .target = {row->rt, row->rt2},
            .offset = BASE_OFFSET + (uint64_t)(int64_t)row->offset,
            .written_back = row->writeback != 0 ? row->rn : NOTHING_WRITTEN_BACK,
            .base_after = base + (uint64_t)(int64_t)row->writeback,
        });
    }
}

/* Literals: the base is the PC of the exit, so the device is mapped near the code. */
static void test_literals(void **state)
{
    unsigned tried = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(plain_rows); i++) {
        const struct plain_row *row = &plain_rows[i];
        static struct fake_vtl guest;
        struct vtl_exit exit;

        if (row->rn != BASE_PC) {
            continue;
        }
        scene();
        tried++;
        exit = data_abort(row->encoding, DEVICE_GVA + BASE_OFFSET, false);
        exit.pc = gva(DEVICE_GVA + BASE_OFFSET - (uint64_t)(int64_t)row->offset);
        guest = fake;
        expect_load(&(struct expectation){.bytes = row->bytes,
                                          .count = 1,
                                          .sign = row->sign,
                                          .simd = row->simd,
                                          .target = {row->rt, 0},
                                          .offset = BASE_OFFSET},
                    &guest);
        assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ADVANCE);
        assert_accesses(BASE_OFFSET, row->bytes, 1, false, row->text);
        assert_guest_is(&guest, row->text);
    }
    assert_int_equal(tried, 6);
}

static void test_register_offsets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(offset_rows); i++) {
        const struct offset_row *row = &offset_rows[i];

        scene();
        base_put(row->rn, DEVICE_GVA + BASE_OFFSET);
        if (row->rm < 31) {
            fake.x[row->rm] = row->rm_value;
        }
        run(&(struct expectation){
            .encoding = row->encoding,
            .text = row->text,
            .store = row->kind == STORE,
            .bytes = row->bytes,
            .count = 1,
            .sign = row->sign,
            .simd = row->simd,
            .target = {row->rt, 0},
            .offset = BASE_OFFSET + (uint64_t)(int64_t)row->offset,
            .written_back = NOTHING_WRITTEN_BACK,
        });
    }
}

static void atomic_case(const struct atomic_row *row)
{
    static struct fake_vtl guest;
    struct vtl_exit exit = data_abort(row->encoding, DEVICE_GVA + BASE_OFFSET, false);

    scene();
    fake.x[3] = DEVICE_GVA + BASE_OFFSET;
    fake.registers[VTL_SP] = DEVICE_GVA + BASE_OFFSET;
    if (row->rt < 31) {
        fake.x[row->rt] = row->rt_before;
    }
    if (row->rs < 31) {
        fake.x[row->rs] = row->rs_before;
    }
    for (unsigned i = 0; i < row->bytes; i++) {
        device[BASE_OFFSET + i] = (uint8_t)(row->memory >> (8 * i));
    }
    guest = fake;
    if (row->rs < 31) {
        guest.x[row->rs] = row->rs_after;
    }
    if (row->rt < 31) {
        guest.x[row->rt] = row->rt_after;
    }
    assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ADVANCE);
    assert_guest_is(&guest, row->text);
    if (seen_count != (row->written ? 2 : 1)) {
        fail_msg("%s: %zu accesses", row->text, seen_count);
    }
    assert_false(seen[0].write);
    for (size_t i = 0; i < seen_count; i++) {
        assert_int_equal(seen[i].offset, BASE_OFFSET);
        assert_int_equal(seen[i].bytes, row->bytes);
    }
    if (row->written && (!seen[1].write || seen[1].value != row->memory_after)) {
        fail_msg("%s: wrote %llx", row->text, (unsigned long long)seen[1].value);
    }
    /* The syndrome only says "read": that the page may be written was asked of stage 1. */
    assert_int_equal(fake.translations, 1);
}

static void test_atomics(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(atomic_rows); i++) {
        atomic_case(&atomic_rows[i]);
    }
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused_rows); i++) {
        for (int write = 0; write < 2; write++) {
            static struct fake_vtl guest;
            struct vtl_exit exit =
                data_abort(refused_rows[i].encoding, DEVICE_GVA + BASE_OFFSET, write != 0);

            scene();
            for (unsigned j = 0; j < 31; j++) {
                fake.x[j] = DEVICE_GVA + BASE_OFFSET;
            }
            guest = fake;
            if (emulate_memory(&fake_vp, &exit) != VMM_ABORT) {
                fail_msg("%s is not refused", refused_rows[i].text);
            }
            assert_int_equal(seen_count, 0);
            assert_guest_is(&guest, refused_rows[i].text);
        }
    }
}

/* ---- By syndrome ----------------------------------------------------------------------------- */

struct syndrome_row {
    unsigned sas;
    bool sign;
    bool wide;
    uint64_t memory;
    uint64_t result;
};

/* ESR_EL2, ISS of a data abort: SAS, SSE, SF. */
static const struct syndrome_row syndrome_rows[] = {
    {0, false, false, 0x80, 0x80},
    {0, true, false, 0x80, 0xffffff80},
    {0, true, true, 0x80, UINT64_C(0xffffffffffffff80)},
    {0, true, true, 0x7f, 0x7f},
    {1, false, false, 0x8001, 0x8001},
    {1, true, false, 0x8001, 0xffff8001},
    {1, true, true, 0x8001, UINT64_C(0xffffffffffff8001)},
    {2, false, false, 0x80000001, 0x80000001},
    {2, true, true, 0x80000001, UINT64_C(0xffffffff80000001)},
    {3, false, true, UINT64_C(0x8000000000000001), UINT64_C(0x8000000000000001)},
};

static struct vtl_exit syndrome_abort(unsigned sas, bool sign, bool wide, unsigned rt, bool write)
{
    struct vtl_exit exit = data_abort(0, DEVICE_GVA + BASE_OFFSET, write);

    exit.memory.instruction_valid = false;
    exit.memory.esr |= ESR_ISV | (uint64_t)sas << ESR_SAS_SHIFT | (sign ? ESR_SSE : 0) |
                       (wide ? ESR_SF : 0) | (uint64_t)rt << ESR_SRT_SHIFT;
    return exit;
}

static void test_syndrome_loads(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(syndrome_rows); i++) {
        const struct syndrome_row *row = &syndrome_rows[i];
        struct vtl_exit exit = syndrome_abort(row->sas, row->sign, row->wide, 30, false);

        scene();
        for (unsigned j = 0; j < 8; j++) {
            device[BASE_OFFSET + j] = (uint8_t)(row->memory >> (8 * j));
        }
        assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ADVANCE);
        assert_accesses(BASE_OFFSET, 1u << row->sas, 1, false, "syndrome");
        assert_true(fake.x[30] == row->result);
        assert_int_equal(fake.x_sets, 1);
        assert_int_equal(fake.translations, 0);
    }
}

static void test_syndrome_stores(void **state)
{
    (void)state;
    for (unsigned sas = 0; sas < 4; sas++) {
        struct vtl_exit exit = syndrome_abort(sas, false, sas == 3, 7, true);

        scene();
        assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ADVANCE);
        assert_accesses(BASE_OFFSET, 1u << sas, 1, true, "syndrome");
        assert_true(seen[0].value == (fake.x[7] & (~UINT64_C(0) >> (64 - (8u << sas)))));
        assert_int_equal(fake.x_sets, 0);
    }
}

/* SRT 31 is the zero register: stores zero, a load is performed and lost. */
static void test_syndrome_zero_register(void **state)
{
    struct vtl_exit exit = syndrome_abort(2, false, false, 31, true);
    static struct fake_vtl guest;

    (void)state;
    scene();
    guest = fake;
    assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ADVANCE);
    assert_true(seen[0].value == 0);
    exit = syndrome_abort(2, false, false, 31, false);
    assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ADVANCE);
    assert_int_equal(seen_count, 2);
    assert_guest_is(&guest, "wzr");
}

/* An AArch32 guest's load with a syndrome: SRT is the X register already. */
static void test_syndrome_aarch32(void **state)
{
    struct vtl_exit exit = syndrome_abort(2, false, false, 14, false);

    (void)state;
    scene();
    exit.pstate = PSTATE_AARCH32;
    exit.instruction_bytes = 2;
    assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ADVANCE);
    assert_true(fake.x[14] == little_endian(&device[BASE_OFFSET], 4));
    exit.pstate |= UINT64_C(1) << 9;
    assert_int_equal(emulate_memory(&fake_vp, &exit), VMM_ABORT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads_and_stores), cmocka_unit_test(test_literals),
        cmocka_unit_test(test_register_offsets), cmocka_unit_test(test_atomics),
        cmocka_unit_test(test_refused),          cmocka_unit_test(test_syndrome_loads),
        cmocka_unit_test(test_syndrome_stores),  cmocka_unit_test(test_syndrome_zero_register),
        cmocka_unit_test(test_syndrome_aarch32),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
