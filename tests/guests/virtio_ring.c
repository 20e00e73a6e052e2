/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of the rings (virtio 1.2, 2.7, 2.8), that any device has to see. */
#include "virtio.h"

#define BYTES 64u

/* A buffer that a device can take: the rule is broken elsewhere. */
static struct part good_part(const struct queue *queue)
{
    return (struct part){queue->data + DATA_BYTES, BYTES, VIRTIO_DESC_WRITE};
}

static bool give_one(struct run *run, struct part part)
{
    queue_add(&run->queue, &part, 1);
    queue_notify(&run->queue);
    return true;
}

/* Entry of the indirect table in the slot's data. In packed rings there is no next (2.8.7). */
static void table_put(const struct run *run, unsigned index, const struct part *part, uint16_t next)
{
    uint64_t at = run->queue.data + DATA_TABLE + index * sizeof(struct virtio_desc);

    put64(at, part->address);
    put32(at + 8, part->bytes);
    put16(at + 12, run->packed ? 0 : part->flags);
    put16(at + 14, run->packed ? part->flags : next);
}

static struct part table_part(const struct run *run, uint32_t bytes)
{
    return (struct part){run->queue.data + DATA_TABLE, bytes, VIRTIO_DESC_INDIRECT};
}

static bool give_head(struct run *run, uint16_t head, uint16_t by)
{
    avail_put(&run->queue, head, by);
    queue_notify(&run->queue);
    return true;
}

/* Variant: how many descriptors the loop has, less one. */
bool ring_loop(struct run *run)
{
    struct part part = good_part(&run->queue);

    part.flags |= VIRTIO_DESC_NEXT;
    for (unsigned i = 0; i <= run->variant; i++) {
        desc_put(&run->queue, i, &part, (uint16_t)(i == run->variant ? 0 : i + 1));
    }
    return give_head(run, 0, 1);
}

static const uint16_t outside[] = {16, 17, 256, 0x7fff, 0x8000, 0xffff};

bool ring_next_out(struct run *run)
{
    struct part part = good_part(&run->queue);

    part.flags |= VIRTIO_DESC_NEXT;
    desc_put(&run->queue, 0, &part, outside[run->variant]);
    return give_head(run, 0, 1);
}

bool ring_head_out(struct run *run)
{
    return give_head(run, outside[run->variant], 1);
}

bool ring_index_jumps(struct run *run)
{
    struct part part = good_part(&run->queue);

    desc_put(&run->queue, 0, &part, 0);
    /* All but 16: as many as the queue has. */
    return give_head(run, 0, run->variant == 0 ? 17 : outside[run->variant]);
}

/* ---- Indirect tables ------------------------------------------------------------------------------ */

bool ring_indirect_in_indirect(struct run *run)
{
    struct part part = table_part(run, sizeof(struct virtio_desc));

    table_put(run, 0, &part, 0);
    return give_one(run, part);
}

bool ring_indirect_next(struct run *run)
{
    struct part part = good_part(&run->queue);
    struct part parts[2] = {table_part(run, sizeof(struct virtio_desc)), part};

    table_put(run, 0, &part, 0);
    queue_add(&run->queue, parts, 2);
    queue_notify(&run->queue);
    return true;
}

bool ring_indirect_loop(struct run *run)
{
    struct part part = good_part(&run->queue);

    part.flags |= VIRTIO_DESC_NEXT;
    table_put(run, 0, &part, 1);
    table_put(run, 1, &part, 0);
    return give_one(run, table_part(run, 2 * sizeof(struct virtio_desc)));
}

bool ring_indirect_next_out(struct run *run)
{
    static const uint16_t nexts[] = {2, 16, 0xffff};
    struct part part = good_part(&run->queue);

    part.flags |= VIRTIO_DESC_NEXT;
    table_put(run, 0, &part, 1);
    table_put(run, 1, &part, nexts[run->variant]);
    return give_one(run, table_part(run, 2 * sizeof(struct virtio_desc)));
}

bool ring_table_bytes(struct run *run)
{
    static const uint32_t bytes[] = {0, 1, 8, 15, 17, 24, 0xffffffff, 0xfffffff0};
    struct part part = good_part(&run->queue);

    table_put(run, 0, &part, 0);
    table_put(run, 1, &part, 0);
    return give_one(run, table_part(run, bytes[run->variant]));
}

bool ring_table_place(struct run *run)
{
    return give_one(run,
                    (struct part){bad_places[run->variant].address, BYTES, VIRTIO_DESC_INDIRECT});
}

/* 2.7.5.3.1, 2.8.19: not longer than the queue. */
bool ring_table_too_long(struct run *run)
{
    struct part part = good_part(&run->queue);
    unsigned count = run->queue.size + 1u;

    for (unsigned i = 0; i < count; i++) {
        struct part entry = part;

        entry.flags |= !run->packed && i + 1 < count ? VIRTIO_DESC_NEXT : 0;
        table_put(run, i, &entry, (uint16_t)(i + 1));
    }
    return give_one(run, table_part(run, count * (uint32_t)sizeof(struct virtio_desc)));
}

/* The queue of a driver that has not agreed to indirect descriptors. */
bool ring_indirect_refused(struct run *run)
{
    struct part part = good_part(&run->queue);

    device_reset(run->device);
    (void)device_agree(run->device, VIRTIO_F_VERSION_1 | (run->packed ? VIRTIO_F_RING_PACKED : 0));
    queue_ready(&run->queue);
    device_run(run->device);
    table_put(run, 0, &part, 0);
    return give_one(run, table_part(run, sizeof(struct virtio_desc)));
}

/* ---- Buffers -------------------------------------------------------------------------------------- */

bool ring_no_bytes(struct run *run)
{
    struct part part = good_part(&run->queue);

    part.bytes = 0;
    part.flags = run->variant == 0 ? VIRTIO_DESC_WRITE : 0;
    return give_one(run, part);
}

/* Variants: to be written there, then to be read. */
bool ring_place(struct run *run)
{
    bool reads = run->variant >= BAD_PLACES;

    return give_one(run, (struct part){bad_places[run->variant % BAD_PLACES].address, BYTES,
                                       reads ? 0 : VIRTIO_DESC_WRITE});
}

/* From good memory to far behind its end. */
bool ring_huge(struct run *run)
{
    struct part part = good_part(&run->queue);

    part.bytes = run->variant == 0 ? 0xffffffff : 0x80000000;
    return give_one(run, part);
}

bool ring_order(struct run *run)
{
    struct part parts[2] = {good_part(&run->queue), good_part(&run->queue)};

    parts[1].flags = 0;
    queue_add(&run->queue, parts, 2);
    queue_notify(&run->queue);
    return true;
}

bool entropy_readable(struct run *run)
{
    struct part part = good_part(&run->queue);

    part.flags = 0;
    return give_one(run, part);
}

/* ---- Places and sizes of a queue, told before it is ready ------------------------------------------- */

/* Agrees, and tells the device; true: it has stopped the queue, as the driver can see. */
static bool ready_refused(struct run *run, bool packed)
{
    run->quiet = true;
    (void)device_agree(run->device, FEATURES | (packed ? VIRTIO_F_RING_PACKED : 0));
    queue_ready(&run->queue);
    return reg_read(run->device, VIRTIO_MMIO_QUEUE_READY) == 0;
}

static uint64_t *part_of(struct queue *queue, unsigned part)
{
    uint64_t *parts[] = {&queue->desc, &queue->driver, &queue->used};

    return parts[part];
}

/* Then the device is let run, and told: nothing is read there. */
static bool refused_stays(struct run *run, const struct queue *whole)
{
    device_run(run->device);
    queue_notify(&run->queue);
    run->queue = *whole;
    return true;
}

/* Variant: layout, part, place. */
bool ring_part_place(struct run *run)
{
    unsigned part = run->variant / BAD_PLACES % 3;
    bool packed = run->variant >= 3 * BAD_PLACES;
    struct bad_place place = bad_places[run->variant % BAD_PLACES];
    struct queue whole = run->queue;
    bool good;

    /* A packed queue's event structures are too short to cross an end, where they are aligned. */
    if (packed && part != 0 && place.crosses) {
        place.address += 16;
    }
    *part_of(&run->queue, part) = place.address;
    good = ready_refused(run, packed);
    good &= (reg_read(run->device, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET) != 0;
    return refused_stays(run, &whole) && good;
}

/* 2.7, 2.8.10.1: 16, 2 and 4 bytes; 16, 4 and 4. */
bool ring_part_unaligned(struct run *run)
{
    static const uint8_t by[2][3] = {{8, 1, 2}, {8, 2, 2}};
    unsigned part = run->variant % 3;
    bool packed = run->variant >= 3;
    struct queue whole = run->queue;
    bool good;

    *part_of(&run->queue, part) += by[packed ? 1 : 0][part];
    good = ready_refused(run, packed);
    return refused_stays(run, &whole) && good;
}

/* A device that runs is told a bad place: 2.1.2 wants the interrupt then. Variant: part, place. */
bool ring_part_late(struct run *run)
{
    const struct queue whole = run->queue;
    struct bad_place place = bad_places[run->variant % BAD_PLACES];
    unsigned part = run->variant / BAD_PLACES;

    if (run->packed && part != 0 && place.crosses) {
        place.address += 16;
    }
    reg_write(run->device, VIRTIO_MMIO_QUEUE_SEL, whole.number);
    reg_write(run->device, VIRTIO_MMIO_QUEUE_RESET, 1);
    *part_of(&run->queue, part) = place.address;
    queue_ready(&run->queue);
    run->queue = whole;
    return reg_read(run->device, VIRTIO_MMIO_QUEUE_READY) == 0;
}

/* 2.7: a power of two; 4.2.2.2: not above QueueNumMax, which no device of ours has above 256. */
bool ring_size(struct run *run)
{
    static const uint32_t sizes[] = {0,      3,      15,      257,     512,
                                     0x8000, 0xffff, 0x10000, 0x10010, 0xffffffff};
    const struct device *device = run->device;

    run->quiet = true;
    (void)device_agree(device, FEATURES);
    reg_write(device, VIRTIO_MMIO_QUEUE_SEL, run->queue.number);
    reg_write(device, VIRTIO_MMIO_QUEUE_NUM, sizes[run->variant]);
    reg_write(device, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)run->queue.desc);
    reg_write(device, VIRTIO_MMIO_QUEUE_DRIVER_LOW, (uint32_t)run->queue.driver);
    reg_write(device, VIRTIO_MMIO_QUEUE_DEVICE_LOW, (uint32_t)run->queue.used);
    reg_write(device, VIRTIO_MMIO_QUEUE_READY, 1);
    return reg_read(device, VIRTIO_MMIO_QUEUE_READY) == 0;
}

/* 4.2.2.2: not while the queue is ready. It stays where it is: a bad chain there is seen. */
bool ring_moved(struct run *run)
{
    struct queue moved = run->queue;
    struct part part = good_part(&run->queue);

    moved.desc = bad_places[2].address;
    moved.driver = bad_places[2].address;
    moved.used = bad_places[2].address;
    moved.size = 0;
    queue_ready(&moved);
    if (reg_read(run->device, VIRTIO_MMIO_QUEUE_READY) != 1) {
        return false;
    }
    part.bytes = 0;
    return give_one(run, part);
}

/* ---- Packed --------------------------------------------------------------------------------------- */

/* 2.8.1: of another lap, or used already: not available. */
bool packed_wrong_wrap(struct run *run)
{
    static const uint16_t flags[] = {0, VIRTIO_DESC_AVAIL | VIRTIO_DESC_USED, VIRTIO_DESC_USED};
    struct part part = good_part(&run->queue);

    part.flags |= flags[run->variant];
    slot_put(&run->queue, 0, &part, QUEUE_ID);
    queue_notify(&run->queue);
    /* Both bits say "used" to whoever looks: the driver made it so, not the device. */
    run->queue.seen = 1;
    return true;
}

bool packed_rest_missing(struct run *run)
{
    struct part part = good_part(&run->queue);

    /* What it lacks is the lap's bits alone. */
    slot_put(&run->queue, 1, &part, QUEUE_ID);
    part.flags |= (uint16_t)(packed_flags(&run->queue) | VIRTIO_DESC_NEXT);
    slot_put(&run->queue, 0, &part, QUEUE_ID);
    queue_notify(&run->queue);
    return true;
}

/* A list that goes around: each slot has a next. */
bool packed_no_end(struct run *run)
{
    struct part part = good_part(&run->queue);
    uint16_t lap = packed_flags(&run->queue);

    part.flags |= VIRTIO_DESC_NEXT;
    for (unsigned i = run->queue.size; i > 0; i--) {
        struct part slot = part;

        slot.flags |= lap;
        slot_put(&run->queue, i - 1, &slot, QUEUE_ID);
    }
    queue_notify(&run->queue);
    return true;
}

/* 2.8.19: not behind another descriptor. */
bool packed_indirect_list(struct run *run)
{
    struct part part = good_part(&run->queue);
    struct part parts[2] = {part, table_part(run, sizeof(struct virtio_desc))};

    table_put(run, 0, &part, 0);
    queue_add(&run->queue, parts, 2);
    queue_notify(&run->queue);
    return true;
}

/* Two buffers of one id: the device can't know, each comes back with it. */
bool packed_id_again(struct run *run)
{
    struct part part = good_part(&run->queue);
    uint32_t bytes;

    memory_allow(part.address, part.bytes);
    queue_add(&run->queue, &part, 1);
    queue_add(&run->queue, &part, 1);
    queue_notify(&run->queue);
    return queue_wait(&run->queue, &bytes) && queue_wait(&run->queue, &bytes) &&
           get16(run->queue.desc + 12) == QUEUE_ID && get16(run->queue.desc + 28) == QUEUE_ID;
}
