/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GET /evidence: what the hypervisor signs about this machine, bound to what a program of the guest
 * has chosen.
 *
 * One is made at a time, by work that does one step of the hypervisor's a turn, on the VP that asked.
 * Its reader's connection waits meanwhile. Base64 is made while it is sent, so that the evidence is
 * kept once.
 *
 * Lock: job.lock, inside the socket device's, for what says whose the job is. While that is the
 * work's, everything else in it is the work's; then the device's lock holder's.
 */
#include "net/evidence.h"

#include "devices/devices.h"
#include "evidence_pages.h"
#include "evidence_query.h"
#include "formats/base64.h"
#include "json.h"
#include "server.h"

#include <string.h>

/* A machine has few who ask; and each costs the hypervisor a signature. */
#define START_EVERY_NS UINT64_C(1000000000)
/* Far more than a hypervisor takes; then it is taken for one that never ends. */
#define MAKE_NS UINT64_C(10000000000)
/* A reader may be slow; after this, another who asks takes its place. */
#define READ_NS UINT64_C(10000000000)

#define HEAD_BYTES 512u
#define NONE UINT16_MAX

/* Base64 is made in blocks of so many bytes, whose text has no padding. */
#define BLOCK_BYTES 48u
#define BLOCK_TEXT BASE64_BYTES(BLOCK_BYTES)

enum job_state {
    JOB_FREE,
    JOB_MADE,   /* the work's */
    JOB_LEFT,   /* the work's: its reader is gone, which the work has not seen yet */
    JOB_READY,  /* the reader's */
    JOB_FAILED, /* the reader's */
};

static struct {
    struct vtl_lock lock;
    enum job_state state;
    uint16_t reader;
    uint64_t next_ns; /* none is begun before */
    struct vmm_work work;
    struct evidence_query query;
    bool begun;
    uint64_t since_ns; /* it was asked for; then, it is there */
    uint32_t head_bytes;
    uint32_t evidence_bytes;
    char head[HEAD_BYTES]; /* of the JSON, up to the Base64 */
    uint8_t evidence[VTL_EVIDENCE_BYTES_MAX];
} job;

static const char tail[] = "\"}"; /* of the JSON, behind it */

/* ---- The work --------------------------------------------------------------------------------- */

static void write_base64(struct json *json, const char *name, const uint8_t *from, size_t bytes)
{
    char text[BASE64_BYTES(EVIDENCE_NONCE_BYTES)];

    json_text(json, name, text, base64_encode(BASE64_URL, from, bytes, text));
}

static void write_head(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    bool cca = vtl_evidence_kind() == VTL_EVIDENCE_CCA;
    struct text text = {job.head, HEAD_BYTES, 0, false};
    struct json json;

    json_start(&json, job.head, HEAD_BYTES);
    json_text(&json, "kind", cca ? "cca" : "vbs", 3);
    write_base64(&json, "nonce", job.query.nonce, job.query.nonce_bytes);
    write_base64(&json, "data", job.query.data, job.query.data_bytes);
    json_hex(&json, "challenge", challenge, VTL_CHALLENGE_BYTES);
    /* Its last member is written by hand: it does not fit in here. */
    text.used = json_finish(&json) - 1;
    text_add(&text, cca ? ",\"token\":\"" : ",\"report\":\"");
    CHECK(!text.cut);
    job.head_bytes = (uint32_t)text.used;
}

static enum job_state begin(void)
{
    uint8_t challenge[VTL_CHALLENGE_BYTES];

    job.begun = true;
    evidence_challenge(&job.query, challenge);
    write_head(challenge);
    return vtl_evidence_start(challenge) == PV_OK ? JOB_MADE : JOB_FAILED;
}

/* One step; returns what the job is then. The hypervisor may go on and on, or say nothing. */
static enum job_state step(void)
{
    uint32_t room = VTL_EVIDENCE_BYTES_MAX - job.evidence_bytes;
    bool more = false;
    size_t got = 0;

    if (room == 0 || vtl_time_ns() - job.since_ns >= MAKE_NS ||
        vtl_evidence_continue(job.evidence + job.evidence_bytes, room, &got, &more) != PV_OK) {
        return JOB_FAILED;
    }
    CHECK(got <= room);
    job.evidence_bytes += (uint32_t)got;
    if (more) {
        return JOB_MADE;
    }
    job.since_ns = vtl_time_ns();
    return job.evidence_bytes != 0 ? JOB_READY : JOB_FAILED;
}

static void make(void *unused)
{
    enum job_state state = job.begun ? step() : begin();
    uint16_t reader;

    (void)unused;
    vtl_lock(&job.lock);
    if (job.state == JOB_LEFT) {
        state = JOB_FREE;
    }
    job.state = state;
    reader = job.reader;
    vtl_unlock(&job.lock);
    /* From here on it is not the work's, but where it goes on. */
    if (state == JOB_MADE) {
        vmm_later(&job.work, 0);
    } else if (state != JOB_FREE) {
        vsock_wake(reader);
    }
}

void evidence_init(const struct net_event *events, size_t count, const struct igvm_policy *policy,
                   const uint8_t policy_digest[32])
{
    memset(&job, 0, sizeof(job));
    job.reader = NONE;
    job.work.run = make;
    evidence_pages_write(events, count, policy, policy_digest);
}

/* ---- The route -------------------------------------------------------------------------------- */

/* Nobody may keep others from evidence by not reading. */
static void cut_slow_reader(void)
{
    uint16_t slow = NONE;

    vtl_lock(&job.lock);
    if (job.state == JOB_READY && vtl_time_ns() - job.since_ns >= READ_NS) {
        slow = job.reader;
    }
    vtl_unlock(&job.lock);
    if (slow != NONE) {
        server_cut(slow);
    }
}

static bool take(uint16_t connection)
{
    uint64_t now = vtl_time_ns();
    bool taken;

    vtl_lock(&job.lock);
    taken = job.state == JOB_FREE && now >= job.next_ns;
    if (taken) {
        job.state = JOB_MADE;
        job.reader = connection;
        job.next_ns = now + START_EVERY_NS;
    }
    vtl_unlock(&job.lock);
    return taken;
}

static struct server_answer evidence_ask(uint16_t connection, const char *text, size_t bytes)
{
    struct evidence_query query;
    const char *reason = evidence_query_read(text, bytes, &query);

    if (reason != NULL) {
        return (struct server_answer){.status = HTTP_BAD_REQUEST, .reason = reason};
    }
    if (vtl_evidence_kind() == VTL_EVIDENCE_NONE) {
        return (struct server_answer){.status = HTTP_UNAVAILABLE,
                                      .reason = "the hypervisor has no evidence"};
    }
    cut_slow_reader();
    if (!take(connection)) {
        return (struct server_answer){.status = HTTP_TOO_MANY_REQUESTS,
                                      .reason = "one at a time, and one a second"};
    }
    job.query = query;
    job.begun = false;
    job.evidence_bytes = 0;
    job.since_ns = vtl_time_ns();
    vmm_later(&job.work, 0);
    return (struct server_answer){0};
}

/* Of who has the job only. */
static struct server_answer evidence_ready(uint16_t connection)
{
    enum job_state state;

    (void)connection;
    vtl_lock(&job.lock);
    state = job.state;
    vtl_unlock(&job.lock);
    if (state == JOB_FAILED) {
        return (struct server_answer){.status = HTTP_UNAVAILABLE,
                                      .reason = "the hypervisor does not give evidence"};
    }
    if (state != JOB_READY) {
        return (struct server_answer){0};
    }
    return (struct server_answer){.status = HTTP_OK,
                                  .bytes = job.head_bytes +
                                           (uint32_t)BASE64_BYTES(job.evidence_bytes) +
                                           (uint32_t)(sizeof(tail) - 1)};
}

/* What there is at an offset of the body, in a row. block: for Base64. */
static const char *part_at(uint32_t from, char block[BLOCK_TEXT], size_t *bytes)
{
    uint32_t text_bytes = (uint32_t)BASE64_BYTES(job.evidence_bytes);
    uint32_t at = from - job.head_bytes;

    if (from < job.head_bytes) {
        *bytes = job.head_bytes - from;
        return job.head + from;
    }
    if (at >= text_bytes) {
        *bytes = sizeof(tail) - 1 - (at - text_bytes);
        return tail + (at - text_bytes);
    }
    uint32_t first = at / (uint32_t)BLOCK_TEXT * BLOCK_BYTES;
    uint32_t left = job.evidence_bytes - first;

    at %= (uint32_t)BLOCK_TEXT;
    *bytes = base64_encode(BASE64_STANDARD, job.evidence + first,
                           left < BLOCK_BYTES ? left : BLOCK_BYTES, block) -
             at;
    return block + at;
}

static void evidence_read(uint16_t connection, uint32_t from, uint8_t *to, size_t bytes)
{
    char block[BLOCK_TEXT];

    (void)connection;
    while (bytes != 0) {
        size_t now;
        const char *part = part_at(from, block, &now);

        now = now < bytes ? now : bytes;
        memcpy(to, part, now);
        from += (uint32_t)now;
        to += now;
        bytes -= now;
    }
}

/* Of those who asked in vain, too. */
static void evidence_leave(uint16_t connection)
{
    vtl_lock(&job.lock);
    if (job.reader == connection) {
        job.state = job.state == JOB_MADE ? JOB_LEFT : JOB_FREE;
        job.reader = NONE;
    }
    vtl_unlock(&job.lock);
}

const struct server_route evidence_route = {
    .path = "/evidence",
    .ask = evidence_ask,
    .ready = evidence_ready,
    .read = evidence_read,
    .leave = evidence_leave,
};
