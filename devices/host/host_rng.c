/* SPDX-License-Identifier: BSD-3-Clause */
/* host_rng.h. */
#include "host/host_rng.h"

#include "host/bounce.h"
#include "host/host_virtio.h"
#include "vtl/untrusted.h"

#define BYTES 64u
#define PERIOD_NS UINT64_C(10000000000) /* ten seconds between two requests */

static struct {
    struct vtl_lock lock;
    struct host_virtio device;
    struct host_queue queue;
    uint8_t *buffer; /* in the bounce region */
    uint64_t asked_ns;
    bool asked; /* a request is on its way */
} rng;

/* The lock is held. */
static void ask(void)
{
    const struct host_buffer buffer = {rng.buffer, BYTES, true};
    uint16_t id;

    rng.asked = host_queue_add(&rng.queue, &buffer, 1, &id);
    rng.asked_ns = vtl_time_ns();
    host_queue_kick(&rng.queue);
}

/* The lock is held. */
static void take(void)
{
    uint32_t written;
    uint16_t id;

    while (host_queue_take(&rng.queue, &id, &written)) {
        vtl_random_mix(rng.buffer, written);
        rng.asked = false;
    }
    (void)host_queue_rearm(&rng.queue);
}

void host_rng_interrupt(void *device)
{
    (void)device;
    vtl_lock(&rng.lock);
    (void)host_virtio_interrupt(&rng.device);
    take();
    vtl_unlock(&rng.lock);
}
PV_UNTRUSTED(host_rng_interrupt, host, "");

void host_rng_refresh(void)
{
    if (rng.buffer == NULL) {
        return;
    }
    vtl_lock(&rng.lock);
    if (!rng.asked && vtl_time_ns() - rng.asked_ns >= PERIOD_NS) {
        ask();
    }
    vtl_unlock(&rng.lock);
}

enum pv_status host_rng_open(uint64_t base)
{
    enum pv_status status;

    rng.device = (struct host_virtio){.base = base, .name = "entropy"};
    status = host_virtio_open(&rng.device, VIRTIO_F_EVENT_IDX);
    if (status == PV_OK) {
        status = host_queue_open(&rng.device, &rng.queue, 0, 4);
    }
    if (status == PV_OK) {
        rng.buffer = bounce_reserve(BYTES);
        status = rng.buffer != NULL ? PV_OK : PV_NO_SPACE;
    }
    if (status == PV_OK) {
        status = host_virtio_start(&rng.device);
    }
    if (status == PV_OK) {
        ask();
    } else {
        host_virtio_kill(&rng.device, "its queue, or memory for it, is not there");
    }
    return status;
}
PV_UNTRUSTED(host_rng_open, host, "");
