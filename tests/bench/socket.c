/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench guest's socket: one connection at a time, to Paravane's echo service, or for evidence. As Linux'
 * driver does: header and data out are two descriptors in an indirect table, whose being used raises no
 * interrupt; in, one buffer.
 * Source: virtio 1.2, sections in the code.
 */
#include "driver.h"
#include "virtio/vsock_abi.h"

#include <stddef.h>

#define DATA_BYTES 4096u
#define BUFFER_BYTES (DATA_BYTES + 64u)
#define OUR_CID 3u
#define OUR_PORT 1024u /* of the first connection; each has one of its own */
#define ECHO_PORT 7u
#define HTTP_PORT 80u
#define CREDIT (1u << 20)
#define TIMER_PPI 27u
#define TIMER_ENABLE 1u
#define TIMER_PENDING 4u

static struct driver_queue queues[VIRTIO_VSOCK_QUEUES];
static const struct driver_device device = {
    UINT64_C(0x0a000400),
    50,
    VIRTIO_ID_VSOCK,
    VIRTIO_VSOCK_F_STREAM,
};
static const char good[] = "HTTP/1.1 200 ";

struct packet {
    struct virtio_vsock_header header;
    char text[sizeof(good) - 1];
};

static union {
    struct packet packet;
    uint8_t bytes[BUFFER_BYTES];
} received[QUEUE_SIZE] __attribute__((aligned(4096)));
static struct virtio_desc table[2] __attribute__((aligned(16)));
static struct virtio_vsock_header header __attribute__((aligned(8)));
static uint8_t data[DATA_BYTES] __attribute__((aligned(4096)));
static uint32_t connections;
static uint32_t peer_port;
static uint32_t forwarded;

static const char request[] =
    "GET /evidence?nonce=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\r\nHost: p\r\n\r\n";

/* Called by guest.S; true: it worked. */
uint64_t bench_socket_start(void);
uint64_t bench_socket_connect_echo(void);
uint64_t bench_socket_echo(uint32_t bytes);
uint64_t bench_evidence_prepare(void);
uint64_t bench_evidence_get(void);

static void receive_add(uint32_t index)
{
    queues[VIRTIO_VSOCK_RX].ring[index] =
        (struct virtio_desc){(uintptr_t)&received[index], BUFFER_BYTES, VIRTIO_DESC_WRITE, 0};
    driver_add(&queues[VIRTIO_VSOCK_RX], (uint16_t)index, true);
}

/* 5.10.6 */
static void send(uint16_t operation, uint32_t bytes)
{
    header.src_cid = OUR_CID;
    header.dst_cid = VIRTIO_VSOCK_CID_HOST;
    header.src_port = OUR_PORT + connections;
    header.dst_port = peer_port;
    header.len = bytes;
    header.type = VIRTIO_VSOCK_TYPE_STREAM;
    header.op = operation;
    header.buf_alloc = CREDIT;
    header.fwd_cnt = forwarded;
    table[0] = (struct virtio_desc){(uintptr_t)&header, sizeof(header), VIRTIO_DESC_NEXT, 1};
    if (bytes == 0) {
        table[0].flags = 0;
    }
    table[1] = (struct virtio_desc){(uintptr_t)data, bytes, 0, 0};
    queues[VIRTIO_VSOCK_TX].ring[0] = (struct virtio_desc){
        (uintptr_t)table, bytes == 0 ? sizeof(table[0]) : sizeof(table), VIRTIO_DESC_INDIRECT, 0};
    driver_add(&queues[VIRTIO_VSOCK_TX], 0, false);
    driver_notify(&device, VIRTIO_VSOCK_TX);
}

/* The next packet, of which so much is kept: its buffer is the device's again at once. */
static const struct packet *receive_any(void)
{
    static struct packet packet;
    uint32_t at = driver_wait(&queues[VIRTIO_VSOCK_RX]);
    uint32_t index = queues[VIRTIO_VSOCK_RX].used.ring[at].id % QUEUE_SIZE;

    packet = received[index].packet;
    receive_add(index);
    return &packet;
}

/* Waits for a packet of this operation; its bytes. Others tell of credit, of which there is enough. */
static uint32_t receive(uint16_t operation)
{
    const struct packet *packet = receive_any();

    while (packet->header.op != operation) {
        packet = receive_any();
    }
    return packet->header.len;
}

static bool connect(uint32_t port)
{
    connections++;
    peer_port = port;
    forwarded = 0;
    send(VIRTIO_VSOCK_OP_REQUEST, 0);
    (void)driver_wait(&queues[VIRTIO_VSOCK_TX]);
    (void)receive(VIRTIO_VSOCK_OP_RESPONSE);
    return driver_interrupt(&device);
}

uint64_t bench_socket_start(void)
{
    if (!driver_start(&device, queues, VIRTIO_VSOCK_QUEUES)) {
        return false;
    }
    for (uint32_t i = 0; i < QUEUE_SIZE; i++) {
        receive_add(i);
    }
    driver_notify(&device, VIRTIO_VSOCK_RX);
    return true;
}

uint64_t bench_socket_connect_echo(void)
{
    return connect(ECHO_PORT);
}

uint64_t bench_socket_echo(uint32_t bytes)
{
    uint32_t back = 0;

    send(VIRTIO_VSOCK_OP_RW, bytes);
    while (back < bytes) {
        back += receive(VIRTIO_VSOCK_OP_RW);
    }
    forwarded += back;
    (void)driver_wait(&queues[VIRTIO_VSOCK_TX]);
    return driver_interrupt(&device) && back == bytes;
}

/* Without a virtual second between them, evidence is refused (net/README.md): WFI takes none that is real. */
static void wait_second(void)
{
    uint64_t ticks;
    uint64_t control = TIMER_ENABLE;
    uint64_t intid;

    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(ticks));
    __asm__ volatile(
        "msr cntv_tval_el0, %0\n\tmsr cntv_ctl_el0, %1\n\tisb" ::"r"(ticks + ticks / 8),
        "r"(control));
    do {
        __asm__ volatile("wfi\n\tmrs %0, cntv_ctl_el0" : "=r"(control));
    } while ((control & TIMER_PENDING) == 0);
    __asm__ volatile("mrs %0, icc_iar1_el1\n\tmsr cntv_ctl_el0, xzr\n\tisb" : "=r"(intid));
    if (intid == TIMER_PPI) {
        __asm__ volatile("msr icc_eoir1_el1, %0\n\tisb" ::"r"(intid));
    }
}

uint64_t bench_evidence_prepare(void)
{
    wait_second();
    for (uint32_t i = 0; i < sizeof(request); i++) {
        data[i] = (uint8_t)request[i];
    }
    return connect(HTTP_PORT);
}

static bool is_good(const struct packet *packet)
{
    bool same = true;

    for (uint32_t i = 0; i < sizeof(packet->text); i++) {
        same = same && packet->text[i] == good[i];
    }
    return same;
}

/* All of the answer: the service ends the connection behind it. */
uint64_t bench_evidence_get(void)
{
    const struct packet *packet;
    bool right = true;

    send(VIRTIO_VSOCK_OP_RW, sizeof(request) - 1);
    packet = receive_any();
    while (packet->header.op != VIRTIO_VSOCK_OP_SHUTDOWN &&
           packet->header.op != VIRTIO_VSOCK_OP_RST) {
        right = right && (forwarded != 0 || packet->header.len == 0 || is_good(packet));
        forwarded += packet->header.len;
        packet = receive_any();
    }
    (void)driver_wait(&queues[VIRTIO_VSOCK_TX]);
    return driver_interrupt(&device) && right && forwarded > sizeof(good);
}
