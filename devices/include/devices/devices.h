/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the guest sees: device models; and what stands behind them: drivers for the host's devices.
 * A model owns its state and one lock; handlers run on any VP.
 */
#ifndef DEVICES_DEVICES_H
#define DEVICES_DEVICES_H

#include "vmm/vmm.h"

/* ---- PL011 (Arm DDI 0183G): the guest's console ---------------------------------------------- */

#define PL011_BYTES UINT64_C(0x1000)
#define PL011_FIFO_BYTES 32u

struct pl011 {
    struct vtl_lock lock;
    uint32_t intid; /* SPI of VTL0's GIC */
    /* Who fills the receiver and waits for room, if anybody: called after each access until waits
     * is false again, without the lock. Set after pl011_init. */
    void (*room)(void);
    bool waits; /* atomic */
    /* Where a transmitted byte goes. Called with the lock held; must not block. */
    void (*transmit)(uint8_t byte);
    uint8_t rx[PL011_FIFO_BYTES];
    uint8_t rx_head;
    uint8_t rx_count;
    bool line; /* as last driven */
    uint16_t imsc;
    uint16_t ris;
    uint16_t cr;
    uint8_t lcrh;
    uint8_t rsr;
    uint16_t ibrd;
    uint16_t fbrd;
    uint16_t ifls;
    uint16_t dmacr;
    uint16_t ilpr;
    bool overrun; /* a byte was lost since the last that came in */
};

void pl011_init(struct pl011 *uart, uint32_t intid, void (*transmit)(uint8_t byte));
bool pl011_mmio(void *device, struct mmio_access *access);
/* Room in the receive FIFO, and bytes for the guest; returns how many were taken. */
size_t pl011_receive_room(struct pl011 *uart);
size_t pl011_receive(struct pl011 *uart, const uint8_t *bytes, size_t count);

/* ---- PL031 (Arm DDI 0224C): time ------------------------------------------------------------- */

#define PL031_BYTES UINT64_C(0x1000)

struct pl031 {
    struct vtl_lock lock;
    uint32_t intid;
    uint64_t offset_s; /* RTC value minus monotonic seconds, modulo 2^32 */
    uint32_t match;
    uint32_t load;
    uint32_t imsc;
    uint32_t ris;
    uint32_t seen; /* the counter when the match was last looked for */
    bool line;     /* as last driven */
};

/* now_s: seconds since 1970 at this moment. */
void pl031_init(struct pl031 *rtc, uint32_t intid, uint32_t now_s);
bool pl031_mmio(void *device, struct mmio_access *access);

/* ---- Virtio (1.2, 4.2): the guest's windows, one device each ---------------------------------- */

#define VIRTIO_WINDOWS 16u
#define VIRTIO_WINDOW_BYTES 0x200u
#define VIRTIO_BYTES (VIRTIO_WINDOWS * VIRTIO_WINDOW_BYTES)

/* intid: SPI of window 0; the others follow. Boot VP, before any device is put into a window. */
void virtio_init(uint32_t intid);
/* All windows are one range; device: NULL. */
bool virtio_mmio(void *device, struct mmio_access *access);
/* Is there a device in the window? */
bool virtio_window_used(unsigned index);

/* The order of the windows. */
#define VIRTIO_WINDOW_ENTROPY 0u
#define VIRTIO_WINDOW_CONSOLE 1u
#define VIRTIO_WINDOW_VSOCK 2u
#define VIRTIO_WINDOW_NET 3u
#define VIRTIO_WINDOW_DISKS 4u

/* The guest's devices go into their windows. Boot VP, after virtio_init and what the host has. */
void virtio_entropy_init(void);
void virtio_console_init(void);
/* Disks: all of the host's that are open, from VIRTIO_WINDOW_DISKS on. queues: of each.
 * False: no memory. */
bool virtio_blk_init(unsigned queues);
/*
 * Opens the LUKS2 container on the host's disk with a passphrase; from then on the guest's disk of that
 * number is what is in it. Waits by vmm_idle. NULL, or what is wrong, safe to log. Boot VP, after the disks'
 * interrupts are on, before VTL0 runs.
 */
const char *virtio_blk_unlock(unsigned disk, const uint8_t *passphrase, size_t bytes);

/* What is known of a device, for who inspects the machine. Takes no lock: each value by itself is
 * right, together they may be of different moments. */
struct virtio_device_info {
    const char *name;
    uint32_t status;
    unsigned queues;
};
struct virtio_queue_info {
    uint16_t size;
    bool live;
    const char *broken; /* the rule that the driver has broken, or NULL */
    uint64_t taken;     /* chains since the start */
    uint64_t given;
};
/* False: there is no such device, or queue. */
bool virtio_device_info_get(unsigned window, struct virtio_device_info *info);
bool virtio_queue_info_get(unsigned window, unsigned queue, struct virtio_queue_info *info);

/* ---- Virtio sockets (1.2, 5.10): services for programs of the guest --------------------------- */

/* Open at once. A service's own state of a connection lies at that connection's number. */
#define VSOCK_CONNECTIONS 1024u
#define VSOCK_GUEST_CID 3u

/*
 * What listens on a port of the host's context id. All calls come with the device's lock held: a
 * service works on what it is given, and returns. No call of a connection comes before its accept
 * has said true, or after its closed.
 */
struct vsock_service {
    const char *name;
    uint32_t port;
    uint32_t window; /* so many bytes of one connection it takes before it gives the first back */
    /* A program of the guest wants a connection. False: there is no room. NULL: always. */
    bool (*accept)(uint16_t connection);
    /* Bytes from the guest. */
    void (*receive)(uint16_t connection, const uint8_t *bytes, size_t count);
    /* The guest sends no more. May be NULL. */
    void (*end)(uint16_t connection);
    /* So many of the received bytes still take up room. NULL: none ever do. */
    uint32_t (*held)(uint16_t connection);
    /* So many bytes wait to be sent. */
    size_t (*waiting)(uint16_t connection);
    /* Takes the first of them off, at most room, which is not 0; returns how many. */
    size_t (*produce)(uint16_t connection, uint8_t *to, size_t room);
    /* Will nothing follow what is waiting now? Then the connection is closed. It is asked as well
     * once the guest sends no more. NULL: something may, until then. */
    bool (*over)(uint16_t connection);
    /* The connection is gone. May be NULL. */
    void (*closed)(uint16_t connection);
};

/* The table and its services outlive the machine. Boot VP, after virtio_init. */
void vsock_init(const struct vsock_service *const *services, size_t count);

/* More waits to be sent than after a service's last call for this connection. It may be gone, and
 * another have its number. No lock held. */
void vsock_wake(uint16_t connection);

struct vsock_counts {
    uint32_t open;     /* connections, now */
    uint64_t accepted; /* since the start */
    uint64_t refused;  /* packets that were answered by a reset */
    uint64_t dropped;  /* packets from or to an address that can't be */
};
/* From a service's call. */
struct vsock_counts vsock_counts(void);

/* A port of the guest's console, by direction. */
struct virtio_console_counts {
    uint64_t in; /* bytes from the host that the guest has got */
    uint64_t out;
    uint64_t dropped; /* bytes of the guest's that went nowhere: there is no such port */
};
/* They go on counting; NULL: there is no such port of the guest's. */
const struct virtio_console_counts *virtio_console_counts(unsigned port);
/* Control messages of the driver's that said nothing to us. */
uint64_t virtio_console_ignored(void);

/* Sends back what it receives; for tests. */
extern const struct vsock_service vsock_echo;
/* Takes its buffers from the page pool. Before vsock_init, boot VP. */
PV_MUST_USE enum pv_status vsock_echo_init(void);

/* ---- Erased flash ---------------------------------------------------------------------------- */

/*
 * What a sector of flash reads as that nothing was ever written to, without the chip: all ones, and
 * writes do nothing. It has no state, and no device.
 */
bool flash_erased_mmio(void *device, struct mmio_access *access);

/* ---- Network: the host's NIC and the guest's device; what goes between them is net's ----------- */

#define NET_MAC_BYTES 6u
#define NET_HEAD_BYTES 64u

/* What a sender may leave undone, and a receiver takes like that. */
#define NET_OFFLOAD_CSUM 1u
#define NET_OFFLOAD_TSO4 2u
#define NET_OFFLOAD_TSO6 4u

/* As virtio's header of a frame has them (virtio 1.2, 5.1.6): checked by net_frame_check. */
struct net_offloads {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
};

struct net_source;

/* A frame where its sender has it, until the call that it is given to is over. */
struct net_frame {
    uint8_t head[NET_HEAD_BYTES]; /* read once: what is looked at is what goes on. Zeroes behind the
                                   * frame's end */
    uint32_t bytes;               /* of all of it */
    uint32_t sender_may;          /* NET_OFFLOAD_* that its sender has negotiated */
    bool can_wait;                /* its sender keeps it if the guest says NET_FULL */
    struct net_offloads offloads;
    uint16_t sum;    /* as it lies in memory: the completed checksum, at sum_at */
    uint32_t sum_at; /* 0: there is none */
    uint32_t pieces; /* of the guest's memory that it was laid out in: what it has cost */
    struct net_source *source;
};

/* What became of a frame. */
enum net_verdict {
    NET_TAKEN,
    NET_FULL,           /* not now: the sender keeps it, and is told when there is room */
    NET_DROP_MALFORMED, /* its length or its header make no sense */
    NET_DROP_SOURCE,    /* its source address is not its sender's */
    NET_DROP_FILTERED,  /* the receiver does not want it */
    NET_DROP_NO_BUFFER, /* the receiver has no buffer, or only smaller ones */
    NET_DROP_OFFLOAD,   /* it is to be cut in segments, and the receiver can't */
    NET_DROP_FAULT,     /* its memory is not there */
    NET_DROP_DOWN,      /* the receiver is off */
    NET_VERDICTS,
};

/* Are length and offloads what a frame of this network and its sender can have? */
bool net_frame_check(const struct net_frame *frame, uint32_t mtu);
/* What a receiver must be able to do: NET_OFFLOAD_*. */
uint32_t net_frame_needs(const struct net_frame *frame);
/* Works its checksum out, of a checked one. False: its memory is not there. */
bool net_frame_complete(struct net_frame *frame);
/* Copies bytes of it, from an offset on: fastest in their order. to: may be the guest's. */
bool net_frame_copy(const struct net_frame *frame, uint32_t offset, void *to, uint32_t bytes);

/*
 * A frame of VTL2's own memory, sum and length all done, for the time of the call. Returns what give does.
 */
enum net_verdict net_frame_own(const void *bytes, uint32_t count,
                               enum net_verdict (*send)(struct net_frame *frame));

/* The host's NIC. No function but set_receive and info may be called if there is none. */
struct host_net_info {
    uint8_t mac[NET_MAC_BYTES];
    uint16_t mtu;
};
/* NULL: there is none. */
const struct host_net_info *host_net_info(void);
/*
 * receive: each frame that comes, with the NIC's lock held. After NET_FULL it comes again, and the others
 * behind it; by itself, or earlier by host_net_again. flush: some have come; without.
 */
void host_net_set_receive(enum net_verdict (*receive)(struct net_frame *frame),
                          void (*flush)(void));
/* There may be room for a frame that was answered with NET_FULL. No lock held. */
void host_net_again(void);
enum net_verdict host_net_send(struct net_frame *frame);
uint32_t host_net_takes(void);
bool host_net_link(void);
/* After one or several sends; no lock held. */
void host_net_kick(void);

/* The guest's device, if the host has a NIC. pairs: of queues. Boot VP. */
void virtio_net_init(unsigned pairs);
/*
 * transmit: each frame of the guest's, with its queue's lock held. may_use: may the guest make this
 * address its own? Before VTL0 runs.
 */
void virtio_net_set_transmit(enum net_verdict (*transmit)(struct net_frame *frame),
                             bool (*may_use)(const uint8_t *mac));
enum net_verdict virtio_net_deliver(struct net_frame *frame);
uint32_t virtio_net_takes(void);
/* After one or several frames were delivered. */
void virtio_net_flush(void);
/* The address that the guest uses now. */
void virtio_net_mac(uint8_t *mac);

/* ---- The host's PL011 and PL031, driven by Paravane ------------------------------------------ */

/* Polled transmit (bounded), interrupt driven receive into whoever takes bytes. Before
 * host_uart_init, and with base 0 (no UART), all of these do nothing. */
void host_uart_init(uint64_t base);
void host_uart_write(const uint8_t *bytes, size_t count);
/* One byte, as the guest's console sends them. */
void host_uart_put(uint8_t byte);
/* No byte of any VP goes out any more, once this has returned: as if there were no UART. */
void host_uart_close(void);
/* Bytes given up since the FIFO stayed full. */
uint64_t host_uart_dropped(void);
/* Takes bytes from the host's FIFO, at most room; returns how many. */
size_t host_uart_read(uint8_t *bytes, size_t room);
/* Receive interrupts on or off: off while no one has room. */
void host_uart_receive_enable(bool on);
/* Seconds since 1970 from the board's PL031 at base. */
uint32_t host_rtc_read(uint64_t base);

/* ---- The host's virtio devices --------------------------------------------------------------- */

#define HOST_VIRTIO_BOUNCE_PAGES 928u /* all that the host may read and write */

/* Boot VP, once, before the others. */
PV_MUST_USE enum pv_status host_virtio_init(void);

/* Bytes copied out of what the host may read and write, and into it, and the pages of its pool. */
struct bounce_counts {
    uint64_t in;
    uint64_t out;
    uint32_t pages; /* the pool's */
    uint32_t pages_free;
};
struct bounce_counts bounce_counts(void);

/* An interrupt of a host device: who takes it, and what it gets. */
struct host_virtio_handler {
    void (*interrupt)(void *device);
    void *device;
};
/*
 * Opens what is behind the transport at base, which is mapped. PV_NOT_FOUND: nothing, or nothing that
 * Paravane drives. Another error is in the log; the machine goes on without the device. Boot VP.
 */
PV_MUST_USE enum pv_status host_virtio_probe(uint64_t base, struct host_virtio_handler *handler);

#endif /* DEVICES_DEVICES_H */
