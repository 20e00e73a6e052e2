/* SPDX-License-Identifier: BSD-3-Clause */
/* See fake_console_driver.h. */
#include "fake_console_driver.h"

static struct fake_driver drivers[DRIVER_QUEUES];
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

bool driver_later(void)
{
    struct vmm_work *work = later;

    later = NULL;
    if (work != NULL) {
        work->run(work->device);
    }
    return work != NULL;
}

uint32_t driver_read(uint32_t offset)
{
    return fake_register_read(VIRTIO_WINDOW_CONSOLE, offset);
}

void driver_write(uint32_t offset, uint32_t value)
{
    fake_register_write(VIRTIO_WINDOW_CONSOLE, offset, value);
}

void driver_init(void)
{
    const struct vmm_ram ram = {gpa(FAKE_RAM_BASE), FAKE_RAM_BYTES};

    if (guest_ram_set(&ram, 1) != PV_OK) {
        abort();
    }
    later = NULL;
    virtio_init(48);
    virtio_console_init();
}

void driver_start(uint64_t features)
{
    fake_transport_start(VIRTIO_WINDOW_CONSOLE, features, drivers, DRIVER_QUEUES, DRIVER_ENTRIES);
}

void driver_add_list(unsigned queue, uint64_t address, uint32_t bytes, uint32_t stride,
                     unsigned count, bool write)
{
    struct fake_part parts[DRIVER_ENTRIES];

    for (unsigned i = 0; i < count && i < DRIVER_ENTRIES; i++) {
        parts[i] = (struct fake_part){address + (uint64_t)i * stride, bytes, write};
    }
    (void)fake_driver_add(&drivers[queue], parts, count);
}

void driver_add(unsigned queue, uint64_t address, uint32_t bytes, bool write)
{
    driver_add_list(queue, address, bytes, 0, 1, write);
}

void driver_notify(unsigned queue)
{
    driver_write(VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

bool driver_used(unsigned queue, uint32_t *written)
{
    struct fake_used used;
    bool there = fake_driver_used(&drivers[queue], &used);

    if (there) {
        *written = used.written;
    }
    return there;
}
