/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads what comes from the machine, on its console or on a port: finds refhv's last line, the markers
 * around a command's output and a kernel's panic, and passes on what the user is to see. No I/O of its own.
 */
#ifndef RUN_SCAN_H
#define RUN_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define SCAN_KEY_BYTES 96u
#define SCAN_FIELD_BYTES 32u
#define SCAN_TAIL_BYTES 2048u
#define SCAN_OUT_BYTES 4096u

enum scan_end { SCAN_END_NONE, SCAN_END_OFF, SCAN_END_RESET, SCAN_END_CRASH, SCAN_END_FATAL };

enum scan_key {
    SCAN_KEY_END,     /* refhv: end NONCE */
    SCAN_KEY_BEGIN,   /* the command's output starts */
    SCAN_KEY_DONE,    /* it ends; the exit status follows */
    SCAN_KEY_BOOTING, /* the kernel's first line */
    SCAN_KEY_PANIC,
    SCAN_KEY_COUNT,
};

typedef void (*scan_emit_t)(void *context, const char *bytes, size_t count);

/* What is looked for. */
struct scan_words {
    const char *end_nonce;  /* known to refhv and this program; NULL: refhv does not speak here */
    const char *exec_nonce; /* known to the guest too; NULL: no command */
    bool kernel;            /* a kernel may speak here */
};

struct scan {
    scan_emit_t emit;
    void *context;
    bool exec;    /* pass on only what stands between the markers */
    bool passing; /* what comes now is passed on */
    char key[SCAN_KEY_COUNT][SCAN_KEY_BYTES];

    /* What has been found. seen is set once, in the order of the stream. */
    bool seen[SCAN_KEY_COUNT];
    enum scan_end end;
    int command_status;

    /* A run of bytes that may become a key; then, after END or DONE, the rest of that line. */
    char held[SCAN_KEY_BYTES];
    size_t held_count;
    bool in_field;
    enum scan_key field_key;
    char field[SCAN_FIELD_BYTES];
    size_t field_count;

    /* To be passed on by the end of this call. */
    char out[SCAN_OUT_BYTES];
    size_t out_count;

    /* The newest bytes of the console, passed on or not: what a failure is explained with. */
    char tail[SCAN_TAIL_BYTES];
    size_t tail_total;
};

void scan_init(struct scan *scan, const struct scan_words *words, scan_emit_t emit, void *context);

/* The command speaks elsewhere: nothing more that comes here is its output. */
void scan_forget_command(struct scan *scan);

void scan_feed(struct scan *scan, const char *bytes, size_t count);

/* No more bytes will come: lets go of what was held back. */
void scan_finish(struct scan *scan);

/* Copies the newest bytes of the console; returns how many. */
size_t scan_tail(const struct scan *scan, char *to, size_t room);

const char *scan_end_name(enum scan_end end);

#endif /* RUN_SCAN_H */
