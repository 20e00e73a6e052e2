/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A block request out of a chain: virtio 1.2, 5.2.6. Its framing means nothing (2.7.4): header,
 * data and status byte may lie in any pieces. What is wrong about it is answered with an error, as
 * long as there is a status byte to write.
 */
#include "virtio/blk.h"
#include "vtl/untrusted.h"

#include <string.h>

#define HEADER_BYTES ((uint32_t)sizeof(struct virtio_blk_header))
#define DATA_BYTES_MAX (UINT32_C(1) << 30)

static uint64_t sectors_of(uint64_t bytes)
{
    return bytes / VIRTIO_BLK_SECTOR_BYTES;
}

/* [skip, skip + bytes) of the segments at `from`, of which there are enough, as segments of its own.
 * False: they are too many. */
static bool data_cut(struct blk_request *request, const struct ring_segment *from, uint32_t skip,
                     uint32_t bytes)
{
    uint16_t count = 0;

    for (; bytes != 0; from++) {
        uint32_t now;

        if (skip >= from->bytes) {
            skip -= from->bytes;
            continue;
        }
        if (count == BLK_SEGMENTS) {
            return false;
        }
        now = from->bytes - skip < bytes ? from->bytes - skip : bytes;
        request->segments[count++] = (struct ring_segment){gpa(from->base.raw + skip), now};
        bytes -= now;
        skip = 0;
    }
    request->segment_count = count;
    return true;
}

static bool place_good(const struct blk_request *request, const struct host_blk_info *info)
{
    uint64_t align = info->block_bytes / VIRTIO_BLK_SECTOR_BYTES - 1;
    uint64_t sectors = sectors_of(request->bytes);

    return request->bytes % VIRTIO_BLK_SECTOR_BYTES == 0 &&
           range_contains(0, info->sectors, request->sector, sectors) &&
           ((request->sector | sectors) & align) == 0;
}

static uint8_t parse_transfer(struct blk_request *request, const struct host_blk_info *info,
                              const struct ring_segment *from, uint32_t skip, uint64_t bytes)
{
    if (bytes == 0 || bytes > DATA_BYTES_MAX) {
        return VIRTIO_BLK_S_IOERR;
    }
    request->bytes = (uint32_t)bytes;
    if (!place_good(request, info) || !data_cut(request, from, skip, request->bytes)) {
        return VIRTIO_BLK_S_IOERR;
    }
    request->source =
        (struct ring_cursor){request->segments, request->segments + request->segment_count, 0};
    return VIRTIO_BLK_S_OK;
}

/* 5.2.6.2: one range, as max_discard_seg and max_write_zeroes_seg say. */
static uint8_t parse_range(struct blk_request *request, const struct host_blk_info *info,
                           struct ring_cursor *cursor)
{
    bool zeroes = request->op == HOST_BLK_WRITE_ZEROES;
    uint32_t most = zeroes ? info->zeroes_sectors_max : info->discard_sectors_max;
    struct virtio_blk_range range;

    if (ring_read(cursor, &range, sizeof(range)) != sizeof(range) || ring_skip(cursor, 1) != 0) {
        return VIRTIO_BLK_S_IOERR;
    }
    if ((range.flags & ~(zeroes ? VIRTIO_BLK_UNMAP : 0)) != 0) {
        return VIRTIO_BLK_S_UNSUPP;
    }
    if (range.sectors == 0 || range.sectors > most ||
        !range_contains(0, info->sectors, range.sector, range.sectors)) {
        return VIRTIO_BLK_S_IOERR;
    }
    request->sector = range.sector;
    request->bytes = range.sectors * VIRTIO_BLK_SECTOR_BYTES;
    request->unmap = (range.flags & VIRTIO_BLK_UNMAP) != 0;
    if (!place_good(request, info)) {
        return VIRTIO_BLK_S_IOERR;
    }
    return VIRTIO_BLK_S_OK;
}

/* What each type of request needs; 0 features: nothing that is negotiated. */
static const struct {
    uint32_t type;
    enum host_blk_op op;
    uint64_t feature;
    bool writes;
} types[] = {
    {VIRTIO_BLK_T_IN, HOST_BLK_READ, 0, false},
    {VIRTIO_BLK_T_OUT, HOST_BLK_WRITE, 0, true},
    {VIRTIO_BLK_T_FLUSH, HOST_BLK_FLUSH, VIRTIO_BLK_F_FLUSH, false},
    {VIRTIO_BLK_T_DISCARD, HOST_BLK_DISCARD, VIRTIO_BLK_F_DISCARD, true},
    {VIRTIO_BLK_T_WRITE_ZEROES, HOST_BLK_WRITE_ZEROES, VIRTIO_BLK_F_WRITE_ZEROES, true},
};

/* VIRTIO_BLK_S_OK, and op is set, if the driver may ask this of this disk. */
static uint8_t parse_type(struct blk_request *request, const struct host_blk_info *info,
                          uint32_t type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].type == type && virtio_accepted(&request->disk->device, types[i].feature)) {
            request->op = types[i].op;
            /* 5.2.6.2: a write to a read-only device is an error. */
            return types[i].writes && info->read_only ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK;
        }
    }
    return VIRTIO_BLK_S_UNSUPP;
}

static uint8_t answer_id(const struct host_blk_info *info, const struct ring_chain *chain,
                         uint32_t *written)
{
    struct ring_cursor cursor = ring_writable(chain);
    uint64_t room = chain->writable_bytes - 1;
    size_t bytes = room < VIRTIO_BLK_ID_BYTES ? (size_t)room : VIRTIO_BLK_ID_BYTES;

    *written += (uint32_t)bytes;
    if (ring_write(&cursor, info->serial, bytes) != bytes) {
        return VIRTIO_BLK_S_IOERR;
    }
    return VIRTIO_BLK_S_OK;
}

/* The data of a request whose type is known. cursor: behind the header. */
static uint8_t parse_data(struct blk_request *request, const struct host_blk_info *info,
                          const struct ring_chain *chain, struct ring_cursor *cursor)
{
    switch (request->op) {
    case HOST_BLK_READ:
        return parse_transfer(request, info, chain->segments + chain->readable, 0,
                              chain->writable_bytes - 1);
    case HOST_BLK_WRITE:
        return parse_transfer(request, info, chain->segments, HEADER_BYTES,
                              chain->readable_bytes - HEADER_BYTES);
    case HOST_BLK_FLUSH:
        return VIRTIO_BLK_S_OK;
    default:
        return parse_range(request, info, cursor);
    }
}

enum blk_verdict blk_request_parse(struct blk_request *request, const struct ring_chain *chain,
                                   uint8_t *status, uint32_t *written)
{
    const struct host_blk_info *info = request->disk->info;
    struct ring_cursor cursor = ring_readable(chain);
    struct virtio_blk_header header;

    if (chain->writable == 0 || ring_read(&cursor, &header, HEADER_BYTES) != HEADER_BYTES) {
        ring_break(request->ring, "a block request without header or status (5.2.6)");
        return BLK_BROKEN;
    }
    const struct ring_segment *last = &chain->segments[chain->readable + chain->writable - 1];
    request->status = last->base.raw + last->bytes - 1;
    request->token = chain->token;
    request->generation = request->ring->generation;
    request->sector = header.sector;
    request->bytes = 0;
    request->segment_count = 0;
    request->issued = 0;
    request->flying = 0;
    request->unmap = false;
    request->failed = false;
    request->whole = false;
    request->waits = false;
    *written = 1;
    if (header.type == VIRTIO_BLK_T_GET_ID) {
        *status = answer_id(info, chain, written);
        return BLK_ANSWER;
    }
    *status = parse_type(request, info, header.type);
    if (*status == VIRTIO_BLK_S_OK) {
        *status = parse_data(request, info, chain, &cursor);
    }
    return *status == VIRTIO_BLK_S_OK ? BLK_ISSUE : BLK_ANSWER;
}
PV_UNTRUSTED(blk_request_parse, guest, "fuzz_virtio_blk");
