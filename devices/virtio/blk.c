/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's disks: blk.h. Source: virtio 1.2, 5.2. */
#include "virtio/blk.h"

#include "vtl/untrusted.h"

/* So many bytes in a row cost as much as a piece: 1 KiB. */
#define COST_SHIFT 10u
/* What a request costs beside its two pieces at least: so a turn takes one ring full of them at most. */
#define COST_REQUEST 2u
_Static_assert(RING_TURN_PIECES / (COST_REQUEST + 2) == RING_SIZE_MAX, "one ring full");

static struct blk_disk disks[HOST_BLK_MAX];
static struct blk_request requests[BLK_REQUESTS];
static struct blk_piece pieces[BLK_REQUESTS];
static void *pages[BLK_PAGES_MAX];

/* ---- A disk's own requests, pieces, pages ------------------------------------------------------ */

static struct blk_request *request_new(struct blk_disk *disk)
{
    struct blk_request *request;

    vtl_lock(&disk->lock);
    request = disk->free_requests;
    if (request != NULL) {
        disk->free_requests = request->next;
    }
    vtl_unlock(&disk->lock);
    return request;
}

static void request_free(struct blk_request *request)
{
    struct blk_disk *disk = request->disk;

    vtl_lock(&disk->lock);
    request->next = disk->free_requests;
    disk->free_requests = request;
    vtl_unlock(&disk->lock);
}

static void piece_free(struct blk_disk *disk, struct blk_piece *piece)
{
    vtl_lock(&disk->lock);
    /* Last first: neighbours come off the stack in their order, and are one buffer to the host. */
    for (unsigned i = piece->io.page_count; i > 0; i--) {
        disk->pages[disk->page_count++] = piece->io.pages[i - 1];
    }
    piece->next = disk->free_pieces;
    disk->free_pieces = piece;
    vtl_unlock(&disk->lock);
}

/* A piece with at most `wanted` pages, one at least if any is wanted; NULL: not now. */
static struct blk_piece *piece_new(struct blk_disk *disk, uint32_t wanted)
{
    struct blk_piece *piece = NULL;

    vtl_lock(&disk->lock);
    if (disk->free_pieces != NULL && (wanted == 0 || disk->page_count != 0)) {
        uint32_t count = wanted < disk->page_count ? wanted : disk->page_count;

        piece = disk->free_pieces;
        disk->free_pieces = piece->next;
        piece->io.page_count = (uint16_t)count;
        for (uint32_t i = 0; i < count; i++) {
            piece->io.pages[i] = disk->pages[--disk->page_count];
        }
    }
    vtl_unlock(&disk->lock);
    return piece;
}

/* ---- Ends -------------------------------------------------------------------------------------- */

/* The request's ring->lock is held. Its memory is the guest's only if no reset has come between. */
static bool is_current(const struct blk_request *request)
{
    return request->ring->live && request->generation == request->ring->generation;
}

static void answer(struct blk_request *request, uint8_t status, uint32_t written)
{
    if (is_current(request)) {
        /* A status byte that can't be written is the driver's loss: it lies in its own memory. */
        if (vtl_store((volatile void *)(uintptr_t)request->status, 1, status) != PV_OK) {
            written = 0;
        }
        ring_give(request->ring, request->token, written);
    }
    request_free(request);
}

static void finish(struct blk_request *request)
{
    uint32_t data = request->op == HOST_BLK_READ && !request->failed ? request->bytes : 0;

    answer(request, request->failed ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK, data + 1);
}

/* ---- To the host ------------------------------------------------------------------------------- */

static bool has_data(enum host_blk_op op)
{
    return op == HOST_BLK_READ || op == HOST_BLK_WRITE;
}

/* A write's next bytes into the piece's pages. */
static bool piece_fill(struct blk_piece *piece)
{
    struct ring_cursor *source = &piece->request->source;
    uint32_t done = 0;

    if (piece->request->disk->data != NULL) {
        return piece->request->disk->data->fill(piece);
    }

    for (unsigned i = 0; done < piece->io.bytes; i++) {
        uint32_t left = piece->io.bytes - done;
        uint32_t now = left < BOUNCE_PAGE_BYTES ? left : BOUNCE_PAGE_BYTES;

        if (ring_read(source, piece->io.pages[i], now) != now) {
            return false;
        }
        done += now;
    }
    bounce_count_out(done);
    return true;
}

/* The whole blocks that fit its pages; the rest is another piece's. */
static void piece_set(struct blk_piece *piece, struct blk_request *request)
{
    const enum host_blk_op op = request->op;
    const uint32_t issued = request->issued;
    uint32_t left = request->bytes - issued;
    uint32_t room = piece->io.page_count * BOUNCE_PAGE_BYTES;

    piece->request = request;
    piece->offset = issued;
    piece->io.op = op;
    piece->io.sector = request->disk->first + request->sector + issued / VIRTIO_BLK_SECTOR_BYTES;
    piece->io.bytes = has_data(op) && room < left ? room : left;
    piece->io.unmap = request->unmap;
    piece->io.owner = piece;
}

/* The next piece of a request. False: not now. */
static bool issue_one(struct blk_request *request)
{
    struct blk_disk *disk = request->disk;
    uint32_t left = request->bytes - request->issued;
    uint32_t wanted =
        has_data(request->op) ? (left + BOUNCE_PAGE_BYTES - 1) / BOUNCE_PAGE_BYTES : 0;
    uint32_t most = disk->info->pages_max;
    struct blk_piece *piece = piece_new(disk, wanted < most ? wanted : most);
    struct ring_cursor before = request->source;

    if (piece == NULL) {
        return false;
    }
    piece_set(piece, request);
    if (request->op == HOST_BLK_WRITE && !piece_fill(piece)) {
        request->failed = true;
        piece_free(disk, piece);
        return true;
    }
    if (!host_blk_submit(disk->index, &piece->io)) {
        request->source = before;
        piece_free(disk, piece);
        return false;
    }
    request->flying++;
    request->issued += piece->io.bytes;
    request->whole = request->issued == request->bytes;
    return true;
}

/* Is there more to give to the host? */
static bool goes_on(struct blk_request *request)
{
    request->failed =
        request->failed || !is_current(request) || host_blk_dead(request->disk->index) != NULL;
    return !request->failed && !request->whole;
}

/* All that can be given to the host now. True: nothing is left to give. */
static bool issue(struct blk_request *request)
{
    (void)goes_on(request);
    while (!request->failed && !request->whole) {
        if (!issue_one(request)) {
            return false;
        }
    }
    if (request->flying == 0) {
        finish(request);
    }
    return true;
}

static bool is_encrypted(const struct blk_request *request)
{
    return request->op == HOST_BLK_WRITE && request->disk->data != NULL;
}

/* As issue, of what is encrypted, as far as a turn may go that has cost that much; adds to that. */
static bool issue_encrypted(struct blk_request *request, uint32_t *cost)
{
    struct blk_disk *disk = request->disk;
    const uint32_t most = disk->info->pages_max * BOUNCE_PAGE_BYTES;

    while (goes_on(request)) {
        const uint32_t left = request->bytes - request->issued;

        if (*cost >= RING_TURN_PIECES) {
            vmm_again(&disk->work);
            return false;
        }
        if (!issue_one(request)) {
            return false;
        }
        *cost += (left < most ? left : most) >> disk->cost_shift;
    }
    return issue(request);
}

/* ---- What waits -------------------------------------------------------------------------------- */

/*
 * A request waits for the end of what is in flight, and has been seen to wait by that, if it comes now. But
 * all may have ended on another VP since there was no room for it. The request's ring->lock is held.
 */
static void wait_for_end(struct blk_disk *disk)
{
    if (host_blk_idle(disk->index)) {
        vmm_later(&disk->work, 0);
    }
}

static void append(struct blk_request *request)
{
    struct blk_disk *disk = request->disk;

    request->waits = true;
    request->next = NULL;
    vtl_lock(&disk->lock);
    if (disk->waiting == NULL) {
        __atomic_store_n(&disk->waiting, request, __ATOMIC_RELAXED);
    } else {
        disk->waiting_last->next = request;
    }
    disk->waiting_last = request;
    vtl_unlock(&disk->lock);
}

static void wait_behind(struct blk_request *request)
{
    append(request);
    wait_for_end(request->disk);
}

static void wait_in_front(struct blk_request *request)
{
    struct blk_disk *disk = request->disk;

    request->waits = true;
    vtl_lock(&disk->lock);
    request->next = disk->waiting;
    if (disk->waiting == NULL) {
        disk->waiting_last = request;
    }
    __atomic_store_n(&disk->waiting, request, __ATOMIC_RELAXED);
    vtl_unlock(&disk->lock);
    wait_for_end(disk);
}

static struct blk_request *first_waiting(struct blk_disk *disk)
{
    struct blk_request *request;

    vtl_lock(&disk->lock);
    request = disk->waiting;
    if (request != NULL) {
        __atomic_store_n(&disk->waiting, request->next, __ATOMIC_RELAXED);
    }
    vtl_unlock(&disk->lock);
    return request;
}

/* ---- From the guest ---------------------------------------------------------------------------- */

static void start(struct blk_request *request, const struct ring_chain *chain)
{
    const struct blk_disk *disk = request->disk;
    uint8_t status = VIRTIO_BLK_S_OK;
    uint32_t written = 0;

    switch (blk_request_parse(request, chain, &status, &written)) {
    case BLK_ISSUE:
        /* Only resume, which comes after this, knows what the turn may still encrypt. */
        if (is_encrypted(request)) {
            append(request);
            break;
        }
        /* In the order they came. */
        if (__atomic_load_n(&disk->waiting, __ATOMIC_RELAXED) != NULL || !issue(request)) {
            wait_behind(request);
        }
        break;
    case BLK_ANSWER:
        answer(request, status, written);
        break;
    case BLK_BROKEN:
        request_free(request);
        break;
    }
}

static void mark_starved(struct blk_disk *disk, const struct ring *ring)
{
    (void)__atomic_fetch_or(&disk->starved, 1u << (ring - disk->queues), __ATOMIC_RELAXED);
}

/* One of the disk's, or NULL; then the end of another comes back to this queue. */
static struct blk_request *request_for(struct blk_disk *disk, struct ring *ring)
{
    struct blk_request *request = request_new(disk);

    if (request == NULL) {
        /* The last that was in flight may have ended before the mark was seen. */
        mark_starved(disk, ring);
        request = request_new(disk);
    }
    return request;
}

/* Takes what is in a queue, as much as a turn may; its lock is held. What is left is taken later. Returns
 * what it has cost, but for copies: of those there are no more than the disk has pages. */
static uint32_t pump(struct blk_disk *disk, struct ring *ring)
{
    uint32_t cost = 0;

    while (cost < RING_TURN_PIECES) {
        const struct ring_chain *chain = ring_next(ring);
        struct blk_request *request;

        if (chain == NULL) {
            return cost;
        }
        cost += COST_REQUEST + ring_pieces(chain);
        request = request_for(disk, ring);
        if (request == NULL) {
            ring_put_back(ring);
            return cost;
        }
        request->ring = ring;
        start(request, chain);
    }
    mark_starved(disk, ring);
    vmm_again(&disk->work);
    return cost;
}

static uint32_t pump_locked(struct blk_disk *disk, unsigned queue)
{
    struct ring *ring = &disk->queues[queue];
    uint32_t cost;

    vtl_lock(&ring->lock);
    cost = pump(disk, ring);
    virtio_tell(&disk->device, ring);
    vtl_unlock(&ring->lock);
    return cost;
}

/* Queues in which there may be more, as far as a turn may go on from `cost` on. Returns that with theirs. */
static uint32_t pump_starved(struct blk_disk *disk, uint32_t cost)
{
    uint32_t starved = __atomic_exchange_n(&disk->starved, 0, __ATOMIC_RELAXED);

    for (; starved != 0 && cost < RING_TURN_PIECES; starved &= starved - 1) {
        cost += pump_locked(disk, (unsigned)__builtin_ctz(starved));
    }
    if (starved != 0) {
        (void)__atomic_fetch_or(&disk->starved, starved, __ATOMIC_RELAXED);
        vmm_again(&disk->work);
    }
    return cost;
}

/* What waits gets what has become free, as far as a turn may go that has cost that much. Returns that with
 * what it has cost. Out of line, as resume_starved: off the way of a request. */
__attribute__((noinline)) static uint32_t issue_waiting(struct blk_disk *disk, uint32_t cost)
{
    struct blk_request *request;
    bool more = true;

    while (more && (request = first_waiting(disk)) != NULL) {
        struct ring *ring = request->ring;

        vtl_lock(&ring->lock);
        request->waits = false;
        cost += request->segment_count + 1u;
        more = is_encrypted(request) ? issue_encrypted(request, &cost) : issue(request);
        if (!more) {
            wait_in_front(request);
        }
        virtio_tell(&disk->device, ring);
        vtl_unlock(&ring->lock);
        if (more && cost >= RING_TURN_PIECES) {
            vmm_again(&disk->work);
            more = false;
        }
    }
    return cost;
}

__attribute__((noinline)) static uint32_t resume_starved(struct blk_disk *disk, uint32_t cost)
{
    cost = issue_waiting(disk, pump_starved(disk, cost));
    /* All that was taken may have ended at once, and then nothing else comes back to the queues. */
    if (__atomic_load_n(&disk->starved, __ATOMIC_RELAXED) != 0 && host_blk_idle(disk->index)) {
        vmm_again(&disk->work);
    }
    return cost;
}

/*
 * All that a turn may go on with that has cost that much; returns that with what it has cost. No lock is needed to
 * see what waits for an end: it was in the list before the host's driver, under its lock, told of that end.
 */
static uint32_t resume(struct blk_disk *disk, uint32_t cost)
{
    if (__atomic_load_n(&disk->waiting, __ATOMIC_RELAXED) != NULL) {
        cost = issue_waiting(disk, cost);
    }
    if (__atomic_load_n(&disk->starved, __ATOMIC_RELAXED) != 0) {
        cost = resume_starved(disk, cost);
    }
    host_blk_kick(disk->index);
    return cost;
}

static void work_run(void *device)
{
    (void)resume(device, 0);
}

static void notify(struct virtio_device *device, unsigned queue)
{
    struct blk_disk *disk = device->instance;
    const uint32_t cost = pump_locked(disk, queue);

    if (disk->data != NULL) {
        (void)resume(disk, cost);
    } else {
        host_blk_kick(disk->index);
    }
}
PV_UNTRUSTED(notify, guest, "fuzz_virtio_blk");

/* ---- From the host ----------------------------------------------------------------------------- */

/* A read's piece into the guest's memory. */
static bool piece_drain(const struct blk_piece *piece)
{
    const struct blk_request *request = piece->request;
    struct ring_cursor to = {request->segments, request->segments + request->segment_count, 0};
    uint32_t done = 0;

    (void)ring_skip(&to, piece->offset);
    if (request->disk->data != NULL) {
        return request->disk->data->drain(piece, &to);
    }
    for (unsigned i = 0; done < piece->io.bytes; i++) {
        uint32_t left = piece->io.bytes - done;
        uint32_t now = left < BOUNCE_PAGE_BYTES ? left : BOUNCE_PAGE_BYTES;

        if (ring_write(&to, piece->io.pages[i], now) != now) {
            return false;
        }
        done += now;
    }
    bounce_count_in(done);
    return true;
}

/* Returns what it has cost (RING_TURN_PIECES). */
static uint32_t piece_done(struct host_blk_io *io)
{
    struct blk_piece *piece = io->owner;
    struct blk_request *request = piece->request;
    struct blk_disk *disk = request->disk;
    struct ring *ring = request->ring;
    uint32_t cost = request->segment_count;

    vtl_lock(&ring->lock);
    if (!io->good || (io->op == HOST_BLK_READ && is_current(request) && !piece_drain(piece))) {
        request->failed = true;
    }
    if (io->op == HOST_BLK_READ) {
        cost += io->bytes >> disk->cost_shift;
    }
    piece_free(disk, piece);
    request->flying--;
    if (request->flying == 0 && !request->waits) {
        finish(request);
    }
    virtio_tell(&disk->device, ring);
    vtl_unlock(&ring->lock);
    return resume(disk, cost);
}
PV_UNTRUSTED(piece_done, disk, "fuzz_virtio_blk");
PV_UNTRUSTED(piece_done, host, "fuzz_virtio_blk");

/* ---- Start ------------------------------------------------------------------------------------- */

static const struct virtio_model model = {
    .name = "block",
    .id = VIRTIO_ID_BLOCK,
    .notify = notify,
};

/* Two pieces, so that one is on its way while the other is copied. Linux reads twice as much ahead:
 * an exit is for more bytes. */
static uint32_t optimal_blocks(const struct host_blk_info *info)
{
    uint32_t two = 2 * HOST_BLK_PAGES * BOUNCE_PAGE_BYTES / info->block_bytes;

    return info->opt_io_blocks > two ? info->opt_io_blocks : two;
}

static void config_fill(struct virtio_blk_config *config, const struct host_blk_info *info,
                        unsigned queues)
{
    *config = (struct virtio_blk_config){
        .capacity = info->sectors,
        .seg_max = BLK_SEGMENTS,
        .blk_size = info->block_bytes,
        .physical_block_exp = info->physical_block_exp,
        .alignment_offset = info->alignment_offset,
        .min_io_size = info->min_io_blocks,
        .opt_io_size = optimal_blocks(info),
        .writeback = 1,
        .num_queues = (uint16_t)queues,
        .max_discard_sectors = info->discard_sectors_max,
        .max_discard_seg = info->discard_sectors_max != 0,
        .discard_sector_alignment = info->discard_alignment,
        .max_write_zeroes_sectors = info->zeroes_sectors_max,
        .max_write_zeroes_seg = info->zeroes_sectors_max != 0,
        .write_zeroes_may_unmap = info->zeroes_may_unmap,
    };
}

static uint64_t features_of(const struct host_blk_info *info)
{
    return VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_TOPOLOGY | VIRTIO_BLK_F_MQ |
           (info->read_only ? VIRTIO_BLK_F_RO : 0) | (info->flush ? VIRTIO_BLK_F_FLUSH : 0) |
           (info->discard_sectors_max != 0 ? VIRTIO_BLK_F_DISCARD : 0) |
           (info->zeroes_sectors_max != 0 ? VIRTIO_BLK_F_WRITE_ZEROES : 0);
}

/* Its share of what all disks have. */
static void share_take(struct blk_disk *disk, unsigned index, unsigned count)
{
    unsigned own = BLK_REQUESTS / count;
    unsigned own_pages = BLK_PAGES_MAX / count;

    for (unsigned i = index * own; i < (index + 1) * own; i++) {
        requests[i].disk = disk;
        request_free(&requests[i]);
        pieces[i].next = disk->free_pieces;
        disk->free_pieces = &pieces[i];
    }
    disk->pages = &pages[index * own_pages];
    disk->page_count = (uint32_t)bounce_take(disk->pages, own_pages);
}

void blk_disk_changed(struct blk_disk *disk)
{
    config_fill(&disk->config, disk->info, disk->device.queue_count);
    disk->device.offered &= ~features_of(host_blk_info(disk->index)) | features_of(disk->info);
}

struct blk_disk *blk_disk_get(unsigned index)
{
    return index < host_blk_count() ? &disks[index] : NULL;
}

void blk_set_done(void)
{
    host_blk_set_done(piece_done);
}

static bool disk_attach(unsigned index, unsigned count, unsigned window, unsigned queues)
{
    struct blk_disk *disk = &disks[index];
    const struct host_blk_info *info = host_blk_info(index);

    *disk = (struct blk_disk){
        .device = {.model = &model,
                   .instance = disk,
                   .offered = features_of(info),
                   .config = &disk->config,
                   .config_bytes = sizeof(disk->config),
                   .queues = disk->queues,
                   .queue_count = (uint16_t)queues,
                   .queue_size_max = RING_SIZE_MAX},
        .index = index,
        .info = info,
        .cost_shift = COST_SHIFT,
        .work = {.run = work_run, .device = disk},
    };
    config_fill(&disk->config, info, queues);
    share_take(disk, index, count);
    if (disk->page_count == 0) {
        return false;
    }
    virtio_attach(&disk->device, window);
    return true;
}

bool virtio_blk_init(unsigned queues)
{
    unsigned count = host_blk_count();
    bool good = true;

    blk_set_done();
    for (unsigned i = 0; good && i < count; i++) {
        good = disk_attach(i, count, VIRTIO_WINDOW_DISKS + i,
                           queues < BLK_QUEUES_MAX ? queues : BLK_QUEUES_MAX);
    }
    return good;
}
