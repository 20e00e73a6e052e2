/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's console device under any memory, registers and notifications of its driver, over the
 * driver of a host that answers: what the device writes lies in the guest's memory (the sanitizer
 * sees to it), nothing hangs, no lock stays taken, and after a reset a good driver works.
 */
#include "fake_console_driver.h"
#include "fake_host_queue.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "org.paravane.exec"

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void host_say(uint8_t id, uint8_t event, uint8_t value)
{
    uint8_t message[64] = {id, 0, 0, 0, event, 0, value};

    memcpy(message + 8, NAME, sizeof(NAME) - 1);
    (void)fake_host_write(2, message, 8 + sizeof(NAME) - 1);
    host_console_interrupt(NULL);
}

static void setup(void)
{
    fake_vtl_reset();
    fake_host_reset();
    fake_host.config[4] = 2;
    expect(host_console_open(0x1000) == PV_OK);
    host_say(0, 1, 0);
    host_say(0, 4, 1);
    host_say(0, 6, 1);
    host_say(1, 1, 0);
    host_say(1, 7, 1);
    host_say(1, 6, 1);
    driver_init();
    driver_start(VIRTIO_CONSOLE_F_MULTIPORT);
}

/* A control message of the driver's. */
static void say(const uint8_t *data)
{
    uint8_t message[8] = {data[0] % 4, 0, 0, 0, data[1] % 9, 0, data[2] % 2};

    memcpy(fake_ram(DRIVER_MEMORY), message, 8);
    driver_add(3, DRIVER_MEMORY, data[0] < 250 ? 8 : 5, data[1] > 250);
    driver_notify(3);
}

static void host_turn(uint8_t what)
{
    uint8_t bytes[HOST_CONSOLE_BYTES];

    if ((what & 1) != 0) {
        (void)fake_host_read(1, bytes, sizeof(bytes));
        (void)fake_host_read(5, bytes, sizeof(bytes));
    }
    if ((what & 2) != 0) {
        (void)fake_host_write((what & 4) != 0 ? 0 : 4, "some bytes", 10);
    }
    if (what > 250) {
        host_say(1, 6, what & 1);
    }
    fake_host.asks_reset = what == 249;
    host_console_interrupt(NULL);
}

/* One step of what `data` says; four bytes are there. */
static void step(const uint8_t *data)
{
    unsigned queue = data[1] % DRIVER_QUEUES;

    switch (data[0] % 8) {
    case 0:
        fake.ram[(data[1] * 256u + data[2]) % FAKE_RAM_BYTES] = data[3];
        break;
    case 1:
        driver_write(data[1] % 64 * 4u, data[2] * 256u + data[3]);
        break;
    case 2:
        driver_add(queue, DRIVER_MEMORY + data[2] * 16u, data[3], queue % 2 == 0);
        break;
    case 3:
        driver_add_list(queue, DRIVER_MEMORY, data[2] * 32u, 64, data[3] % 32 + 1u,
                        data[3] < 250 ? queue % 2 == 0 : queue % 2 != 0);
        break;
    case 4:
        say(data + 1);
        break;
    case 5:
        host_turn(data[1]);
        break;
    case 6:
        (void)driver_later();
        break;
    default:
        driver_notify(queue);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t written;

    setup();
    for (size_t i = 0; i + 4 <= size; i += 4) {
        step(data + i);
    }
    driver_start(VIRTIO_CONSOLE_F_MULTIPORT);
    expect(driver_read(VIRTIO_MMIO_STATUS) == 15);
    for (unsigned i = 0; i < 4; i++) {
        host_turn(1);
    }
    driver_add(1, DRIVER_MEMORY, 16, false);
    driver_notify(1);
    expect(driver_used(1, &written) && written == 0);
    return 0;
}
