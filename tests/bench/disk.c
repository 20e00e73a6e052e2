/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench guest's disk: requests as Linux' driver makes them with one segment of data, one at a time.
 * An indirect table of three descriptors, event indexes, and after the interrupt a read of
 * InterruptStatus and a write of InterruptACK. Source: virtio 1.2, sections in the code.
 *
 * Interrupts stay masked: the guest waits for the used ring, which no exit is needed for, and takes the
 * interrupt from its CPU interface then.
 */
#include "virtio/virtio_abi.h"

#include <stddef.h>

/* Where Paravane has its first disk for the guest (devices.h, boot/fdt_out.h). */
#define WINDOW UINT64_C(0x0a000800)
#define INTID 52u
#define QUEUE_SIZE 16u
#define DATA_BYTES 65536u

static struct virtio_desc ring[QUEUE_SIZE] __attribute__((aligned(16)));
static struct {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[QUEUE_SIZE];
    uint16_t used_event;
} available __attribute__((aligned(2)));
static struct {
    uint16_t flags;
    uint16_t index;
    struct {
        uint32_t id;
        uint32_t bytes;
    } ring[QUEUE_SIZE];
    uint16_t avail_event;
} used __attribute__((aligned(4)));
static struct virtio_desc table[3] __attribute__((aligned(16)));
static struct virtio_blk_header header;
static uint8_t status;
static uint8_t data[DATA_BYTES] __attribute__((aligned(4096)));

/* Called by guest.S; true: it worked. */
uint64_t bench_disk_start(void);
uint64_t bench_disk_request(uint32_t type, uint32_t bytes);

static uint32_t get(uint64_t offset)
{
    uint32_t value;

    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(WINDOW + offset) : "memory");
    return value;
}

static void put(uint64_t offset, uint32_t value)
{
    __asm__ volatile("dsb sy\n\tstr %w0, [%1]" ::"r"(value), "r"(WINDOW + offset) : "memory");
}

static void put_address(uint64_t offset, const volatile void *address)
{
    put(offset, (uint32_t)(uintptr_t)address);
    put(offset + 4, (uint32_t)((uintptr_t)address >> 32));
}

/* 3.1.1, 4.2.3.2 */
uint64_t bench_disk_start(void)
{
    const uint64_t wanted =
        VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;
    const uint32_t steps = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;

    if (get(VIRTIO_MMIO_MAGIC) != VIRTIO_MMIO_MAGIC_VALUE ||
        get(VIRTIO_MMIO_DEVICE_ID) != VIRTIO_ID_BLOCK) {
        return 0;
    }
    put(VIRTIO_MMIO_STATUS, 0);
    put(VIRTIO_MMIO_STATUS, steps);
    for (uint32_t i = 0; i < 2; i++) {
        put(VIRTIO_MMIO_DEVICE_FEATURES_SEL, i);
        put(VIRTIO_MMIO_DRIVER_FEATURES_SEL, i);
        put(VIRTIO_MMIO_DRIVER_FEATURES,
            get(VIRTIO_MMIO_DEVICE_FEATURES) & (uint32_t)(wanted >> (32 * i)));
    }
    put(VIRTIO_MMIO_STATUS, steps | VIRTIO_STATUS_FEATURES_OK);
    put(VIRTIO_MMIO_QUEUE_SEL, 0);
    put(VIRTIO_MMIO_QUEUE_NUM, QUEUE_SIZE);
    put_address(VIRTIO_MMIO_QUEUE_DESC_LOW, ring);
    put_address(VIRTIO_MMIO_QUEUE_DRIVER_LOW, &available);
    put_address(VIRTIO_MMIO_QUEUE_DEVICE_LOW, &used);
    put(VIRTIO_MMIO_QUEUE_READY, 1);
    put(VIRTIO_MMIO_STATUS, steps | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK);
    return get(VIRTIO_MMIO_STATUS) == (steps | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK);
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
    ring[0] = (struct virtio_desc){(uintptr_t)table, sizeof(table), VIRTIO_DESC_INDIRECT, 0};
}

/* 4.2.3.4; and the interrupt's end at the GIC (IHI 0069, 4.1). False: another interrupt, or none. */
static uint64_t interrupt_take(void)
{
    uint64_t intid;

    __asm__ volatile("mrs %0, icc_iar1_el1\n\tdsb sy" : "=r"(intid)::"memory");
    put(VIRTIO_MMIO_INTERRUPT_ACK, get(VIRTIO_MMIO_INTERRUPT_STATUS));
    __asm__ volatile("msr icc_eoir1_el1, %0\n\tisb" ::"r"(intid) : "memory");
    return intid == INTID;
}

uint64_t bench_disk_request(uint32_t type, uint32_t bytes)
{
    const volatile uint16_t *done = &used.index;
    uint16_t next = (uint16_t)(available.index + 1u);

    describe(type, bytes);
    available.ring[available.index % QUEUE_SIZE] = 0;
    available.used_event = available.index;
    __asm__ volatile("dmb ish" ::: "memory");
    *(volatile uint16_t *)&available.index = next;
    put(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    while (*done != next) {
    }
    return interrupt_take() && status == VIRTIO_BLK_S_OK;
}
