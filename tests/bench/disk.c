/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench guest's disk: requests as Linux' driver makes them with one segment of data, one at a time.
 * An indirect table of three descriptors, event indexes, and after the interrupt a read of
 * InterruptStatus and a write of InterruptACK. Source: virtio 1.2, sections in the code.
 */
#include "driver.h"

#include <stddef.h>

#define DATA_BYTES 65536u

static struct driver_queue queue;
static const struct driver_device disk = {
    UINT64_C(0x0a000800),
    52,
    VIRTIO_ID_BLOCK,
    0,
};
static struct virtio_desc table[3] __attribute__((aligned(16)));
static struct virtio_blk_header header;
static uint8_t status;
static uint8_t data[DATA_BYTES] __attribute__((aligned(4096)));

/* Called by guest.S; true: it worked. */
uint64_t bench_disk_start(void);
uint64_t bench_disk_request(uint32_t type, uint32_t bytes);

uint64_t bench_disk_start(void)
{
    return driver_start(&disk, &queue, 1);
}

/* 5.2.6: header, data, status; 2.7.5.3: in a table of their own. */
static void describe(uint32_t type, uint32_t bytes)
{
    uint16_t direction = type == VIRTIO_BLK_T_IN ? VIRTIO_DESC_WRITE : 0;

    header.type = type;
    status = UINT8_MAX;
    table[0] = (struct virtio_desc){(uintptr_t)&header, sizeof(header), VIRTIO_DESC_NEXT, 1};
    table[1] = (struct virtio_desc){(uintptr_t)data, bytes, VIRTIO_DESC_NEXT | direction, 2};
    table[2] = (struct virtio_desc){(uintptr_t)&status, 1, VIRTIO_DESC_WRITE, 0};
    queue.ring[0] = (struct virtio_desc){(uintptr_t)table, sizeof(table), VIRTIO_DESC_INDIRECT, 0};
}

uint64_t bench_disk_request(uint32_t type, uint32_t bytes)
{
    describe(type, bytes);
    driver_add(&queue, 0, true);
    driver_notify(&disk, 0);
    (void)driver_wait(&queue);
    return driver_interrupt(&disk) && status == VIRTIO_BLK_S_OK;
}
