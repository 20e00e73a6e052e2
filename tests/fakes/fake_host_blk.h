/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fake of devices/host/host_blk.h and bounce.h for tests of the guest's disks: what was submitted
 * waits until the test completes it, in whatever order. A disk has memory for its sectors.
 */
#ifndef TESTS_FAKES_FAKE_HOST_BLK_H
#define TESTS_FAKES_FAKE_HOST_BLK_H

#include "host/host_blk.h"

#define FAKE_DISKS 4u
#define FAKE_SECTORS 256u
#define FAKE_IOS_MAX 256u
#define FAKE_BOUNCE_PAGES 448u

struct fake_host_blk {
    unsigned count; /* of disks */
    struct host_blk_info info[FAKE_DISKS];
    uint8_t sectors[FAKE_DISKS][FAKE_SECTORS * 512];
    uint8_t *memory[FAKE_DISKS]; /* sectors; the test's own for a disk of more */
    const char *dead[FAKE_DISKS];
    unsigned room;       /* requests that a disk takes before it says "not now" */
    size_t bounce_pages; /* that there are */
    uint32_t (*done)(struct host_blk_io *io);
    void (*refused)(void); /* what other VPs do when a disk has taken no more; NULL: nothing */

    struct host_blk_io *ios[FAKE_IOS_MAX]; /* in flight, in the order they came */
    unsigned disk_of[FAKE_IOS_MAX];
    size_t io_count;
    size_t most; /* ios in flight */
    uint32_t kicks;
    uint32_t shares;
    bool slow[FAKE_DISKS];
    uint64_t in;
    uint64_t out;
};

extern struct fake_host_blk fake_host_blk;

/* One disk of FAKE_SECTORS, with all features. */
void fake_host_blk_reset(void);
/* Carries out what is at `index` in ios, and gives it back. */
void fake_host_blk_complete(size_t index, bool good);
void fake_host_blk_complete_all(void);

#endif /* TESTS_FAKES_FAKE_HOST_BLK_H */
