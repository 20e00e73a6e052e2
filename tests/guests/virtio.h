/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest "virtio": a driver that breaks the rules of virtio 1.2, one after another, with the devices
 * judged by what follows.
 */
#ifndef VIRTIO_H
#define VIRTIO_H

#include "virtio_driver.h"

/* ---- A rule --------------------------------------------------------------------------------------- */

/* How the device stands when a rule is broken, and in which layouts. */
#define START_RESET 0u  /* after a reset */
#define START_SPLIT 1u  /* runs, with run->queue: the queue that the driver gives buffers to */
#define START_PACKED 2u /* the same with packed queues */
#define START_BOTH 3u   /* once each */

enum follow {
    FOLLOW_BREAKS,  /* 2.1.2: NEEDS_RESET and one configuration interrupt, nothing more is used */
    FOLLOW_NOTHING, /* status, interrupts and queue as they were */
    FOLLOW_OWN,     /* the rule's function has judged */
};

struct run {
    struct device *device;
    struct queue queue;
    struct queue *other; /* of another device, that works all the while */
    unsigned variant;
    bool packed;
    bool quiet; /* it breaks before DRIVER_OK: 2.1.2 wants no interrupt then */
};

struct rule {
    const char *name; /* begins with the section */
    uint32_t id;      /* device type, ANY_TYPE: each in its turn */
    uint8_t instance; /* of that type */
    uint8_t start;
    uint8_t variants; /* 0: one */
    enum follow follow;
    /* Breaks it; false: what followed was wrong. */
    bool (*act)(struct run *run);
};
#define ANY_TYPE 0u
extern const struct rule rules[];
extern const unsigned rule_count;

/* What a run can get wrong: bits of the value that its check shows. */
#define WRONG_ANSWER 0x01u
#define WRONG_STATUS 0x02u
#define WRONG_INTERRUPT 0x04u
#define WRONG_TOLD_AGAIN 0x08u
#define WRONG_USED 0x10u
#define WRONG_MEMORY 0x20u
#define WRONG_STAYS_BROKEN 0x40u /* a reset does not bring it back */
#define WRONG_OTHER 0x80u        /* another device does not work */

/* ---- What works ----------------------------------------------------------------------------------- */

/* Resets the device, starts it with queues in `slot` and the next two, asks it for something, and
 * looks at what came. */
bool device_works(const struct device *device, unsigned slot);
/* Starts it with its queue in `slot`; then asks, as often as wanted. Entropy and disks. */
void other_start(struct queue *queue, const struct device *device, unsigned slot);
bool other_works(struct queue *queue);

/* The disks of tests/guests/run.py: word n, of 4 bytes, is n ^ DISK_WORD. */
#define DISK_WORD 0x50560000u
#define DISK_SECTORS 2048u
#define SECTOR_BYTES 512u
#define SECTOR 8u /* that works, and that bad requests are about */
bool sector_good(uint64_t at, uint64_t sector);

/* Where a slot's page of data has what. */
#define DATA_HEADER 0u
#define DATA_RANGES 64u
#define DATA_BYTES 512u
#define DATA_STATUS 3072u
#define DATA_TABLE 3584u
#define TABLE_ENTRIES 32u
/* A block request's header there. */
void header_put(const struct queue *queue, uint32_t type, uint64_t sector);
/* A read of one sector, as parts: header, data, status; what the device may write is allowed. */
#define READ_PARTS 3u
void read_parts(const struct queue *queue, struct part parts[READ_PARTS]);
#define STATUS_UNTOUCHED 0xeeu

/* Places that no part of a queue, no buffer may be in. An access of 64 bytes crosses the end of memory
 * at those with `crosses`. */
#define BAD_PLACES 10u
struct bad_place {
    uint64_t address;
    bool crosses;
};
extern struct bad_place bad_places[BAD_PLACES];
void bad_places_find(void);

/* ---- Rules by file -------------------------------------------------------------------------------- */

#define RULE(name) bool name(struct run *run)
/* virtio_ring.c */
RULE(ring_loop);
RULE(ring_next_out);
RULE(ring_head_out);
RULE(ring_index_jumps);
RULE(ring_indirect_in_indirect);
RULE(ring_indirect_next);
RULE(ring_indirect_loop);
RULE(ring_indirect_next_out);
RULE(ring_table_bytes);
RULE(ring_table_place);
RULE(ring_table_too_long);
RULE(ring_indirect_refused);
RULE(ring_no_bytes);
RULE(ring_place);
RULE(ring_huge);
RULE(ring_order);
RULE(ring_part_place);
RULE(ring_part_unaligned);
RULE(ring_part_late);
RULE(entropy_readable);
RULE(ring_size);
RULE(ring_moved);
RULE(packed_wrong_wrap);
RULE(packed_rest_missing);
RULE(packed_no_end);
RULE(packed_indirect_list);
RULE(packed_id_again);
/* virtio_registers.c */
RULE(register_features);
RULE(register_features_late);
RULE(register_driver_ok);
RULE(register_status_bits);
RULE(register_status_orders);
RULE(register_status_cleared);
RULE(register_read_only);
RULE(register_sizes);
RULE(register_config);
RULE(register_acknowledge);
RULE(register_queue_none);
RULE(register_reset_refused);
RULE(notify_idle);
RULE(notify_none);
RULE(notify_early);
/* virtio_blk.c */
RULE(blk_shape);
RULE(blk_error);
RULE(blk_error_kept);
RULE(blk_segments);
RULE(blk_read_only);
RULE(blk_range);
RULE(blk_reset_flying);
RULE(blk_queue_reset_flying);
/* virtio_vsock.c */
RULE(vsock_shape);
RULE(vsock_receive_shape);
RULE(vsock_refused);
RULE(vsock_dropped);
RULE(vsock_connected);
RULE(vsock_after_end);
RULE(vsock_unread);
RULE(vsock_many);

/* virtio_net.c, and how many rows its tables have */
#define NET_REFUSED 26u
#define NET_NOT_LOOKED_AT 5u
#define NET_COMMANDS_REFUSED 27u
RULE(net_shape);
RULE(net_receive_shape);
RULE(net_receive_small);
RULE(net_refused);
RULE(net_not_looked_at);
RULE(net_command_shape);
RULE(net_command_refused);
RULE(net_table_too_long);
/* virtio_console.c */
#define CONSOLE_SHAPES 5u
#define CONSOLE_IGNORED 11u
RULE(console_shape);
RULE(console_receive_shape);
RULE(console_ignored);
RULE(console_early);
RULE(console_no_ports);

/* virtio_storm.c: several VPs at once. */
void storms(void);
/* virtio_turns.c: with virtual time, how long the work behind a notification keeps the VP. */
void turns(void);

/* Does the device work? From a reset on, with queues in three slots from this one on. */
bool vsock_works(const struct device *device, unsigned slot);
bool net_works(const struct device *device, unsigned slot);
bool console_works(const struct device *device, unsigned slot);

/* GET /inspect (devices/README.md): what Paravane says that it has done. Queues in two slots. */
struct inspected {
    uint64_t interrupts; /* of the host's devices and VTL2's timer */
    uint64_t bytes_out;  /* that the host's devices were given */
};
bool inspect(struct inspected *told);

/* Slots of memory: a rule's queues; those of its device afterwards; another device's; inspect's. */
#define SLOT_RULE 0u
#define SLOT_AGAIN 1u /* to 3 */
#define SLOT_RX 2u
#define SLOT_CONTROL 4u
#define SLOT_OTHER 5u
#define SLOT_INSPECT 6u /* and 7 */

#endif /* VIRTIO_H */
