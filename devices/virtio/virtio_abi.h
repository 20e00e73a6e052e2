/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtio 1.2 (OASIS, 1 July 2022): what both sides of a device share. The guest's devices and the
 * drivers of the host's speak it. All fields are little-endian, as this CPU is. Section numbers are
 * that document's.
 */
#ifndef DEVICES_VIRTIO_ABI_H
#define DEVICES_VIRTIO_ABI_H

#include <stdint.h>

/* ---- Device types (5) ------------------------------------------------------------------------ */

#define VIRTIO_ID_NET 1u
#define VIRTIO_ID_BLOCK 2u
#define VIRTIO_ID_CONSOLE 3u
#define VIRTIO_ID_ENTROPY 4u
#define VIRTIO_ID_VSOCK 19u

/* ---- Device status (2.1) --------------------------------------------------------------------- */

#define VIRTIO_STATUS_ACKNOWLEDGE 1u
#define VIRTIO_STATUS_DRIVER 2u
#define VIRTIO_STATUS_DRIVER_OK 4u
#define VIRTIO_STATUS_FEATURES_OK 8u
#define VIRTIO_STATUS_NEEDS_RESET 64u
#define VIRTIO_STATUS_FAILED 128u

/* ---- Reserved feature bits (6) --------------------------------------------------------------- */

#define VIRTIO_FEATURE(bit) (UINT64_C(1) << (bit))
#define VIRTIO_F_INDIRECT_DESC VIRTIO_FEATURE(28)
#define VIRTIO_F_EVENT_IDX VIRTIO_FEATURE(29)
#define VIRTIO_F_VERSION_1 VIRTIO_FEATURE(32)
#define VIRTIO_F_ACCESS_PLATFORM VIRTIO_FEATURE(33)
#define VIRTIO_F_RING_PACKED VIRTIO_FEATURE(34)
#define VIRTIO_F_NOTIFICATION_DATA VIRTIO_FEATURE(38)
#define VIRTIO_F_RING_RESET VIRTIO_FEATURE(40)

/* ---- MMIO transport (4.2.2) ------------------------------------------------------------------ */

#define VIRTIO_MMIO_MAGIC 0x000u
#define VIRTIO_MMIO_VERSION 0x004u
#define VIRTIO_MMIO_DEVICE_ID 0x008u
#define VIRTIO_MMIO_VENDOR_ID 0x00cu
#define VIRTIO_MMIO_DEVICE_FEATURES 0x010u
#define VIRTIO_MMIO_DEVICE_FEATURES_SEL 0x014u
#define VIRTIO_MMIO_DRIVER_FEATURES 0x020u
#define VIRTIO_MMIO_DRIVER_FEATURES_SEL 0x024u
#define VIRTIO_MMIO_QUEUE_SEL 0x030u
#define VIRTIO_MMIO_QUEUE_NUM_MAX 0x034u
#define VIRTIO_MMIO_QUEUE_NUM 0x038u
#define VIRTIO_MMIO_QUEUE_READY 0x044u
#define VIRTIO_MMIO_QUEUE_NOTIFY 0x050u
#define VIRTIO_MMIO_INTERRUPT_STATUS 0x060u
#define VIRTIO_MMIO_INTERRUPT_ACK 0x064u
#define VIRTIO_MMIO_STATUS 0x070u
#define VIRTIO_MMIO_QUEUE_DESC_LOW 0x080u
#define VIRTIO_MMIO_QUEUE_DESC_HIGH 0x084u
#define VIRTIO_MMIO_QUEUE_DRIVER_LOW 0x090u
#define VIRTIO_MMIO_QUEUE_DRIVER_HIGH 0x094u
#define VIRTIO_MMIO_QUEUE_DEVICE_LOW 0x0a0u
#define VIRTIO_MMIO_QUEUE_DEVICE_HIGH 0x0a4u
#define VIRTIO_MMIO_SHM_SEL 0x0acu
#define VIRTIO_MMIO_SHM_LEN_LOW 0x0b0u
#define VIRTIO_MMIO_SHM_LEN_HIGH 0x0b4u
#define VIRTIO_MMIO_SHM_BASE_LOW 0x0b8u
#define VIRTIO_MMIO_SHM_BASE_HIGH 0x0bcu
#define VIRTIO_MMIO_QUEUE_RESET 0x0c0u
#define VIRTIO_MMIO_CONFIG_GENERATION 0x0fcu
#define VIRTIO_MMIO_CONFIG 0x100u

#define VIRTIO_MMIO_MAGIC_VALUE 0x74726976u
#define VIRTIO_MMIO_VERSION_VALUE 2u

/* InterruptStatus and InterruptACK. */
#define VIRTIO_INTERRUPT_USED 1u
#define VIRTIO_INTERRUPT_CONFIG 2u

/* ---- Descriptors ----------------------------------------------------------------------------- */

#define VIRTIO_DESC_NEXT 1u
#define VIRTIO_DESC_WRITE 2u
#define VIRTIO_DESC_INDIRECT 4u
#define VIRTIO_DESC_AVAIL (1u << 7) /* packed rings (2.8) */
#define VIRTIO_DESC_USED (1u << 15)

/* Split ring (2.7.5). */
struct virtio_desc {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags;
    uint16_t next;
};

/* Packed ring (2.8.13). */
struct virtio_packed_desc {
    uint64_t address;
    uint32_t bytes;
    uint16_t id;
    uint16_t flags;
};

/* The available ring (2.7.6): flags, idx, ring[size], used_event. */
#define VIRTIO_AVAIL_NO_INTERRUPT 1u
#define VIRTIO_AVAIL_FLAGS UINT64_C(0)
#define VIRTIO_AVAIL_INDEX UINT64_C(2)
#define VIRTIO_AVAIL_RING(n) (UINT64_C(4) + UINT64_C(2) * (n))
#define VIRTIO_AVAIL_BYTES(size) (UINT64_C(6) + UINT64_C(2) * (size))

/* The used ring (2.7.8): flags, idx, ring[size] of {id, len}, avail_event. */
#define VIRTIO_USED_NO_NOTIFY 1u
#define VIRTIO_USED_FLAGS UINT64_C(0)
#define VIRTIO_USED_INDEX UINT64_C(2)
#define VIRTIO_USED_RING(n) (UINT64_C(4) + UINT64_C(8) * (n))
#define VIRTIO_USED_BYTES(size) (UINT64_C(6) + UINT64_C(8) * (size))

/* Event suppression structures of packed rings (2.8.14): desc (offset 14:0, wrap 15), flags. */
#define VIRTIO_EVENT_BYTES UINT64_C(4)
#define VIRTIO_EVENT_FLAGS UINT64_C(2)
#define VIRTIO_EVENT_DISABLE 1u
#define VIRTIO_EVENT_DESC 2u

/* 2.7.7.2: has the index that the other side waits for been passed in the last `moved` steps to now? */
static inline int virtio_event_passed(uint16_t event, uint16_t now, uint32_t moved)
{
    return (uint16_t)(now - event - 1u) < moved;
}

/* ---- Block device (5.2) ---------------------------------------------------------------------- */

#define VIRTIO_BLK_F_SIZE_MAX VIRTIO_FEATURE(1)
#define VIRTIO_BLK_F_SEG_MAX VIRTIO_FEATURE(2)
#define VIRTIO_BLK_F_RO VIRTIO_FEATURE(5)
#define VIRTIO_BLK_F_BLK_SIZE VIRTIO_FEATURE(6)
#define VIRTIO_BLK_F_FLUSH VIRTIO_FEATURE(9)
#define VIRTIO_BLK_F_TOPOLOGY VIRTIO_FEATURE(10)
#define VIRTIO_BLK_F_MQ VIRTIO_FEATURE(12)
#define VIRTIO_BLK_F_DISCARD VIRTIO_FEATURE(13)
#define VIRTIO_BLK_F_WRITE_ZEROES VIRTIO_FEATURE(14)

#define VIRTIO_BLK_T_IN 0u
#define VIRTIO_BLK_T_OUT 1u
#define VIRTIO_BLK_T_FLUSH 4u
#define VIRTIO_BLK_T_GET_ID 8u
#define VIRTIO_BLK_T_DISCARD 11u
#define VIRTIO_BLK_T_WRITE_ZEROES 13u

#define VIRTIO_BLK_S_OK 0u
#define VIRTIO_BLK_S_IOERR 1u
#define VIRTIO_BLK_S_UNSUPP 2u

#define VIRTIO_BLK_SECTOR_BYTES 512u
#define VIRTIO_BLK_ID_BYTES 20u
#define VIRTIO_BLK_UNMAP 1u /* flags of a segment of write zeroes */

struct virtio_blk_header {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
};

/* Of discard and write zeroes. */
struct virtio_blk_range {
    uint64_t sector;
    uint32_t sectors;
    uint32_t flags;
};

struct virtio_blk_config {
    uint64_t capacity; /* sectors of 512 bytes */
    uint32_t size_max;
    uint32_t seg_max;
    uint16_t cylinders;
    uint8_t heads;
    uint8_t sectors;
    uint32_t blk_size;
    uint8_t physical_block_exp;
    uint8_t alignment_offset;
    uint16_t min_io_size;
    uint32_t opt_io_size;
    uint8_t writeback;
    uint8_t unused0;
    uint16_t num_queues;
    uint32_t max_discard_sectors;
    uint32_t max_discard_seg;
    uint32_t discard_sector_alignment;
    uint32_t max_write_zeroes_sectors;
    uint32_t max_write_zeroes_seg;
    uint8_t write_zeroes_may_unmap;
    uint8_t unused1[3];
};

_Static_assert(sizeof(struct virtio_blk_config) == 64, "5.2.4");

/* ---- Console device (5.3) -------------------------------------------------------------------- */

#define VIRTIO_CONSOLE_F_MULTIPORT VIRTIO_FEATURE(1)

/* Queues (5.3.2). */
#define VIRTIO_CONSOLE_CONTROL_RECEIVEQ 2u
#define VIRTIO_CONSOLE_CONTROL_TRANSMITQ 3u
#define VIRTIO_CONSOLE_RECEIVEQ(port) ((port) == 0 ? 0u : 2u * (port) + 2u)
#define VIRTIO_CONSOLE_TRANSMITQ(port) (VIRTIO_CONSOLE_RECEIVEQ(port) + 1u)
#define VIRTIO_CONSOLE_QUEUES(ports) (2u * (ports) + 2u)

struct virtio_console_config {
    uint16_t cols;
    uint16_t rows;
    uint32_t max_nr_ports;
    uint32_t emerg_wr;
};

/* Control messages (5.3.6.2); a name, without a NUL, follows PORT_NAME. */
struct virtio_console_control {
    uint32_t id;
    uint16_t event;
    uint16_t value;
};

#define VIRTIO_CONSOLE_DEVICE_READY 0u
#define VIRTIO_CONSOLE_DEVICE_ADD 1u
#define VIRTIO_CONSOLE_DEVICE_REMOVE 2u
#define VIRTIO_CONSOLE_PORT_READY 3u
#define VIRTIO_CONSOLE_CONSOLE_PORT 4u
#define VIRTIO_CONSOLE_PORT_OPEN 6u
#define VIRTIO_CONSOLE_PORT_NAME 7u

/* ---- Network device (5.1) -------------------------------------------------------------------- */

#define VIRTIO_NET_F_CSUM VIRTIO_FEATURE(0)
#define VIRTIO_NET_F_GUEST_CSUM VIRTIO_FEATURE(1)
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS VIRTIO_FEATURE(2)
#define VIRTIO_NET_F_MTU VIRTIO_FEATURE(3)
#define VIRTIO_NET_F_MAC VIRTIO_FEATURE(5)
#define VIRTIO_NET_F_GUEST_TSO4 VIRTIO_FEATURE(7)
#define VIRTIO_NET_F_GUEST_TSO6 VIRTIO_FEATURE(8)
#define VIRTIO_NET_F_HOST_TSO4 VIRTIO_FEATURE(11)
#define VIRTIO_NET_F_HOST_TSO6 VIRTIO_FEATURE(12)
#define VIRTIO_NET_F_MRG_RXBUF VIRTIO_FEATURE(15)
#define VIRTIO_NET_F_STATUS VIRTIO_FEATURE(16)
#define VIRTIO_NET_F_CTRL_VQ VIRTIO_FEATURE(17)
#define VIRTIO_NET_F_CTRL_RX VIRTIO_FEATURE(18)
#define VIRTIO_NET_F_CTRL_RX_EXTRA VIRTIO_FEATURE(20)
#define VIRTIO_NET_F_MQ VIRTIO_FEATURE(22)
#define VIRTIO_NET_F_CTRL_MAC_ADDR VIRTIO_FEATURE(23)

/* 5.1.6; num_buffers is always there since virtio 1. */
struct virtio_net_header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t num_buffers;
};

#define VIRTIO_NET_HEADER_BYTES 12u
#define VIRTIO_NET_NUM_BUFFERS 10u /* where it lies */

#define VIRTIO_NET_NEEDS_CSUM 1u
#define VIRTIO_NET_DATA_VALID 2u
#define VIRTIO_NET_GSO_NONE 0u
#define VIRTIO_NET_GSO_TCPV4 1u
#define VIRTIO_NET_GSO_TCPV6 4u

/* 5.1.6.3.1: the longest frame that a segmentation makes. */
#define VIRTIO_NET_FRAME_MAX 65550u

#define VIRTIO_NET_LINK_UP 1u

struct virtio_net_config {
    uint8_t mac[6];
    uint16_t status;
    uint16_t max_virtqueue_pairs;
    uint16_t mtu;
};

/* The control queue (5.1.6.5): class and command, data, acknowledgement. */
#define VIRTIO_NET_CTRL_RX 0u
#define VIRTIO_NET_CTRL_MAC 1u
#define VIRTIO_NET_CTRL_MAC_TABLE_SET 0u
#define VIRTIO_NET_CTRL_MAC_ADDR_SET 1u
#define VIRTIO_NET_CTRL_MQ 4u
#define VIRTIO_NET_CTRL_MQ_PAIRS_SET 0u
#define VIRTIO_NET_CTRL_OFFLOADS 5u
#define VIRTIO_NET_CTRL_OFFLOADS_SET 0u

#define VIRTIO_NET_OK 0u
#define VIRTIO_NET_ERR 1u

_Static_assert(sizeof(struct virtio_net_header) == VIRTIO_NET_HEADER_BYTES, "5.1.6");
_Static_assert(sizeof(struct virtio_net_config) == 12, "5.1.4");

#endif /* DEVICES_VIRTIO_ABI_H */
