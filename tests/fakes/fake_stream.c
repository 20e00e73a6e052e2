/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_stream fake_stream;

static void expect(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake_stream: %s\n", what);
        abort();
    }
}

void fake_stream_reset(void)
{
    /* All but the record's bytes, which are many. */
    memset(&fake_stream, 0, offsetof(struct fake_stream, sent));
    fake_stream.sent[0] = '\0';
}

void fake_stream_reply(const char *bytes, size_t count, enum fake_then then)
{
    expect(fake_stream.reply_count < FAKE_REPLIES_MAX, "too many replies");
    fake_stream.replies[fake_stream.reply_count++] = (struct fake_reply){bytes, count, then};
}

const char *fake_stream_request(void)
{
    return fake_stream.sent + fake_stream.request_at;
}

static enum stream_status fail(enum stream_status status, struct stream_reason *reason)
{
    static const char *const texts[] = {
        [STREAM_NAME] = "no such name",
        [STREAM_CONNECT] = "nobody there",
        [STREAM_TLS] = "another's certificate",
        [STREAM_LOST] = "broken",
    };

    (void)snprintf(reason->text, sizeof(reason->text), "%s", texts[status]);
    return status;
}

enum stream_status stream_open(const struct stream_peer *peer, struct stream_reason *reason)
{
    expect(!fake_stream.is_open, "opened twice");
    expect(strlen(peer->host) < sizeof(fake_stream.host), "a host's name is too long");
    fake_stream.opens++;
    fake_stream.peer = *peer;
    memcpy(fake_stream.host, peer->host, strlen(peer->host) + 1);
    if (fake_stream.open_fails != 0) {
        fake_stream.open_fails--;
        return fail(fake_stream.open_status, reason);
    }
    fake_stream.is_open = true;
    fake_stream.asked = false;
    fake_stream.replies_now = false;
    return STREAM_OK;
}

enum stream_status stream_send(const void *data, size_t bytes, struct stream_reason *reason)
{
    expect(fake_stream.is_open, "sends on nothing");
    expect(bytes != 0, "sends nothing");
    expect(bytes < FAKE_SENT_BYTES - fake_stream.sent_bytes, "sends too much");
    fake_stream.sends++;
    if (fake_stream.sending != NULL) {
        fake_stream.sending();
    }
    if (fake_stream.send_fails != 0 && --fake_stream.send_fails == 0) {
        return fail(STREAM_LOST, reason);
    }
    if (!fake_stream.asked) {
        fake_stream.request_at = fake_stream.sent_bytes;
        fake_stream.asked = true;
    }
    memcpy(fake_stream.sent + fake_stream.sent_bytes, data, bytes);
    fake_stream.sent_bytes += bytes;
    fake_stream.sent[fake_stream.sent_bytes] = '\0';
    return STREAM_OK;
}

/* Of the newest reply. */
static bool has_more(void)
{
    return fake_stream.replies_now && fake_stream.replies_used != 0 &&
           fake_stream.reply_done < fake_stream.replies[fake_stream.replies_used - 1].count;
}

static void next_reply(void)
{
    expect(fake_stream.asked, "waits for a reply to nothing");
    if (fake_stream.serve != NULL) {
        fake_stream.serve(fake_stream_request(), fake_stream.sent_bytes - fake_stream.request_at);
    }
    fake_stream.asked = false;
    fake_stream.replies_now = true;
    fake_stream.reply_done = 0;
    if (fake_stream.replies_used == fake_stream.reply_count) {
        fake_stream_reply("", 0, FAKE_BREAKS);
    }
    fake_stream.replies_used++;
}

enum stream_status stream_receive(void *to, size_t room, size_t *got, struct stream_reason *reason)
{
    const struct fake_reply *reply;
    size_t now;

    expect(fake_stream.is_open && room != 0, "receives on nothing, or nothing");
    if (fake_stream.received != NULL) {
        fake_stream.received();
    }
    if (!has_more() && (!fake_stream.replies_now || fake_stream.asked)) {
        next_reply();
    }
    reply = &fake_stream.replies[fake_stream.replies_used - 1];
    now = reply->count - fake_stream.reply_done;
    now = now < room ? now : room;
    now = fake_stream.step != 0 && now > fake_stream.step ? fake_stream.step : now;
    /* A connection that stays says nothing more, until the caller has no patience any more. */
    if (now == 0 && reply->then != FAKE_ENDS) {
        return fail(STREAM_LOST, reason);
    }
    if (now != 0) {
        memcpy(to, reply->bytes + fake_stream.reply_done, now);
    }
    fake_stream.reply_done += now;
    *got = now;
    return STREAM_OK;
}

bool stream_pending(void)
{
    return has_more();
}

void stream_close(void)
{
    fake_stream.is_open = false;
}
