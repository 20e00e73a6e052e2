/* SPDX-License-Identifier: BSD-3-Clause */
#include "device.h"

#include "guest_tree.h"
#include "machine.h"

static struct {
    struct vtl_lock lock;
    uint64_t asked_ns;
    uint64_t ran_ns;
    uint64_t target;
    uint64_t again;
    uint32_t vp;
    uint32_t runs;
} device;

static void run(void *unused);
static struct vmm_work work = {.run = run};

static void run(void *unused)
{
    (void)unused;
    vtl_lock(&device.lock);
    device.ran_ns = vtl_time_ns();
    device.vp = vtl_vp_current();
    device.runs++;
    if (device.again != 0) {
        device.again--;
        vmm_later(&work, 0);
    }
    if (guest_write(gpa(device.target), &device.runs, sizeof(device.runs)) != PV_OK) {
        log_error("work device: no RAM there");
    }
    vtl_unlock(&device.lock);
}

static bool write(uint64_t offset, uint64_t value)
{
    switch (offset) {
    case WORK_DEVICE_ASK:
        device.asked_ns = vtl_time_ns();
        vmm_later(&work, value);
        return true;
    case WORK_DEVICE_TARGET:
        device.target = value;
        device.runs = 0;
        return true;
    case WORK_DEVICE_AGAIN:
        device.again = value;
        return true;
    default:
        return false;
    }
}

static bool read(uint64_t offset, uint64_t *value)
{
    switch (offset) {
    case WORK_DEVICE_LATE:
        *value = device.ran_ns - device.asked_ns;
        return true;
    case WORK_DEVICE_VP:
        *value = device.vp;
        return true;
    default:
        return false;
    }
}

static bool work_device_mmio(void *unused, struct mmio_access *access)
{
    (void)unused;
    vtl_lock(&device.lock);
    bool taken = access->bytes == 8 && (access->write ? write(access->offset, access->value)
                                                      : read(access->offset, &access->value));
    vtl_unlock(&device.lock);
    return taken;
}

/* In place of boot's: the machine's devices, and the test's. */
const struct mmio_range machine_ranges[] = {
    {"pl011", {GUEST_UART_BASE}, PL011_BYTES, pl011_mmio, &machine_uart},
    {"pl031", {GUEST_RTC_BASE}, PL031_BYTES, pl031_mmio, &machine_rtc},
    {"work", {WORK_DEVICE_GPA}, WORK_DEVICE_BYTES, work_device_mmio, NULL},
};

const size_t machine_range_count = sizeof(machine_ranges) / sizeof(machine_ranges[0]);
