/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench guest's network: ICMP echoes (RFC 792) of a frame's size to QEMU's user network, which answers
 * each with one of that size by itself. As Linux' driver does: a frame and its header are one buffer.
 * Source: virtio 1.2, sections in the code.
 */
#include "driver.h"

#include <stddef.h>

/* Queues (5.1.2). */
#define RECEIVE 0u
#define TRANSMIT 1u

#define BUFFER_BYTES 2048u
#define ETHERNET VIRTIO_NET_HEADER_BYTES /* a frame's offset in its buffer */
#define IP (ETHERNET + 14u)
#define ICMP (IP + 20u)
#define ECHO_REPLY 0u

static struct driver_queue queues[2];
static const struct driver_device network = {
    UINT64_C(0x0a000600),
    51,
    VIRTIO_ID_NET,
    VIRTIO_NET_F_MAC | VIRTIO_NET_F_MRG_RXBUF,
};
static uint8_t received[QUEUE_SIZE][BUFFER_BYTES] __attribute__((aligned(4096)));
static uint8_t sent[BUFFER_BYTES] __attribute__((aligned(4096)));
static uint32_t sent_bytes;

/* Called by guest.S; true: it worked. */
uint64_t bench_network_start(void);
void bench_network_prepare(uint32_t bytes);
uint64_t bench_network_send(void);
uint64_t bench_network_receive(void);

/* Big-endian, as all of the Internet's. */
static void put16(uint32_t at, uint32_t value)
{
    sent[at] = (uint8_t)(value >> 8);
    sent[at + 1] = (uint8_t)value;
}

static void put_words(uint32_t at, const uint16_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        put16(at + 2 * i, words[i]);
    }
}

static void put_mac(uint32_t at)
{
    uint32_t low = driver_get(&network, VIRTIO_MMIO_CONFIG);
    uint32_t high = driver_get(&network, VIRTIO_MMIO_CONFIG + 4);

    for (uint32_t i = 0; i < 6; i++) {
        sent[at + i] = (uint8_t)((i < 4 ? low : high) >> (8 * (i % 4)));
    }
}

/* RFC 826, of our own address: so the other side knows who 10.0.2.15 is, and does not answer. */
static void announce(void)
{
    static const uint16_t to_all[] = {0xffff, 0xffff, 0xffff};
    static const uint16_t arp[] = {0x0806, 1, 0x0800, 0x0604, 1};
    static const uint16_t address[] = {0x0a00, 0x020f};

    put_words(ETHERNET, to_all, 3);
    put_mac(ETHERNET + 6);
    put_words(ETHERNET + 12, arp, 5);
    put_mac(IP + 8);
    put_words(IP + 14, address, 2);
    put_words(IP + 24, address, 2);
    sent_bytes = 64;
}

static void receive_add(uint32_t index)
{
    queues[RECEIVE].ring[index] =
        (struct virtio_desc){(uintptr_t)received[index], BUFFER_BYTES, VIRTIO_DESC_WRITE, 0};
    driver_add(&queues[RECEIVE], (uint16_t)index, true);
}

uint64_t bench_network_start(void)
{
    if (!driver_start(&network, queues, 2)) {
        return false;
    }
    for (uint32_t i = 0; i < QUEUE_SIZE; i++) {
        receive_add(i);
    }
    driver_notify(&network, RECEIVE);
    announce();
    return bench_network_send();
}

/* An echo request to 10.0.2.2; RFC 791, 3.1. The data are zeroes. */
void bench_network_prepare(uint32_t bytes)
{
    /* Not on the stack, which GCC would guard: nothing here is linked that looks at the guard. */
    static uint16_t ip[10];
    static const uint16_t fixed[] = {0x4500, 0, 0, 0, 0x4001, 0, 0x0a00, 0x020f, 0x0a00, 0x0202};
    static const uint16_t gateway[] = {0x5255, 0x0a00, 0x0202};
    static const uint16_t echo[] = {0x0800, (uint16_t)~0x0800u, 0, 0};
    uint32_t sum = 0;

    for (uint32_t i = 0; i < sizeof(ip) / sizeof(ip[0]); i++) {
        ip[i] = i == 1 ? (uint16_t)(bytes - 14) : fixed[i];
        sum += ip[i];
    }
    sum = (sum & 0xffff) + (sum >> 16);
    ip[5] = (uint16_t)~(sum + (sum >> 16));
    put_words(ETHERNET, gateway, 3);
    put16(ETHERNET + 12, 0x0800);
    put_words(IP, ip, sizeof(ip) / sizeof(ip[0]));
    put_words(ICMP, echo, 4);
    sent_bytes = bytes;
}

uint64_t bench_network_send(void)
{
    queues[TRANSMIT].ring[0] =
        (struct virtio_desc){(uintptr_t)sent, VIRTIO_NET_HEADER_BYTES + sent_bytes, 0, 0};
    driver_add(&queues[TRANSMIT], 0, true);
    driver_notify(&network, TRANSMIT);
    (void)driver_wait(&queues[TRANSMIT]);
    return driver_interrupt(&network);
}

/* The driver's buffer goes back without a notification: there are others (2.7.10.1). */
uint64_t bench_network_receive(void)
{
    uint32_t at = driver_wait(&queues[RECEIVE]);
    uint32_t index = queues[RECEIVE].used.ring[at].id % QUEUE_SIZE;
    bool good = queues[RECEIVE].used.ring[at].bytes == VIRTIO_NET_HEADER_BYTES + sent_bytes &&
                received[index][ICMP] == ECHO_REPLY;

    good = driver_interrupt(&network) && good;
    receive_add(index);
    return good;
}
