/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver of the host's disks, against a disk whose every answer is the fuzzer's: what it says of
 * itself, which requests it gives back, how often, with which lengths, what lies in its used ring.
 * Whatever it does, each request that was submitted is in flight, or has been done once.
 */
#include "fake_host_virtio.h"
#include "host/host_blk.h"
#include "vmm/vmm.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IOS 128u
#define PAGES 80u

enum io_state { IO_FREE, IO_FLYING };

static struct host_blk_io ios[IOS];
static enum io_state states[IOS];
static void *pages[PAGES];
static struct fake_host_request requests[32]; /* that the device has taken, the last ones */
static unsigned request_count;
static struct vmm_work *later;
static const uint8_t *input;
static size_t input_left;

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static uint8_t next(void)
{
    if (input_left == 0) {
        return 0;
    }
    input_left--;
    return *input++;
}

static uint32_t next32(void)
{
    uint32_t value = next();

    value |= (uint32_t)next() << 8;
    value |= (uint32_t)next() << 16;
    return value | (uint32_t)next() << 24;
}

bool vmm_rests(void)
{
    return fake.guest_waits;
}

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

/* Another VP's, whose VTL0 waits or does not. */
static struct vmm_work *elsewhere;

bool vmm_elsewhere(struct vmm_work *work)
{
    elsewhere = work;
    return true;
}

static void run_elsewhere(void)
{
    struct vmm_work *work = elsewhere;

    elsewhere = NULL;
    if (work != NULL) {
        fake.guest_waits = (next() & 1) != 0;
        work->run(work->device);
        fake.guest_waits = false;
    }
}

static void run_later(void)
{
    run_elsewhere();
    for (unsigned i = 0; later != NULL; i++) {
        struct vmm_work *work = later;

        expect(i < IOS);
        later = NULL;
        work->run(work->device);
    }
}

static uint32_t done(struct host_blk_io *io)
{
    size_t index = (size_t)(io - ios);

    expect(index < IOS && states[index] == IO_FLYING);
    expect(!io->good || request_count != 0);
    states[index] = IO_FREE;
    return 1;
}

/* The first request, GET_ID: answered in some way, as the driver waits for it. */
static void answer(unsigned device, unsigned queue)
{
    struct fake_host_request request;
    uint8_t bytes[21];

    if (!fake_host_take(device, queue, &request)) {
        return;
    }
    fake_host[device].notified = NULL;
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = next();
    }
    fake_host_write(&request, 0, bytes, sizeof(bytes));
    fake_host_give(device, queue, request.head, next());
}

static void plug(void)
{
    uint32_t features = next32();
    uint8_t sizes = next();

    fake_host_plug(0, VIRTIO_ID_BLOCK, 1, 1u << sizes % 16);
    fake_host[0].offered |= features | ((sizes & 0x80) != 0 ? VIRTIO_F_EVENT_IDX : 0);
    fake_host[0].notified = answer;
    fake_host[0].config_bytes = FAKE_HOST_CONFIG_BYTES;
    memset(fake_host[0].config, 0xff, sizeof(fake_host[0].config));
    if ((sizes & 0x40) != 0) {
        for (unsigned i = 0; i < 60; i++) {
            fake_host[0].config[i] = next();
        }
    } else {
        const struct virtio_blk_config config = {
            .capacity = 0x10000, .size_max = 1u << 20, .seg_max = 128, .blk_size = 512};

        memcpy(fake_host[0].config, &config, sizeof(config));
    }
}

static void submit(void)
{
    uint8_t index = next() % IOS;
    uint8_t kind = next();
    struct host_blk_io *io = &ios[index];

    if (states[index] != IO_FREE) {
        return;
    }
    io->op = (enum host_blk_op)(kind % 5);
    io->unmap = (kind & 0x80) != 0;
    io->sector = next();
    io->page_count = (uint16_t)(next() % HOST_BLK_PAGES + 1);
    io->bytes = io->page_count * 4096u - (kind & 7u) * 512;
    for (unsigned i = 0; i < io->page_count; i++) {
        io->pages[i] = pages[(kind + i * (1 + kind % 3u)) % PAGES];
    }
    states[index] = IO_FLYING;
    if (!host_blk_submit(0, io)) {
        states[index] = IO_FREE;
    }
}

static void device_take(void)
{
    struct fake_host_request *request = &requests[request_count % 32];

    if (fake_host_take(0, 0, request)) {
        request_count++;
    }
}

/* One that it has, as it should be given back; or nearly. */
static void device_give(void)
{
    const struct fake_host_request *request = &requests[next() % 32];
    uint8_t how = next();
    uint8_t status = (how & 0x80) != 0 ? next() : 0;
    uint32_t head = request->head;
    uint32_t written = request->writable_bytes;

    if (fake_host[0].queues[0].ready == 0) {
        return;
    }
    if (request->writable_bytes != 0) {
        fake_host_write(request, request->writable_bytes - 1, &status, 1);
    }
    head = (how & 3) == 3 ? next32() : head;
    written = (how & 12) == 12 ? next32() : written;
    fake_host_give(0, 0, head, written);
}

static void device_scribble(void)
{
    const struct fake_host_queue *ring = &fake_host[0].queues[0];
    uint32_t at = next32();

    if (ring->ready != 0) {
        at %= 6 + 8 * ring->size;
        *((uint8_t *)(uintptr_t)ring->device + at) = next();
    }
}

static void step(uint8_t what)
{
    switch (what % 12) {
    case 0:
    case 1:
    case 2:
        submit();
        break;
    case 3:
        host_blk_kick(0);
        break;
    case 4:
    case 5:
        device_take();
        break;
    case 6:
    case 7:
        device_give();
        break;
    case 8:
        fake_host_raise(0, next());
        host_blk_interrupt(host_blk_device(0));
        break;
    case 9:
        run_later();
        break;
    case 10:
        device_scribble();
        break;
    default:
        if (next() == 0) {
            fake_host[0].resets_never = (what & 0x80) != 0;
            fake_host_needs_reset(0);
        }
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input = data;
    input_left = size;
    fake_vtl_reset();
    fake_host_reset();
    memset(states, 0, sizeof(states));
    memset(requests, 0, sizeof(requests));
    request_count = 0;
    later = NULL;
    elsewhere = NULL;
    host_blk_set_done(done);
    expect(bounce_init(100) == PV_OK);
    plug();
    if (host_blk_open(0, fake_host_base(0)) != PV_OK) {
        return 0;
    }
    if ((next() & 1) != 0) {
        host_blk_slow(0);
    }
    expect(bounce_take(pages, PAGES) == PAGES);
    while (input_left != 0) {
        step(next());
    }
    /* It dies: what is in flight comes back, all of it. */
    fake_host_needs_reset(0);
    host_blk_interrupt(host_blk_device(0));
    expect(host_blk_dead(0) != NULL);
    host_blk_kick(0);
    run_later();
    for (unsigned i = 0; i < IOS; i++) {
        expect(states[i] == IO_FREE);
    }
    expect(fake.log_lines <= 1);
    return 0;
}
