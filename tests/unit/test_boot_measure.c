/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of the guest goes into which measurement register, and with which bytes: docs/attestation.md, "What
 * is measured". Hashes are by Python's hashlib.
 */
#include "boot_test.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KERNEL_BASE UINT64_C(0x42000000)
#define KERNEL_BYTES 10000u
#define DATA_BYTES 64u

static struct {
    enum vtl_evidence_kind kind;
    bool refuses;
    unsigned count;
    unsigned registers[8];
    char data[8][2 * DATA_BYTES + 1];
    uint64_t readable;
} world;

static uint8_t kernel[KERNEL_BYTES];
static uint8_t policy[4096];

void panic_at(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    (void)what;
    mock_assert(0, "panic", __FILE__, __LINE__);
    abort();
}

enum vtl_evidence_kind vtl_evidence_kind(void)
{
    return world.kind;
}

enum pv_status vtl_measurement_extend(unsigned index, const void *data, size_t bytes)
{
    assert_int_equal(bytes, DATA_BYTES);
    world.registers[world.count] = index;
    for (size_t i = 0; i < bytes; i++) {
        snprintf(world.data[world.count] + 2 * i, 3, "%02x", ((const uint8_t *)data)[i]);
    }
    world.count++;
    return world.refuses ? PV_DENIED : PV_OK;
}

enum pv_status guest_read(gpa_t from, void *to, size_t bytes)
{
    if (from.raw < KERNEL_BASE || from.raw - KERNEL_BASE + bytes > world.readable) {
        return PV_FAULT;
    }
    memcpy(to, kernel + (from.raw - KERNEL_BASE), bytes);
    return PV_OK;
}

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    world.kind = VTL_EVIDENCE_CCA;
    world.readable = KERNEL_BYTES;
    for (size_t i = 0; i < sizeof(policy); i++) {
        policy[i] = (uint8_t)(i * 7);
    }
    for (size_t i = 0; i < sizeof(kernel); i++) {
        kernel[i] = (uint8_t)(i * 13 + 5);
    }
    measure_start();
    return 0;
}

static const char *measure_all(bool firmware)
{
    static const uint8_t tree[] = {0xd0, 0x0d, 0xfe, 0xed};
    const char *reason = measure_bytes(GUEST_EVENT_POLICY, policy, sizeof(policy));

    if (reason == NULL) {
        reason = measure_guest(GUEST_EVENT_KERNEL, firmware, gpa(KERNEL_BASE), KERNEL_BYTES);
    }
    if (reason == NULL) {
        reason = measure_guest(GUEST_EVENT_INITRD, false, gpa(0), 0);
    }
    if (reason == NULL) {
        reason = measure_bytes(GUEST_EVENT_COMMAND_LINE, "console=ttyAMA0", 15);
    }
    return reason != NULL ? reason : measure_bytes(GUEST_EVENT_DEVICE_TREE, tree, sizeof(tree));
}

static void expect_event(unsigned i, unsigned reg, const char *data)
{
    assert_int_equal(world.registers[i], reg);
    assert_string_equal(world.data[i], data);
}

static void each_once_in_its_register(void **state)
{
    (void)state;
    assert_null(measure_all(false));
    assert_int_equal(world.count, 5);
    expect_event(0, 1,
                 "823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812"
                 "d010f6d76d0eb4dce5d5b5b34014a8a157ec4380a66c24d7d455a9bf652db14a");
    expect_event(1, 2,
                 "6923dd1bc0460082c5d55a831908c24a282860b7f1cd6c2b79cf1bc8857c639c"
                 "5438bbaf3e84daff499e05203d38184fa7003bbd25dbe59ea780229ab88590dc");
    expect_event(2, 2,
                 "09e6c018d2c8c4903308613dd1b72484d57eadf12ec50ddc8f52e5accce470f2"
                 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_event(3, 3,
                 "57d82648e267fb96799ec22795ecefdc16950be536a54fc4e16bb81d4ebe1f4d"
                 "032e63b7d69f9c1e23a645e2a0552aa791f63d900c6b393ba264867cb13b5f5e");
    expect_event(4, 4,
                 "cf88a6e9634715504fa399dce8471e811dd1a9b3fdac499ed1870961a57390e2"
                 "96f27d699253f8e7a575d19a28b121c69c63277a8038297fbc8f0b11262ee306");
}

/* The same bytes as another kind of guest are another measurement. */
static void firmware_is_no_kernel(void **state)
{
    (void)state;
    assert_null(measure_all(true));
    expect_event(1, 2,
                 "c3bf47ea1f4a4a605470313cacb3a44f4a461f68c6faeab07e737610cb5ac835"
                 "5438bbaf3e84daff499e05203d38184fa7003bbd25dbe59ea780229ab88590dc");
}

static void the_log_tells_it(void **state)
{
    static const char *const names[] = {"policy", "kernel", "initrd", "command line",
                                        "device tree"};
    size_t count = 0;

    (void)state;
    assert_null(measure_all(false));
    const struct net_event *events = measure_log(&count);
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++) {
        char hex[2 * GUEST_EVENT_HASH_BYTES + 1];

        for (size_t j = 0; j < GUEST_EVENT_HASH_BYTES; j++) {
            snprintf(hex + 2 * j, 3, "%02x", events[i].digest[j]);
        }
        assert_string_equal(events[i].name, names[i]);
        assert_int_equal(events[i].reg, world.registers[i]);
        assert_string_equal(hex, world.data[i] + 2 * GUEST_EVENT_HASH_BYTES);
    }
}

static void without_registers_there_is_the_log(void **state)
{
    size_t count = 0;

    (void)state;
    world.kind = VTL_EVIDENCE_NONE;
    assert_null(measure_all(false));
    assert_int_equal(world.count, 0);
    (void)measure_log(&count);
    assert_int_equal(count, 5);
}

static void a_register_that_is_refused(void **state)
{
    (void)state;
    world.refuses = true;
    assert_non_null(measure_all(false));
    assert_int_equal(world.count, 1);
}

static void memory_that_is_not_there(void **state)
{
    (void)state;
    world.readable = KERNEL_BYTES - 1;
    assert_non_null(measure_all(false));
    assert_int_equal(world.count, 1);
}

static void not_twice_and_not_too_early(void **state)
{
    (void)state;
    expect_assert_failure((void)measure_bytes(GUEST_EVENT_COMMAND_LINE, "", 0));
    assert_null(measure_bytes(GUEST_EVENT_POLICY, policy, sizeof(policy)));
    expect_assert_failure((void)measure_bytes(GUEST_EVENT_POLICY, policy, sizeof(policy)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_once_in_its_register, set_up),
        cmocka_unit_test_setup(firmware_is_no_kernel, set_up),
        cmocka_unit_test_setup(the_log_tells_it, set_up),
        cmocka_unit_test_setup(without_registers_there_is_the_log, set_up),
        cmocka_unit_test_setup(a_register_that_is_refused, set_up),
        cmocka_unit_test_setup(memory_that_is_not_there, set_up),
        cmocka_unit_test_setup(not_twice_and_not_too_early, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
