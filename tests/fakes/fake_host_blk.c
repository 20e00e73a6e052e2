/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_host_blk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_host_blk fake_host_blk;
static uint8_t bounce[FAKE_BOUNCE_PAGES][BOUNCE_PAGE_BYTES] __attribute__((aligned(4096)));
static size_t bounce_taken;

static void require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake_host_blk: %s\n", what);
        abort();
    }
}

void fake_host_blk_reset(void)
{
    memset(&fake_host_blk, 0, sizeof(fake_host_blk));
    memset(bounce, 0xee, sizeof(bounce));
    bounce_taken = 0;
    fake_host_blk.count = 1;
    fake_host_blk.room = FAKE_IOS_MAX;
    fake_host_blk.bounce_pages = FAKE_BOUNCE_PAGES;
    for (unsigned i = 0; i < FAKE_DISKS; i++) {
        fake_host_blk.memory[i] = fake_host_blk.sectors[i];
        fake_host_blk.info[i] = (struct host_blk_info){
            .sectors = FAKE_SECTORS,
            .block_bytes = 512,
            .pages_max = HOST_BLK_PAGES,
            .flush = true,
            .discard_sectors_max = 128,
            .discard_alignment = 1,
            .zeroes_sectors_max = 128,
            .serial = "a serial",
        };
    }
}

/* ---- bounce.h ---- */

size_t bounce_take(void **pages, size_t wanted)
{
    size_t count = 0;

    while (count < wanted && bounce_taken < fake_host_blk.bounce_pages) {
        pages[count++] = bounce[bounce_taken++];
    }
    return count;
}

void bounce_count_in(uint64_t bytes)
{
    fake_host_blk.in += bytes;
}

void bounce_count_out(uint64_t bytes)
{
    fake_host_blk.out += bytes;
}

/* ---- host_blk.h ---- */

unsigned host_blk_count(void)
{
    return fake_host_blk.count;
}

const struct host_blk_info *host_blk_info(unsigned disk)
{
    return &fake_host_blk.info[disk];
}

void host_blk_set_done(uint32_t (*done)(struct host_blk_io *io))
{
    fake_host_blk.done = done;
}

const char *host_blk_dead(unsigned disk)
{
    return fake_host_blk.dead[disk];
}

static bool pages_good(const struct host_blk_io *io)
{
    for (unsigned i = 0; i < io->page_count; i++) {
        const uint8_t *page = io->pages[i];

        if (page < bounce[0] || page > bounce[FAKE_BOUNCE_PAGES - 1] ||
            (page - bounce[0]) % BOUNCE_PAGE_BYTES != 0) {
            return false;
        }
    }
    return true;
}

bool host_blk_submit(unsigned disk, struct host_blk_io *io)
{
    bool data = io->op == HOST_BLK_READ || io->op == HOST_BLK_WRITE;

    require(disk < fake_host_blk.count, "a disk that there is not");
    require(io->page_count <= HOST_BLK_PAGES && pages_good(io), "pages that are not bounce pages");
    require(!data || (io->bytes != 0 && io->bytes % 512 == 0 &&
                      io->bytes <= io->page_count * BOUNCE_PAGE_BYTES),
            "data that is not in its pages");
    require(io->op == HOST_BLK_FLUSH ||
                range_contains(0, fake_host_blk.info[disk].sectors, io->sector, io->bytes / 512),
            "sectors past the end");
    if (fake_host_blk.io_count >= fake_host_blk.room || fake_host_blk.io_count == FAKE_IOS_MAX) {
        if (fake_host_blk.refused != NULL) {
            fake_host_blk.refused();
        }
        return false;
    }
    fake_host_blk.ios[fake_host_blk.io_count] = io;
    fake_host_blk.disk_of[fake_host_blk.io_count++] = disk;
    if (fake_host_blk.io_count > fake_host_blk.most) {
        fake_host_blk.most = fake_host_blk.io_count;
    }
    return true;
}

void host_blk_kick(unsigned disk)
{
    require(disk < fake_host_blk.count, "a kick of no disk");
    fake_host_blk.kicks++;
}

void host_blk_slow(unsigned disk)
{
    require(disk < fake_host_blk.count, "a disk that there is not");
    fake_host_blk.slow[disk] = true;
}

void host_blk_share(unsigned disk)
{
    require(disk < fake_host_blk.count, "a disk that there is not");
    fake_host_blk.shares++;
}

bool host_blk_idle(unsigned disk)
{
    for (size_t i = 0; i < fake_host_blk.io_count; i++) {
        if (fake_host_blk.disk_of[i] == disk) {
            return false;
        }
    }
    return true;
}

static void carry_out(unsigned disk, struct host_blk_io *io)
{
    uint8_t *at = fake_host_blk.memory[disk] + io->sector * 512;

    if (io->op == HOST_BLK_WRITE_ZEROES) {
        memset(at, 0, io->bytes);
    }
    if (io->op == HOST_BLK_DISCARD) {
        memset(at, 0xdd, io->bytes);
    }
    for (uint32_t done = 0; io->op <= HOST_BLK_WRITE && done < io->bytes; done += 512) {
        uint8_t *page = (uint8_t *)io->pages[done / BOUNCE_PAGE_BYTES] + done % BOUNCE_PAGE_BYTES;

        if (io->op == HOST_BLK_READ) {
            memcpy(page, at + done, 512);
        } else {
            memcpy(at + done, page, 512);
        }
    }
}

void fake_host_blk_complete(size_t index, bool good)
{
    struct host_blk_io *io;
    unsigned disk;

    require(index < fake_host_blk.io_count, "no such request");
    io = fake_host_blk.ios[index];
    disk = fake_host_blk.disk_of[index];
    fake_host_blk.io_count--;
    for (size_t i = index; i < fake_host_blk.io_count; i++) {
        fake_host_blk.ios[i] = fake_host_blk.ios[i + 1];
        fake_host_blk.disk_of[i] = fake_host_blk.disk_of[i + 1];
    }
    io->good = good;
    if (good) {
        carry_out(disk, io);
    }
    fake_host_blk.done(io);
}

void fake_host_blk_complete_all(void)
{
    while (fake_host_blk.io_count != 0) {
        fake_host_blk_complete(0, true);
    }
}
