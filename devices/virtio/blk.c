/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's disks: blk.h. Source: virtio 1.2, 5.2. */
#include "virtio/blk.h"

#include "virtio/blk_pool.h"
#include "vtl/untrusted.h"

/* What a request costs beside its two pieces at least: so a turn takes one ring full of them at most. */
#define COST_REQUEST 2u
_Static_assert(RING_TURN_PIECES / (COST_REQUEST + 2) == RING_SIZE_MAX, "one ring full");

/* ---- Ends -------------------------------------------------------------------------------------- */

static void answer(struct blk_request *request, uint8_t status, uint32_t written)
{
    if (blk_is_current(request)) {
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

/* A write's next bytes into the piece's pages. */
static bool piece_fill(struct blk_piece *piece)
{
    struct ring_cursor *source = &piece->request->source;
    uint32_t done = 0;

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

/* The next piece of a request to the host. False: not now. */
static bool issue_one(struct blk_request *request)
{
    struct blk_piece *piece = piece_next(request);
    struct ring_cursor before = request->source;

    if (piece == NULL) {
        return false;
    }
    if (request->op == HOST_BLK_WRITE && !piece_fill(piece)) {
        request->failed = true;
        piece_free(request->disk, piece);
        return true;
    }
    if (!piece_submit(piece)) {
        request->source = before;
        piece_free(request->disk, piece);
        return false;
    }
    return true;
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

/* ---- What waits -------------------------------------------------------------------------------- */

/*
 * A request waits for the end of what is in flight, and has been seen to wait by that, if it comes now. But
 * all may have ended on another VP since there was no room for it.
 */
static void wait_for_end(struct blk_disk *disk)
{
    if (host_blk_idle(disk->index)) {
        vmm_later(&disk->work, 0);
    }
}

/* Until its turn to be encrypted. */
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

/* The rest of a request that waits, and its end, if there is nothing in flight. False: there is no room for it. */
static bool issue_rest(struct blk_request *request)
{
    request->waits = false;
    if (issue(request)) {
        return true;
    }
    request->waits = true;
    return false;
}

/* One that waits no more. False: it waits in front again. */
static bool go_on(struct blk_request *request, uint32_t *cost)
{
    struct blk_disk *disk = request->disk;
    struct ring *ring = request->ring;
    bool all = !is_encrypted(request) || disk->data->issue(request, cost);

    if (all) {
        vtl_lock(&ring->lock);
        all = issue_rest(request);
        virtio_tell(&disk->device, ring);
        vtl_unlock(&ring->lock);
    }
    if (!all) {
        wait_in_front(request);
    }
    return all;
}

/* What waits gets what has become free, as far as a turn may go that has cost that much. Returns that with
 * what it has cost. Out of line, as resume_starved: off the way of a request. */
__attribute__((noinline)) static uint32_t issue_waiting(struct blk_disk *disk, uint32_t cost)
{
    struct blk_request *request;
    bool more = true;

    while (more && (request = first_waiting(disk)) != NULL) {
        cost += request->segment_count + 1u;
        more = go_on(request, &cost);
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

void blk_work(void *device)
{
    (void)resume(device, 0);
}

void blk_notify(struct virtio_device *device, unsigned queue)
{
    struct blk_disk *disk = device->instance;
    const uint32_t cost = pump_locked(disk, queue);

    if (disk->data != NULL) {
        (void)resume(disk, cost);
    } else {
        host_blk_kick(disk->index);
    }
}
PV_UNTRUSTED(blk_notify, guest, "fuzz_virtio_blk");

/* ---- From the host ----------------------------------------------------------------------------- */

/* A read's piece into the guest's memory. */
static bool piece_drain(const struct blk_piece *piece)
{
    struct ring_cursor to = blk_drain_to(piece);
    uint32_t done = 0;

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

/* The ring's lock is held, and then is not. cost: of the turn. Returns what that has cost then. */
__attribute__((always_inline)) static inline uint32_t piece_end(struct blk_piece *piece, bool good,
                                                                uint32_t cost)
{
    struct blk_request *request = piece->request;
    struct blk_disk *disk = request->disk;
    struct ring *ring = request->ring;

    if (!good) {
        request->failed = true;
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

uint32_t blk_piece_end(struct blk_piece *piece, bool good, uint32_t cost)
{
    return piece_end(piece, good, cost);
}

uint32_t blk_done(struct host_blk_io *io)
{
    struct blk_piece *piece = io->owner;
    const struct blk_request *request = piece->request;
    uint32_t cost = request->segment_count + (io->bytes >> request->disk->cost_shift);

    if (request->disk->data != NULL) {
        return request->disk->data->done(piece);
    }
    vtl_lock(&request->ring->lock);
    return piece_end(
        piece,
        io->good && (io->op != HOST_BLK_READ || !blk_is_current(request) || piece_drain(piece)),
        cost);
}
PV_UNTRUSTED(blk_done, disk, "fuzz_virtio_blk");
PV_UNTRUSTED(blk_done, host, "fuzz_virtio_blk");
