/* SPDX-License-Identifier: BSD-3-Clause */
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const end_names[] = {
    [SCAN_END_NONE] = "none",   [SCAN_END_OFF] = "off",     [SCAN_END_RESET] = "reset",
    [SCAN_END_CRASH] = "crash", [SCAN_END_FATAL] = "fatal",
};

const char *scan_end_name(enum scan_end end)
{
    return end_names[end];
}

void scan_init(struct scan *scan, const struct scan_words *words, scan_emit_t emit, void *context)
{
    memset(scan, 0, sizeof(*scan));
    scan->emit = emit;
    scan->context = context;
    scan->exec = words->exec_nonce != NULL;
    scan->passing = !scan->exec;
    if (words->end_nonce != NULL) {
        snprintf(scan->key[SCAN_KEY_END], SCAN_KEY_BYTES, "refhv: end %s ", words->end_nonce);
    }
    if (words->kernel) {
        snprintf(scan->key[SCAN_KEY_BOOTING], SCAN_KEY_BYTES, "Booting Linux on physical CPU");
        snprintf(scan->key[SCAN_KEY_PANIC], SCAN_KEY_BYTES, "Kernel panic - not syncing");
    }
    if (scan->exec) {
        snprintf(scan->key[SCAN_KEY_BEGIN], SCAN_KEY_BYTES, "\036pv-begin %s\n", words->exec_nonce);
        snprintf(scan->key[SCAN_KEY_DONE], SCAN_KEY_BYTES, "\036pv-end %s ", words->exec_nonce);
    }
}

void scan_forget_command(struct scan *scan)
{
    scan->key[SCAN_KEY_BEGIN][0] = '\0';
    scan->key[SCAN_KEY_DONE][0] = '\0';
}

static void flush(struct scan *scan)
{
    if (scan->out_count > 0) {
        scan->emit(scan->context, scan->out, scan->out_count);
    }
    scan->out_count = 0;
}

static void pass(struct scan *scan, const char *bytes, size_t count)
{
    for (size_t i = 0; scan->passing && i < count; i++) {
        scan->out[scan->out_count++] = bytes[i];
        if (scan->out_count == SCAN_OUT_BYTES) {
            flush(scan);
        }
    }
}

/* The rest of the line after END or DONE is complete. */
static void field_close(struct scan *scan)
{
    scan->field[scan->field_count] = '\0';
    scan->in_field = false;
    if (scan->field_key == SCAN_KEY_DONE) {
        scan->command_status = atoi(scan->field);
        return;
    }
    for (size_t i = SCAN_END_OFF; i < sizeof(end_names) / sizeof(end_names[0]); i++) {
        if (strcmp(scan->field, end_names[i]) == 0) {
            scan->end = (enum scan_end)i;
        }
    }
}

static void field_feed(struct scan *scan, char byte)
{
    if (byte == '\n') {
        field_close(scan);
    } else if (byte != '\r' && scan->field_count < SCAN_FIELD_BYTES - 1) {
        scan->field[scan->field_count++] = byte;
    }
}

/* The held bytes are the whole of key. */
static void key_found(struct scan *scan, enum scan_key key)
{
    scan->seen[key] = true;
    if (key == SCAN_KEY_BOOTING || key == SCAN_KEY_PANIC) {
        pass(scan, scan->held, scan->held_count);
    } else if (key == SCAN_KEY_BEGIN) {
        scan->passing = true;
    } else {
        scan->passing = scan->passing && !(scan->exec && key == SCAN_KEY_DONE);
        scan->in_field = true;
        scan->field_key = key;
        scan->field_count = 0;
    }
    scan->held_count = 0;
}

/* A key that counts at this point of the stream: each once; the command's end only after its begin. */
static bool key_wanted(const struct scan *scan, size_t key)
{
    return scan->key[key][0] != '\0' && !scan->seen[key] &&
           (key != SCAN_KEY_DONE || scan->seen[SCAN_KEY_BEGIN]);
}

/* The held bytes start a key (true), or are one, which is then acted on. */
static bool held_fits(struct scan *scan)
{
    for (size_t key = 0; key < SCAN_KEY_COUNT; key++) {
        if (!key_wanted(scan, key) || strncmp(scan->key[key], scan->held, scan->held_count) != 0) {
            continue;
        }
        if (strlen(scan->key[key]) == scan->held_count) {
            key_found(scan, (enum scan_key)key);
        }
        return true;
    }
    return false;
}

static void tail_add(struct scan *scan, char byte)
{
    scan->tail[scan->tail_total % SCAN_TAIL_BYTES] = byte;
    scan->tail_total++;
}

static void feed_byte(struct scan *scan, char byte)
{
    tail_add(scan, byte);
    if (scan->in_field) {
        field_feed(scan, byte);
        return;
    }
    scan->held[scan->held_count++] = byte;
    while (scan->held_count > 0 && !held_fits(scan)) {
        pass(scan, scan->held, 1);
        scan->held_count--;
        memmove(scan->held, scan->held + 1, scan->held_count);
    }
}

void scan_feed(struct scan *scan, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        feed_byte(scan, bytes[i]);
    }
    flush(scan);
}

void scan_finish(struct scan *scan)
{
    if (scan->in_field) {
        field_close(scan);
    }
    pass(scan, scan->held, scan->held_count);
    scan->held_count = 0;
    flush(scan);
}

size_t scan_tail(const struct scan *scan, char *to, size_t room)
{
    size_t count = scan->tail_total < SCAN_TAIL_BYTES ? scan->tail_total : SCAN_TAIL_BYTES;

    count = count < room ? count : room;
    for (size_t i = 0; i < count; i++) {
        to[i] = scan->tail[(scan->tail_total - count + i) % SCAN_TAIL_BYTES];
    }
    return count;
}
