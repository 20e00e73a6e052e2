/* SPDX-License-Identifier: BSD-3-Clause */
/* A virtio device with a model of a few lines, and its driver: what the tests of both share. */
#ifndef VIRTIO_MMIO_TEST_H
#define VIRTIO_MMIO_TEST_H

#include "fake_transport.h"
#include "virtio/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW 3u
#define FIRST_INTID 48u
#define QUEUES 3u
#define SIZE_MAX_OFFERED 64u
#define BASE(queue) (FAKE_RAM_BASE + FAKE_DRIVER_BYTES * (queue))
#define DATA (FAKE_RAM_BASE + 0x10000u)
#define RAM_END (FAKE_RAM_BASE + FAKE_RAM_BYTES)
/* The model's own bits, the second of which does not go with the first. */
#define OWN (VIRTIO_FEATURE(0) | VIRTIO_FEATURE(5))
#define USUAL (VIRTIO_F_VERSION_1 | VIRTIO_F_RING_RESET | VIRTIO_F_EVENT_IDX)

static struct {
    struct virtio_device device;
    struct ring queues[QUEUES];
    uint8_t config[11];
    unsigned notified[QUEUES];
    unsigned resets;
    unsigned starts;
    unsigned config_writes;
    uint64_t config_offset;
    uint64_t config_value;
    uint8_t config_bytes;
} model;
static struct fake_driver drivers[QUEUES];

/* Gives all chains back at once, with 3 bytes written. */
static inline void notify(struct virtio_device *device, unsigned queue)
{
    struct ring *ring = &device->queues[queue];
    const struct ring_chain *chain;

    model.notified[queue]++;
    vtl_lock(&ring->lock);
    while ((chain = ring_take(ring)) != NULL) {
        ring_give(ring, chain->token, 3);
    }
    virtio_tell(device, ring);
    vtl_unlock(&ring->lock);
}

static inline void reset(struct virtio_device *device)
{
    for (unsigned i = 0; i < QUEUES; i++) {
        assert_false(device->queues[i].live);
    }
    model.resets++;
}

static inline void start(struct virtio_device *device)
{
    assert_true(virtio_running(device));
    model.starts++;
}

static inline bool accepts(const struct virtio_device *device, uint64_t features)
{
    (void)device;
    return (features & OWN) != OWN;
}

static inline void config_write(struct virtio_device *device, uint64_t offset, uint8_t bytes,
                                uint64_t value)
{
    (void)device;
    model.config_writes++;
    model.config_offset = offset;
    model.config_bytes = bytes;
    model.config_value = value;
}

static const struct virtio_model full_model = {"test", 42,      notify,      reset,
                                               start,  accepts, config_write};
static const struct virtio_model bare_model = {.name = "bare", .id = 43, .notify = notify};

static inline void attach(const struct virtio_model *kind)
{
    memset(&model, 0, sizeof(model));
    model.device = (struct virtio_device){.model = kind,
                                          .offered = OWN,
                                          .config = model.config,
                                          .config_bytes = sizeof(model.config),
                                          .queues = model.queues,
                                          .queue_count = QUEUES,
                                          .queue_size_max = SIZE_MAX_OFFERED};
    for (unsigned i = 0; i < sizeof(model.config); i++) {
        model.config[i] = (uint8_t)(0x11 + i);
    }
    virtio_init(FIRST_INTID);
    virtio_attach(&model.device, WINDOW);
}

static inline int set_up(void **state)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    (void)state;
    fake_vtl_reset();
    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    attach(&full_model);
    return 0;
}

static inline void reg_write(uint32_t reg, uint32_t value)
{
    fake_register_write(WINDOW, reg, value);
}

static inline uint32_t reg_read(uint32_t reg)
{
    return fake_register_read(WINDOW, reg);
}

static inline void queue_begin(unsigned queue, bool packed)
{
    fake_driver_init(&drivers[queue], packed, 8, BASE(queue));
    assert_true(fake_transport_queue(WINDOW, queue, &drivers[queue]));
}

/* 3.1.1 to its end. */
static inline void drive(uint64_t features)
{
    assert_int_equal(fake_transport_negotiate(WINDOW, features), 11);
    for (unsigned queue = 0; queue < QUEUES; queue++) {
        queue_begin(queue, (features & VIRTIO_F_RING_PACKED) != 0);
    }
    reg_write(VIRTIO_MMIO_STATUS, 15);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 15);
}

static inline uint16_t chain_add(unsigned queue)
{
    static const struct fake_part part = {DATA, 16, true};

    return fake_driver_add(&drivers[queue], &part, 1);
}

static inline void expect_used(unsigned queue, uint16_t id)
{
    struct fake_used used;

    assert_true(fake_driver_used(&drivers[queue], &used));
    assert_int_equal(used.id, id);
    assert_int_equal(used.written, 3);
}

static inline void expect_works(unsigned queue)
{
    uint16_t id = chain_add(queue);

    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, queue);
    expect_used(queue, id);
}

#endif /* VIRTIO_MMIO_TEST_H */
