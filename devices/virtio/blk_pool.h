/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A disk's own requests, pieces and pages: where they come from, how they get to the host, where they go back to.
 * In line: the way of each request. Any VP; disk->lock is taken inside.
 */
#ifndef DEVICES_VIRTIO_BLK_POOL_H
#define DEVICES_VIRTIO_BLK_POOL_H

#include "virtio/blk.h"

/* NULL: not now. */
static inline struct blk_request *request_new(struct blk_disk *disk)
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

static inline void request_free(struct blk_request *request)
{
    struct blk_disk *disk = request->disk;

    vtl_lock(&disk->lock);
    request->next = disk->free_requests;
    disk->free_requests = request;
    vtl_unlock(&disk->lock);
}

static inline void piece_free(struct blk_disk *disk, struct blk_piece *piece)
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
static inline struct blk_piece *piece_new(struct blk_disk *disk, uint32_t wanted)
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

/* ---- To the host ------------------------------------------------------------------------------- */

static inline bool has_data(enum host_blk_op op)
{
    return op == HOST_BLK_READ || op == HOST_BLK_WRITE;
}

/* The whole blocks that fit its pages; the rest is another piece's. */
static inline void piece_set(struct blk_piece *piece, struct blk_request *request)
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

/* The next piece of a request; NULL: not now. */
static inline struct blk_piece *piece_next(struct blk_request *request)
{
    struct blk_disk *disk = request->disk;
    uint32_t left = request->bytes - request->issued;
    uint32_t wanted =
        has_data(request->op) ? (left + BOUNCE_PAGE_BYTES - 1) / BOUNCE_PAGE_BYTES : 0;
    uint32_t most = disk->info->pages_max;
    struct blk_piece *piece = piece_new(disk, wanted < most ? wanted : most);

    if (piece != NULL) {
        piece_set(piece, request);
    }
    return piece;
}

/* The request's ring->lock is held. False: the host takes no more now. */
static inline bool piece_submit(struct blk_piece *piece)
{
    struct blk_request *request = piece->request;

    if (!host_blk_submit(request->disk->index, &piece->io)) {
        return false;
    }
    request->flying++;
    request->issued += piece->io.bytes;
    request->whole = request->issued == request->bytes;
    return true;
}

/* Is there more to give to the host? The request's ring->lock is held. */
static inline bool goes_on(struct blk_request *request)
{
    request->failed =
        request->failed || !blk_is_current(request) || host_blk_dead(request->disk->index) != NULL;
    return !request->failed && !request->whole;
}

#endif /* DEVICES_VIRTIO_BLK_POOL_H */
