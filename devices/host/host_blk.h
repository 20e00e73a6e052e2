/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Disks of the host's: virtio-blk devices (virtio 1.2, 5.2). Requests in flight complete in any
 * order. One lock a disk, inside the caller's; `done` is called with none of them held.
 */
#ifndef DEVICES_HOST_BLK_H
#define DEVICES_HOST_BLK_H

#include "host/bounce.h"
#include "host/host_virtio.h"

#define HOST_BLK_MAX 8u
#define HOST_BLK_PAGES 128u   /* data of one request at most */
#define HOST_BLK_INFLIGHT 64u /* requests of one disk at most */

enum host_blk_op {
    HOST_BLK_READ,
    HOST_BLK_WRITE,
    HOST_BLK_FLUSH,
    HOST_BLK_DISCARD,
    HOST_BLK_WRITE_ZEROES,
};

/* The owner's memory; the driver's from submit to done. */
struct host_blk_io {
    enum host_blk_op op;
    uint64_t sector;
    uint32_t bytes; /* read, write: of the pages, in order, a multiple of 512; the others: length */
    bool unmap;     /* write zeroes: the sectors may be deallocated */
    uint16_t page_count;
    void *pages[HOST_BLK_PAGES]; /* of bounce_take */
    void *owner;
    bool good; /* out, when done */
};

/* What the host says of a disk, checked: within what Paravane can do, sane where the host is not. */
struct host_blk_info {
    uint64_t sectors;
    uint32_t block_bytes; /* 512 to 4096, a power of two */
    uint32_t pages_max;   /* of one request: 1 to HOST_BLK_PAGES */
    uint8_t physical_block_exp;
    uint8_t alignment_offset;
    uint16_t min_io_blocks;
    uint32_t opt_io_blocks;
    bool read_only;
    bool flush;
    uint32_t discard_sectors_max; /* 0: there is no discard */
    uint32_t discard_alignment;
    uint32_t zeroes_sectors_max; /* 0: there are no write zeroes */
    bool zeroes_may_unmap;
    uint8_t serial[VIRTIO_BLK_ID_BYTES]; /* GET_ID's bytes, printable ASCII or NUL */
};

/*
 * Opens the device at base (mapped) as disk number `disk`, the next one; a lower number begins anew
 * there. Reads its serial by polling, bounded. Boot VP. The interrupt's handler is
 * host_blk_interrupt.
 */
PV_MUST_USE enum pv_status host_blk_open(unsigned disk, uint64_t base);
unsigned host_blk_count(void);
const struct host_blk_info *host_blk_info(unsigned disk);

/*
 * Who is told of requests that are done: any VP; once for each submitted one. It returns what that has
 * cost, as RING_TURN_PIECES counts: what does not fit in a turn is told of later. Boot VP, before start.
 */
void host_blk_set_done(uint32_t (*done)(struct host_blk_io *io));

/*
 * False: no room now (ask again after a `done` of this disk). What a dead disk has taken is done, not
 * good, soon after the next host_blk_kick. Its pages may still be written by a host that does not end
 * the disk's reset: they must not come to hold anything else.
 */
bool host_blk_submit(unsigned disk, struct host_blk_io *io);
/* After one or several submits. Calls no `done` itself: it may be called from there. */
void host_blk_kick(unsigned disk);
/* Nothing is in flight: no `done` will come. */
bool host_blk_idle(unsigned disk);
/* This one's `done` takes long: while VTL0 is to have its time, an interrupt leaves it to a work. Before VTL0 runs. */
void host_blk_slow(unsigned disk);
/* In such a `done`: another VP whose VTL0 waits tells of what is done already. */
void host_blk_share(unsigned disk);
/* device: (void *) of the disk's own; boot's table of interrupts. */
void host_blk_interrupt(void *device);
void *host_blk_device(unsigned disk);
/* NULL: it works. */
const char *host_blk_dead(unsigned disk);

#endif /* DEVICES_HOST_BLK_H */
