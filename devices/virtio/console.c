/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's console device, with a port for each of enum HOST_CONSOLE_*; host/host_console.h has what
 * is behind them. Virtio 1.2, 5.3; section numbers below are its.
 *
 * What the guest sends while the host takes nothing stays in the guest's ring, and a chain that has
 * gone half is held; what the host sends while the guest has no buffers, or has not opened the port,
 * stays with the host. So nothing is lost, but what is in a chain that is held when the guest resets
 * the device.
 */
#include "host/host_console.h"
#include "virtio/device.h"
#include "vtl/untrusted.h"

#include <string.h>

#define PORTS HOST_CONSOLE_USERS
#define QUEUES VIRTIO_CONSOLE_QUEUES(PORTS)
#define NAME_MAX 32u
#define QUEUE_SIZE 128u
/* What a chain costs beside its one piece at least: so a call moves one queue full of them at most. */
#define COST_CHAIN 7u
_Static_assert(RING_TURN_PIECES / (COST_CHAIN + 1) == QUEUE_SIZE, "one queue full");

/* A chain that has been taken from a transmit queue; ring->chain is where its segments are. */
struct transmit {
    bool held;
    uint32_t generation; /* the ring's, then */
    uint64_t bytes;
    struct ring_token token;
    struct ring_cursor cursor;
};

struct port {
    /* Guarded by console.lock; all false after a reset. */
    bool added; /* told to the driver, as the next two */
    bool named;
    bool host_open;
    bool ready; /* said by the driver, as the next */
    bool open;
    /* Guarded by the lock of the port's queue. */
    struct transmit transmit;
    struct virtio_console_counts counts;
};

struct message {
    struct virtio_console_control control;
    char name[NAME_MAX];
    size_t bytes;
};

static struct {
    struct virtio_device device;
    struct ring queues[QUEUES];
    struct virtio_console_config config;
    struct vtl_lock lock;
    bool driver_ready;
    uint64_t ignored; /* guarded by the control transmit queue's */
    struct vmm_work work;
    struct port ports[PORTS];
} console;

/* ---- Bytes ------------------------------------------------------------------------------------ */

/*
 * Moves chain by chain, until `one` says that it can't; after so many, the rest comes after VTL0 has
 * had its time.
 */
static void move(unsigned queue, bool (*one)(unsigned number, struct ring *ring), unsigned number)
{
    struct ring *ring = &console.queues[queue];
    bool multiport = virtio_accepted(&console.device, VIRTIO_CONSOLE_F_MULTIPORT);
    uint32_t cost = 0;

    /* 5.3.2: without ports there are no others than the first two. */
    if (queue >= VIRTIO_CONSOLE_CONTROL_RECEIVEQ && !multiport) {
        return;
    }
    vtl_lock(&ring->lock);
    while (cost < RING_TURN_PIECES && one(number, ring)) {
        cost += COST_CHAIN + ring_pieces(&ring->chain);
    }
    if (cost >= RING_TURN_PIECES) {
        vmm_later(&console.work, 0);
    }
    virtio_tell(&console.device, ring);
    vtl_unlock(&ring->lock);
}

/* 5.3.6.1. */
static bool direction_good(struct ring *ring, uint16_t wrong)
{
    if (wrong != 0) {
        ring_break(ring, "a buffer of the wrong direction (5.3.6.1)");
    }
    return wrong == 0;
}

static bool transmit_take(struct ring *ring, struct transmit *transmit)
{
    if (transmit->held && transmit->generation == ring->generation) {
        return true;
    }
    const struct ring_chain *chain = ring_next(ring);
    transmit->held = chain != NULL && direction_good(ring, chain->writable);
    if (transmit->held) {
        transmit->generation = ring->generation;
        transmit->token = chain->token;
        transmit->bytes = chain->readable_bytes;
        transmit->cursor = ring_readable(chain);
    }
    return transmit->held;
}

/* False: there is no chain, or no room for the rest of it. */
static bool transmit_chain(unsigned number, struct ring *ring)
{
    struct port *port = &console.ports[number];
    struct transmit *transmit = &port->transmit;

    if (!transmit_take(ring, transmit)) {
        return false;
    }
    enum host_console_result result = host_console_write(number, &transmit->cursor);
    if (result == HOST_CONSOLE_WAIT) {
        return false;
    }
    transmit->held = false;
    if (result == HOST_CONSOLE_FAULT) {
        ring_break(ring, "a buffer in memory that is not there");
        return false;
    }
    uint64_t dropped = ring_skip(&transmit->cursor, SIZE_MAX);
    port->counts.dropped += dropped;
    port->counts.out += transmit->bytes - dropped;
    ring_give(ring, transmit->token, 0);
    return true;
}

static void transmit(unsigned number)
{
    move(VIRTIO_CONSOLE_TRANSMITQ(number), transmit_chain, number);
}

/* Without ports there is a console, and nobody to open it. */
static bool port_is_open(unsigned number)
{
    vtl_lock(&console.lock);
    bool open = console.ports[number].open;
    vtl_unlock(&console.lock);
    return open || !virtio_accepted(&console.device, VIRTIO_CONSOLE_F_MULTIPORT);
}

/* False: there are no bytes that the guest wants, or no chain for them. */
static bool receive_chain(unsigned number, struct ring *ring)
{
    bool wanted = port_is_open(number) && host_console_readable(number);
    const struct ring_chain *chain = wanted ? ring_next(ring) : NULL;

    if (chain == NULL || !direction_good(ring, chain->readable)) {
        return false;
    }
    struct ring_cursor cursor = ring_writable(chain);
    size_t bytes = host_console_read(number, &cursor);
    if (bytes == 0) {
        /* The host has taken its port away meanwhile, or memory is not there. */
        ring_put_back(ring);
        return false;
    }
    console.ports[number].counts.in += bytes;
    ring_give(ring, chain->token, (uint32_t)bytes);
    return true;
}

static void receive(unsigned number)
{
    move(VIRTIO_CONSOLE_RECEIVEQ(number), receive_chain, number);
}

/* ---- Control messages to the driver (5.3.6.2) ------------------------------------------------- */

static void message_name(struct message *message, const char *name)
{
    message->control.event = name != NULL ? VIRTIO_CONSOLE_PORT_NAME : VIRTIO_CONSOLE_CONSOLE_PORT;
    message->control.value = 1;
    if (name != NULL) {
        size_t bytes = strlen(name);

        CHECK(bytes <= sizeof(message->name));
        memcpy(message->name, name, bytes);
        message->bytes += bytes;
    }
}

/* What the driver is to be told of this port next. False: it knows all. console.lock is held. */
static bool port_message(unsigned number, bool host_open, struct message *message)
{
    struct port *port = &console.ports[number];

    message->control = (struct virtio_console_control){.id = number};
    message->bytes = sizeof(message->control);
    if (!port->added) {
        message->control.event = VIRTIO_CONSOLE_DEVICE_ADD;
        port->added = true;
    } else if (port->ready && !port->named) {
        message_name(message, host_console_names[number]);
        port->named = true;
    } else if (port->ready && port->host_open != host_open) {
        message->control.event = VIRTIO_CONSOLE_PORT_OPEN;
        message->control.value = host_open ? 1 : 0;
        port->host_open = host_open;
    } else {
        return false;
    }
    return true;
}

static bool next_message(struct message *message)
{
    bool found = false;

    for (unsigned i = 0; i < PORTS && !found; i++) {
        bool host_open = host_console_is_open(i);

        vtl_lock(&console.lock);
        found = console.driver_ready && port_message(i, host_open, message);
        vtl_unlock(&console.lock);
    }
    return found;
}

/* False: there is no chain for a message, or no message for it. */
static bool control_send_one(unsigned unused, struct ring *ring)
{
    struct message message;
    const struct ring_chain *chain = ring_next(ring);

    (void)unused;
    if (chain == NULL || !direction_good(ring, chain->readable)) {
        return false;
    }
    if (!next_message(&message)) {
        ring_put_back(ring);
        return false;
    }
    struct ring_cursor cursor = ring_writable(chain);
    if (ring_write(&cursor, &message, message.bytes) != message.bytes) {
        ring_break(ring, "a buffer too small for a control message (5.3.6.2)");
        return false;
    }
    ring_give(ring, chain->token, (uint32_t)message.bytes);
    return true;
}

static void control_send(void)
{
    move(VIRTIO_CONSOLE_CONTROL_RECEIVEQ, control_send_one, 0);
}

/* ---- Control messages from the driver --------------------------------------------------------- */

/* False: it says nothing to us. */
static bool control_handle(const struct virtio_console_control *control)
{
    bool known = true;

    vtl_lock(&console.lock);
    if (control->event == VIRTIO_CONSOLE_DEVICE_READY) {
        console.driver_ready = control->value != 0;
    } else if (control->id >= PORTS || !console.ports[control->id].added) {
        known = false;
    } else if (control->event == VIRTIO_CONSOLE_PORT_READY) {
        console.ports[control->id].ready = control->value != 0;
    } else if (control->event == VIRTIO_CONSOLE_PORT_OPEN) {
        console.ports[control->id].open = control->value != 0;
    } else {
        known = false;
    }
    vtl_unlock(&console.lock);
    return known;
}

static bool control_take_one(unsigned unused, struct ring *ring)
{
    struct virtio_console_control control;
    const struct ring_chain *chain = ring_next(ring);

    (void)unused;
    if (chain == NULL || !direction_good(ring, chain->writable)) {
        return false;
    }
    struct ring_cursor cursor = ring_readable(chain);
    if (ring_read(&cursor, &control, sizeof(control)) != sizeof(control) ||
        !control_handle(&control)) {
        console.ignored++;
    }
    ring_give(ring, chain->token, 0);
    return true;
}

static void control_take(void)
{
    move(VIRTIO_CONSOLE_CONTROL_TRANSMITQ, control_take_one, 0);
    control_send();
    for (unsigned i = 0; i < PORTS; i++) {
        receive(i);
    }
}

/* ---- The device ------------------------------------------------------------------------------- */

/* Of the host's port. A host that always has room again at once would hold the VP in its interrupts: what
 * has waited for room goes on when VTL0 has had its time. */
static void changed(unsigned number)
{
    if (__atomic_load_n(&console.ports[number].transmit.held, __ATOMIC_RELAXED)) {
        vmm_later(&console.work, 0);
    } else {
        transmit(number);
    }
    receive(number);
    control_send();
}
PV_UNTRUSTED(changed, host, "fuzz_virtio_console");

/* What more than a batch has left over. */
static void move_rest(void *unused)
{
    (void)unused;
    control_take();
    for (unsigned i = 0; i < PORTS; i++) {
        transmit(i);
    }
}

static void notify(struct virtio_device *device, unsigned queue)
{
    unsigned number = queue < VIRTIO_CONSOLE_CONTROL_RECEIVEQ ? 0 : queue / 2 - 1;

    (void)device;
    if (queue == VIRTIO_CONSOLE_CONTROL_RECEIVEQ) {
        control_send();
    } else if (queue == VIRTIO_CONSOLE_CONTROL_TRANSMITQ) {
        control_take();
    } else if (queue % 2 == 0) {
        receive(number);
    } else {
        transmit(number);
    }
}
PV_UNTRUSTED(notify, guest, "fuzz_virtio_console");

/* All queues are stopped: what was held is so no more, and no message is being handled. */
static void reset(struct virtio_device *device)
{
    (void)device;
    vtl_lock(&console.lock);
    console.driver_ready = false;
    for (unsigned i = 0; i < PORTS; i++) {
        struct port *port = &console.ports[i];

        port->added = false;
        port->named = false;
        port->host_open = false;
        port->ready = false;
        port->open = false;
    }
    vtl_unlock(&console.lock);
}

static const struct virtio_model model = {
    .name = "console",
    .id = VIRTIO_ID_CONSOLE,
    .notify = notify,
    .reset = reset,
};

void virtio_console_init(void)
{
    memset(&console, 0, sizeof(console));
    console.config.max_nr_ports = PORTS;
    console.work.run = move_rest;
    console.device.model = &model;
    console.device.offered = VIRTIO_CONSOLE_F_MULTIPORT;
    console.device.config = &console.config;
    console.device.config_bytes = sizeof(console.config);
    console.device.queues = console.queues;
    console.device.queue_count = QUEUES;
    console.device.queue_size_max = QUEUE_SIZE;
    virtio_attach(&console.device, VIRTIO_WINDOW_CONSOLE);
    host_console_set_changed(changed);
}

const struct virtio_console_counts *virtio_console_counts(unsigned port)
{
    return port < PORTS ? &console.ports[port].counts : NULL;
}

uint64_t virtio_console_ignored(void)
{
    return console.ignored;
}
