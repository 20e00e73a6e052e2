/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The instruction emulator under a hostile guest and a lying host: any opcode, syndrome, registers,
 * addresses and translations. Whatever comes:
 *  - the bus sees at most 8 accesses, each aligned, of a proper size, inside its device;
 *  - guest RAM is never written, PC and PSTATE never change, nothing is injected;
 *  - unless the verdict is "advance" or "stop", no register changes.
 */
#include "arm64.h"
#include "fake_vtl.h"
#include "vmm/vmm.h"

#include <stdlib.h>
#include <string.h>

#define DEVICE_GPA UINT64_C(0x0a000000)
#define DEVICE_BYTES 0x1000u
#define ACCESSES_MAX 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t input_left;
static unsigned accesses;

static uint64_t take(unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes && input_left > 0; i++, input_left--) {
        value |= (uint64_t)*input++ << (8 * i);
    }
    return value;
}

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool device_mmio(void *device, struct mmio_access *access)
{
    (void)device;
    accesses++;
    expect(accesses <= ACCESSES_MAX);
    expect(access->bytes == 1 || access->bytes == 2 || access->bytes == 4 || access->bytes == 8);
    expect(access->offset % access->bytes == 0);
    expect(access->offset < DEVICE_BYTES && access->bytes <= DEVICE_BYTES - access->offset);
    expect(!access->write || access->bytes == 8 || access->value >> (8 * access->bytes) == 0);
    access->value = access->write ? access->value : take(8);
    return take(1) != 0xff;
}

static const struct mmio_range ranges[] = {
    {"one", {DEVICE_GPA}, DEVICE_BYTES, device_mmio, NULL},
    {"two", {DEVICE_GPA + DEVICE_BYTES}, DEVICE_BYTES, device_mmio, NULL},
};
static const struct vmm_ram ram = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

/* Mostly addresses that lead somewhere. */
static uint64_t take_address(void)
{
    static const uint64_t bases[] = {DEVICE_GPA, DEVICE_GPA + DEVICE_BYTES, FAKE_RAM_BASE,
                                     UINT64_C(0xffff800000000000)};
    unsigned kind = (unsigned)take(1);

    return kind % 8 < 4 ? bases[kind % 4] + take(2) % 0x1000 : take(8);
}

static void take_guest(void)
{
    static const char *const rights[] = {"r", "rw", "rwx", "x"};

    fake_vtl_reset();
    for (unsigned i = 0; i < 31; i++) {
        fake.x[i] = take_address();
    }
    fake.registers[VTL_SP] = take_address();
    for (unsigned i = 0; i < 4; i++) {
        fake_page_map(take_address(), take_address(), rights[take(1) % 4]);
    }
    fake.translate_error = take(1) == 0xfe ? PV_DENIED : PV_OK;
    if (take(1) == 0xfd) {
        fake.refuse_x_get = take(4);
        fake.refuse_x_set = take(4);
        fake.refuse_q = (uint32_t)take(4);
        fake.refuse_get = (uint32_t)take(1);
        fake.refuse_set = (uint32_t)take(1);
    }
    for (unsigned i = 0; i < FAKE_RAM_BYTES / 4; i += 64) {
        uint32_t word = (uint32_t)take(4);

        memcpy(&fake.ram[4 * i], &word, sizeof(word));
    }
}

static void take_exit(struct vtl_exit *exit)
{
    static const uint32_t groups[] = {0x38000000, 0x39000000, 0x28000000,
                                      0x08000000, 0x18000000, 0x19000000};
    unsigned flags = (unsigned)take(1);
    unsigned group = (unsigned)take(1);

    *exit = (struct vtl_exit){.kind = VTL_EXIT_MEMORY, .pc = gva(take_address())};
    exit->pstate = (flags & 1) != 0 ? take(4) : PSTATE_EL1H;
    exit->instruction_bytes = (uint8_t)take(1);
    exit->memory.access = (enum vtl_access)(take(1) % 3);
    exit->memory.gva_valid = (flags & 2) == 0;
    exit->memory.instruction_valid = (flags & 4) == 0;
    exit->memory.instruction = (uint32_t)take(4);
    if (group % 8 < 6) {
        exit->memory.instruction &= ~UINT32_C(0x3b000000);
        exit->memory.instruction |= groups[group % 8];
    }
    exit->memory.gva = gva(take_address());
    /* Mostly the address that the base register of the instruction gives. */
    if ((flags & 8) == 0) {
        unsigned rn = exit->memory.instruction >> 5 & 31;

        exit->memory.gva = gva((rn == 31 ? fake.registers[VTL_SP] : fake.x[rn]) + take(1) % 16);
    }
    exit->memory.gpa = gpa(take_address());
    exit->memory.esr = (flags & 16) != 0
                           ? take(8)
                           : (uint64_t)ESR_EC_DATA_ABORT_LOWER << ESR_EC_SHIFT | ESR_IL |
                                 ESR_FSC_TRANSLATION | (take(4) & (ESR_WNR | ESR_ISV));
    exit->memory.esr |= (flags & 32) != 0 ? take(4) & ESR_ISS_MASK & ~ESR_FSC_MASK : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake_vtl before;
    struct vtl_exit exit;
    enum vmm_verdict verdict;

    input = data;
    input_left = size;
    accesses = 0;
    expect(mmio_set(ranges, 2) == PV_OK && guest_ram_set(&ram, 1) == PV_OK);
    take_guest();
    take_exit(&exit);
    before = fake;
    verdict = emulate_memory(&fake_vp, &exit);

    expect(memcmp(fake.ram, before.ram, sizeof(fake.ram)) == 0);
    expect(fake.register_sets[VTL_PC] == 0 && fake.register_sets[VTL_PSTATE] == 0);
    expect(fake.injections == 0 && fake.line_count == 0);
    if (verdict != VMM_ADVANCE && verdict != VMM_STOP) {
        expect(verdict == VMM_RETRY || verdict == VMM_ABORT);
        expect(fake.x_sets == 0 && fake.q_sets == 0 && fake.register_sets[VTL_SP] == 0);
        expect(verdict == VMM_ABORT || accesses == 0);
    }
    return 0;
}
