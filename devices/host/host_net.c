/* SPDX-License-Identifier: BSD-3-Clause */
/* The host's network card, its way out and its control: host_net.h. Source: virtio 1.2, 5.1. */
#include "host/host_net_card.h"
#include "vtl/untrusted.h"

#include <string.h>

#define WANTED                                                                                     \
    (VIRTIO_F_EVENT_IDX | VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_MTU |         \
     VIRTIO_NET_F_MAC | VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_MRG_RXBUF | \
     VIRTIO_NET_F_STATUS)
/* These only together: what is cut in segments must be refused until the guest can take it. */
#define WANTED_CUT                                                                       \
    (VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_GUEST_OFFLOADS | VIRTIO_NET_F_GUEST_TSO4 | \
     VIRTIO_NET_F_GUEST_TSO6)

#define QUEUE_RECEIVE 0u
#define QUEUE_TRANSMIT 1u
#define QUEUE_CONTROL 2u

#define MTU_DEFAULT 1500u
#define MTU_LEAST 68u
/* What a frame has around it: Ethernet header and tag. */
#define AROUND 18u
#define MTU_MOST (VIRTIO_NET_FRAME_MAX - AROUND)
/* One that a buffer holds, where the host can't use several. */
#define MTU_UNMERGED (HOST_NET_BUFFER_BYTES - VIRTIO_NET_HEADER_BYTES - AROUND)

struct host_net_card host_net_card;
static struct host_net_card *const card = &host_net_card;

static void (*room_callback)(void);
static void (*link_callback)(void);

const struct host_net_info *host_net_info(void)
{
    return card->open ? &card->info : NULL;
}

void host_net_set_events(void (*room)(void), void (*link)(void))
{
    room_callback = room;
    link_callback = link;
}

static bool has(uint64_t features)
{
    return (card->device.features & features) == features;
}

/* ---- Out, the lock is held --------------------------------------------------------------------- */

static void buffers_free(uint16_t first)
{
    while (first != HOST_NET_NONE) {
        uint16_t next = card->next[first];

        card->next[first] = card->free_first;
        card->free_first = first;
        card->free_count++;
        first = next;
    }
}

static bool has_room(unsigned count)
{
    return card->free_count >= count && card->transmit.free_count >= count;
}

/* Are there so many buffers and descriptors? If not, the host's interrupt says when to look again. */
static bool room_make(unsigned count)
{
    uint32_t written;
    uint16_t id;

    while (!has_room(count) && host_queue_next(&card->transmit, &id, &written)) {
        buffers_free(card->first[id]);
    }
    return has_room(count);
}

/* The frame behind its header, into buffers that are taken; false: its memory is not there. */
static bool frame_copy(struct net_frame *frame, struct host_buffer *buffers, unsigned count)
{
    struct virtio_net_header header = {
        .flags = frame->offloads.flags & VIRTIO_NET_NEEDS_CSUM,
        .gso_type = frame->offloads.gso_type,
        .hdr_len = frame->offloads.hdr_len,
        .gso_size = frame->offloads.gso_size,
        .csum_start = frame->offloads.csum_start,
        .csum_offset = frame->offloads.csum_offset,
    };
    uint32_t skip = sizeof(header);
    uint32_t done = 0;

    memcpy(buffers[0].base, &header, sizeof(header));
    for (unsigned i = 0; i < count; i++) {
        uint32_t left = frame->bytes - done;
        uint32_t room = HOST_NET_BUFFER_BYTES - skip;
        uint32_t now = left < room ? left : room;

        if (!net_frame_copy(frame, done, (char *)buffers[i].base + skip, now)) {
            return false;
        }
        buffers[i].bytes = skip + now;
        done += now;
        skip = 0;
    }
    bounce_count_out(done);
    return true;
}

static enum net_verdict send(struct net_frame *frame)
{
    struct host_buffer buffers[HOST_NET_FRAME_BUFFERS];
    unsigned count = (VIRTIO_NET_HEADER_BYTES + frame->bytes + HOST_NET_BUFFER_BYTES - 1) /
                     HOST_NET_BUFFER_BYTES;
    uint16_t first = HOST_NET_NONE;
    uint16_t id;

    CHECK(count != 0 && count <= HOST_NET_FRAME_BUFFERS);
    if (!room_make(count)) {
        if (card->device.dead != NULL) {
            return NET_DROP_DOWN;
        }
        card->full = true;
        return NET_FULL;
    }
    for (unsigned i = count; i > 0; i--) {
        uint16_t buffer = card->free_first;

        card->free_first = card->next[buffer];
        card->free_count--;
        card->next[buffer] = first;
        first = buffer;
        buffers[i - 1].base = card->out + buffer * HOST_NET_BUFFER_BYTES;
        buffers[i - 1].write = false;
    }
    if (!frame_copy(frame, buffers, count)) {
        buffers_free(first);
        return NET_DROP_FAULT;
    }
    if (!host_queue_add(&card->transmit, buffers, count, &id)) {
        buffers_free(first);
        return NET_DROP_DOWN;
    }
    card->first[id] = first;
    return NET_TAKEN;
}

enum net_verdict host_net_send(struct net_frame *frame)
{
    enum net_verdict verdict;

    vtl_lock(&card->lock);
    verdict = send(frame);
    vtl_unlock(&card->lock);
    return verdict;
}

uint32_t host_net_takes(void)
{
    return (has(VIRTIO_NET_F_CSUM) ? NET_OFFLOAD_CSUM : 0) |
           (has(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4) ? NET_OFFLOAD_TSO4 : 0) |
           (has(VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO6) ? NET_OFFLOAD_TSO6 : 0);
}

/* ---- Control, the lock is held ----------------------------------------------------------------- */

uint32_t host_net_may(void)
{
    return (has(VIRTIO_NET_F_GUEST_CSUM) ? NET_OFFLOAD_CSUM : 0) |
           (has(VIRTIO_NET_F_GUEST_TSO4) ? NET_OFFLOAD_TSO4 : 0) |
           (has(VIRTIO_NET_F_GUEST_TSO6) ? NET_OFFLOAD_TSO6 : 0);
}

/* One command at a time: the next one goes when its answer is there, with what is wanted then. */
static void offloads_send(void)
{
    struct host_net_command *command = card->command;
    const struct host_buffer buffers[] = {
        {&command->class_of, 2, false},
        {&command->offloads, sizeof(command->offloads), false},
        {&command->answer, 1, true},
    };
    uint16_t id;

    if (!has(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS) || card->commanding ||
        card->offloads == card->offloads_sent) {
        return;
    }
    command->class_of = VIRTIO_NET_CTRL_OFFLOADS;
    command->command = VIRTIO_NET_CTRL_OFFLOADS_SET;
    command->answer = VIRTIO_NET_ERR;
    command->offloads = ((card->offloads & NET_OFFLOAD_CSUM) != 0 ? VIRTIO_NET_F_GUEST_CSUM : 0) |
                        ((card->offloads & NET_OFFLOAD_TSO4) != 0 ? VIRTIO_NET_F_GUEST_TSO4 : 0) |
                        ((card->offloads & NET_OFFLOAD_TSO6) != 0 ? VIRTIO_NET_F_GUEST_TSO6 : 0);
    card->commanding = host_queue_add(&card->control, buffers, 3, &id);
    card->offloads_sent = card->offloads;
    host_queue_kick(&card->control);
}

/* A card that refuses goes on as before: what it leaves undone is seen to frame by frame. */
static void answers_take(void)
{
    uint32_t written;
    uint16_t id;

    if (!has(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)) {
        return;
    }
    /* At most the answer that was waited for, and the one to what was wanted since. */
    while (host_queue_next(&card->control, &id, &written)) {
        card->commanding = false;
        offloads_send();
    }
}

void host_net_offloads(uint32_t wanted)
{
    vtl_lock(&card->lock);
    card->offloads = wanted & host_net_may();
    offloads_send();
    vtl_unlock(&card->lock);
}

/* ---- Link and interrupts ----------------------------------------------------------------------- */

static void status_read(void)
{
    uint16_t status = VIRTIO_NET_LINK_UP;

    if (has(VIRTIO_NET_F_STATUS) &&
        host_virtio_config(&card->device, offsetof(struct virtio_net_config, status), &status,
                           sizeof(status)) != PV_OK) {
        status = 0;
    }
    card->link = (status & VIRTIO_NET_LINK_UP) != 0;
}

bool host_net_link(void)
{
    bool up;

    vtl_lock(&card->lock);
    up = card->link && card->device.dead == NULL;
    vtl_unlock(&card->lock);
    return up;
}

void host_net_kick(void)
{
    vtl_lock(&card->lock);
    host_queue_kick(&card->transmit);
    if (card->device.dead != NULL && (card->link || card->full)) {
        /* It has died on this way: no interrupt of its tells those who wait. */
        card->link = false;
        vmm_later(&card->work, 0);
    }
    vtl_unlock(&card->lock);
}

void host_net_interrupt(void *device)
{
    bool room;

    (void)device;
    vtl_lock(&card->lock);
    if ((host_virtio_interrupt(&card->device) & VIRTIO_INTERRUPT_CONFIG) != 0) {
        status_read();
    }
    answers_take();
    room = card->full;
    card->full = false;
    vtl_unlock(&card->lock);
    host_net_receive();
    if (room) {
        room_callback();
    }
    link_callback();
}
PV_UNTRUSTED(host_net_interrupt, host, "fuzz_host_net");

/* ---- Start ------------------------------------------------------------------------------------- */

/* 4.2.2.2: a call a field; the address is six of them. */
static enum pv_status config_field(uint32_t offset, void *to, size_t bytes)
{
    return host_virtio_config(&card->device, offset, to, bytes);
}

static enum pv_status info_read(void)
{
    struct host_net_info *info = &card->info;
    enum pv_status status = PV_OK;
    uint64_t random = 0;
    uint32_t most;

    info->mtu = MTU_DEFAULT;
    for (uint32_t i = 0; has(VIRTIO_NET_F_MAC) && status == PV_OK && i < NET_MAC_BYTES; i++) {
        status = config_field(i, &info->mac[i], 1);
    }
    if (status == PV_OK && has(VIRTIO_NET_F_MTU)) {
        status =
            config_field(offsetof(struct virtio_net_config, mtu), &info->mtu, sizeof(info->mtu));
    }
    if (status != PV_OK) {
        return status;
    }
    /* Neither a group's nor nobody's address: one of our own then, locally administered. */
    if ((info->mac[0] & 1) != 0 || memcmp(info->mac, (uint8_t[NET_MAC_BYTES]){0}, 6) == 0) {
        (void)vtl_random(&random);
        memcpy(info->mac, &random, NET_MAC_BYTES);
        info->mac[0] = (uint8_t)((info->mac[0] & ~1u) | 2u);
    }
    most = has(VIRTIO_NET_F_MRG_RXBUF) ? MTU_MOST : MTU_UNMERGED;
    info->mtu = (uint16_t)(info->mtu < most ? info->mtu : most);
    status_read();
    return info->mtu >= MTU_LEAST ? PV_OK : PV_INVALID;
}

static enum pv_status memory_take(void)
{
    card->in = bounce_reserve(HOST_NET_IN * HOST_NET_BUFFER_BYTES);
    card->out = bounce_reserve(HOST_NET_OUT * HOST_NET_BUFFER_BYTES);
    card->command = bounce_reserve(sizeof(*card->command));
    for (uint16_t i = 0; i < HOST_NET_OUT; i++) {
        card->next[i] = HOST_NET_NONE;
        buffers_free(i);
    }
    return card->in != NULL && card->out != NULL && card->command != NULL ? PV_OK : PV_NO_SPACE;
}

static enum pv_status queues_open(void)
{
    struct host_virtio *device = &card->device;
    enum pv_status status =
        host_queue_open(device, &card->receive, QUEUE_RECEIVE, HOST_QUEUE_SIZE_MAX);

    if (status == PV_OK) {
        status = host_queue_open(device, &card->transmit, QUEUE_TRANSMIT, HOST_QUEUE_SIZE_MAX);
    }
    if (status == PV_OK && has(VIRTIO_NET_F_CTRL_VQ)) {
        status = host_queue_open(device, &card->control, QUEUE_CONTROL, 4);
    }
    /* The longest frame must fit. */
    if (status == PV_OK && (card->receive.size < HOST_NET_FRAME_BUFFERS ||
                            card->transmit.size < HOST_NET_FRAME_BUFFERS)) {
        status = PV_UNSUPPORTED;
    }
    return status;
}

/* The first look says whether all of WANTED_CUT is there; VIRTIO_NET_F_CTRL_VQ is of no other use. */
static enum pv_status features_agree(void)
{
    enum pv_status status = host_virtio_open(&card->device, WANTED | WANTED_CUT);

    if (status == PV_OK && !has(VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_GUEST_OFFLOADS |
                                VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_MRG_RXBUF)) {
        status = host_virtio_open(&card->device, WANTED);
    }
    return status;
}

enum pv_status host_net_open(uint64_t base)
{
    enum pv_status status;

    memset(card, 0, sizeof(*card));
    card->device = (struct host_virtio){.base = base, .name = "network"};
    card->free_first = HOST_NET_NONE;
    card->work = (struct vmm_work){.run = host_net_interrupt};
    status = features_agree();
    if (status == PV_OK) {
        status = info_read();
    }
    if (status == PV_OK) {
        status = queues_open();
    }
    if (status == PV_OK) {
        status = memory_take();
    }
    if (status == PV_OK) {
        status = host_virtio_start(&card->device);
    }
    if (status != PV_OK) {
        log_error("host network: can't be used: %d", (int)status);
        return status;
    }
    card->open = true;
    card->offloads_sent = UINT32_MAX; /* what the features have turned on */
    host_net_start_receive();
    host_net_offloads(0);
    return PV_OK;
}
PV_UNTRUSTED(host_net_open, host, "fuzz_host_net");
