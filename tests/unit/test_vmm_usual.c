/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The usual access and the others are carried out by different code of the run loop: what it does to
 * the guest is the same.
 */
#include "vmm_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DEVICE_GPA UINT64_C(0x09000000)

static unsigned device_calls;
static struct mmio_access device_seen;
static struct mmio_access usual_seen;

static bool device_mmio(void *device, struct mmio_access *access)
{
    (void)device;
    device_calls++;
    device_seen = *access;
    if (!access->write) {
        access->value = UINT64_C(0xf1e2d3c4b5a69788);
    }
    return true;
}

static const struct mmio_range ranges[] = {{"device", {DEVICE_GPA}, 0x1000, device_mmio, NULL}};

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    assert_int_equal(mmio_set(ranges, 1), PV_OK);
    return 0;
}

/*
 * A fault of the access flag is emulated as a translation fault is, but by other code: the guest
 * sees no difference.
 */
static void test_usual_and_unusual_agree(void **state)
{
    static struct fake_vtl usual;

    (void)state;
    for (unsigned bits = 0; bits < 32 * 4 * 2 * 2 * 2; bits++) {
        struct vtl_exit exit = memory_exit(DEVICE_GPA + 0x18, (bits & 1) != 0);
        uint64_t srt = bits >> 5;

        exit.memory.esr &= ~(ESR_SAS_MASK << ESR_SAS_SHIFT | ESR_SRT_MASK << ESR_SRT_SHIFT);
        exit.memory.esr |= (uint64_t)(bits >> 1 & 3) << ESR_SAS_SHIFT | srt << ESR_SRT_SHIFT |
                           ((bits & 8) != 0 ? ESR_SSE : 0) | ((bits & 16) != 0 ? ESR_SF : 0);
        /* A doubleword is loaded to an X register, and never extended. */
        if ((bits >> 1 & 3) == 3 && (bits & 24) != 16) {
            continue;
        }
        for (unsigned way = 0; way < 2; way++) {
            fake_vtl_reset();
            for (unsigned n = 0; n < 31; n++) {
                fake.x[n] = UINT64_C(0x8182838485868788) + n;
            }
            device_calls = 0;
            if (way == 1) {
                exit.memory.esr ^= ESR_FSC_TRANSLATION ^ ESR_FSC_ACCESS;
            }
            assert_int_equal(step(&exit), VMM_ADVANCE);
            assert_int_equal(device_calls, 1);
            assert_int_equal(device_seen.offset, 0x18);
            assert_int_equal(device_seen.bytes, 1u << (bits >> 1 & 3));
            if (way == 0) {
                usual = fake;
                usual_seen = device_seen;
            }
        }
        assert_memory_equal(usual.x, fake.x, sizeof(fake.x));
        /* A device that answers with more than was asked for: the rest is not the guest's. */
        if ((bits & 9) == 0 && srt < 31) {
            assert_true(fake.x[srt] == (UINT64_C(0xf1e2d3c4b5a69788) &
                                        ~UINT64_C(0) >> (64 - (8u << (bits >> 1 & 3)))));
        }
        assert_true(usual.registers[VTL_PC] == fake.registers[VTL_PC]);
        assert_int_equal(usual_seen.value, device_seen.value);
        assert_int_equal(usual_seen.write, device_seen.write);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_usual_and_unusual_agree, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
