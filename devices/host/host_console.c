/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver of a virtio console device with ports: virtio 1.2, 5.3; section numbers below are its.
 */
#include "host/host_console.h"

#include "vtl/untrusted.h"

#include <string.h>

#define POOL_BUFFERS 16u
/* QEMU drops a control message that finds no buffer. It answers each of four new ports with three. */
#define CONTROL_BUFFERS POOL_BUFFERS
#define CONTROL_BYTES 256u
#define NAME_BYTES (CONTROL_BYTES - sizeof(struct virtio_console_control))
#define NOBODY UINT8_MAX
/* Turns of asking and answering that open goes through by itself: more than the three it takes. */
#define OPEN_TURNS 8u

const char *const host_console_names[HOST_CONSOLE_USERS] = {
    [HOST_CONSOLE_LOGIN] = NULL,
    [HOST_CONSOLE_EXEC] = "org.paravane.exec",
};

/* A queue whose requests are one buffer each; it has a descriptor for each of them. */
struct pool {
    struct host_queue queue;
    uint8_t *memory;
    uint32_t bytes;                  /* of a buffer */
    uint32_t all;                    /* a bit a buffer */
    uint32_t free;                   /* those that nobody uses */
    uint8_t in_flight[POOL_BUFFERS]; /* the buffer, by the request's id */
};

/* The host's. */
struct port {
    struct pool in;
    struct pool out;
    bool added; /* the host has told of it, and not removed it */
    bool open;  /* on the host's side */
    uint8_t user;
    /* Buffers with bytes from the host, oldest first, from `first` on. */
    uint8_t filled[HOST_CONSOLE_BUFFERS];
    uint32_t filled_bytes[HOST_CONSOLE_BUFFERS]; /* by buffer */
    uint8_t first;
    uint8_t filled_count;
    uint32_t offset; /* into the oldest: read already */
};

struct message {
    struct virtio_console_control control;
    char name[NAME_BYTES];
};

static struct {
    struct vtl_lock lock;
    struct host_virtio device;
    uint32_t port_max; /* max_nr_ports: of the host's */
    uint32_t port_count;
    struct pool control_in;
    struct pool control_out;
    struct port ports[HOST_CONSOLE_PORTS];
    struct port *port_of[HOST_CONSOLE_USERS];
    uint32_t news; /* a bit a user that is to be told */
    bool dead_told;
    void (*changed)(unsigned user);
} console;

/* ---- Pools; console.lock is held in all that follows, or nobody else is there ----------------- */

static enum pv_status pool_open(struct pool *pool, uint32_t index, uint32_t buffers, uint32_t bytes)
{
    enum pv_status status =
        host_queue_open(&console.device, &pool->queue, (uint16_t)index, (uint16_t)buffers);

    if (status != PV_OK) {
        return status;
    }
    CHECK(pool->queue.size <= buffers && buffers <= POOL_BUFFERS);
    pool->bytes = bytes;
    pool->all = (1u << pool->queue.size) - 1;
    pool->free = pool->all;
    pool->memory = bounce_reserve((size_t)buffers * bytes);
    return pool->memory != NULL ? PV_OK : PV_NO_SPACE;
}

static uint8_t *pool_memory(const struct pool *pool, unsigned buffer)
{
    return pool->memory + (size_t)buffer * pool->bytes;
}

/* A dead device's buffers are never given back. */
static void pool_add(struct pool *pool, unsigned buffer, uint32_t bytes, bool write)
{
    struct host_buffer request = {pool_memory(pool, buffer), bytes, write};
    uint16_t id;

    pool->free &= ~(1u << buffer);
    if (host_queue_add(&pool->queue, &request, 1, &id)) {
        pool->in_flight[id] = (uint8_t)buffer;
    }
}

/* All that are free, to be written by the host. */
static void pool_post(struct pool *pool)
{
    for (unsigned i = 0; i < POOL_BUFFERS; i++) {
        if ((pool->free >> i & 1) != 0) {
            pool_add(pool, i, pool->bytes, true);
        }
    }
    host_queue_kick(&pool->queue);
}

/* The next that the host is done with. As often as there are requests in flight, not more. */
static bool pool_take(struct pool *pool, uint8_t *buffer, uint32_t *written)
{
    uint16_t id;

    if (!host_queue_next(&pool->queue, &id, written)) {
        return false;
    }
    *buffer = pool->in_flight[id];
    return true;
}

/* Takes back what the host has read. True: there was something. */
static bool pool_reap(struct pool *pool)
{
    uint32_t before = pool->free;
    uint8_t buffer;
    uint32_t written;

    while (pool_take(pool, &buffer, &written)) {
        pool->free |= 1u << buffer;
    }
    return pool->free != before;
}

/* ---- Control messages (5.3.6.2) --------------------------------------------------------------- */

/* A host that has left all former messages unread does not get this one. */
static void control_send(uint32_t id, uint16_t event, uint16_t value)
{
    struct virtio_console_control control = {id, event, value};
    struct pool *pool = &console.control_out;

    if (pool->free != 0) {
        unsigned buffer = (unsigned)__builtin_ctz(pool->free);

        memcpy(pool_memory(pool, buffer), &control, sizeof(control));
        pool_add(pool, buffer, sizeof(control), false);
    }
}

static void port_news(const struct port *port)
{
    if (port->user != NOBODY) {
        console.news |= 1u << port->user;
    }
}

/* The first port that the host calls by a user's name is that user's. */
static void port_bind(struct port *port, unsigned user)
{
    if (console.port_of[user] == NULL && port->user == NOBODY) {
        console.port_of[user] = port;
        port->user = (uint8_t)user;
        /* 5.3.6.2.2, for consoles; the others' users are there, too. */
        control_send((uint32_t)(port - console.ports), VIRTIO_CONSOLE_PORT_OPEN, 1);
        port_news(port);
    }
}

static void port_recycle(struct port *port)
{
    port->in.free |= 1u << port->filled[port->first];
    port->first = (uint8_t)((port->first + 1u) % HOST_CONSOLE_BUFFERS);
    port->filled_count--;
    port->offset = 0;
}

static void port_remove(struct port *port)
{
    port_news(port);
    if (port->user != NOBODY) {
        console.port_of[port->user] = NULL;
    }
    port->user = NOBODY;
    port->added = false;
    port->open = false;
    while (port->filled_count != 0) {
        port_recycle(port);
    }
    pool_post(&port->in);
}

static void port_name(struct port *port, const char *name, size_t bytes)
{
    /* QEMU ends it with a NUL, which 5.3.6.2 says that it does not have. */
    if (bytes != 0 && name[bytes - 1] == '\0') {
        bytes--;
    }
    for (unsigned user = 0; user < HOST_CONSOLE_USERS; user++) {
        const char *wanted = host_console_names[user];

        if (wanted != NULL && strlen(wanted) == bytes && memcmp(wanted, name, bytes) == 0) {
            port_bind(port, user);
        }
    }
}

/* A message that tells of a port that has been added. Unknown ones say nothing to us. */
static void port_event(struct port *port, const struct message *message, size_t name_bytes)
{
    switch (message->control.event) {
    case VIRTIO_CONSOLE_DEVICE_REMOVE:
        port_remove(port);
        break;
    case VIRTIO_CONSOLE_CONSOLE_PORT:
        if (message->control.value != 0) {
            port_bind(port, HOST_CONSOLE_LOGIN);
        }
        break;
    case VIRTIO_CONSOLE_PORT_OPEN:
        port->open = message->control.value != 0;
        port_news(port);
        break;
    case VIRTIO_CONSOLE_PORT_NAME:
        port_name(port, message->name, name_bytes);
        break;
    default:
        break;
    }
}

/* NULL, or the rule that it breaks. */
static const char *control_handle(const struct message *message, uint32_t bytes)
{
    if (bytes < sizeof(message->control)) {
        return "a control message shorter than its header (5.3.6.2)";
    }
    uint32_t id = message->control.id;
    bool add = message->control.event == VIRTIO_CONSOLE_DEVICE_ADD;
    if (id >= console.port_max) {
        return "a port that is not below max_nr_ports (5.3.6.2.1)";
    }
    if (id >= console.port_count) {
        if (add) {
            control_send(id, VIRTIO_CONSOLE_PORT_READY, 0);
        }
        return NULL;
    }
    if (add == console.ports[id].added) {
        return add ? "a port that is added twice (5.3.6.2.1)"
                   : "a port that has not been added (5.3.6.2.1)";
    }
    if (add) {
        console.ports[id].added = true;
        control_send(id, VIRTIO_CONSOLE_PORT_READY, 1);
    } else {
        port_event(&console.ports[id], message, bytes - sizeof(message->control));
    }
    return NULL;
}

static void control_take(void)
{
    struct pool *in = &console.control_in;
    struct message message;
    uint8_t buffer;
    uint32_t written;

    (void)pool_reap(&console.control_out);
    while (pool_take(in, &buffer, &written)) {
        /* Once, then looked at: the host may write on. */
        const char *rule = vtl_copy(&message, pool_memory(in, buffer), written) != PV_OK
                               ? "memory of the host's devices that is not there"
                               : control_handle(&message, written);
        if (rule != NULL) {
            host_virtio_kill(&console.device, rule);
            return;
        }
        in->free |= 1u << buffer;
    }
    /* The host may answer at once: so buffers go first. */
    pool_post(in);
    host_queue_kick(&console.control_out.queue);
}

/* ---- Bytes ------------------------------------------------------------------------------------ */

static void port_take(struct port *port)
{
    uint8_t buffer;
    uint32_t written;

    if (pool_reap(&port->out)) {
        port_news(port);
    }
    while (pool_take(&port->in, &buffer, &written)) {
        if (written == 0) {
            host_virtio_kill(&console.device, "a receive buffer without bytes");
            return;
        }
        unsigned last = (port->first + port->filled_count) % HOST_CONSOLE_BUFFERS;
        port->filled[last] = buffer;
        port->filled_bytes[buffer] = written;
        port->filled_count++;
        port_news(port);
    }
}

/* NULL: there is none, or not any more. */
static struct port *port_of(unsigned user)
{
    CHECK(user < HOST_CONSOLE_USERS);
    return console.device.dead == NULL ? console.port_of[user] : NULL;
}

static enum host_console_result port_write(struct port *port, struct ring_cursor *from)
{
    struct pool *out = &port->out;
    enum host_console_result result = HOST_CONSOLE_DONE;

    while (from->segment != from->end) {
        if (out->free == 0) {
            result = HOST_CONSOLE_WAIT;
            break;
        }
        unsigned buffer = (unsigned)__builtin_ctz(out->free);
        size_t bytes = ring_read(from, pool_memory(out, buffer), out->bytes);
        if (bytes == 0) {
            result = HOST_CONSOLE_FAULT;
            break;
        }
        pool_add(out, buffer, (uint32_t)bytes, false);
        bounce_count_out(bytes);
    }
    host_queue_kick(&out->queue);
    return result;
}

static size_t port_read(struct port *port, struct ring_cursor *to)
{
    size_t total = 0;

    while (port->filled_count != 0) {
        uint8_t buffer = port->filled[port->first];
        uint32_t left = port->filled_bytes[buffer] - port->offset;
        size_t bytes = ring_write(to, pool_memory(&port->in, buffer) + port->offset, left);

        total += bytes;
        port->offset += (uint32_t)bytes;
        if (bytes < left) {
            break;
        }
        port_recycle(port);
    }
    pool_post(&port->in);
    bounce_count_in(total);
    return total;
}

/* ---- For the others --------------------------------------------------------------------------- */

void host_console_set_changed(void (*changed)(unsigned user))
{
    console.changed = changed;
}

bool host_console_is_open(unsigned user)
{
    vtl_lock(&console.lock);
    const struct port *port = port_of(user);
    bool open = port != NULL && port->open;
    vtl_unlock(&console.lock);
    return open;
}

enum host_console_result host_console_write(unsigned user, struct ring_cursor *from)
{
    vtl_lock(&console.lock);
    struct port *port = port_of(user);
    enum host_console_result result = port != NULL ? port_write(port, from) : HOST_CONSOLE_NONE;
    vtl_unlock(&console.lock);
    return result;
}

bool host_console_readable(unsigned user)
{
    vtl_lock(&console.lock);
    const struct port *port = port_of(user);
    bool readable = port != NULL && port->filled_count != 0;
    vtl_unlock(&console.lock);
    return readable;
}

size_t host_console_read(unsigned user, struct ring_cursor *to)
{
    vtl_lock(&console.lock);
    struct port *port = port_of(user);
    size_t bytes = port != NULL ? port_read(port, to) : 0;
    vtl_unlock(&console.lock);
    return bytes;
}
PV_UNTRUSTED(host_console_read, host, "fuzz_host_console");

/* What the host has done since the last time; returns whom to tell. */
static uint32_t serve(void)
{
    uint32_t news;

    vtl_lock(&console.lock);
    (void)host_virtio_interrupt(&console.device);
    control_take();
    for (uint32_t i = 0; i < console.port_count; i++) {
        port_take(&console.ports[i]);
    }
    news = console.news;
    console.news = 0;
    /* Who waits for room waits in vain now. */
    if (console.device.dead != NULL && !console.dead_told) {
        console.dead_told = true;
        news = (1u << HOST_CONSOLE_USERS) - 1;
    }
    vtl_unlock(&console.lock);
    return news;
}

void host_console_interrupt(void *device)
{
    uint32_t news = serve();

    (void)device;
    for (unsigned user = 0; user < HOST_CONSOLE_USERS && console.changed != NULL; user++) {
        if ((news >> user & 1) != 0) {
            console.changed(user);
        }
    }
}
PV_UNTRUSTED(host_console_interrupt, host, "fuzz_host_console");

/* ---- Opening ---------------------------------------------------------------------------------- */

static enum pv_status queues_open(void)
{
    enum pv_status status = pool_open(&console.control_in, VIRTIO_CONSOLE_CONTROL_RECEIVEQ,
                                      CONTROL_BUFFERS, CONTROL_BYTES);

    if (status == PV_OK) {
        status = pool_open(&console.control_out, VIRTIO_CONSOLE_CONTROL_TRANSMITQ, CONTROL_BUFFERS,
                           sizeof(struct virtio_console_control));
    }
    for (uint32_t i = 0; i < console.port_count && status == PV_OK; i++) {
        struct port *port = &console.ports[i];

        port->user = NOBODY;
        status = pool_open(&port->in, VIRTIO_CONSOLE_RECEIVEQ(i), HOST_CONSOLE_BUFFERS,
                           HOST_CONSOLE_BYTES);
        if (status == PV_OK) {
            status = pool_open(&port->out, VIRTIO_CONSOLE_TRANSMITQ(i), HOST_CONSOLE_BUFFERS,
                               HOST_CONSOLE_BYTES);
        }
    }
    return status;
}

static enum pv_status device_open(void)
{
    struct virtio_console_config config;
    enum pv_status status =
        host_virtio_open(&console.device, VIRTIO_CONSOLE_F_MULTIPORT | VIRTIO_F_EVENT_IDX);

    if (status == PV_OK) {
        status = host_virtio_config(&console.device, 0, &config, sizeof(config));
    }
    if (status != PV_OK) {
        return status;
    }
    /* 5.3.2: there are no queues for control messages then. */
    if ((console.device.features & VIRTIO_CONSOLE_F_MULTIPORT) == 0) {
        host_virtio_kill(&console.device, "it has no ports (5.3.3)");
        return PV_UNSUPPORTED;
    }
    console.port_max = config.max_nr_ports;
    console.port_count =
        config.max_nr_ports < HOST_CONSOLE_PORTS ? config.max_nr_ports : HOST_CONSOLE_PORTS;
    status = queues_open();
    if (status != PV_OK) {
        host_virtio_kill(&console.device, "its queues, or memory for them, are not there");
        return status;
    }
    return host_virtio_start(&console.device);
}

enum pv_status host_console_open(uint64_t base)
{
    memset(&console, 0, sizeof(console));
    console.device = (struct host_virtio){.name = "console", .base = base};
    enum pv_status status = device_open();
    if (status != PV_OK) {
        return status;
    }
    pool_post(&console.control_in);
    for (uint32_t i = 0; i < console.port_count; i++) {
        pool_post(&console.ports[i].in);
    }
    control_send(0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    host_queue_kick(&console.control_out.queue);
    /* A host that answers at once has told of all its ports by the end; another does by interrupts. */
    for (unsigned i = 0; i < OPEN_TURNS; i++) {
        (void)serve();
    }
    return console.device.dead == NULL ? PV_OK : PV_IO;
}
PV_UNTRUSTED(host_console_open, host, "fuzz_host_console");
