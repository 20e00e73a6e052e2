/* SPDX-License-Identifier: BSD-3-Clause */
/* Several VPs at the same devices at once: none waits for another, none knows what the others do. */
#include "hostile.h"
#include "virtio.h"

#define ROUNDS 2000u
#define WAIT_MS 60000u
#define QUEUE_SIZE 8u

static volatile uint32_t finished[RT_VP_MAX];

/* Writes that the others' undo: what a device does next is nobody's to say. */
static uint64_t storm(uint64_t index)
{
    static const uint16_t offsets[] = {
        VIRTIO_MMIO_QUEUE_NOTIFY,    VIRTIO_MMIO_QUEUE_READY,     VIRTIO_MMIO_STATUS,
        VIRTIO_MMIO_QUEUE_NOTIFY,    VIRTIO_MMIO_DRIVER_FEATURES, VIRTIO_MMIO_QUEUE_RESET,
        VIRTIO_MMIO_QUEUE_NOTIFY,    VIRTIO_MMIO_QUEUE_SEL,       VIRTIO_MMIO_INTERRUPT_ACK,
        VIRTIO_MMIO_QUEUE_DESC_HIGH, VIRTIO_MMIO_QUEUE_NUM,
    };
    static const uint32_t values[] = {0, 1, STATUS_RUNS, 2, 0, 1, 16, STATUS_AGREED, 1};
    uint64_t state = index * UINT64_C(0x9e3779b97f4a7c15) + 1;

    for (uint32_t i = 0; i < ROUNDS; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t draw = (uint32_t)(state >> 33);
        const struct device *device = &devices[draw % device_count];

        draw /= device_count;
        write32(device->base + offsets[draw % COUNT_OF(offsets)],
                values[draw / COUNT_OF(offsets) % COUNT_OF(values)]);
    }
    finished[index] = 1;
    return 0;
}

/* Something that the device may take, or not, as the others let it. */
static void provoke(const struct device *device)
{
    struct queue queue;
    struct part parts[READ_PARTS];

    other_start(&queue, device, 0);
    read_parts(&queue, parts);
    queue_add(&queue, parts, READ_PARTS);
    queue_notify(&queue);
}

static bool others_finished(void)
{
    for (uint32_t i = 1; i < board.vp_count; i++) {
        if (finished[i] == 0) {
            return false;
        }
    }
    return true;
}

void storms(void)
{
    uint64_t end = counter_now() + counter_ms(WAIT_MS);
    uint64_t value;

    memory_reset();
    for (uint32_t i = 1; i < board.vp_count; i++) {
        vp_run(i, storm, i);
    }
    for (unsigned i = 0; !others_finished() && counter_now() < end; i++) {
        provoke(&devices[i % device_count]);
    }
    /* Only now: Paravane tells of broken queues, and its lines would cut these. */
    for (uint32_t i = 1; i < board.vp_count; i++) {
        check_true("storm a VP comes to its end", vp_join(i, &value));
    }
    for (unsigned i = 0; i < device_count; i++) {
        device_reset(&devices[i]);
    }
    check_eq("storm no byte but the buffers' has changed", memory_changed(), 0);
    memory_reset();
    for (unsigned i = 0; i < device_count; i++) {
        check_true("storm each device works", device_works(&devices[i], 1));
    }
}
