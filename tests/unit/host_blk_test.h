/* SPDX-License-Identifier: BSD-3-Clause */
/* A disk of the host's, and requests for it: what the tests of its driver share. */
#ifndef HOST_BLK_TEST_H
#define HOST_BLK_TEST_H

#include "fake_host_virtio.h"
#include "host/host_blk.h"
#include "virtio/ring.h"
#include "vmm/vmm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define QUEUE_SIZE 256u
#define CAPACITY UINT64_C(0x12345)
#define TRIES_MAX 1000u

#define ALL                                                                                    \
    (VIRTIO_F_EVENT_IDX | VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_TOPOLOGY | \
     VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES)

static const char *serial; /* 20 bytes that GET_ID answers; NULL: no answer */
static uint8_t serial_status;
static struct host_blk_io ios[2 * HOST_BLK_INFLIGHT];
static unsigned done_count[2 * HOST_BLK_INFLIGHT];
static unsigned done_all;
static bool done_submits_again;
static uint32_t done_cost;
static unsigned depth; /* of `done` in `done` */
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

/* Is VTL0 to have its time on this VP? */
static bool rests;

bool vmm_rests(void)
{
    return rests;
}

/* For another VP, if there is one. */
static bool others = true;
static struct vmm_work *elsewhere;

bool vmm_elsewhere(struct vmm_work *work)
{
    elsewhere = others ? work : NULL;
    return others;
}

/* What is left over comes to its end in a bounded number of turns. */
static inline void run_later(void)
{
    for (unsigned i = 0; later != NULL; i++) {
        struct vmm_work *work = later;

        assert_true(i < TRIES_MAX);
        later = NULL;
        work->run(work->device);
    }
}

static inline uint32_t done(struct host_blk_io *io)
{
    size_t index = (size_t)(io - ios);

    assert_true(index < sizeof(ios) / sizeof(ios[0]));
    assert_int_equal(depth, 0);
    depth++;
    done_count[index]++;
    done_all++;
    if (done_submits_again && done_count[index] < 3) {
        assert_true(host_blk_submit(0, io));
        host_blk_kick(0);
    }
    depth--;
    return done_cost;
}

static inline void answer_serial(unsigned device, unsigned queue)
{
    struct fake_host_request request;
    struct virtio_blk_header header;

    if (serial == NULL || !fake_host_take(device, queue, &request)) {
        return;
    }
    fake_host[device].notified = NULL;
    fake_host_read(&request, 0, &header, sizeof(header));
    assert_int_equal(header.type, VIRTIO_BLK_T_GET_ID);
    assert_int_equal(request.writable_bytes, 21);
    fake_host_write(&request, 0, serial, 20);
    fake_host_write(&request, 20, &serial_status, 1);
    fake_host_give(device, queue, request.head, 21);
    (void)fake_host_wants(device, queue);
}

/* Fields by 5.2.4; which of them are there, by the features. */
static inline void plug(unsigned device, uint64_t features)
{
    fake_host_plug(device, VIRTIO_ID_BLOCK, 1, QUEUE_SIZE);
    fake_host[device].offered |= features;
    fake_host[device].notified = answer_serial;
    fake_host_field(device, 0, 8, CAPACITY);
    if ((features & VIRTIO_BLK_F_SIZE_MAX) != 0) {
        fake_host_field(device, 8, 4, HOST_BLK_PAGES * 4096);
    }
    if ((features & VIRTIO_BLK_F_SEG_MAX) != 0) {
        fake_host_field(device, 12, 4, 126);
    }
    if ((features & VIRTIO_BLK_F_BLK_SIZE) != 0) {
        fake_host_field(device, 20, 4, 4096);
    }
    if ((features & VIRTIO_BLK_F_TOPOLOGY) != 0) {
        fake_host_field(device, 24, 1, 3);
        fake_host_field(device, 25, 1, 1);
        fake_host_field(device, 26, 2, 8);
        fake_host_field(device, 28, 4, 64);
    }
    if ((features & VIRTIO_BLK_F_DISCARD) != 0) {
        fake_host_field(device, 36, 4, 0xffffffff);
        fake_host_field(device, 40, 4, 1);
        fake_host_field(device, 44, 4, 8);
    }
    if ((features & VIRTIO_BLK_F_WRITE_ZEROES) != 0) {
        fake_host_field(device, 48, 4, 4096);
        fake_host_field(device, 52, 4, 1);
        fake_host_field(device, 56, 1, 1);
    }
}

static inline int setup_without_device(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_host_reset();
    serial = "serial number\x7f"
             "hidden";
    serial_status = VIRTIO_BLK_S_OK;
    memset(ios, 0, sizeof(ios));
    memset(done_count, 0, sizeof(done_count));
    done_all = 0;
    done_submits_again = false;
    done_cost = 1;
    depth = 0;
    later = NULL;
    host_blk_set_done(done);
    assert_int_equal(bounce_init(200), PV_OK);
    return 0;
}

static inline int setup(void **state)
{
    (void)setup_without_device(state);
    plug(0, ALL);
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_OK);
    assert_null(host_blk_dead(0));
    return 0;
}

static inline struct host_blk_io *make(unsigned index, enum host_blk_op op, uint64_t sector,
                                       uint32_t bytes)
{
    struct host_blk_io *io = &ios[index];

    io->op = op;
    io->sector = sector;
    io->bytes = bytes;
    if (op == HOST_BLK_READ || op == HOST_BLK_WRITE) {
        io->page_count = (uint16_t)((bytes + 4095) / 4096);
        assert_int_equal(bounce_take(io->pages, io->page_count), io->page_count);
    }
    return io;
}

static inline void submit(unsigned index, enum host_blk_op op, uint64_t sector, uint32_t bytes)
{
    assert_true(host_blk_submit(0, make(index, op, sector, bytes)));
}

/* The device's side: the next request, its header checked. */
static inline struct fake_host_request at_device(uint32_t type, uint64_t sector)
{
    struct fake_host_request request;
    struct virtio_blk_header header;

    assert_true(fake_host_take(0, 0, &request));
    fake_host_read(&request, 0, &header, sizeof(header));
    assert_int_equal(header.type, type);
    assert_int_equal(header.reserved, 0);
    assert_int_equal(header.sector, sector);
    return request;
}

static inline void finish(const struct fake_host_request *request, uint8_t status, uint32_t written)
{
    fake_host_write(request, request->writable_bytes - 1, &status, 1);
    fake_host_give(0, 0, request->head, written);
}

static inline void interrupt(void)
{
    fake_host_raise(0, VIRTIO_INTERRUPT_USED);
    host_blk_interrupt(host_blk_device(0));
}

static inline void expect_done(unsigned index, bool good)
{
    assert_int_equal(done_count[index], 1);
    assert_int_equal(ios[index].good, good);
}

#endif /* HOST_BLK_TEST_H */
