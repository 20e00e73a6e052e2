/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of the socket device (virtio 1.2, 5.10). */
#include "hostile.h"
#include "virtio.h"
#include "virtio/vsock_abi.h"

#include <string.h>

#define SIZE 16u
#define CID_GUEST 3u /* devices/README.md */
#define PORT_NOBODY 9999u
#define PORT_INSPECT 80u
#define PORT_OWN 5000u
#define HEADER_BYTES ((uint32_t)sizeof(struct virtio_vsock_header))
#define RX_BYTES 512u
#define BUF_ALLOC 4096u
#define PAGE_FRESH_MS 11u /* net/inspect.c: another page after 10 ms */

struct sockets {
    struct queue tx;
    struct queue rx;
};

static void receive_add(struct queue *rx)
{
    const struct part part = {rx->data + DATA_BYTES, RX_BYTES, VIRTIO_DESC_WRITE};

    memory_allow(part.address, part.bytes);
    queue_add(rx, &part, 1);
    queue_notify(rx);
}

static void start(struct sockets *sockets, const struct device *device, unsigned tx_slot,
                  unsigned rx_slot, bool packed)
{
    device_reset(device);
    (void)device_agree(device, FEATURES | (device->offered & VIRTIO_VSOCK_F_STREAM) |
                                   (packed ? VIRTIO_F_RING_PACKED : 0));
    queue_place(&sockets->tx, device, VIRTIO_VSOCK_TX, tx_slot, SIZE, packed);
    queue_place(&sockets->rx, device, VIRTIO_VSOCK_RX, rx_slot, SIZE, packed);
    queue_ready(&sockets->tx);
    queue_ready(&sockets->rx);
    device_run(device);
}

static struct virtio_vsock_header packet(uint16_t op, uint32_t port)
{
    return (struct virtio_vsock_header){.src_cid = CID_GUEST,
                                        .dst_cid = VIRTIO_VSOCK_CID_HOST,
                                        .src_port = PORT_OWN,
                                        .dst_port = port,
                                        .type = VIRTIO_VSOCK_TYPE_STREAM,
                                        .op = op,
                                        .buf_alloc = BUF_ALLOC};
}

static void header_write(const struct queue *tx, const struct virtio_vsock_header *header)
{
    uint32_t words[sizeof(*header) / 4];

    memcpy(words, header, sizeof(words));
    for (unsigned i = 0; i < COUNT_OF(words); i++) {
        put32(tx->data + 4u * i, words[i]);
    }
}

/* Sent, with `bytes` of memory behind the header, and given back. */
static bool send(struct queue *tx, const struct virtio_vsock_header *header, uint32_t bytes)
{
    const struct part parts[] = {{tx->data, HEADER_BYTES, 0}, {board.ram[0].base, bytes, 0}};
    uint32_t length;

    header_write(tx, header);
    queue_add(tx, parts, bytes != 0 ? 2 : 1);
    queue_notify(tx);
    return queue_wait(tx, &length);
}

/* The packet in the buffer that was added last; false: there is none. */
static bool receive_take(struct queue *rx, struct virtio_vsock_header *header)
{
    uint32_t words[sizeof(*header) / 4];
    uint32_t length;

    if (!queue_wait(rx, &length) || length < HEADER_BYTES || length > RX_BYTES) {
        return false;
    }
    for (unsigned i = 0; i < COUNT_OF(words); i++) {
        words[i] = read32(rx->data + DATA_BYTES + 4u * i);
    }
    memcpy(header, words, sizeof(words));
    return length == HEADER_BYTES + header->len;
}

static bool receive(struct queue *rx, struct virtio_vsock_header *header)
{
    receive_add(rx);
    return receive_take(rx, header);
}

/* 5.10.6.4, 5.10.6.5: the reset that answers `header`, into the buffer that was added last. */
static bool reset_taken(struct queue *rx, const struct virtio_vsock_header *header)
{
    struct virtio_vsock_header got;

    return receive_take(rx, &got) && got.op == VIRTIO_VSOCK_OP_RST && got.len == 0 &&
           got.dst_cid == CID_GUEST && got.src_cid == header->dst_cid &&
           got.src_port == header->dst_port && got.dst_port == header->src_port &&
           got.type == header->type;
}

static bool reset_comes(struct queue *rx, const struct virtio_vsock_header *header)
{
    receive_add(rx);
    return reset_taken(rx, header);
}

static bool nobody_answers(struct sockets *sockets)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST, PORT_NOBODY);

    return send(&sockets->tx, &header, 0) && reset_comes(&sockets->rx, &header);
}

bool vsock_works(const struct device *device, unsigned slot)
{
    struct sockets sockets;

    start(&sockets, device, slot, slot + 1, false);
    return nobody_answers(&sockets);
}

/* ---- Rules ------------------------------------------------------------------------------------------ */

/* 5.10.6, 5.10.6.4: no whole header; something to be written. */
bool vsock_shape(struct run *run)
{
    static const struct {
        uint32_t readable;
        uint32_t writable;
    } shapes[] = {{HEADER_BYTES - 1, 0}, {1, 0}, {0, 64}, {HEADER_BYTES, 64}};
    struct queue *tx = &run->queue;
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST, PORT_NOBODY);
    struct part parts[2];
    unsigned count = 0;

    header_write(tx, &header);
    if (shapes[run->variant].readable != 0) {
        parts[count++] = (struct part){tx->data, shapes[run->variant].readable, 0};
    }
    if (shapes[run->variant].writable != 0) {
        parts[count++] =
            (struct part){tx->data + DATA_BYTES, shapes[run->variant].writable, VIRTIO_DESC_WRITE};
    }
    queue_add(tx, parts, count);
    queue_notify(tx);
    return true;
}

/* 5.10.6.4: receive buffers that no packet fits into, that can't be written. */
bool vsock_receive_shape(struct run *run)
{
    static const struct {
        uint32_t bytes;
        uint16_t flags;
    } shapes[] = {{1, VIRTIO_DESC_WRITE},
                  {HEADER_BYTES - 1, VIRTIO_DESC_WRITE},
                  {HEADER_BYTES, VIRTIO_DESC_WRITE}, /* no room for a byte (devices/README.md) */
                  {RX_BYTES, 0}};
    unsigned shape = run->variant / 2;
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST, PORT_NOBODY);
    struct sockets sockets;
    struct part part;
    bool sent;

    start(&sockets, run->device, 0, SLOT_RX, run->variant % 2 != 0);
    part = (struct part){sockets.rx.data + DATA_BYTES, shapes[shape].bytes, shapes[shape].flags};
    sent = send(&sockets.tx, &header, 0);
    reg_write(run->device, VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_INTERRUPT_USED);
    queue_add(&sockets.rx, &part, 1);
    queue_notify(&sockets.rx);
    run->queue = sockets.rx;
    return sent;
}

/* What there is no connection for, or no such thing: a reset. */
bool vsock_refused(struct run *run)
{
    static const struct {
        uint64_t dst_cid;
        uint32_t port;
        uint32_t len;
        uint16_t type;
        uint16_t op;
    } packets[] = {
        {2, PORT_NOBODY, 0, 1, VIRTIO_VSOCK_OP_REQUEST},
        {2, PORT_INSPECT, 0, 1, VIRTIO_VSOCK_OP_RESPONSE},
        {2, PORT_INSPECT, 0, 1, VIRTIO_VSOCK_OP_SHUTDOWN},
        {2, PORT_INSPECT, 64, 1, VIRTIO_VSOCK_OP_RW},
        {2, PORT_INSPECT, UINT32_MAX, 1, VIRTIO_VSOCK_OP_RW},
        {2, PORT_INSPECT, 0, 1, VIRTIO_VSOCK_OP_CREDIT_UPDATE},
        {2, PORT_INSPECT, 0, 1, VIRTIO_VSOCK_OP_CREDIT_REQUEST},
        {2, PORT_INSPECT, 0, 1, 0},
        {2, PORT_INSPECT, 0, 1, 8},
        {2, PORT_INSPECT, 0, 1, UINT16_MAX},
        {2, PORT_INSPECT, 0, 0, VIRTIO_VSOCK_OP_REQUEST},
        {2, PORT_INSPECT, 0, 2, VIRTIO_VSOCK_OP_REQUEST},
        {2, PORT_INSPECT, 0, UINT16_MAX, VIRTIO_VSOCK_OP_REQUEST},
        {0, PORT_INSPECT, 0, 1, VIRTIO_VSOCK_OP_REQUEST},
        {3, PORT_INSPECT, 0, 1, VIRTIO_VSOCK_OP_REQUEST},
        {UINT32_MAX, PORT_INSPECT, 0, 1, VIRTIO_VSOCK_OP_REQUEST},
    };
    struct virtio_vsock_header header =
        packet(packets[run->variant].op, packets[run->variant].port);
    struct sockets sockets;

    header.dst_cid = packets[run->variant].dst_cid;
    header.len = packets[run->variant].len;
    header.type = packets[run->variant].type;
    start(&sockets, run->device, 0, SLOT_RX, run->variant % 2 != 0);
    return send(&sockets.tx, &header, 64) && reset_comes(&sockets.rx, &header) &&
           nobody_answers(&sockets);
}

/* 5.10.6.4.1: not from the guest's own id, to reserved parts of one; a reset for nobody. There is no
 * answer: the buffer stays free for what is asked behind it. */
bool vsock_dropped(struct run *run)
{
    static const struct {
        uint64_t src_cid;
        uint64_t dst_cid;
        uint16_t op;
    } packets[] = {
        {0, 2, VIRTIO_VSOCK_OP_REQUEST},
        {2, 2, VIRTIO_VSOCK_OP_REQUEST},
        {4, 2, VIRTIO_VSOCK_OP_REQUEST},
        {UINT64_C(1) << 32 | 3, 2, VIRTIO_VSOCK_OP_REQUEST},
        {UINT64_MAX, 2, VIRTIO_VSOCK_OP_REQUEST},
        {3, UINT64_C(1) << 32 | 2, VIRTIO_VSOCK_OP_REQUEST},
        {3, UINT64_MAX, VIRTIO_VSOCK_OP_REQUEST},
        {3, 2, VIRTIO_VSOCK_OP_RST},
    };
    struct virtio_vsock_header header = packet(packets[run->variant].op, PORT_INSPECT);
    struct sockets sockets;

    header.src_cid = packets[run->variant].src_cid;
    header.dst_cid = packets[run->variant].dst_cid;
    start(&sockets, run->device, 0, SLOT_RX, run->variant % 2 != 0);
    receive_add(&sockets.rx);
    if (!send(&sockets.tx, &header, 0) || queue_is_used(&sockets.rx)) {
        return false;
    }
    header = packet(VIRTIO_VSOCK_OP_REQUEST, PORT_NOBODY);
    return send(&sockets.tx, &header, 0) && reset_taken(&sockets.rx, &header);
}

static bool connect(struct sockets *sockets, struct virtio_vsock_header *response)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST, PORT_INSPECT);

    return send(&sockets->tx, &header, 0) && receive(&sockets->rx, response) &&
           response->op == VIRTIO_VSOCK_OP_RESPONSE && response->buf_alloc != 0;
}

/* 5.10.6.3.1, 5.10.6.5: what a connection ends by. */
bool vsock_connected(struct run *run)
{
    static const struct {
        uint16_t op;
        uint32_t len;
        uint32_t behind; /* bytes that the chain has */
    } packets[] = {
        {VIRTIO_VSOCK_OP_REQUEST, 0, 0},      /* a second one */
        {VIRTIO_VSOCK_OP_RESPONSE, 0, 0},     /* to nothing */
        {0, 0, 0},                            /* no operation */
        {8, 0, 0},                            /* none that there is */
        {VIRTIO_VSOCK_OP_RW, 65, 64},         /* more than the chain has */
        {VIRTIO_VSOCK_OP_RW, UINT32_MAX, 64}, /* much more */
        {VIRTIO_VSOCK_OP_RW, 0, 0},           /* more than was granted: below */
    };
    struct virtio_vsock_header header = packet(packets[run->variant].op, PORT_INSPECT);
    struct virtio_vsock_header response;
    struct sockets sockets;
    uint32_t behind = packets[run->variant].behind;

    start(&sockets, run->device, 0, SLOT_RX, run->variant % 2 != 0);
    if (!connect(&sockets, &response)) {
        return false;
    }
    header.len = packets[run->variant].len;
    if (run->variant == COUNT_OF(packets) - 1) {
        header.len = response.buf_alloc + 1;
        behind = header.len;
    }
    return send(&sockets.tx, &header, behind) && reset_comes(&sockets.rx, &header) &&
           connect(&sockets, &response);
}

/* A reset; or a shutdown, which the driver answers by one (5.10.6.5). What the service has to say may
 * come before. */
static bool end_comes(struct sockets *sockets)
{
    struct virtio_vsock_header answer = packet(VIRTIO_VSOCK_OP_RST, PORT_INSPECT);
    struct virtio_vsock_header got;

    for (unsigned i = 0; i < SIZE; i++) {
        if (!receive(&sockets->rx, &got)) {
            return false;
        }
        if (got.op == VIRTIO_VSOCK_OP_RST) {
            return true;
        }
        if (got.op == VIRTIO_VSOCK_OP_SHUTDOWN) {
            return send(&sockets->tx, &answer, 0);
        }
    }
    return false;
}

/* 5.10.6.5: a shutdown is permanent. Variant: its own end, and both, which is a reset at once. */
bool vsock_after_end(struct run *run)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_SHUTDOWN, PORT_INSPECT);
    struct virtio_vsock_header response;
    struct sockets sockets;

    start(&sockets, run->device, 0, SLOT_RX, false);
    if (!connect(&sockets, &response)) {
        return false;
    }
    header.flags = run->variant == 0 ? VIRTIO_VSOCK_SHUTDOWN_SEND : VIRTIO_VSOCK_SHUTDOWN_BOTH;
    if (!send(&sockets.tx, &header, 0)) {
        return false;
    }
    header = packet(VIRTIO_VSOCK_OP_RW, PORT_INSPECT);
    header.len = 64;
    if (run->variant != 0) {
        return reset_comes(&sockets.rx, &header) && nobody_answers(&sockets);
    }
    bool sent = send(&sockets.tx, &header, 64);
    return sent && end_comes(&sockets) && nobody_answers(&sockets);
}

/* Requests without receive buffers. The device may take no more of them, and goes on when there are
 * buffers; each request has its reset. */
#define UNREAD 1000u
bool vsock_unread(struct run *run)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST, PORT_NOBODY);
    struct sockets sockets;
    unsigned sent = 0;
    uint32_t length;

    start(&sockets, run->device, 0, SLOT_RX, false);
    for (; sent < UNREAD; sent++) {
        header_write(&sockets.tx, &header);
        queue_add(&sockets.tx, &(struct part){sockets.tx.data, HEADER_BYTES, 0}, 1);
        queue_notify(&sockets.tx);
        if (!queue_is_used(&sockets.tx) || !queue_wait(&sockets.tx, &length)) {
            break;
        }
    }
    if (sent == 0 || sent == UNREAD) {
        return false;
    }
    if (run->variant != 0) {
        return reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
    }
    for (unsigned i = 0; i <= sent; i++) {
        if (!reset_comes(&sockets.rx, &header)) {
            return false;
        }
    }
    return queue_wait(&sockets.tx, &length) && nobody_answers(&sockets);
}

/* Each request is answered: by a response while there is room, then by a reset. */
#define MANY 1100u
bool vsock_many(struct run *run)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST, PORT_INSPECT);
    struct virtio_vsock_header got;
    struct sockets sockets;
    unsigned refused = 0;

    start(&sockets, run->device, 0, SLOT_RX, false);
    for (unsigned i = 0; i < MANY; i++) {
        header.src_port = PORT_OWN + i;
        if (!send(&sockets.tx, &header, 0) || !receive(&sockets.rx, &got) ||
            got.dst_port != header.src_port ||
            (got.op != VIRTIO_VSOCK_OP_RESPONSE && got.op != VIRTIO_VSOCK_OP_RST)) {
            return false;
        }
        refused += got.op == VIRTIO_VSOCK_OP_RST ? 1 : 0;
    }
    return refused != 0 && refused != MANY && nobody_answers(&sockets);
}

/* ---- What Paravane tells (devices/README.md) ------------------------------------------------------- */

static const char request[] = "GET /inspect HTTP/1.1\r\nHost: paravane\r\n\r\n";
static char page[BUF_ALLOC];
static uint32_t page_bytes;

/* Of the first field of this name, which ends in front of the number. */
static bool page_number(const char *name, uint64_t *value)
{
    uint32_t length = 0;

    while (name[length] != 0) {
        length++;
    }
    for (uint32_t at = 0; at + length < page_bytes; at++) {
        if (memcmp(page + at, name, length) == 0) {
            *value = 0;
            for (at += length; at < page_bytes && page[at] >= '0' && page[at] <= '9'; at++) {
                *value = *value * 10 + (uint64_t)(page[at] - '0');
            }
            return at < page_bytes;
        }
    }
    return false;
}

static bool page_ask(struct sockets *sockets)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_RW, PORT_INSPECT);
    const struct part parts[] = {{sockets->tx.data, HEADER_BYTES, 0},
                                 {sockets->tx.data + DATA_BYTES, sizeof(request) - 1, 0}};
    uint32_t length;

    header.len = sizeof(request) - 1;
    header_write(&sockets->tx, &header);
    put_bytes(parts[1].address, request, header.len);
    queue_add(&sockets->tx, parts, 2);
    queue_notify(&sockets->tx);
    return queue_wait(&sockets->tx, &length);
}

bool inspect(struct inspected *told)
{
    struct virtio_vsock_header got;
    struct sockets sockets;

    pause_ms(PAGE_FRESH_MS);
    start(&sockets, device_of(VIRTIO_ID_VSOCK, 0), SLOT_INSPECT, SLOT_INSPECT + 1, false);
    if (!connect(&sockets, &got) || !page_ask(&sockets)) {
        return false;
    }
    page_bytes = 0;
    while (!page_number("\"interrupt\":", &told->interrupts) ||
           !page_number("\"bounce_bytes_out\":", &told->bytes_out)) {
        if (!receive(&sockets.rx, &got) || got.len > sizeof(page) - page_bytes) {
            return false;
        }
        for (uint32_t i = 0; got.op == VIRTIO_VSOCK_OP_RW && i < got.len; i++) {
            page[page_bytes++] = (char)get8(sockets.rx.data + DATA_BYTES + HEADER_BYTES + i);
        }
    }
    device_reset(sockets.rx.device);
    return true;
}
