/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames on their way: devices.h, frame.h. Source: virtio 1.2, 5.1.6. */
#include "virtio/frame.h"

#include "vtl/untrusted.h"

#include <string.h>

#define ETHERNET_BYTES 14u
#define VLAN_BYTES 4u
#define SUM_BYTES 2u
#define WORDS 32u
#define PIECE_BYTES ((uint32_t)(WORDS * sizeof(uint64_t)))

bool net_frame_open(struct net_frame *frame, struct net_source *source, uint32_t bytes,
                    const struct virtio_net_header *header)
{
    uint32_t head = bytes < NET_HEAD_BYTES ? bytes : NET_HEAD_BYTES;

    *frame = (struct net_frame){
        .bytes = bytes,
        .offloads = {header->flags, header->gso_type, header->hdr_len, header->gso_size,
                     header->csum_start, header->csum_offset},
        .source = source,
    };
    source->now = source->start;
    source->at = head;
    return ring_read(&source->now, frame->head, head) == head;
}

enum net_verdict net_frame_own(const void *bytes, uint32_t count,
                               enum net_verdict (*send)(struct net_frame *frame))
{
    const struct virtio_net_header done = {0};
    const struct ring_segment segment = {gpa((uintptr_t)bytes), count};
    struct net_source source = {.start = {&segment, &segment + 1, 0}};
    struct net_frame frame;

    return net_frame_open(&frame, &source, count, &done) ? send(&frame) : NET_DROP_FAULT;
}

/* ---- Checks ------------------------------------------------------------------------------------ */

static bool needs_sum(const struct net_frame *frame)
{
    return (frame->offloads.flags & VIRTIO_NET_NEEDS_CSUM) != 0;
}

static uint32_t sum_place(const struct net_frame *frame)
{
    return (uint32_t)frame->offloads.csum_start + frame->offloads.csum_offset;
}

uint32_t net_frame_needs(const struct net_frame *frame)
{
    uint32_t needs = needs_sum(frame) ? NET_OFFLOAD_CSUM : 0;

    switch (frame->offloads.gso_type) {
    case VIRTIO_NET_GSO_TCPV4:
        return needs | NET_OFFLOAD_TSO4;
    case VIRTIO_NET_GSO_TCPV6:
        return needs | NET_OFFLOAD_TSO6;
    default:
        return needs;
    }
}

bool net_frame_check(const struct net_frame *frame, uint32_t mtu)
{
    const struct net_offloads *offloads = &frame->offloads;
    bool cut = offloads->gso_type != VIRTIO_NET_GSO_NONE;
    uint32_t most = cut ? VIRTIO_NET_FRAME_MAX : mtu + ETHERNET_BYTES + VLAN_BYTES;

    if (frame->bytes < ETHERNET_BYTES || frame->bytes > most ||
        (net_frame_needs(frame) & ~frame->sender_may) != 0) {
        return false;
    }
    if (needs_sum(frame) &&
        (offloads->csum_start < ETHERNET_BYTES || sum_place(frame) + SUM_BYTES > frame->bytes)) {
        return false;
    }
    /* 5.1.6.2.1: what is cut has checksums to be made, and a size to be cut to. Other types than the
     * two have not been negotiated. */
    return !cut ||
           (needs_sum(frame) && offloads->gso_size != 0 && offloads->hdr_len <= frame->bytes &&
            (offloads->gso_type == VIRTIO_NET_GSO_TCPV4 ||
             offloads->gso_type == VIRTIO_NET_GSO_TCPV6));
}

/* ---- Bytes ------------------------------------------------------------------------------------- */

/* Those behind the head. */
static bool rest_copy(struct net_source *source, uint32_t offset, void *to, uint32_t bytes)
{
    if (source->at != offset) {
        source->now = source->start;
        if (ring_skip(&source->now, offset) != offset) {
            return false;
        }
    }
    source->at = offset + bytes;
    return ring_read(&source->now, to, bytes) == bytes;
}

/* A completed checksum goes over what was copied. */
static bool sum_copy(const struct net_frame *frame, uint32_t offset, uint8_t *to, uint32_t bytes)
{
    uint8_t sum[SUM_BYTES];
    bool good = true;

    memcpy(sum, &frame->sum, sizeof(sum));
    for (uint32_t i = 0; i < SUM_BYTES; i++) {
        uint32_t at = frame->sum_at + i;

        if (at >= offset && at - offset < bytes) {
            good = good && vtl_store(to + (at - offset), 1, sum[i]) == PV_OK;
        }
    }
    return good;
}

bool net_frame_copy(const struct net_frame *frame, uint32_t offset, void *to, uint32_t bytes)
{
    uint32_t head = 0;

    if (offset < NET_HEAD_BYTES) {
        head = NET_HEAD_BYTES - offset < bytes ? NET_HEAD_BYTES - offset : bytes;
        if (vtl_copy(to, frame->head + offset, head) != PV_OK) {
            return false;
        }
    }
    if (head != bytes &&
        !rest_copy(frame->source, offset + head, (char *)to + head, bytes - head)) {
        return false;
    }
    return frame->sum_at == 0 || sum_copy(frame, offset, to, bytes);
}

/*
 * RFC 1071; the sum of the pseudo header is in the field already (5.1.6.2). Words of 32 bits, two at a
 * time (its section 2, C): a turn may have as many of these frames as of others.
 */
bool net_frame_complete(struct net_frame *frame)
{
    uint64_t piece[WORDS + 1];
    uint64_t sum = 0;

    for (uint32_t at = frame->offloads.csum_start; at < frame->bytes; at += PIECE_BYTES) {
        uint32_t left = frame->bytes - at;
        uint32_t now = left < PIECE_BYTES ? left : PIECE_BYTES;

        if (!net_frame_copy(frame, at, piece, now)) {
            return false;
        }
        memset((uint8_t *)piece + now, 0, sizeof(uint64_t));
        for (const uint64_t *word = piece; word < piece + (now + 7) / 8; word++) {
            sum += (uint32_t)*word;
            sum += *word >> 32;
        }
    }
    for (unsigned i = 0; i < 4; i++) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum = ~sum & 0xffff;
    /* RFC 768: zero stands for none; the other zero is as good to TCP. */
    frame->sum = sum != 0 ? (uint16_t)sum : 0xffff;
    frame->sum_at = sum_place(frame);
    frame->offloads = (struct net_offloads){0};
    return true;
}
PV_UNTRUSTED(net_frame_complete, network, "fuzz_virtio_net");
