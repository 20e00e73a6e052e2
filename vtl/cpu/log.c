/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines go to a ring, and to the sink that boot gives. A line is composed on the stack, then put
 * out under the lock in one piece; the sink runs under the lock and must not log.
 */
#include "cpu/log.h"

#include "cpu/format.h"
#include "vtl/vtl.h"

#define RING_BYTES 16384u
#define LINE_BYTES 200u

static struct {
    struct vtl_lock lock;
    log_sink_t sink;
    enum log_level level;
    uint64_t written; /* bytes since the start; the ring holds the newest RING_BYTES of them */
    char ring[RING_BYTES];
} state;

static const char *const prefix[] = {
    [LOG_ERROR] = "paravane: error: ",
    [LOG_INFO] = "paravane: ",
    [LOG_DEBUG] = "paravane: debug: ",
};

void log_set_sink(log_sink_t sink, enum log_level level)
{
    vtl_lock(&state.lock);
    state.sink = sink;
    state.level = level;
    vtl_unlock(&state.lock);
}

static void ring_put(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        state.ring[state.written % RING_BYTES] = text[i];
        state.written++;
    }
}

void log_print(enum log_level level, const char *format, ...)
{
    char line[LINE_BYTES];
    /* One byte stays free for the line's end. */
    size_t used = format_text(line, sizeof(line) - 1u, "%s", prefix[level]);
    va_list arguments;
    va_start(arguments, format);
    used += format_list(line + used, sizeof(line) - 1u - used, format, arguments);
    va_end(arguments);
    if (line[used - 1u] != '\n') {
        line[used++] = '\n';
    }
    vtl_lock(&state.lock);
    ring_put(line, used);
    if (state.sink != NULL && level <= state.level) {
        state.sink(line, used);
    }
    vtl_unlock(&state.lock);
}

void log_panic(const char *text, size_t bytes)
{
    ring_put(text, bytes);
    if (state.sink != NULL) {
        state.sink(text, bytes);
    }
}

size_t log_copy(char *to, size_t room)
{
    vtl_lock(&state.lock);
    uint64_t held = state.written < RING_BYTES ? state.written : RING_BYTES;
    size_t bytes = held < room ? (size_t)held : room;
    for (size_t i = 0; i < bytes; i++) {
        to[i] = state.ring[(state.written - bytes + i) % RING_BYTES];
    }
    vtl_unlock(&state.lock);
    return bytes;
}
