/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of the registers (virtio 1.2, 2.1, 2.2, 3.1, 4.2.2), and notifications. */
#include "hostile.h"
#include "virtio.h"

#define STORM 25000u
#define STORM_COUNTED 2000u /* with virtual time, where an exit takes longer */
#define CONFIG_BYTES 0x100u

/* ---- Features and status ---------------------------------------------------------------------------- */

/* 2.2.1, 6.1: what was not offered; nothing without VERSION_1. FEATURES_OK does not stay (2.2.2). */
bool register_features(struct run *run)
{
    uint64_t refused = ~run->device->offered;
    const uint64_t sets[] = {
        0,
        run->device->offered & ~VIRTIO_F_VERSION_1,
        UINT64_MAX,
        VIRTIO_F_VERSION_1 | refused,
        VIRTIO_F_VERSION_1 | (refused & (~refused + 1)), /* the lowest that was not offered */
        VIRTIO_F_VERSION_1 | UINT64_C(1) << 63,
    };

    return device_agree(run->device, sets[run->variant]) == STATUS_DRIVER;
}

/* 3.1.1: no feature is changed behind FEATURES_OK. Without effect: the queue is still split. */
bool register_features_late(struct run *run)
{
    features_write(run->device, UINT64_MAX);
    reg_write(run->device, VIRTIO_MMIO_STATUS, STATUS_RUNS);
    return true;
}

/* 3.1.1: DRIVER_OK without FEATURES_OK, with features that are good and that are not. */
bool register_driver_ok(struct run *run)
{
    reg_write(run->device, VIRTIO_MMIO_STATUS, STATUS_DRIVER);
    features_write(run->device, run->variant == 0 ? FEATURES : UINT64_MAX);
    reg_write(run->device, VIRTIO_MMIO_STATUS, STATUS_DRIVER | VIRTIO_STATUS_DRIVER_OK);
    queue_ready(&run->queue);
    queue_add(&run->queue, &(struct part){run->queue.data, 64, VIRTIO_DESC_WRITE}, 1);
    queue_notify(&run->queue);
    return reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_DRIVER &&
           reg_read(run->device, VIRTIO_MMIO_QUEUE_READY) == 0 && !queue_is_used(&run->queue);
}

/* 2.1: bits that are not the driver's, or nobody's, are not set by it. */
bool register_status_bits(struct run *run)
{
    reg_write(run->device, VIRTIO_MMIO_STATUS,
              STATUS_RUNS | VIRTIO_STATUS_NEEDS_RESET | 0xffffff30u);
    return true;
}

/* Every value of the status, one after another, in three orders: no more than a device that runs. */
bool register_status_orders(struct run *run)
{
    static const uint32_t steps[] = {1, 0xa5, 0x9d};

    for (uint32_t i = 1; i < 256; i++) {
        uint32_t value = i * steps[run->variant] & 0xff;

        if (value != 0) {
            reg_write(run->device, VIRTIO_MMIO_STATUS, value);
            queue_ready(&run->queue);
            queue_notify(&run->queue);
        }
    }
    /* No VERSION_1 was accepted: it never ran. */
    return (reg_read(run->device, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_DRIVER_OK) == 0;
}

/* 2.1.1: a driver does not clear a bit, but all of them. */
bool register_status_cleared(struct run *run)
{
    for (uint32_t bit = 1; bit < STATUS_RUNS; bit <<= 1) {
        reg_write(run->device, VIRTIO_MMIO_STATUS, STATUS_RUNS & ~bit);
    }
    return true;
}

/* ---- Accesses ------------------------------------------------------------------------------------- */

/* 4.2.2.2: read-only registers; what is no register. */
bool register_read_only(struct run *run)
{
    static const uint16_t offsets[] = {VIRTIO_MMIO_MAGIC,
                                       VIRTIO_MMIO_VERSION,
                                       VIRTIO_MMIO_DEVICE_ID,
                                       VIRTIO_MMIO_VENDOR_ID,
                                       VIRTIO_MMIO_DEVICE_FEATURES,
                                       VIRTIO_MMIO_QUEUE_NUM_MAX,
                                       0x018,
                                       VIRTIO_MMIO_INTERRUPT_STATUS,
                                       VIRTIO_MMIO_SHM_LEN_LOW,
                                       0x028,
                                       VIRTIO_MMIO_SHM_BASE_LOW,
                                       VIRTIO_MMIO_CONFIG_GENERATION,
                                       0x0d0,
                                       0x0f8};

    for (unsigned i = 0; i < COUNT_OF(offsets); i++) {
        uint32_t before = reg_read(run->device, offsets[i]);

        reg_write(run->device, offsets[i], ~before);
        if (reg_read(run->device, offsets[i]) != before) {
            return false;
        }
    }
    return true;
}

static void access(uint64_t address, unsigned kind)
{
    switch (kind) {
    case 0:
        __asm__ volatile("ldrb w9, [%0]" ::"r"(address) : "x9", "memory");
        break;
    case 1:
        __asm__ volatile("ldrh w9, [%0]" ::"r"(address) : "x9", "memory");
        break;
    case 2:
        __asm__ volatile("ldr x9, [%0]" ::"r"(address) : "x9", "memory");
        break;
    case 3:
        __asm__ volatile("strb wzr, [%0]" ::"r"(address) : "memory");
        break;
    case 4:
        __asm__ volatile("strh wzr, [%0]" ::"r"(address) : "memory");
        break;
    default:
        __asm__ volatile("str xzr, [%0]" ::"r"(address) : "memory");
        break;
    }
}

#define FAULT_STATUS UINT64_C(0x3f)
#define FAULT_EXTERNAL UINT64_C(0x10) /* DDI 0487, ESR_ELx, ISS of a data abort */
/* 4.2.2.2: registers are accessed by 32 bits. Others are external aborts (devices/README.md). */
bool register_sizes(struct run *run)
{
    unsigned step = run->variant == 2 || run->variant == 5 ? 8 : 4;

    for (uint32_t offset = 0; offset < VIRTIO_MMIO_CONFIG; offset += step) {
        exception_expect();
        access(run->device->base + offset, run->variant);
        if (exception_took() != 1 || (vp_self()->exception.esr & FAULT_STATUS) != FAULT_EXTERNAL) {
            return false;
        }
    }
    return true;
}

/* 2.5.1: no field of these devices is the driver's to write. Every size, behind its end as well. */
bool register_config(struct run *run)
{
    uint64_t base = run->device->base + VIRTIO_MMIO_CONFIG;

    for (uint32_t offset = 0; offset < CONFIG_BYTES; offset += 8) {
        uint64_t before = read64(base + offset);

        write64(base + offset, ~before);
        write32(base + offset + 4, (uint32_t)before + 1);
        *(volatile uint16_t *)(uintptr_t)(base + offset + 2) = 0x5555;
        *(volatile uint8_t *)(uintptr_t)(base + offset + 1) = 0xaa;
        if (read64(base + offset) != before) {
            return false;
        }
    }
    return true;
}

/* 4.2.2.2: bits for events that have not been, and that there are not. */
bool register_acknowledge(struct run *run)
{
    reg_write(run->device, VIRTIO_MMIO_INTERRUPT_ACK, 0xffffffff);
    return true;
}

/* 4.2.2.2: a queue that the device does not have has size 0, and is never ready. */
bool register_queue_none(struct run *run)
{
    static const uint32_t queues[] = {64, 0xffff, 0x10000, 0x80000000, 0xffffffff};
    struct queue queue = run->queue;

    for (unsigned i = 0; i < COUNT_OF(queues); i++) {
        reg_write(run->device, VIRTIO_MMIO_QUEUE_SEL, queues[i]);
        if (reg_read(run->device, VIRTIO_MMIO_QUEUE_NUM_MAX) != 0) {
            return false;
        }
        reg_write(run->device, VIRTIO_MMIO_QUEUE_NUM, queue.size);
        reg_write(run->device, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)queue.desc);
        reg_write(run->device, VIRTIO_MMIO_QUEUE_READY, 1);
        reg_write(run->device, VIRTIO_MMIO_QUEUE_RESET, 1);
        if (reg_read(run->device, VIRTIO_MMIO_QUEUE_READY) != 0) {
            return false;
        }
    }
    return true;
}

/* 2.6.1: not without RING_RESET; 4.2.2.2: only 1 is written there. */
bool register_reset_refused(struct run *run)
{
    const struct device *device = run->device;

    reg_write(device, VIRTIO_MMIO_QUEUE_RESET, 0);
    reg_write(device, VIRTIO_MMIO_QUEUE_RESET, 2);
    if (reg_read(device, VIRTIO_MMIO_QUEUE_READY) != 1) {
        return false;
    }
    device_reset(device);
    (void)device_agree(device, VIRTIO_F_VERSION_1 | (run->packed ? VIRTIO_F_RING_PACKED : 0));
    queue_ready(&run->queue);
    device_run(device);
    reg_write(device, VIRTIO_MMIO_QUEUE_RESET, 1);
    return reg_read(device, VIRTIO_MMIO_QUEUE_READY) == 1;
}

/* ---- Notifications -------------------------------------------------------------------------------- */

static void storm(const struct device *device, uint32_t value, uint32_t by)
{
    for (uint32_t i = time_is_instructions() ? STORM - STORM_COUNTED : 0; i < STORM; i++) {
        reg_write(device, VIRTIO_MMIO_QUEUE_NOTIFY, value);
        value += by;
    }
}

/* 2.7.13.4: of a queue with nothing new in it. */
bool notify_idle(struct run *run)
{
    storm(run->device, run->queue.number, 0);
    return true;
}

/* Of no queue: from the first that no device has, on. */
bool notify_none(struct run *run)
{
    storm(run->device, 64, 0x10007);
    reg_write(run->device, VIRTIO_MMIO_QUEUE_NOTIFY, 0xffffffff);
    return true;
}

/* 3.1.1: not before DRIVER_OK. Nothing is taken until it is said again. */
bool notify_early(struct run *run)
{
    struct part part = {run->queue.data, 0, VIRTIO_DESC_WRITE};

    (void)device_agree(run->device, FEATURES);
    queue_ready(&run->queue);
    queue_add(&run->queue, &part, 1);
    queue_notify(&run->queue);
    return reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_AGREED &&
           reg_read(run->device, VIRTIO_MMIO_INTERRUPT_STATUS) == 0;
}
