/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of the block device (virtio 1.2, 5.2). */
#include "virtio.h"

#define RESETS 200u
#define TYPE_GET_LIFETIME 10u
#define TYPE_SECURE_ERASE 14u
#define TYPE_NOBODYS 0x40000000u
#define HEADER_BYTES ((uint32_t)sizeof(struct virtio_blk_header))
#define IN VIRTIO_DESC_WRITE

/* A part of a request: where in the slot's data. bytes 0: not there. */
struct at {
    uint16_t offset;
    uint32_t bytes;
    uint16_t flags;
};

static unsigned parts_make(const struct queue *queue, const struct at *ats, unsigned count,
                           struct part *parts)
{
    unsigned used = 0;

    for (unsigned i = 0; i < count; i++) {
        if (ats[i].bytes != 0) {
            parts[used++] = (struct part){queue->data + ats[i].offset, ats[i].bytes, ats[i].flags};
        }
    }
    return used;
}

/* 5.2.6: no whole header, or no byte for the status: there is nothing to answer with. */
bool blk_shape(struct run *run)
{
    static const struct at shapes[][3] = {
        {{DATA_HEADER, HEADER_BYTES, 0}},
        {{DATA_HEADER, HEADER_BYTES - 1, 0}, {DATA_STATUS, 1, IN}},
        {{DATA_HEADER, 1, 0}, {DATA_STATUS, 1, IN}},
        {{DATA_STATUS, 1, IN}},
        {{DATA_BYTES, SECTOR_BYTES, IN}, {DATA_STATUS, 1, IN}},
        {{DATA_HEADER, HEADER_BYTES, 0}, {DATA_BYTES, SECTOR_BYTES, 0}},
    };
    struct part parts[3];

    header_put(&run->queue, VIRTIO_BLK_T_IN, SECTOR);
    queue_add(&run->queue, parts, parts_make(&run->queue, shapes[run->variant], 3, parts));
    queue_notify(&run->queue);
    return true;
}

/* One request: is it answered with this status, and nothing but the status written? */
static bool answered(struct run *run, const struct part *parts, unsigned count, uint8_t status)
{
    uint32_t bytes;

    memory_allow(run->queue.data + DATA_STATUS, 1);
    queue_add(&run->queue, parts, count);
    queue_notify(&run->queue);
    return queue_wait(&run->queue, &bytes) && bytes <= 1 &&
           get8(run->queue.data + DATA_STATUS) == status &&
           reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
}

/* 5.2.6.1, 5.2.6.2: what a device refuses by the status. Its data stays as it is. */
static const struct {
    uint32_t type;
    uint64_t sector;
    uint32_t bytes;
    uint16_t flags;
    uint8_t status;
} errors[] = {
    /* Past the end, across it, where sector times 512 wraps. */
    {VIRTIO_BLK_T_IN, DISK_SECTORS, 512, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_IN, DISK_SECTORS - 1, 1024, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_IN, UINT64_MAX, 512, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_IN, UINT64_C(1) << 55, 512, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, DISK_SECTORS, 512, 0, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, DISK_SECTORS - 1, 1024, 0, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, UINT64_MAX, 512, 0, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, (UINT64_C(1) << 55) + SECTOR, 512, 0, VIRTIO_BLK_S_IOERR},
    /* 5.2.6.1: no multiple of 512. */
    {VIRTIO_BLK_T_IN, SECTOR, 1, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_IN, SECTOR, 511, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_IN, SECTOR, 513, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, SECTOR, 1, 0, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, SECTOR, 513, 0, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_IN, SECTOR, 0, IN, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, SECTOR, 0, 0, VIRTIO_BLK_S_IOERR},
    /* Data in the other direction: there is none. */
    {VIRTIO_BLK_T_IN, SECTOR, 512, 0, VIRTIO_BLK_S_IOERR},
    {VIRTIO_BLK_T_OUT, SECTOR, 512, IN, VIRTIO_BLK_S_IOERR},
    /* 5.2.6: types that there are not, or that were not negotiated. */
    {2, SECTOR, 512, IN, VIRTIO_BLK_S_UNSUPP},
    {3, SECTOR, 512, 0, VIRTIO_BLK_S_UNSUPP},
    {TYPE_GET_LIFETIME, 0, 512, IN, VIRTIO_BLK_S_UNSUPP},
    {TYPE_SECURE_ERASE, 0, 16, 0, VIRTIO_BLK_S_UNSUPP},
    {TYPE_NOBODYS, SECTOR, 512, IN, VIRTIO_BLK_S_UNSUPP},
    {UINT32_MAX, SECTOR, 512, 0, VIRTIO_BLK_S_UNSUPP},
    {VIRTIO_BLK_T_OUT | 0x80000000u, SECTOR, 512, 0, VIRTIO_BLK_S_UNSUPP},
};

/* The request of row `row`, answered as it says. */
static bool error_answered(struct run *run, unsigned row)
{
    const struct at ats[] = {{DATA_HEADER, HEADER_BYTES, 0},
                             {DATA_BYTES, errors[row].bytes, errors[row].flags},
                             {DATA_STATUS, 1, IN}};
    struct part parts[3];

    header_put(&run->queue, errors[row].type, errors[row].sector);
    return answered(run, parts, parts_make(&run->queue, ats, 3, parts), errors[row].status);
}

bool blk_error(struct run *run)
{
    return error_answered(run, run->variant);
}

/* A read of a sector that is as it was when the machine started. */
static bool sector_stays(struct run *run, uint64_t sector)
{
    struct part parts[READ_PARTS];
    uint32_t bytes;

    read_parts(&run->queue, parts);
    header_put(&run->queue, VIRTIO_BLK_T_IN, sector);
    queue_add(&run->queue, parts, READ_PARTS);
    queue_notify(&run->queue);
    return queue_wait(&run->queue, &bytes) && bytes == SECTOR_BYTES + 1 &&
           get8(run->queue.data + DATA_STATUS) == VIRTIO_BLK_S_OK &&
           sector_good(run->queue.data + DATA_BYTES, sector);
}

/*
 * The host refuses most of these as well. That it is not asked is seen by what Paravane tells: the host has
 * got no byte, and has sent no interrupt. Neighbours are as they were; reading them is an interrupt.
 */
bool blk_error_kept(struct run *run)
{
    struct inspected before;
    struct inspected after;
    struct inspected read;

    if (!inspect(&before) || !error_answered(run, run->variant) || !inspect(&after) ||
        !sector_stays(run, SECTOR) || !sector_stays(run, SECTOR + 1) ||
        !sector_stays(run, DISK_SECTORS - 1) || !inspect(&read)) {
        return false;
    }
    return before.interrupts == after.interrupts && before.bytes_out == after.bytes_out &&
           read.interrupts != after.interrupts;
}

/* 5.2.5.2, 5.2.6.1: more segments of data than seg_max, in a chain as long as the queue. */
#define SEGMENTS 255u
bool blk_segments(struct run *run)
{
    static struct part parts[SEGMENTS + 1];
    uint32_t offset = 0;

    device_reset(run->device);
    (void)device_agree(run->device, FEATURES);
    queue_place(&run->queue, run->device, 0, 0, SEGMENTS + 1, false);
    queue_ready(&run->queue);
    device_run(run->device);
    header_put(&run->queue, VIRTIO_BLK_T_IN, SECTOR);
    parts[0] = (struct part){run->queue.data + DATA_HEADER, HEADER_BYTES, 0};
    for (unsigned i = 1; i <= SEGMENTS; i++) {
        parts[i] = (struct part){run->queue.data + DATA_BYTES + offset, 2, IN};
        offset += 2;
    }
    /* The last has the rest, and the status byte behind it. */
    offset -= 2;
    parts[SEGMENTS].address = run->queue.data + DATA_STATUS - (SECTOR_BYTES - offset);
    parts[SEGMENTS].bytes = SECTOR_BYTES - offset + 1;
    return answered(run, parts, SEGMENTS + 1, VIRTIO_BLK_S_IOERR);
}

static bool range_answered(struct run *run, uint32_t type, const struct virtio_blk_range *range,
                           uint32_t bytes, uint8_t status)
{
    const struct part parts[] = {
        {run->queue.data + DATA_HEADER, HEADER_BYTES, 0},
        {run->queue.data + DATA_RANGES, bytes, 0},
        {run->queue.data + DATA_STATUS, 1, IN},
    };

    header_put(&run->queue, type, 0);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t at = run->queue.data + DATA_RANGES + i * sizeof(*range);

        put64(at, range->sector);
        put32(at + 8, range->sectors);
        put32(at + 12, range->flags);
    }
    return answered(run, parts, 3, status);
}

/* 5.2.6.2: ranges out of bounds, of no length, with flags that there are not; no whole range, two
 * where max_discard_seg is one. Variants: discard, then write zeroes. */
#define RANGES 9u
bool blk_range(struct run *run)
{
    static const struct {
        struct virtio_blk_range range;
        uint32_t bytes;
        uint8_t status;
    } ranges[RANGES] = {
        {{DISK_SECTORS, 8, 0}, 16, VIRTIO_BLK_S_IOERR},
        {{DISK_SECTORS - 4, 8, 0}, 16, VIRTIO_BLK_S_IOERR},
        {{UINT64_MAX, 8, 0}, 16, VIRTIO_BLK_S_IOERR},
        {{UINT64_MAX - 7, 16, 0}, 16, VIRTIO_BLK_S_IOERR},
        {{SECTOR, UINT32_MAX, 0}, 16, VIRTIO_BLK_S_IOERR},
        {{SECTOR, 8, 0x80000000u}, 16, VIRTIO_BLK_S_UNSUPP},
        {{SECTOR, 8, 2}, 16, VIRTIO_BLK_S_UNSUPP},
        {{SECTOR, 8, 0}, 15, VIRTIO_BLK_S_IOERR},
        {{SECTOR, 8, 0}, 32, VIRTIO_BLK_S_IOERR},
    };
    bool zeroes = run->variant >= RANGES;
    unsigned i = run->variant % RANGES;
    uint64_t feature = zeroes ? VIRTIO_BLK_F_WRITE_ZEROES : VIRTIO_BLK_F_DISCARD;

    return range_answered(run, zeroes ? VIRTIO_BLK_T_WRITE_ZEROES : VIRTIO_BLK_T_DISCARD,
                          &ranges[i].range, ranges[i].bytes,
                          (run->device->offered & feature) != 0 ? ranges[i].status
                                                                : VIRTIO_BLK_S_UNSUPP);
}

/* 5.2.6.2: a write to a disk that is read-only; what it does not offer is not there. */
bool blk_read_only(struct run *run)
{
    const struct virtio_blk_range range = {SECTOR, 8, 0};
    const struct at ats[] = {
        {DATA_HEADER, HEADER_BYTES, 0}, {DATA_BYTES, SECTOR_BYTES, 0}, {DATA_STATUS, 1, IN}};
    struct part parts[3];

    if ((run->device->offered & VIRTIO_BLK_F_RO) == 0) {
        return false;
    }
    if (run->variant != 0) {
        uint64_t feature = run->variant == 1 ? VIRTIO_BLK_F_DISCARD : VIRTIO_BLK_F_WRITE_ZEROES;

        return range_answered(
            run, run->variant == 1 ? VIRTIO_BLK_T_DISCARD : VIRTIO_BLK_T_WRITE_ZEROES, &range,
            sizeof(range),
            (run->device->offered & feature) != 0 ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_UNSUPP);
    }
    header_put(&run->queue, VIRTIO_BLK_T_OUT, SECTOR);
    return answered(run, parts, parts_make(&run->queue, ats, 3, parts), VIRTIO_BLK_S_IOERR);
}

/* ---- Resets while requests are at the host ---------------------------------------------------------- */

#define FLYING 5u /* chains of three in a queue of 16 */

static void flying_start(struct run *run)
{
    struct queue *queue = &run->queue;
    struct part parts[READ_PARTS];

    queue_place(queue, run->device, 0, 0, queue->size, run->packed);
    queue_ready(queue);
    read_parts(queue, parts);
    for (unsigned i = 0; i < FLYING; i++) {
        if (run->packed) {
            queue_add(queue, parts, READ_PARTS);
            continue;
        }
        for (unsigned j = 0; j < READ_PARTS; j++) {
            struct part part = parts[j];

            part.flags |= j + 1 < READ_PARTS ? VIRTIO_DESC_NEXT : 0;
            desc_put(queue, i * READ_PARTS + j, &part, (uint16_t)(i * READ_PARTS + j + 1));
        }
        avail_put(queue, (uint16_t)(i * READ_PARTS), 1);
    }
}

/* The memory is the driver's again: what it writes there now stays, also when another disk has been
 * asked and has answered since then. */
static bool memory_stays(struct run *run)
{
    uint64_t data = run->queue.data + DATA_BYTES;
    uint64_t used = run->queue.used + VIRTIO_USED_INDEX;
    bool stays;

    for (unsigned i = 0; i < SECTOR_BYTES; i += 8) {
        put64(data + i, i);
    }
    put8(run->queue.data + DATA_STATUS, STATUS_UNTOUCHED);
    put16(used, 0x1234);
    stays = other_works(run->other);
    for (unsigned i = 0; i < SECTOR_BYTES; i += 8) {
        stays &= read64(data + i) == i;
    }
    return stays && get8(run->queue.data + DATA_STATUS) == STATUS_UNTOUCHED &&
           get16(used) == 0x1234;
}

/* 2.1, 4.2.3.1: the status reads 0 when nothing is touched any more. */
bool blk_reset_flying(struct run *run)
{
    bool good = true;

    for (unsigned i = 0; i < RESETS; i++) {
        device_reset(run->device);
        (void)device_agree(run->device, FEATURES | (run->packed ? VIRTIO_F_RING_PACKED : 0));
        flying_start(run);
        device_run(run->device);
        queue_notify(&run->queue);
        device_reset(run->device);
        good &= reg_read(run->device, VIRTIO_MMIO_STATUS) == 0 &&
                reg_read(run->device, VIRTIO_MMIO_INTERRUPT_STATUS) == 0 && memory_stays(run);
    }
    return good;
}

/* 2.6.1: the same for a queue, with the device running on. */
bool blk_queue_reset_flying(struct run *run)
{
    bool good = true;

    for (unsigned i = 0; i < RESETS; i++) {
        reg_write(run->device, VIRTIO_MMIO_QUEUE_SEL, 0);
        reg_write(run->device, VIRTIO_MMIO_QUEUE_RESET, 1);
        good &= reg_read(run->device, VIRTIO_MMIO_QUEUE_RESET) == 0 &&
                reg_read(run->device, VIRTIO_MMIO_QUEUE_READY) == 0 && memory_stays(run);
        flying_start(run);
        queue_notify(&run->queue);
    }
    reg_write(run->device, VIRTIO_MMIO_QUEUE_RESET, 1);
    return good && memory_stays(run) && reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
}
