/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Disks of the guest's that are LUKS2 volumes. Plain data pass through a page of VTL2's own, one a VP: the
 * bounce pages, which the host reads and writes, never hold any.
 */
#include "luks/luks.h"
#include "virtio/blk_pool.h"
#include "vtl/untrusted.h"

#include <string.h>

#define SECTOR_BYTES VIRTIO_BLK_SECTOR_BYTES
#define READ_NS UINT64_C(30000000000) /* of one page, at the start */

/*
 * A turn of the run loop keeps a VP from its guest for as long as the data of one piece take, in or out, and of
 * what cost less than RING_TURN_PIECES before it. Three pieces have room, in the host's queue too, so that one is
 * on its way while two VPs work on one each. With the AES instructions a page takes some 10,000 instructions,
 * without some 200,000.
 */
#define FAST_PAGES 192u
#define SLOW_PAGES 3u
#define PIECES 3u
#define FAST_COST_SHIFT 5u /* a piece is some 100 instructions (RING_TURN_PIECES): 2 blocks */
#define SLOW_COST_SHIFT 1u

static uint8_t plain[VTL_VP_MAX][BOUNCE_PAGE_BYTES] __attribute__((aligned(XTS_BLOCK_BYTES)));

static struct {
    struct luks_volume volume;
    struct host_blk_info info;
} volumes[HOST_BLK_MAX];

/* ---- Data ------------------------------------------------------------------------------------------ */

typedef void (*cipher)(const struct xts *xts, uint64_t unit, const void *in, void *out,
                       size_t bytes);

/* Unit by unit, from a sector of the volume on: its number is the unit's (plain64). */
static inline void convert(cipher convert_one, const struct luks_volume *volume, uint64_t sector,
                           const uint8_t *in, uint8_t *out, uint32_t bytes)
{
    const uint32_t step = volume->sector_bytes;

    for (uint32_t done = 0; done < bytes; done += step) {
        convert_one(&volume->xts, sector, in + done, out + done, step);
        sector += step / SECTOR_BYTES;
    }
}

static uint64_t sector_of(const struct blk_piece *piece, uint32_t done)
{
    return piece->request->sector + (piece->offset + done) / SECTOR_BYTES;
}

/* The guest's memory, if it is that still. */
static bool copy_from_guest(struct blk_request *request, uint8_t *page, uint32_t bytes)
{
    bool good;

    vtl_lock(&request->ring->lock);
    good = blk_is_current(request) && ring_read(&request->source, page, bytes) == bytes;
    vtl_unlock(&request->ring->lock);
    return good;
}

static bool copy_to_guest(const struct blk_request *request, struct ring_cursor *to,
                          const uint8_t *page, uint32_t bytes)
{
    bool good;

    vtl_lock(&request->ring->lock);
    good = blk_is_current(request) && ring_write(to, page, bytes) == bytes;
    vtl_unlock(&request->ring->lock);
    return good;
}

static bool fill(struct blk_piece *piece)
{
    const struct luks_volume *volume = piece->request->disk->volume;
    uint8_t *page = plain[vtl_vp_current()];
    uint32_t done = 0;

    for (unsigned i = 0; done < piece->io.bytes; i++) {
        uint32_t left = piece->io.bytes - done;
        uint32_t now = left < BOUNCE_PAGE_BYTES ? left : BOUNCE_PAGE_BYTES;

        if (!copy_from_guest(piece->request, page, now)) {
            return false;
        }
        convert(xts_encrypt, volume, sector_of(piece, done), page, piece->io.pages[i], now);
        done += now;
    }
    bounce_count_out(done);
    return true;
}

static bool decrypt(const struct blk_piece *piece)
{
    const struct blk_disk *disk = piece->request->disk;
    /* To call another VP costs little beside that. */
    const bool large = piece->io.bytes >> disk->cost_shift >= RING_TURN_PIECES;
    struct ring_cursor to = blk_drain_to(piece);
    uint8_t *page = plain[vtl_vp_current()];
    uint32_t done = 0;

    if (large) {
        host_blk_share(disk->index);
    }
    for (unsigned i = 0; done < piece->io.bytes; i++) {
        uint32_t left = piece->io.bytes - done;
        uint32_t now = left < BOUNCE_PAGE_BYTES ? left : BOUNCE_PAGE_BYTES;

        convert(xts_decrypt, disk->volume, sector_of(piece, done), piece->io.pages[i], page, now);
        if (!copy_to_guest(piece->request, &to, page, now)) {
            return false;
        }
        done += now;
    }
    bounce_count_in(done);
    /* What has come since waits until VTL0 has had its time here. */
    if (large) {
        host_blk_share(disk->index);
    }
    return true;
}
PV_UNTRUSTED(decrypt, disk, "fuzz_virtio_blk");

static uint32_t done(struct blk_piece *piece)
{
    const struct blk_request *request = piece->request;
    const uint64_t start = vtl_time_ns();
    uint32_t cost = request->segment_count;
    bool good = piece->io.good;

    if (good && piece->io.op == HOST_BLK_READ) {
        cost += piece->io.bytes >> request->disk->cost_shift;
        good = decrypt(piece);
        vmm_rest(start);
    }
    vtl_lock(&request->ring->lock);
    return blk_piece_end(piece, good, cost);
}

/* The next piece to the host; the ring's lock is not held while its data are encrypted. False: not now. Adds to
 * what the turn has cost, also where the host takes no more. */
static bool encrypt_one(struct blk_request *request, uint32_t *cost)
{
    struct blk_disk *disk = request->disk;
    struct blk_piece *piece = piece_next(request);
    struct ring_cursor before = request->source;
    bool taken;
    bool over;

    if (piece == NULL) {
        return false;
    }
    over = !fill(piece);
    *cost += piece->io.bytes >> disk->cost_shift;
    vtl_lock(&request->ring->lock);
    over = over || request->failed;
    request->failed = over;
    taken = !over && piece_submit(piece);
    vtl_unlock(&request->ring->lock);
    if (!taken) {
        request->source = before;
        piece_free(disk, piece);
    }
    return taken || over;
}

static bool encrypt_goes_on(struct blk_request *request)
{
    bool more;

    vtl_lock(&request->ring->lock);
    more = goes_on(request);
    vtl_unlock(&request->ring->lock);
    return more;
}

static bool encrypt(struct blk_request *request, uint32_t *cost)
{
    while (encrypt_goes_on(request)) {
        if (*cost >= RING_TURN_PIECES) {
            vmm_again(&request->disk->work);
            return false;
        }
        if (!encrypt_one(request, cost)) {
            return false;
        }
    }
    return true;
}

static bool issue(struct blk_request *request, uint32_t *cost)
{
    const uint64_t start = vtl_time_ns();
    const bool all = encrypt(request, cost);

    vmm_rest(start);
    return all;
}

static const struct blk_data encrypted = {issue, done};

/* ---- Opening --------------------------------------------------------------------------------------- */

/* The disk's page that was read last; in VTL2's memory, so what was looked at is what is used. */
static struct {
    struct blk_disk *disk;
    struct host_blk_io io;
    bool done;
    bool there;
    bool silent; /* the host has io, and may answer at any time: nothing is asked for any more */
    uint64_t at;
    uint8_t page[BOUNCE_PAGE_BYTES];
} reader;

static const char silent[] = "the host's disk does not answer";

static uint32_t read_done(struct host_blk_io *io)
{
    (void)io;
    reader.done = true;
    return 1;
}

/* at: a multiple of a page's size. Whole pages: a host's block has no more. */
static const char *read_page(uint64_t at)
{
    const struct host_blk_info *info = host_blk_info(reader.disk->index);
    uint64_t until = vtl_time_ns() + READ_NS;
    uint64_t left = info->sectors * SECTOR_BYTES - at;
    uint32_t bytes = left < BOUNCE_PAGE_BYTES ? (uint32_t)left : BOUNCE_PAGE_BYTES;

    if (reader.silent) {
        return silent;
    }
    reader.there = false;
    reader.done = false;
    reader.io = (struct host_blk_io){.op = HOST_BLK_READ,
                                     .sector = at / SECTOR_BYTES,
                                     .bytes = bytes,
                                     .page_count = 1,
                                     .pages = {reader.disk->pages[0]}};
    if (!host_blk_submit(reader.disk->index, &reader.io)) {
        return "the host's disk takes no request";
    }
    host_blk_kick(reader.disk->index);
    while (!reader.done) {
        if (vtl_time_ns() >= until) {
            reader.silent = true;
            return silent;
        }
        vmm_idle(until);
    }
    if (!reader.io.good) {
        return "the host's disk can't be read";
    }
    memcpy(reader.page, reader.io.pages[0], bytes);
    reader.at = at;
    reader.there = true;
    return NULL;
}

/* Nothing across a page's end is asked for: struct luks_source. */
static const char *read_bytes(void *context, uint64_t offset, void *to, uint32_t bytes)
{
    const uint64_t within = offset % BOUNCE_PAGE_BYTES;
    const uint64_t at = offset - within;
    const char *reason = NULL;

    (void)context;
    CHECK(within + bytes <= BOUNCE_PAGE_BYTES);
    if (!reader.there || reader.at != at) {
        reason = read_page(at);
    }
    if (reason == NULL) {
        memcpy(to, reader.page + within, bytes);
    }
    return reason;
}

/* What the guest is told of the volume, out of what the host says of the disk. */
static const char *describe(const struct luks_volume *volume, struct host_blk_info *info)
{
    if (volume->first * SECTOR_BYTES % info->block_bytes != 0) {
        return "LUKS2: the volume does not begin at a block of the host's disk";
    }
    if (volume->sector_bytes > info->block_bytes) {
        /* Lengths in logical blocks (virtio 1.2, 5.2.4). */
        const uint32_t times = volume->sector_bytes / info->block_bytes;

        info->min_io_blocks = (uint16_t)(info->min_io_blocks / times);
        info->opt_io_blocks /= times;
        info->block_bytes = volume->sector_bytes;
        info->physical_block_exp = 0;
    }
    info->sectors = volume->sectors - volume->sectors % (info->block_bytes / SECTOR_BYTES);
    info->alignment_offset = 0;
    /* The host would learn what is free, and what it gave back instead would be noise. */
    info->discard_sectors_max = 0;
    info->zeroes_sectors_max = 0;
    return NULL;
}

static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

static void become(struct blk_disk *disk, const struct luks_volume *volume,
                   struct host_blk_info *info)
{
    disk->page_count = at_most(disk->page_count, volume->xts.fast ? FAST_PAGES : SLOW_PAGES);
    /* Whole pieces: what is left over would be small ones. */
    if (disk->page_count >= PIECES) {
        info->pages_max = at_most(info->pages_max, disk->page_count / PIECES);
    }
    disk->info = info;
    disk->first = volume->first;
    disk->volume = volume;
    disk->data = &encrypted;
    disk->cost_shift = volume->xts.fast ? FAST_COST_SHIFT : SLOW_COST_SHIFT;
    host_blk_slow(disk->index);
    blk_disk_changed(disk);
}

const char *virtio_blk_unlock(unsigned index, const uint8_t *passphrase, size_t bytes)
{
    struct blk_disk *disk = blk_disk_get(index);

    if (disk == NULL) {
        return "the host has no disk that the key could open";
    }
    struct luks_volume *volume = &volumes[index].volume;
    struct host_blk_info *info = &volumes[index].info;

    *info = *host_blk_info(index);
    const struct luks_source source = {.bytes = info->sectors * SECTOR_BYTES, .read = read_bytes};

    reader.disk = disk;
    reader.there = false;
    host_blk_set_done(read_done);
    const char *reason = luks_open(&source, passphrase, bytes, volume);
    /* An answer that comes late is no request's of the guest: there is no guest then. */
    if (!reader.silent) {
        blk_set_done();
    }
    if (reason == NULL) {
        reason = describe(volume, info);
    }
    if (reason == NULL) {
        become(disk, volume, info);
    } else {
        xts_wipe(&volume->xts);
    }
    return reason;
}
