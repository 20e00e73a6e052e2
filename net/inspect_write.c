/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine as JSON. Counters and states only: no guest memory, no guest string, no secret.
 */
#include "devices/devices.h"
#include "inspect.h"
#include "json.h"
#include "net/net.h"

#include <string.h>

#define LOG_BYTES 4096u

/* Of the caller's lock. */
static char lines[LOG_BYTES];

static void write_exits(struct json *json)
{
    static const char *const names[VTL_EXIT_KINDS] = {
        [VTL_EXIT_MEMORY] = "memory",       [VTL_EXIT_PROTECTION] = "protection",
        [VTL_EXIT_HYPERCALL] = "hypercall", [VTL_EXIT_RESET] = "reset",
        [VTL_EXIT_INTERRUPT] = "interrupt", [VTL_EXIT_CALL] = "call",
        [VTL_EXIT_SINT] = "sint",           [VTL_EXIT_UNKNOWN] = "unknown",
    };

    json_object(json, "exits");
    for (unsigned i = 0; i < VTL_EXIT_KINDS; i++) {
        json_number(json, names[i], vmm_exit_count((enum vtl_exit_kind)i));
    }
    json_close(json);
    json_number(json, "aborts", vmm_abort_count());
}

static void write_memory(struct json *json)
{
    struct bounce_counts bounce = bounce_counts();
    uint32_t used;
    uint32_t unused;

    vtl_page_counts(&used, &unused);
    json_object(json, "memory");
    json_number(json, "pages_used", used);
    json_number(json, "pages_free", unused);
    json_number(json, "bounce_pages", bounce.pages);
    json_number(json, "bounce_pages_free", bounce.pages_free);
    json_number(json, "bounce_bytes_in", bounce.in);
    json_number(json, "bounce_bytes_out", bounce.out);
    json_close(json);
}

static void write_queues(struct json *json, unsigned window)
{
    struct virtio_queue_info queue;

    json_array(json, "queues");
    for (unsigned i = 0; virtio_queue_info_get(window, i, &queue); i++) {
        json_object(json, NULL);
        json_number(json, "size", queue.size);
        json_bool(json, "live", queue.live);
        json_number(json, "taken", queue.taken);
        json_number(json, "given", queue.given);
        json_text(json, "broken", queue.broken, queue.broken == NULL ? 0 : strlen(queue.broken));
        json_close(json);
    }
    json_close(json);
}

static void write_devices(struct json *json)
{
    struct virtio_device_info device;

    json_array(json, "devices");
    for (unsigned i = 0; i < VIRTIO_WINDOWS; i++) {
        if (virtio_device_info_get(i, &device)) {
            json_object(json, NULL);
            json_text(json, "name", device.name, strlen(device.name));
            json_number(json, "window", i);
            json_number(json, "status", device.status);
            write_queues(json, i);
            json_close(json);
        }
    }
    json_close(json);
}

static void write_vsock(struct json *json)
{
    struct vsock_counts counts = vsock_counts();

    json_object(json, "vsock");
    json_number(json, "open", counts.open);
    json_number(json, "accepted", counts.accepted);
    json_number(json, "refused", counts.refused);
    json_number(json, "dropped", counts.dropped);
    json_close(json);
}

static void write_counter(struct json *json, const char *name, const uint64_t *counter)
{
    json_number(json, name, __atomic_load_n(counter, __ATOMIC_RELAXED));
}

static void write_console(struct json *json)
{
    const struct virtio_console_counts *counts;

    json_object(json, "console");
    json_number(json, "uart_dropped", host_uart_dropped());
    json_number(json, "ignored", virtio_console_ignored());
    json_array(json, "ports");
    for (unsigned i = 0; (counts = virtio_console_counts(i)) != NULL; i++) {
        json_object(json, NULL);
        write_counter(json, "in", &counts->in);
        write_counter(json, "out", &counts->out);
        write_counter(json, "dropped", &counts->dropped);
        json_close(json);
    }
    json_close(json);
    json_close(json);
}

static void write_direction(struct json *json, const char *name,
                            const struct net_direction *direction)
{
    static const char *const names[NET_VERDICTS] = {
        [NET_TAKEN] = "taken",
        [NET_DROP_MALFORMED] = "malformed",
        [NET_DROP_SOURCE] = "source",
        [NET_DROP_FILTERED] = "filtered",
        [NET_DROP_NO_BUFFER] = "no_buffer",
        [NET_DROP_OFFLOAD] = "offload",
        [NET_DROP_FAULT] = "fault",
        [NET_DROP_DOWN] = "down",
    };

    json_object(json, name);
    for (unsigned i = 0; i < NET_VERDICTS; i++) {
        /* NET_FULL is no end of a frame's. */
        if (names[i] != NULL) {
            write_counter(json, names[i], &direction->frames[i]);
        }
    }
    write_counter(json, "bytes", &direction->bytes);
    json_close(json);
}

static void write_network(struct json *json)
{
    static const char *const names[NET_PORTS] = {
        [NET_PORT_HOST] = "host",
        [NET_PORT_GUEST] = "guest",
        [NET_PORT_OWN] = "paravane",
    };

    json_object(json, "network");
    for (enum net_port port = NET_PORT_HOST; port < NET_PORTS; port++) {
        const struct net_counts *counts = net_counts(port);

        json_object(json, names[port]);
        write_direction(json, "from", &counts->from);
        write_direction(json, "to", &counts->to);
        write_counter(json, "completed", &counts->completed);
        json_close(json);
    }
    json_close(json);
}

/* The newest whole lines. */
static void write_log(struct json *json)
{
    size_t bytes = log_copy(lines, sizeof(lines));
    const char *at = lines;
    const char *end = lines + bytes;

    if (bytes == sizeof(lines)) {
        const char *first = memchr(lines, '\n', bytes);

        at = first == NULL ? end : first + 1;
    }
    json_array(json, "log");
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        stop = stop == NULL ? end : stop;
        json_text(json, NULL, at, (size_t)(stop - at));
        at = stop + 1;
    }
    json_close(json);
}

size_t inspect_write(char *to, size_t room, uint64_t uptime_ns)
{
    struct json json;

    json_start(&json, to, room);
    json_number(&json, "uptime_ns", uptime_ns);
    write_exits(&json);
    write_memory(&json);
    write_devices(&json);
    write_vsock(&json);
    write_console(&json);
    write_network(&json);
    write_log(&json);
    return json_finish(&json);
}
