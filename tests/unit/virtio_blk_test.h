/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's disks, a driver of them, and their host: what the tests of them share. */
#ifndef VIRTIO_BLK_TEST_H
#define VIRTIO_BLK_TEST_H

#include "fake_host_blk.h"
#include "fake_transport.h"
#include "virtio/blk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW VIRTIO_WINDOW_DISKS
#define QUEUES 2u
#define SIZE 64u
/* In the guest's RAM: rings, then what the tests lay out. */
#define HEADER(n) (FAKE_RAM_BASE + 0x8000u + 0x40u * (n))
#define STATUS(n) (HEADER(n) + 0x30u)
#define DATA (FAKE_RAM_BASE + 0x10000u)

static struct fake_driver drivers[QUEUES];
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

/* What it is told of long turns. */
static unsigned rests;

void vmm_rest(uint64_t since_ns)
{
    (void)since_ns;
    rests++;
}

/* 3.1.1, with these of the device's features and VERSION_1. */
static inline void start(unsigned window, uint32_t features)
{
    fake_transport_start(window, features, drivers, QUEUES, SIZE);
}

#define ALL_FEATURES                                                               \
    ((uint32_t)(VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_DISCARD | \
                VIRTIO_BLK_F_WRITE_ZEROES | VIRTIO_BLK_F_MQ))

static inline void notify(unsigned queue)
{
    fake_register_write(WINDOW, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

/* A request of three parts, number n; its head. */
static inline uint16_t request(unsigned queue, unsigned n, uint32_t type, uint64_t sector,
                               uint64_t data, uint32_t bytes)
{
    struct virtio_blk_header header = {type, 0, sector};
    const struct fake_part parts[] = {
        {HEADER(n), 16, false},
        {data, bytes, type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID},
        {STATUS(n), 1, true}};
    const struct fake_part empty[] = {parts[0], parts[2]};

    fake_ram_put(HEADER(n), &header, sizeof(header));
    *fake_ram(STATUS(n)) = 0x77;
    return bytes != 0 ? fake_driver_add(&drivers[queue], parts, 3)
                      : fake_driver_add(&drivers[queue], empty, 2);
}

static inline uint8_t status_of(unsigned n)
{
    return *fake_ram(STATUS(n));
}

/* The used ring's entry number i says this. */
static inline void expect_used(unsigned queue, unsigned i, uint32_t id, uint32_t written)
{
    assert_true(fake_ram_get16(drivers[queue].device + 2) > i);
    assert_int_equal(fake_ram_get32(drivers[queue].device + 4 + 8 * i), id);
    assert_int_equal(fake_ram_get32(drivers[queue].device + 8 + 8 * i), written);
}

static inline void fill_disk(void)
{
    for (size_t i = 0; i < sizeof(fake_host_blk.sectors[0]); i++) {
        fake_host_blk.sectors[0][i] = (uint8_t)(i * 7 + i / 512);
    }
}

static inline void boot_machine(void)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    later = NULL;
    virtio_init(48);
    assert_true(virtio_blk_init(QUEUES));
}

static inline int set_up(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_host_blk_reset();
    fill_disk();
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    return 0;
}

#endif /* VIRTIO_BLK_TEST_H */
