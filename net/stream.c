/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Name, connection, TLS, one behind the other.
 */
#include "stream.h"

#include "connection.h"
#include "lookup.h"
#include "text.h"
#include "tls.h"

#define CONNECT_NS \
    UINT64_C(10000000000) /* of a name, and of a connection to each of its addresses */

void net_set_clock(uint32_t (*now_s)(void))
{
    tls_set_clock(now_s);
}

static void reason_set(struct stream_reason *reason, const char *family, const char *what)
{
    struct text text = {.to = reason->text, .room = sizeof(reason->text) - 1};

    text_add(&text, family);
    text_add(&text, what);
    reason->text[text.used] = '\0';
}

/* One family of addresses: its name is looked up, and connected to. */
static enum stream_status connect(const struct stream_peer *peer, bool ip6,
                                  struct stream_reason *reason)
{
    ip_addr_t address;

    if (!lookup(peer->host, ip6, vtl_time_ns() + CONNECT_NS, &address)) {
        return STREAM_NAME;
    }
    const char *wrong = connection_open(&address, peer->port, vtl_time_ns() + CONNECT_NS);

    if (wrong != NULL) {
        reason_set(reason, ip6 ? "IPv6: " : "IPv4: ", wrong);
        return STREAM_CONNECT;
    }
    return STREAM_OK;
}

/* The family that Paravane has an address of comes first; if it has both, IPv4. */
static enum stream_status connect_any(const struct stream_peer *peer, struct stream_reason *reason)
{
    const ip_addr_t any = IPADDR4_INIT(0);
    bool ip6_first = !stack_address_can_reach(&any);
    enum stream_status status = connect(peer, ip6_first, reason);

    if (status != STREAM_OK) {
        enum stream_status other = connect(peer, !ip6_first, reason);

        status = other == STREAM_NAME ? status : other;
    }
    if (status == STREAM_NAME) {
        reason_set(reason, "the server's name has no address", "");
    }
    return status;
}

enum stream_status stream_open(const struct stream_peer *peer, struct stream_reason *reason)
{
    stream_close();
    enum stream_status status = connect_any(peer, reason);

    if (status == STREAM_OK) {
        status = tls_open(peer, reason);
    }
    if (status != STREAM_OK) {
        connection_close();
    }
    return status;
}

enum stream_status stream_send(const void *data, size_t bytes, struct stream_reason *reason)
{
    return tls_send(data, bytes, reason);
}

enum stream_status stream_receive(void *to, size_t room, size_t *got, struct stream_reason *reason)
{
    return tls_receive(to, room, got, reason);
}

bool stream_pending(void)
{
    return tls_pending();
}

void stream_close(void)
{
    tls_close();
    connection_close();
}
