/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver of the host's console device under any answers of a host that keeps to the rings (those
 * are host_queue.c's), and any use by the guest's side: what must always hold is that no buffer is in
 * flight twice (the fake sees to it), bytes arrive once and in order, and nothing hangs.
 */
#include "fake_host_queue.h"
#include "fake_vtl.h"
#include "host/host_console.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Port 1's (5.3.2). */
#define EXEC_IN 4u
#define EXEC_OUT 5u

/* Each way a pattern that goes on: the next byte, as its sender has it and as its receiver expects it. */
static uint8_t in_sent;
static uint8_t in_seen;
static uint8_t out_sent;
static uint8_t out_seen;
/* The host may have removed the port, and bytes with it. */
static bool gap;
static bool said; /* a message that may do so has been sent */

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void changed(unsigned user)
{
    expect(user < HOST_CONSOLE_USERS);
}

static void write_bytes(uint32_t count)
{
    uint8_t bytes[256];
    const struct ring_segment segment = {gpa((uintptr_t)bytes), count};
    struct ring_cursor from = {&segment, &segment + 1, 0};

    for (uint32_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(out_sent + i);
    }
    enum host_console_result result = host_console_write(HOST_CONSOLE_EXEC, &from);
    expect(result != HOST_CONSOLE_FAULT);
    out_sent = (uint8_t)(out_sent + (result == HOST_CONSOLE_DONE ? count : from.offset));
}

static void host_read(unsigned queue)
{
    uint8_t bytes[HOST_CONSOLE_BYTES];
    size_t count = fake_host_read(queue, bytes, sizeof(bytes));

    for (size_t i = 0; queue == EXEC_OUT && count != SIZE_MAX && i < count; i++) {
        expect(bytes[i] == out_seen++);
    }
}

static void read_bytes(uint32_t room)
{
    uint8_t bytes[256];
    const struct ring_segment segment = {gpa((uintptr_t)bytes), room};
    struct ring_cursor to = {&segment, &segment + 1, 0};
    bool readable = host_console_readable(HOST_CONSOLE_EXEC);
    size_t count = host_console_read(HOST_CONSOLE_EXEC, &to);

    expect(count <= room && (count != 0) == readable);
    if (count != 0 && gap) {
        in_seen = bytes[0];
        gap = false;
    }
    for (size_t i = 0; i < count; i++) {
        expect(bytes[i] == in_seen++);
    }
}

static void host_write(uint32_t count)
{
    uint8_t bytes[256];

    for (uint32_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(in_sent + i);
    }
    if (fake_host_write(EXEC_IN, bytes, count)) {
        in_sent = (uint8_t)(in_sent + count);
    }
}

/* A message: as the data has it, or one that a good host would send. */
static size_t host_message(const uint8_t *data, size_t size)
{
    static const char name[] = "org.paravane.exec";
    uint8_t message[64] = {0};
    size_t raw = size < 12 ? size : 12;

    if (size < 3) {
        return size;
    }
    if (data[0] % 8 == 0) {
        memcpy(message, data + 1, raw - 1);
        (void)fake_host_write(2, message, (uint32_t)raw - 1);
        return raw;
    }
    message[0] = 1;
    message[4] = data[1] % 8;
    message[6] = data[2] % 2;
    memcpy(message + 8, name, sizeof(name) - 1);
    (void)fake_host_write(2, message, 8 + sizeof(name) - 1);
    return 3;
}

static void step(uint8_t what, uint8_t more)
{
    switch (what % 8) {
    case 0:
        write_bytes(more + 1u);
        break;
    case 1:
        read_bytes(more + 1u);
        break;
    case 2:
        host_read(more % FAKE_HOST_QUEUES | 1u);
        break;
    case 3:
        host_write(more);
        break;
    case 4:
        fake_host.asks_reset = more == 7;
        break;
    default:
        gap = gap || said;
        said = false;
        host_console_interrupt(NULL);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fake_vtl_reset();
    fake_host_reset();
    in_sent = in_seen = out_sent = out_seen = 0;
    gap = false;
    said = false;
    if (size < 2) {
        return 0;
    }
    fake_host.config[4] = data[0] % 8;
    fake_host.queue_size_max = (uint16_t)(1u << data[0] / 8 % 5);
    if (host_console_open(0x1000) != PV_OK) {
        return 0;
    }
    host_console_set_changed(changed);
    for (size_t i = 1; i + 1 < size;) {
        if (data[i] % 8 == 7) {
            said = true;
            i += 1 + host_message(data + i + 1, size - i - 1);
        } else {
            step(data[i], data[i + 1]);
            i += 2;
        }
    }
    return 0;
}
