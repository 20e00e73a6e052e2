/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's disks (virtio 1.2, 5.2), each backed by a host's (host_blk.h).
 *
 * A request of the guest is cut into pieces of at most HOST_BLK_PAGES, which the host completes in
 * any order. A disk has its own requests, pieces and bounce pages: another disk that hangs takes
 * none of them. What does not fit waits in the order it came, and the driver's ring behind it; and what
 * is encrypted waits for its turn.
 *
 * Locks, outer first: ring->lock, disk->lock; inside them the host driver's. Data is copied with the
 * lock of its ring held: when a reset has passed there, nothing of the guest's is touched any more. It is
 * encrypted and decrypted without: that would hold up another VP.
 */
#ifndef DEVICES_VIRTIO_BLK_H
#define DEVICES_VIRTIO_BLK_H

#include "host/host_blk.h"
#include "virtio/device.h"

#define BLK_QUEUES_MAX 4u
#define BLK_SEGMENTS 254u  /* of data, a request: seg_max */
#define BLK_REQUESTS 64u   /* in flight, of all disks together */
#define BLK_PAGES_MAX 576u /* bounce pages of all disks together */

struct blk_disk;
struct blk_piece;
struct blk_request;
struct luks_volume;

/* How a disk's data get into and out of its pieces, where that is no mere copy. ring->lock is not held. */
struct blk_data {
    /*
     * All of a write that can be given to the host now, as far as a turn may go that has cost that much; adds to
     * that. Meanwhile the request waits, for whom its pieces end: it is this VP that ends it. True: nothing is left
     * to give. The guest's memory is read once.
     */
    bool (*issue)(struct blk_request *request, uint32_t *cost);
    /* A piece has ended: a read's into the guest's memory, and blk_piece_end. The host's memory is read once. */
    uint32_t (*done)(struct blk_piece *piece);
};

struct blk_request {
    struct blk_request *next; /* free, or waiting */
    struct blk_disk *disk;
    struct ring *ring;
    uint32_t generation; /* of the ring, when it was taken */
    struct ring_token token;
    enum host_blk_op op;
    bool unmap;
    bool failed;
    bool whole; /* all of it has been given to the host */
    bool waits; /* in the disk's list, or being encrypted */
    uint64_t sector;
    uint32_t bytes;            /* of data; of the range */
    uint32_t issued;           /* of those, given to the host */
    uint32_t flying;           /* pieces that the host has */
    uint64_t status;           /* gpa of the status byte */
    struct ring_cursor source; /* a write's, as far as it is issued */
    uint16_t segment_count;
    struct ring_segment segments[BLK_SEGMENTS];
};

struct blk_piece {
    struct host_blk_io io;
    struct blk_piece *next; /* free */
    struct blk_request *request;
    uint32_t offset; /* into the request's data */
};

struct blk_disk {
    struct virtio_device device;
    unsigned index;
    struct vtl_lock lock; /* the lists and the stack below */
    struct blk_request *free_requests;
    struct blk_request *waiting; /* first and last; the first is looked at without the lock */
    struct blk_request *waiting_last;
    struct blk_piece *free_pieces;
    void **pages; /* a stack */
    uint32_t page_count;
    uint32_t starved; /* a bit a queue: there may be more in it than could be taken; atomic */
    /* What the guest's disk is: the host's, or a volume on it, at so many sectors behind its start. */
    const struct host_blk_info *info;
    uint64_t first;
    const struct blk_data *data; /* NULL: they are copied */
    const struct luks_volume *volume;
    uint32_t cost_shift; /* so many bytes, as a power of two, cost as much as a piece */
    struct vmm_work work;
    struct ring queues[BLK_QUEUES_MAX];
    struct virtio_blk_config config;
};

/* What is to be done about a request. */
enum blk_verdict {
    BLK_ISSUE,  /* pieces for the host */
    BLK_ANSWER, /* *status is the answer */
    BLK_BROKEN, /* it can't even be answered: ring_break was called */
};

/* Reads a request out of the chain that was taken last; the ring's lock is held. */
enum blk_verdict blk_request_parse(struct blk_request *request, const struct ring_chain *chain,
                                   uint8_t *status, uint32_t *written);

/* ring->lock is held. The request's memory is the guest's only if no reset has come between. */
static inline bool blk_is_current(const struct blk_request *request)
{
    return request->ring->live && request->generation == request->ring->generation;
}

/* Where a read's piece goes. */
static inline struct ring_cursor blk_drain_to(const struct blk_piece *piece)
{
    const struct blk_request *request = piece->request;
    struct ring_cursor to = {request->segments, request->segments + request->segment_count, 0};

    (void)ring_skip(&to, piece->offset);
    return to;
}

/* ---- What blk_start.c makes a disk of ------------------------------------------------------------- */

void blk_notify(struct virtio_device *device, unsigned queue);
void blk_work(void *disk);
/* As host_blk_set_done's. */
uint32_t blk_done(struct host_blk_io *io);

/*
 * A piece's end: of its request, if it is the last; what waits goes on. cost: of the turn; returns what that has
 * cost then. The ring's lock is held, and then is not.
 */
uint32_t blk_piece_end(struct blk_piece *piece, bool good, uint32_t cost);

/* ---- For blk_luks.c ------------------------------------------------------------------------------- */

/* NULL: there is none. */
struct blk_disk *blk_disk_get(unsigned index);
/* Its requests are done as before again. */
void blk_set_done(void);
/* It has become another disk: info, data. Before VTL0 runs. */
void blk_disk_changed(struct blk_disk *disk);

#endif /* DEVICES_VIRTIO_BLK_H */
