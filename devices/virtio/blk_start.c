/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's disks at the start: what each has, and what it tells the driver of itself (virtio 1.2, 5.2.4). */
#include "virtio/blk_pool.h"

/* So many bytes in a row cost as much as a piece: 1 KiB. */
#define COST_SHIFT 10u

static struct blk_disk disks[HOST_BLK_MAX];
static struct blk_request requests[BLK_REQUESTS];
static struct blk_piece pieces[BLK_REQUESTS];
static void *pages[BLK_PAGES_MAX];

static const struct virtio_model model = {
    .name = "block",
    .id = VIRTIO_ID_BLOCK,
    .notify = blk_notify,
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
    host_blk_set_done(blk_done);
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
        .work = {.run = blk_work, .device = disk},
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
