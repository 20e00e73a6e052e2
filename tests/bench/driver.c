/* SPDX-License-Identifier: BSD-3-Clause */
#include "driver.h"

uint32_t driver_get(const struct driver_device *device, uint64_t offset)
{
    uint32_t value;

    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(device->window + offset) : "memory");
    return value;
}

static void put(const struct driver_device *device, uint64_t offset, uint32_t value)
{
    __asm__ volatile("dsb sy\n\tstr %w0, [%1]" ::"r"(value), "r"(device->window + offset)
                     : "memory");
}

static void put_address(const struct driver_device *device, uint64_t offset, const void *address)
{
    put(device, offset, (uint32_t)(uintptr_t)address);
    put(device, offset + 4, (uint32_t)((uintptr_t)address >> 32));
}

static void queues_start(const struct driver_device *device, const struct driver_queue *queues,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put(device, VIRTIO_MMIO_QUEUE_SEL, i);
        put(device, VIRTIO_MMIO_QUEUE_NUM, QUEUE_SIZE);
        put_address(device, VIRTIO_MMIO_QUEUE_DESC_LOW, queues[i].ring);
        put_address(device, VIRTIO_MMIO_QUEUE_DRIVER_LOW, &queues[i].available);
        put_address(device, VIRTIO_MMIO_QUEUE_DEVICE_LOW, &queues[i].used);
        put(device, VIRTIO_MMIO_QUEUE_READY, 1);
    }
}

bool driver_start(const struct driver_device *device, const struct driver_queue *queues,
                  uint32_t count)
{
    const uint64_t wanted = VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_INDIRECT_DESC |
                            VIRTIO_F_EVENT_IDX | device->features;
    const uint32_t steps = VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER;
    const uint32_t ready = steps | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_DRIVER_OK;

    if (driver_get(device, VIRTIO_MMIO_MAGIC) != VIRTIO_MMIO_MAGIC_VALUE ||
        driver_get(device, VIRTIO_MMIO_DEVICE_ID) != device->id) {
        return false;
    }
    put(device, VIRTIO_MMIO_STATUS, 0);
    put(device, VIRTIO_MMIO_STATUS, steps);
    for (uint32_t i = 0; i < 2; i++) {
        put(device, VIRTIO_MMIO_DEVICE_FEATURES_SEL, i);
        put(device, VIRTIO_MMIO_DRIVER_FEATURES_SEL, i);
        put(device, VIRTIO_MMIO_DRIVER_FEATURES,
            driver_get(device, VIRTIO_MMIO_DEVICE_FEATURES) & (uint32_t)(wanted >> (32 * i)));
    }
    put(device, VIRTIO_MMIO_STATUS, steps | VIRTIO_STATUS_FEATURES_OK);
    queues_start(device, queues, count);
    put(device, VIRTIO_MMIO_STATUS, ready);
    return driver_get(device, VIRTIO_MMIO_STATUS) == ready;
}

/* An event index that was passed long ago asks for nothing (2.7.7.2). */
void driver_add(struct driver_queue *queue, uint16_t head, bool interrupt)
{
    uint16_t index = queue->available.index;

    queue->available.ring[index % QUEUE_SIZE] = head;
    queue->available.used_event = interrupt ? queue->seen : (uint16_t)(queue->seen - 1u);
    __asm__ volatile("dmb ish" ::: "memory");
    *(volatile uint16_t *)&queue->available.index = (uint16_t)(index + 1u);
}

void driver_notify(const struct driver_device *device, uint32_t queue)
{
    put(device, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

uint32_t driver_wait(struct driver_queue *queue)
{
    while (*(const volatile uint16_t *)&queue->used.index == queue->seen) {
    }
    __asm__ volatile("dmb ish" ::: "memory");
    return queue->seen++ % QUEUE_SIZE;
}

/* 4.2.3.4; and the interrupt's end at the GIC (IHI 0069, 4.1). */
bool driver_interrupt(const struct driver_device *device)
{
    uint64_t intid;

    __asm__ volatile("mrs %0, icc_iar1_el1\n\tdsb sy" : "=r"(intid)::"memory");
    put(device, VIRTIO_MMIO_INTERRUPT_ACK, driver_get(device, VIRTIO_MMIO_INTERRUPT_STATUS));
    __asm__ volatile("msr icc_eoir1_el1, %0\n\tisb" ::"r"(intid) : "memory");
    return intid == device->intid;
}
