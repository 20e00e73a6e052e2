/* SPDX-License-Identifier: BSD-3-Clause */
/* A driver's accesses to the registers of a virtio window (virtio 1.2, 4.2.2). */
#ifndef TESTS_FAKES_FAKE_TRANSPORT_H
#define TESTS_FAKES_FAKE_TRANSPORT_H

#include "devices/devices.h"
#include "fake_driver.h"

#include <stdlib.h>

static inline void fake_register_write(unsigned window, uint32_t reg, uint32_t value)
{
    struct mmio_access access = {
        .value = value, .offset = window * VIRTIO_WINDOW_BYTES + reg, .bytes = 4, .write = true};

    if (!virtio_mmio(NULL, &access)) {
        abort();
    }
}

static inline uint32_t fake_register_read(unsigned window, uint32_t reg)
{
    struct mmio_access access = {.offset = window * VIRTIO_WINDOW_BYTES + reg, .bytes = 4};

    if (!virtio_mmio(NULL, &access)) {
        abort();
    }
    return (uint32_t)access.value;
}

/* 3.1.1 up to FEATURES_OK; the status after it. */
static inline uint32_t fake_transport_negotiate(unsigned window, uint64_t features)
{
    fake_register_write(window, VIRTIO_MMIO_STATUS, 0);
    fake_register_write(window, VIRTIO_MMIO_STATUS, 1);
    fake_register_write(window, VIRTIO_MMIO_STATUS, 3);
    fake_register_write(window, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    fake_register_write(window, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
    fake_register_write(window, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    fake_register_write(window, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
    fake_register_write(window, VIRTIO_MMIO_STATUS, 11);
    return fake_register_read(window, VIRTIO_MMIO_STATUS);
}

/* 4.2.3.2: tells the device where the queue is; whether it is ready then. */
static inline bool fake_transport_queue(unsigned window, unsigned queue,
                                        const struct fake_driver *driver)
{
    fake_register_write(window, VIRTIO_MMIO_QUEUE_SEL, queue);
    fake_register_write(window, VIRTIO_MMIO_QUEUE_NUM, driver->size);
    fake_register_write(window, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)driver->desc);
    fake_register_write(window, VIRTIO_MMIO_QUEUE_DESC_HIGH, (uint32_t)(driver->desc >> 32));
    fake_register_write(window, VIRTIO_MMIO_QUEUE_DRIVER_LOW, (uint32_t)driver->driver);
    fake_register_write(window, VIRTIO_MMIO_QUEUE_DRIVER_HIGH, (uint32_t)(driver->driver >> 32));
    fake_register_write(window, VIRTIO_MMIO_QUEUE_DEVICE_LOW, (uint32_t)driver->device);
    fake_register_write(window, VIRTIO_MMIO_QUEUE_DEVICE_HIGH, (uint32_t)(driver->device >> 32));
    fake_register_write(window, VIRTIO_MMIO_QUEUE_READY, 1);
    return fake_register_read(window, VIRTIO_MMIO_QUEUE_READY) == 1;
}

/* 3.1.1, with VERSION_1 and these: `count` empty queues of `size` entries, one behind another from the
 * start of RAM on. What the driver breaks in doing so ends the test program. */
static inline void fake_transport_start(unsigned window, uint64_t features,
                                        struct fake_driver *drivers, unsigned count, uint16_t size)
{
    bool packed = (features & VIRTIO_F_RING_PACKED) != 0;

    if (fake_transport_negotiate(window, VIRTIO_F_VERSION_1 | features) != 11) {
        abort();
    }
    for (unsigned i = 0; i < count; i++) {
        fake_driver_init(&drivers[i], packed, size, FAKE_RAM_BASE + FAKE_DRIVER_BYTES * i);
        if (!fake_transport_queue(window, i, &drivers[i])) {
            abort();
        }
    }
    fake_register_write(window, VIRTIO_MMIO_STATUS, 15);
}

#endif /* TESTS_FAKES_FAKE_TRANSPORT_H */
