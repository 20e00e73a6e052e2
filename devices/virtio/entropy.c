/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's entropy device (virtio 1.2, 5.4): Paravane's own generator, which has RNDR, the seed
 * and what the host's device gives mixed into it. Without a source of its own it gives nothing.
 *
 * Rate limited: drawing costs VTL2's time. A buffer may be filled in part (5.4.6.2).
 */
#include "host/host_rng.h"
#include "virtio/device.h"
#include "vtl/untrusted.h"

#define BUFFER_BYTES 256u      /* that one buffer gets at most */
#define TURN_BUFFERS 8u        /* that one exit fills at most */
#define BYTE_NS UINT64_C(4000) /* 250 kB/s in the long run */
#define BURST_NS (BYTE_NS * 16384)

static struct {
    struct virtio_device device;
    struct vmm_work work;
    struct ring queue;
    uint64_t paid_until; /* the time that what was drawn so far has taken at BYTE_NS */
} entropy;

/* Nanoseconds until more may be drawn; 0: now. */
static uint64_t wait_ns(uint64_t now)
{
    uint64_t floor = now > BURST_NS ? now - BURST_NS : 0;

    if (entropy.paid_until < floor) {
        entropy.paid_until = floor;
    }
    return entropy.paid_until > now ? entropy.paid_until - now : 0;
}

/* Fills a buffer; how many bytes it got. */
static uint32_t fill(const struct ring_chain *chain)
{
    struct ring_cursor cursor = ring_writable(chain);
    uint32_t wanted =
        chain->writable_bytes < BUFFER_BYTES ? (uint32_t)chain->writable_bytes : BUFFER_BYTES;
    uint32_t done = 0;
    uint64_t word;

    while (done < wanted && vtl_random(&word)) {
        uint32_t left = wanted - done;
        size_t now = left < sizeof(word) ? left : sizeof(word);

        if (ring_write(&cursor, &word, now) != now) {
            break;
        }
        done += (uint32_t)now;
    }
    return done;
}

/* The ring's lock is held. When to go on, in nanoseconds; 0: when the driver says so. */
static uint64_t serve(struct ring *ring)
{
    for (unsigned i = 0; i < TURN_BUFFERS; i++) {
        uint64_t wait = wait_ns(vtl_time_ns());
        const struct ring_chain *chain = wait == 0 ? ring_next(ring) : NULL;
        uint32_t bytes;

        if (chain == NULL) {
            return wait;
        }
        if (chain->writable == 0) {
            ring_break(ring, "an entropy buffer that can't be written (5.4.6.1)");
            return 0;
        }
        bytes = fill(chain);
        if (bytes == 0) {
            /* No entropy: the buffer waits. */
            ring_put_back(ring);
            return UINT64_C(1000000000);
        }
        entropy.paid_until += bytes * BYTE_NS;
        ring_give(ring, chain->token, bytes);
    }
    return VMM_PAUSE_NS;
}

static void run(void *unused)
{
    struct ring *ring = &entropy.queue;
    uint64_t again;

    (void)unused;
    vtl_lock(&ring->lock);
    again = serve(ring);
    virtio_tell(&entropy.device, ring);
    vtl_unlock(&ring->lock);
    if (again != 0) {
        vmm_later(&entropy.work, again);
    }
    host_rng_refresh();
}

static void notify(struct virtio_device *device, unsigned queue)
{
    (void)device;
    (void)queue;
    run(NULL);
}
PV_UNTRUSTED(notify, guest, "");

static const struct virtio_model model = {
    .name = "entropy",
    .id = VIRTIO_ID_ENTROPY,
    .notify = notify,
};

void virtio_entropy_init(void)
{
    entropy.device = (struct virtio_device){
        .model = &model,
        .queues = &entropy.queue,
        .queue_count = 1,
        .queue_size_max = 16,
    };
    entropy.work = (struct vmm_work){.run = run};
    virtio_attach(&entropy.device, VIRTIO_WINDOW_ENTROPY);
}
