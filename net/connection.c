/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP through lwIP's raw API. A connection that is lost has no pcb any more (lwip/tcp.h, tcp_err_fn).
 *
 * lwIP 2.2.1 ends with an assertion where a peer makes the longest segment shorter than what is queued already,
 * or acknowledges what waits for a window: lwip_port_segment, WINDOW_LEAST and on_sent keep it from that.
 */
#include "connection.h"

#include "vtl/untrusted.h"

#include <lwip/priv/tcp_priv.h>
#include <lwip/tcp.h>

#include <arch/hooks.h>

/* tcp_write cuts segments by half of the largest window seen; where that is nothing, not at all. */
#define WINDOW_LEAST 2u

static struct {
    struct tcp_pcb *pcb;
    struct pbuf *received; /* not yet read; at most TCP_WND bytes */
    enum connection_state state;
    err_t error; /* of what is lost */
} connection;

static void on_error(void *unused, err_t error)
{
    (void)unused;
    connection.pcb = NULL;
    connection.state = CONNECTION_LOST;
    connection.error = error;
}

static err_t on_connected(void *unused, struct tcp_pcb *pcb, err_t error)
{
    (void)unused;
    (void)pcb;
    if (error == ERR_OK) {
        connection.state = CONNECTION_OPEN;
    }
    return ERR_OK;
}

/* NULL: the peer's end. */
static err_t on_received(void *unused, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    (void)unused;
    (void)pcb;
    (void)error;
    if (data == NULL) {
        connection.state = CONNECTION_ENDED;
    } else if (connection.received == NULL) {
        connection.received = data;
    } else {
        pbuf_cat(connection.received, data);
    }
    return ERR_OK;
}
PV_UNTRUSTED(on_received, network, "fuzz_lwip");

/* The timer that tries a closed window asserts that something waits for it: not so if what was sent before, and was
 * to be sent again, is acknowledged then. */
static err_t on_sent(void *unused, struct tcp_pcb *pcb, u16_t bytes)
{
    (void)unused;
    (void)bytes;
    if (pcb->unsent == NULL) {
        pcb->persist_backoff = 0;
    }
    return ERR_OK;
}

/* A maximum segment size belongs to a SYN, and must not be in another segment (RFC 9293, 3.2), where lwIP
 * would take it. The walk is lwIP's own. */
err_t lwip_port_segment(const struct tcp_hdr *header, u16_t option_bytes)
{
    const uint8_t *options = (const uint8_t *)(header + 1);
    uint32_t at = 0;

    if ((TCPH_FLAGS(header) & TCP_SYN) != 0) {
        return ERR_OK;
    }
    while (at + 1 < option_bytes && options[at] != LWIP_TCP_OPT_EOL) {
        if (options[at] == LWIP_TCP_OPT_MSS) {
            return ERR_VAL;
        }
        if (options[at] == LWIP_TCP_OPT_NOP) {
            at++;
        } else if (options[at + 1] < 2) {
            break;
        } else {
            at += options[at + 1];
        }
    }
    return ERR_OK;
}
PV_UNTRUSTED(lwip_port_segment, network, "fuzz_lwip");

static const char *open_reason(const ip_addr_t *to)
{
    if (!stack_address_can_reach(to)) {
        return IP_IS_V4(to) ? "Paravane has no IPv4 address" : "Paravane has no IPv6 address";
    }
    if (connection.state != CONNECTION_LOST) {
        return "no answer";
    }
    return connection.error == ERR_RST ? "refused" : "no way there";
}

static bool wait_reachable(const ip_addr_t *to, uint64_t until_ns)
{
    while (!stack_address_can_reach(to)) {
        if (!stack_wait(until_ns)) {
            return false;
        }
    }
    return true;
}

static void connect(const ip_addr_t *to, uint16_t port, uint64_t until_ns)
{
    connection.pcb = tcp_new_ip_type(IP_GET_TYPE(to));
    if (connection.pcb == NULL) {
        on_error(NULL, ERR_MEM);
        return;
    }
    connection.state = CONNECTION_OPENING;
    tcp_nagle_disable(connection.pcb);
    tcp_err(connection.pcb, on_error);
    tcp_recv(connection.pcb, on_received);
    tcp_sent(connection.pcb, on_sent);
    err_t error = tcp_connect(connection.pcb, to, port, on_connected);

    if (error != ERR_OK) {
        connection_close();
        on_error(NULL, error);
    }
    while (connection.state == CONNECTION_OPENING && stack_wait(until_ns)) {
    }
}

const char *connection_open(const ip_addr_t *to, uint16_t port, uint64_t until_ns)
{
    const char *reason;

    connection_close();
    if (wait_reachable(to, until_ns)) {
        connect(to, port, until_ns);
    }
    if (connection.state == CONNECTION_OPEN || connection.state == CONNECTION_ENDED) {
        return NULL;
    }
    reason = open_reason(to);
    connection_close();
    return reason;
}

enum connection_state connection_state(void)
{
    return connection.state;
}

size_t connection_write(const void *data, size_t bytes)
{
    if (connection.pcb == NULL || connection.state == CONNECTION_OPENING ||
        connection.pcb->snd_wnd_max < WINDOW_LEAST) {
        return 0;
    }
    size_t room = tcp_sndbuf(connection.pcb);
    size_t now = bytes < room ? bytes : room;

    /* No memory: what was sent has to be acknowledged first. */
    if (now == 0 || tcp_write(connection.pcb, data, (u16_t)now, TCP_WRITE_FLAG_COPY) != ERR_OK) {
        now = 0;
    }
    (void)tcp_output(connection.pcb);
    return now;
}

size_t connection_read(void *to, size_t room)
{
    if (connection.received == NULL) {
        return 0;
    }
    u16_t wanted = room < UINT16_MAX ? (u16_t)room : UINT16_MAX;
    u16_t now = pbuf_copy_partial(connection.received, to, wanted, 0);

    connection.received = pbuf_free_header(connection.received, now);
    if (connection.pcb != NULL) {
        tcp_recved(connection.pcb, now);
    }
    return now;
}

bool connection_pending(void)
{
    return connection.received != NULL || connection.state != CONNECTION_OPEN;
}

/* What is still to be sent is, as long as somebody waits. */
void connection_close(void)
{
    if (connection.received != NULL) {
        (void)pbuf_free(connection.received);
        connection.received = NULL;
    }
    if (connection.pcb != NULL) {
        tcp_err(connection.pcb, NULL);
        tcp_recv(connection.pcb, NULL);
        if (tcp_close(connection.pcb) != ERR_OK) {
            tcp_abort(connection.pcb);
        }
        connection.pcb = NULL;
    }
    connection.state = CONNECTION_NONE;
}
