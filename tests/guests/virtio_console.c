/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules of the console device (virtio 1.2, 5.3). The host has two ports: a console that nobody reads, and
 * PORT, from which run.py wants WORD, whole, as often as it likes, and nothing else.
 */
#include "virtio.h"

#include <string.h>

#define SIZE 16u
#define PORT 1u
#define PORTS 2u /* devices/README.md */
#define NAME "org.paravane.exec"
#define WORD "works\n"
#define MESSAGE_BYTES ((uint32_t)sizeof(struct virtio_console_control))
#define ROOM 64u /* of a receive buffer: a message and a name */

struct ports {
    struct queue receive; /* control messages to the driver */
    struct queue send;    /* and from it */
    struct queue out;     /* of PORT */
};

/* ---- A driver ------------------------------------------------------------------------------------- */

static void start(struct ports *ports, const struct device *device, unsigned receive_slot,
                  unsigned send_slot, unsigned out_slot, bool packed)
{
    device_reset(device);
    (void)device_agree(device,
                       FEATURES | VIRTIO_CONSOLE_F_MULTIPORT | (packed ? VIRTIO_F_RING_PACKED : 0));
    queue_place(&ports->receive, device, VIRTIO_CONSOLE_CONTROL_RECEIVEQ, receive_slot, SIZE,
                packed);
    queue_place(&ports->send, device, VIRTIO_CONSOLE_CONTROL_TRANSMITQ, send_slot, SIZE, packed);
    queue_place(&ports->out, device, VIRTIO_CONSOLE_TRANSMITQ(PORT), out_slot, SIZE, packed);
    queue_ready(&ports->receive);
    queue_ready(&ports->send);
    queue_ready(&ports->out);
    device_run(device);
}

/* Odd variants have packed queues. */
static void rule_start(struct ports *ports, const struct run *run)
{
    start(ports, run->device, SLOT_RX, SLOT_CONTROL, SLOT_RULE, run->variant % 2 != 0);
}

/* One chain of what is in the queue's data: taken, and given back with nothing written. */
static bool give(struct queue *queue, uint32_t bytes)
{
    const struct part part = {queue->data, bytes, 0};
    uint32_t length;

    queue_add(queue, &part, 1);
    queue_notify(queue);
    return queue_wait(queue, &length) && length == 0;
}

static bool say(struct ports *ports, uint32_t id, uint16_t event, uint16_t value)
{
    const struct virtio_console_control control = {id, event, value};

    put_bytes(ports->send.data, &control, sizeof(control));
    return give(&ports->send, MESSAGE_BYTES);
}

static void receive_add(struct ports *ports)
{
    const struct part part = {ports->receive.data, ROOM, VIRTIO_DESC_WRITE};

    memory_allow(part.address, part.bytes);
    queue_add(&ports->receive, &part, 1);
    queue_notify(&ports->receive);
}

/* Into the buffer that was added last: of this port, this event, so many bytes behind it. */
static bool told(struct ports *ports, uint32_t id, uint16_t event, uint32_t behind)
{
    uint64_t at = ports->receive.data;
    uint32_t length;

    return queue_wait(&ports->receive, &length) && length == MESSAGE_BYTES + behind &&
           read32(at) == id && get16(at + 4) == event;
}

static bool name_good(const struct ports *ports)
{
    for (unsigned i = 0; i < sizeof(NAME) - 1; i++) {
        if (get8(ports->receive.data + MESSAGE_BYTES + i) != (uint8_t)NAME[i]) {
            return false;
        }
    }
    return true;
}

/* 5.3.5, from DEVICE_READY on: both ports are told of. A buffer for it has been added. */
static bool ports_come(struct ports *ports)
{
    bool good = say(ports, UINT32_MAX, VIRTIO_CONSOLE_DEVICE_READY, 1) &&
                told(ports, 0, VIRTIO_CONSOLE_DEVICE_ADD, 0);

    receive_add(ports);
    return good && told(ports, 1, VIRTIO_CONSOLE_DEVICE_ADD, 0);
}

/* PORT is told its name, and that the host has opened it; bytes go out there. */
static bool port_works(struct ports *ports)
{
    bool good;

    receive_add(ports);
    good = say(ports, PORT, VIRTIO_CONSOLE_PORT_READY, 1) &&
           told(ports, PORT, VIRTIO_CONSOLE_PORT_NAME, sizeof(NAME) - 1) && name_good(ports);
    receive_add(ports);
    good = good && told(ports, PORT, VIRTIO_CONSOLE_PORT_OPEN, 0) &&
           get16(ports->receive.data + 6) == 1 && say(ports, PORT, VIRTIO_CONSOLE_PORT_OPEN, 1);
    put_bytes(ports->out.data, WORD, sizeof(WORD) - 1);
    return good && give(&ports->out, sizeof(WORD) - 1);
}

bool console_works(const struct device *device, unsigned slot)
{
    struct ports ports;

    start(&ports, device, slot, slot + 1, slot + 2, false);
    receive_add(&ports);
    return ports_come(&ports) && port_works(&ports);
}

/* ---- Rules ------------------------------------------------------------------------------------------ */

/* 5.3.6.1: what the driver sends can't be written, and is not empty. */
bool console_shape(struct run *run)
{
    static const struct {
        bool control;
        struct part part;
    } shapes[CONSOLE_SHAPES] = {
        {true, {0, MESSAGE_BYTES, VIRTIO_DESC_WRITE}},
        {true, {0, 0, 0}},
        {false, {0, ROOM, VIRTIO_DESC_WRITE}},
        {false, {0, 0, 0}},
        {false, {0, 0, VIRTIO_DESC_WRITE}},
    };
    struct ports ports;
    struct part part = shapes[run->variant / 2].part;

    rule_start(&ports, run);
    run->queue = shapes[run->variant / 2].control ? ports.send : ports.out;
    part.address = run->queue.data;
    queue_add(&run->queue, &part, 1);
    queue_notify(&run->queue);
    return true;
}

/* 5.3.6.2: a buffer for a message that is too small for one, that can't be written, of no bytes. */
bool console_receive_shape(struct run *run)
{
    static const struct part shapes[] = {
        {0, MESSAGE_BYTES - 1, VIRTIO_DESC_WRITE}, {0, ROOM, 0}, {0, 0, VIRTIO_DESC_WRITE}};
    struct ports ports;
    struct part part = shapes[run->variant / 2];

    rule_start(&ports, run);
    queue_quiet(&ports.send);
    part.address = ports.receive.data;
    if (part.bytes == MESSAGE_BYTES - 1) {
        memory_allow(part.address, part.bytes);
    }
    queue_add(&ports.receive, &part, 1);
    run->queue = ports.receive;
    return say(&ports, UINT32_MAX, VIRTIO_CONSOLE_DEVICE_READY, 1);
}

/*
 * 5.3.6.2: messages about no port, of no event, of events that are the device's to say, cut short. Nothing
 * follows, and all that is said behind it is heard. Variants: before DEVICE_READY, then after it.
 */
bool console_ignored(struct run *run)
{
    static const struct {
        struct virtio_console_control control;
        uint32_t bytes;
    } rows[CONSOLE_IGNORED] = {
        {{PORTS, VIRTIO_CONSOLE_PORT_READY, 1}, MESSAGE_BYTES},
        {{PORTS, VIRTIO_CONSOLE_PORT_OPEN, 1}, MESSAGE_BYTES},
        {{UINT32_MAX, VIRTIO_CONSOLE_PORT_OPEN, 1}, MESSAGE_BYTES},
        {{0x80000001u, VIRTIO_CONSOLE_PORT_READY, 1}, MESSAGE_BYTES},
        {{0, 8, 1}, MESSAGE_BYTES},
        {{PORT, UINT16_MAX, 1}, MESSAGE_BYTES},
        {{PORT, VIRTIO_CONSOLE_DEVICE_ADD, 1}, MESSAGE_BYTES},
        {{PORT, VIRTIO_CONSOLE_DEVICE_REMOVE, 1}, MESSAGE_BYTES},
        {{PORT, VIRTIO_CONSOLE_PORT_NAME, 1}, MESSAGE_BYTES},
        {{PORT, VIRTIO_CONSOLE_PORT_READY, 1}, MESSAGE_BYTES - 1},
        {{PORT, VIRTIO_CONSOLE_PORT_READY, 1}, 1},
    };
    unsigned row = run->variant / 2 % CONSOLE_IGNORED;
    bool late = run->variant / 2 >= CONSOLE_IGNORED;
    struct ports ports;
    bool good;

    rule_start(&ports, run);
    receive_add(&ports);
    good = !late || ports_come(&ports);
    if (late) {
        receive_add(&ports);
    }
    put_bytes(ports.send.data, &rows[row].control, sizeof(rows[row].control));
    good = good && give(&ports.send, rows[row].bytes) && !queue_is_used(&ports.receive) &&
           reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
    if (late) {
        /* The buffer that is still there gets the name. */
        return good && say(&ports, PORT, VIRTIO_CONSOLE_PORT_READY, 1) &&
               told(&ports, PORT, VIRTIO_CONSOLE_PORT_NAME, sizeof(NAME) - 1) && name_good(&ports);
    }
    return good && ports_come(&ports) && port_works(&ports);
}

/* 5.3.6.2: of a port that has not been added yet. What it says is not remembered: the port has its name
 * only when it is ready. */
bool console_early(struct run *run)
{
    struct ports ports;
    bool good;

    rule_start(&ports, run);
    receive_add(&ports);
    good = say(&ports, PORT, VIRTIO_CONSOLE_PORT_READY, 1) &&
           say(&ports, PORT, VIRTIO_CONSOLE_PORT_OPEN, 1) && !queue_is_used(&ports.receive) &&
           ports_come(&ports);
    receive_add(&ports);
    return good && !queue_is_used(&ports.receive) &&
           say(&ports, PORT, VIRTIO_CONSOLE_PORT_READY, 1) &&
           told(&ports, PORT, VIRTIO_CONSOLE_PORT_NAME, sizeof(NAME) - 1) && name_good(&ports) &&
           reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
}

/* 5.3.2: without MULTIPORT there are two queues. Variants: control messages, bytes for PORT. */
bool console_no_ports(struct run *run)
{
    const struct virtio_console_control control = {UINT32_MAX, VIRTIO_CONSOLE_DEVICE_READY, 1};
    struct queue *queue = &run->queue;

    device_reset(run->device);
    (void)device_agree(run->device, FEATURES | (run->packed ? VIRTIO_F_RING_PACKED : 0));
    queue->number =
        run->variant == 0 ? VIRTIO_CONSOLE_CONTROL_TRANSMITQ : VIRTIO_CONSOLE_TRANSMITQ(PORT);
    queue_ready(queue);
    device_run(run->device);
    put_bytes(queue->data, &control, sizeof(control));
    queue_add(queue, &(struct part){queue->data, MESSAGE_BYTES, 0}, 1);
    queue_notify(queue);
    return !queue_is_used(queue) && reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS &&
           reg_read(run->device, VIRTIO_MMIO_INTERRUPT_STATUS) == 0;
}
