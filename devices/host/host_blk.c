/* SPDX-License-Identifier: BSD-3-Clause */
/* Disks of the host's: host_blk.h. Source: virtio 1.2, 5.2. */
#include "host/host_blk.h"

#include "virtio/ring.h"
#include "vtl/untrusted.h"

#include <string.h>

#define WANTED                                                                                   \
    (VIRTIO_F_EVENT_IDX | VIRTIO_BLK_F_SIZE_MAX | VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_RO |       \
     VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_TOPOLOGY | VIRTIO_BLK_F_DISCARD | \
     VIRTIO_BLK_F_WRITE_ZEROES)
#define SECTORS_MAX (UINT64_C(1) << 50)
#define PHYSICAL_EXP_MAX 16u
/* A range in bytes fits in 32 bits. */
#define RANGE_SECTORS_MAX (UINT32_MAX / VIRTIO_BLK_SECTOR_BYTES)
#define BUFFERS_BESIDES 2u /* header and status */
#define BUFFERS_MAX (HOST_BLK_PAGES + BUFFERS_BESIDES)
#define SERIAL_READS 10000000u /* looks at the ring for an answer: seconds */
/* What is told of in one turn, and the last one more: a host that is done at once must not hold the VP. */
#define TURN_COST (RING_TURN_PIECES / 2)
#define COST_DONE (TURN_COST / HOST_BLK_INFLIGHT)

/* What the device reads and writes besides data: a line a request. */
struct slot {
    struct virtio_blk_header header;
    struct virtio_blk_range range;
    uint8_t status;
    uint8_t serial[VIRTIO_BLK_ID_BYTES];
    uint8_t unused[11];
};
_Static_assert(sizeof(struct slot) == 64, "a line");

struct host_blk {
    struct vtl_lock lock;
    struct host_virtio device;
    struct host_queue queue;
    struct host_blk_info info;
    struct slot *slots;                      /* HOST_BLK_INFLIGHT in the bounce region */
    struct host_buffer buffers[BUFFERS_MAX]; /* of the request that is being added */
    struct host_blk_io *flying[HOST_BLK_INFLIGHT];
    uint8_t slot_of[HOST_QUEUE_SIZE_MAX]; /* by the queue's id */
    uint8_t free[HOST_BLK_INFLIGHT];      /* a stack */
    uint32_t free_count;
    struct vmm_work work;
    struct vmm_work share;                   /* the same, for another VP */
    void (*complete)(struct host_blk *disk); /* what an interrupt is for */
    char name[8];                            /* "disk 0" */
};

static struct host_blk disks[HOST_BLK_MAX];
static unsigned disk_count;
static uint32_t (*done_callback)(struct host_blk_io *io);

unsigned host_blk_count(void)
{
    return disk_count;
}

const struct host_blk_info *host_blk_info(unsigned disk)
{
    return &disks[disk].info;
}

void host_blk_set_done(uint32_t (*done)(struct host_blk_io *io))
{
    done_callback = done;
}

void *host_blk_device(unsigned disk)
{
    return &disks[disk];
}

const char *host_blk_dead(unsigned disk)
{
    return __atomic_load_n(&disks[disk].device.dead, __ATOMIC_RELAXED);
}

/* ---- Requests ---------------------------------------------------------------------------------- */

static uint32_t type_of(const struct host_blk_io *io)
{
    static const uint32_t types[] = {
        [HOST_BLK_READ] = VIRTIO_BLK_T_IN,
        [HOST_BLK_WRITE] = VIRTIO_BLK_T_OUT,
        [HOST_BLK_FLUSH] = VIRTIO_BLK_T_FLUSH,
        [HOST_BLK_DISCARD] = VIRTIO_BLK_T_DISCARD,
        [HOST_BLK_WRITE_ZEROES] = VIRTIO_BLK_T_WRITE_ZEROES,
    };

    return types[io->op];
}

/* Pages that follow each other are one buffer. */
static unsigned add_pages(const struct host_blk_io *io, struct host_buffer *buffers, unsigned count)
{
    uint32_t left = io->bytes;

    for (unsigned i = 0; left != 0; i++) {
        uint32_t now = left < BOUNCE_PAGE_BYTES ? left : BOUNCE_PAGE_BYTES;

        CHECK(i < io->page_count);
        if (i != 0 && io->pages[i] == (char *)io->pages[i - 1] + BOUNCE_PAGE_BYTES) {
            buffers[count - 1].bytes += now;
        } else {
            buffers[count++] = (struct host_buffer){io->pages[i], now, io->op == HOST_BLK_READ};
        }
        left -= now;
    }
    return count;
}

static unsigned describe(struct slot *slot, const struct host_blk_io *io,
                         struct host_buffer *buffers)
{
    bool data = io->op == HOST_BLK_READ || io->op == HOST_BLK_WRITE;
    unsigned count = 0;

    slot->header = (struct virtio_blk_header){type_of(io), 0, data ? io->sector : 0};
    slot->status = UINT8_MAX;
    buffers[count++] = (struct host_buffer){&slot->header, sizeof(slot->header), false};
    if (data) {
        count = add_pages(io, buffers, count);
    } else if (io->op != HOST_BLK_FLUSH) {
        /* Of a discard the flag must be clear (5.2.6.1). */
        bool unmap = io->unmap && io->op == HOST_BLK_WRITE_ZEROES;

        slot->range = (struct virtio_blk_range){io->sector, io->bytes / VIRTIO_BLK_SECTOR_BYTES,
                                                unmap ? VIRTIO_BLK_UNMAP : 0};
        buffers[count++] = (struct host_buffer){&slot->range, sizeof(slot->range), false};
    }
    buffers[count++] = (struct host_buffer){&slot->status, 1, true};
    return count;
}

/* The lock is held. */
static bool submit(struct host_blk *disk, struct host_blk_io *io)
{
    uint8_t slot;
    uint16_t id;

    if (disk->free_count == 0) {
        return false;
    }
    slot = disk->free[disk->free_count - 1];
    /* A dead disk keeps the request until the kick that gives it back. */
    if (disk->device.dead == NULL) {
        unsigned count = describe(&disk->slots[slot], io, disk->buffers);

        if (!host_queue_add(&disk->queue, disk->buffers, count, &id)) {
            return false;
        }
        disk->slot_of[id] = slot;
    }
    disk->free_count--;
    disk->flying[slot] = io;
    return true;
}

bool host_blk_submit(unsigned number, struct host_blk_io *io)
{
    struct host_blk *disk = &disks[number];
    bool taken;

    vtl_lock(&disk->lock);
    taken = submit(disk, io);
    vtl_unlock(&disk->lock);
    return taken;
}

bool host_blk_idle(unsigned number)
{
    struct host_blk *disk = &disks[number];
    bool idle;

    vtl_lock(&disk->lock);
    idle = disk->free_count == HOST_BLK_INFLIGHT;
    vtl_unlock(&disk->lock);
    return idle;
}

/* ---- Ends, the lock is held -------------------------------------------------------------------- */

static struct host_blk_io *slot_end(struct host_blk *disk, uint8_t slot, bool good)
{
    struct host_blk_io *io = disk->flying[slot];

    disk->flying[slot] = NULL;
    disk->free[disk->free_count++] = slot;
    io->good = good;
    return io;
}

/* One that the device is done with; NULL: none. */
static struct host_blk_io *next_done(struct host_blk *disk)
{
    uint32_t written;
    uint16_t id;

    if (!host_queue_next(&disk->queue, &id, &written)) {
        return NULL;
    }
    uint8_t slot = disk->slot_of[id];
    const struct host_blk_io *io = disk->flying[slot];
    uint32_t whole = (io->op == HOST_BLK_READ ? io->bytes : 0) + 1;
    uint8_t status = __atomic_load_n(&disk->slots[slot].status, __ATOMIC_RELAXED);

    /* A read that filled less than all has left there what was in the pages before. */
    return slot_end(disk, slot, status == VIRTIO_BLK_S_OK && written == whole);
}

/* One of a dead disk's; NULL: it has none. */
static struct host_blk_io *next_lost(struct host_blk *disk)
{
    for (uint8_t slot = 0; slot < HOST_BLK_INFLIGHT; slot++) {
        if (disk->flying[slot] != NULL) {
            return slot_end(disk, slot, false);
        }
    }
    return NULL;
}

/* Gives back what is done: as a turn may cost, so at most as many as can be in flight. `done` may submit
 * and kick again, and does not come back to here by that. */
static void complete(struct host_blk *disk)
{
    uint32_t cost = 0;

    while (cost < TURN_COST) {
        struct host_blk_io *io;

        vtl_lock(&disk->lock);
        io = next_done(disk);
        if (io == NULL && disk->device.dead != NULL) {
            io = next_lost(disk);
        }
        vtl_unlock(&disk->lock);
        if (io == NULL) {
            return;
        }
        cost += COST_DONE + done_callback(io);
    }
    vmm_again(&disk->work);
}

/* Called by another VP: what VTL0 has to do here goes first. */
static void share_run(void *device)
{
    if (vtl_guest_waits()) {
        complete(device);
    }
}

/* What takes long is not done in VTL0's time, if it can be done on a VP where VTL0 waits, or later. */
static void complete_slow(struct host_blk *disk)
{
    if (vmm_rests()) {
        vmm_later(&disk->work, 0);
    } else if (!vtl_guest_waits() && vmm_elsewhere(&disk->share)) {
        vmm_later(&disk->work, VMM_PAUSE_NS);
    } else {
        complete(disk);
    }
}

void host_blk_slow(unsigned number)
{
    disks[number].complete = complete_slow;
}

void host_blk_share(unsigned number)
{
    struct host_blk *disk = &disks[number];
    bool more;

    vtl_lock(&disk->lock);
    more = host_queue_has(&disk->queue);
    vtl_unlock(&disk->lock);
    if (more) {
        (void)vmm_elsewhere(&disk->share);
    }
}

void host_blk_kick(unsigned number)
{
    struct host_blk *disk = &disks[number];
    bool dead;

    vtl_lock(&disk->lock);
    host_queue_kick(&disk->queue);
    dead = disk->device.dead != NULL;
    vtl_unlock(&disk->lock);
    if (dead) {
        vmm_later(&disk->work, 0);
    }
}

void host_blk_interrupt(void *device)
{
    struct host_blk *disk = device;

    vtl_lock(&disk->lock);
    (void)host_virtio_interrupt(&disk->device);
    vtl_unlock(&disk->lock);
    disk->complete(disk);
}
PV_UNTRUSTED(host_blk_interrupt, host, "fuzz_host_blk");
PV_UNTRUSTED(host_blk_interrupt, disk, "fuzz_host_blk");

static void work_run(void *device)
{
    complete(device);
}

/* ---- Start ------------------------------------------------------------------------------------- */

static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

static bool has(const struct host_blk *disk, uint64_t feature)
{
    return (disk->device.features & feature) != 0;
}

/* Each field in its own width, and only if its feature says that it is there (2.5.2, 4.2.2.2). */
static enum pv_status config_read(struct host_blk *disk, struct virtio_blk_config *config)
{
#define FIELD(feature, name)                            \
    {feature, offsetof(struct virtio_blk_config, name), \
     sizeof(((struct virtio_blk_config *)0)->name)}
    static const struct {
        uint64_t feature;
        uint32_t offset;
        uint32_t bytes;
    } fields[] = {
        FIELD(VIRTIO_F_VERSION_1, capacity),
        FIELD(VIRTIO_BLK_F_SIZE_MAX, size_max),
        FIELD(VIRTIO_BLK_F_SEG_MAX, seg_max),
        FIELD(VIRTIO_BLK_F_BLK_SIZE, blk_size),
        FIELD(VIRTIO_BLK_F_TOPOLOGY, physical_block_exp),
        FIELD(VIRTIO_BLK_F_TOPOLOGY, alignment_offset),
        FIELD(VIRTIO_BLK_F_TOPOLOGY, min_io_size),
        FIELD(VIRTIO_BLK_F_TOPOLOGY, opt_io_size),
        FIELD(VIRTIO_BLK_F_DISCARD, max_discard_sectors),
        FIELD(VIRTIO_BLK_F_DISCARD, max_discard_seg),
        FIELD(VIRTIO_BLK_F_DISCARD, discard_sector_alignment),
        FIELD(VIRTIO_BLK_F_WRITE_ZEROES, max_write_zeroes_sectors),
        FIELD(VIRTIO_BLK_F_WRITE_ZEROES, max_write_zeroes_seg),
        FIELD(VIRTIO_BLK_F_WRITE_ZEROES, write_zeroes_may_unmap),
    };
    enum pv_status status = PV_OK;

    /* Without the feature: no limit, blocks of a sector, nothing of the rest. */
    *config = (struct virtio_blk_config){
        .size_max = UINT32_MAX, .seg_max = UINT32_MAX, .blk_size = VIRTIO_BLK_SECTOR_BYTES};
    for (size_t i = 0; status == PV_OK && i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (has(disk, fields[i].feature)) {
            status = host_virtio_config(&disk->device, fields[i].offset,
                                        (uint8_t *)config + fields[i].offset, fields[i].bytes);
        }
    }
    return status;
}

/*
 * Of what makes no sense, capacity, block size and the limits of a request matter: the rest is for
 * the guest's performance.
 */
static enum pv_status info_set(struct host_blk *disk, const struct virtio_blk_config *config)
{
    struct host_blk_info *info = &disk->info;
    uint32_t block = config->blk_size;

    if (block < VIRTIO_BLK_SECTOR_BYTES || block > BOUNCE_PAGE_BYTES ||
        (block & (block - 1)) != 0 || config->capacity < block / VIRTIO_BLK_SECTOR_BYTES ||
        config->capacity > SECTORS_MAX || config->seg_max == 0 ||
        config->size_max < HOST_BLK_PAGES * BOUNCE_PAGE_BYTES) {
        return PV_INVALID;
    }
    *info = (struct host_blk_info){
        .sectors = config->capacity & ~(uint64_t)(block / VIRTIO_BLK_SECTOR_BYTES - 1),
        .block_bytes = block,
        .pages_max = at_most(config->seg_max, HOST_BLK_PAGES),
        .read_only = has(disk, VIRTIO_BLK_F_RO),
        .flush = has(disk, VIRTIO_BLK_F_FLUSH),
    };
    if (config->physical_block_exp <= PHYSICAL_EXP_MAX) {
        info->physical_block_exp = config->physical_block_exp;
        info->alignment_offset = config->alignment_offset;
        info->min_io_blocks = config->min_io_size;
        info->opt_io_blocks = config->opt_io_size;
    }
    if (config->max_discard_seg != 0) {
        info->discard_sectors_max = at_most(config->max_discard_sectors, RANGE_SECTORS_MAX);
        info->discard_alignment = config->discard_sector_alignment;
    }
    if (config->max_write_zeroes_seg != 0) {
        info->zeroes_sectors_max = at_most(config->max_write_zeroes_sectors, RANGE_SECTORS_MAX);
        info->zeroes_may_unmap = config->write_zeroes_may_unmap == 1;
    }
    return PV_OK;
}

/* Only what can be shown; the rest of the host's bytes reaches nobody. */
static void serial_copy(struct host_blk_info *info, const uint8_t *from)
{
    for (size_t i = 0; i < sizeof(info->serial); i++) {
        uint8_t byte = __atomic_load_n(&from[i], __ATOMIC_RELAXED);

        if (byte < 0x20 || byte > 0x7e) {
            break;
        }
        info->serial[i] = byte;
    }
}

/* The first request, before interrupts are on. A disk without an answer has no serial number. */
static void serial_read(struct host_blk *disk)
{
    struct slot *slot = &disk->slots[0];
    const struct host_buffer buffers[] = {
        {&slot->header, sizeof(slot->header), false},
        {slot->serial, sizeof(slot->serial), true},
        {&slot->status, 1, true},
    };
    uint32_t written;
    uint16_t id;

    slot->header = (struct virtio_blk_header){.type = VIRTIO_BLK_T_GET_ID};
    slot->status = UINT8_MAX;
    if (!host_queue_add(&disk->queue, buffers, 3, &id)) {
        return;
    }
    host_queue_kick(&disk->queue);
    for (uint32_t i = 0; i < SERIAL_READS && disk->device.dead == NULL; i++) {
        if (host_queue_take(&disk->queue, &id, &written)) {
            if (__atomic_load_n(&slot->status, __ATOMIC_RELAXED) == VIRTIO_BLK_S_OK) {
                serial_copy(&disk->info, slot->serial);
            }
            break;
        }
        vtl_relax();
    }
    if (disk->queue.used == 0) {
        host_virtio_kill(&disk->device, "no answer to its first request");
    }
    (void)host_queue_rearm(&disk->queue);
    (void)host_virtio_interrupt(&disk->device);
}

static void slots_free(struct host_blk *disk)
{
    for (uint8_t slot = 0; slot < HOST_BLK_INFLIGHT; slot++) {
        disk->free[disk->free_count++] = slot;
    }
}

static enum pv_status open_steps(struct host_blk *disk)
{
    struct virtio_blk_config config;
    enum pv_status status = host_virtio_open(&disk->device, WANTED);

    if (status == PV_OK) {
        status = config_read(disk, &config);
    }
    if (status == PV_OK) {
        status = info_set(disk, &config);
    }
    if (status == PV_OK) {
        status = host_queue_open(&disk->device, &disk->queue, 0, HOST_QUEUE_SIZE_MAX);
    }
    /* The longest request must fit in an empty queue, or it would wait for ever. */
    if (status == PV_OK && disk->queue.size <= BUFFERS_BESIDES) {
        status = PV_UNSUPPORTED;
    }
    if (status == PV_OK) {
        disk->info.pages_max = at_most(disk->info.pages_max, disk->queue.size - BUFFERS_BESIDES);
    }
    if (status == PV_OK) {
        disk->slots = bounce_reserve(HOST_BLK_INFLIGHT * sizeof(struct slot));
        status = disk->slots != NULL ? PV_OK : PV_NO_SPACE;
    }
    return status == PV_OK ? host_virtio_start(&disk->device) : status;
}

enum pv_status host_blk_open(unsigned number, uint64_t base)
{
    static const char *const reasons[] = {
        [PV_INVALID] = "no good capacity, block size or limits",
        [PV_NO_SPACE] = "no room for its rings",
        [PV_UNSUPPORTED] = "its queue is missing or too short",
        [PV_IO] = "its configuration does not settle",
    };
    struct host_blk *disk = &disks[number];
    enum pv_status status;

    CHECK(number <= disk_count && number < HOST_BLK_MAX);
    disk_count = number;
    *disk = (struct host_blk){.device = {.base = base, .name = disk->name},
                              .name = "disk ?",
                              .work = {.run = work_run, .device = disk},
                              .share = {.run = share_run, .device = disk},
                              .complete = complete};
    disk->name[5] = (char)('0' + number);
    slots_free(disk);
    status = open_steps(disk);
    if (status == PV_OK) {
        serial_read(disk);
        disk_count++;
    } else {
        host_virtio_kill(&disk->device, reasons[status]);
    }
    return status;
}
PV_UNTRUSTED(host_blk_open, host, "fuzz_host_blk");
