/* SPDX-License-Identifier: BSD-3-Clause */
/* See http_client.h. RFC 9112 where nothing else is said. */
#include "http_client.h"

#include <string.h>

static enum stream_status lost(struct http_client *client, const char *why)
{
    struct text text = {client->reason.text, sizeof(client->reason.text) - 1, 0, false};

    text_add(&text, why);
    client->reason.text[text.used] = '\0';
    return STREAM_LOST;
}

/* ---- Requests ---------------------------------------------------------------------------------- */

static void flush(struct http_writer *to)
{
    struct http_client *client = to->client;

    if (!to->measures && to->status == STREAM_OK && to->text.used != 0) {
        to->status = client->now_ns() < client->until_ns
                         ? stream_send(to->text.to, to->text.used, &client->reason)
                         : lost(client, "the request takes too long");
    }
    to->text.used = 0;
}

void http_write_bytes(struct http_writer *to, const char *bytes, size_t count)
{
    to->bytes += count;
    while (count != 0 && !to->measures) {
        size_t room = to->text.room - to->text.used;
        size_t now = count < room ? count : room;

        text_add_bytes(&to->text, bytes, now);
        bytes += now;
        count -= now;
        if (to->text.used == to->text.room) {
            flush(to);
        }
    }
}

void http_write(struct http_writer *to, const char *text)
{
    http_write_bytes(to, text, strlen(text));
}

void http_write_number(struct http_writer *to, uint64_t number)
{
    char digits[20];
    struct text text = {digits, sizeof(digits), 0, false};

    text_add_number(&text, number);
    http_write_bytes(to, digits, text.used);
}

/* 3.2; RFC 9110, 7.2. */
static void write_host(struct http_writer *to, const struct url *url)
{
    http_write(to, "Host: ");
    http_write(to, url->ipv6 ? "[" : "");
    http_write(to, url->host);
    http_write(to, url->ipv6 ? "]" : "");
    if (url->port_given) {
        http_write(to, ":");
        http_write_number(to, url->port);
    }
    http_write(to, "\r\n");
}

static void write_head(struct http_writer *to, const struct http_client *client,
                       const struct http_call *call)
{
    http_write(to, call->body != NULL ? "POST " : "GET ");
    http_write_bytes(to, client->url->prefix, client->url->prefix_bytes);
    http_write(to, call->path);
    http_write_bytes(to, (const char *)call->path_end.data, call->path_end.bytes);
    http_write(to, " HTTP/1.1\r\n");
    write_host(to, client->url);
    if (client->cookie.bytes != 0) {
        http_write(to, "Cookie: " HTTP_COOKIE "=");
        http_write_bytes(to, client->cookie.text, client->cookie.bytes);
        http_write(to, "\r\n");
    }
    if (call->body != NULL) {
        struct http_writer length = {.measures = true};

        call->body(&length, call->about);
        http_write(to, "Content-Type: application/json\r\nContent-Length: ");
        http_write_number(to, length.bytes);
        http_write(to, "\r\n");
    }
    http_write(to, "\r\n");
}

static enum stream_status send_request(struct http_client *client, const struct http_call *call)
{
    struct http_writer to = {
        .text = {(char *)client->buffer, sizeof(client->buffer), 0, false},
        .client = client,
    };

    client->exchanges++;
    write_head(&to, client, call);
    if (call->body != NULL) {
        call->body(&to, call->about);
    }
    flush(&to);
    return to.status;
}

/* ---- Responses --------------------------------------------------------------------------------- */

/* *silent: not one byte has come. */
static enum stream_status receive(struct http_client *client, bool *silent)
{
    struct http_reader *response = &client->response;

    while (!response->complete && response->wrong == NULL) {
        size_t got;
        enum stream_status status;

        if (client->now_ns() >= client->until_ns) {
            return lost(client, "the response takes too long");
        }
        status = stream_receive(client->buffer, sizeof(client->buffer), &got, &client->reason);
        if (status != STREAM_OK) {
            return status;
        }
        if (got == 0 && *silent) {
            return lost(client, "the server ended the connection without a response");
        }
        *silent = false;
        if (got == 0) {
            response->wrong = "the response ends in the middle";
        } else if (http_reader_take(response, client->buffer, got) != got &&
                   response->wrong == NULL) {
            /* Nothing else was asked for. */
            response->wrong = "the response is longer than its length";
        }
    }
    return STREAM_OK;
}

/* ---- Connections ------------------------------------------------------------------------------- */

void http_client_close(struct http_client *client)
{
    stream_close();
    client->open = false;
}

static enum stream_status call_once(struct http_client *client, const struct http_call *call,
                                    bool *silent)
{
    enum stream_status status = STREAM_OK;

    *silent = true;
    if (!client->open) {
        status = stream_open(&client->peer, &client->reason);
        client->open = status == STREAM_OK;
    }
    if (status == STREAM_OK) {
        http_reader_start(&client->response, client->body, client->body_room, &client->cookie);
        status = send_request(client, call);
    }
    if (status == STREAM_OK) {
        status = receive(client, silent);
    }
    if (status != STREAM_OK || client->response.wrong != NULL || client->response.close) {
        http_client_close(client);
    }
    return status;
}

/*
 * What is there before a request is not its response: a connection that has more to say is not used again (9.2,
 * 9.8). 9.3.1, 9.6: a server may close a connection that waits, so what got no answer on such a one is said
 * again on a new one. The broker takes each of our requests twice with the same outcome.
 */
enum stream_status http_client_call(struct http_client *client, const struct http_call *call)
{
    bool silent;

    if (client->open && stream_pending()) {
        http_client_close(client);
    }
    bool reused = client->open;
    enum stream_status status = call_once(client, call, &silent);

    if (status == STREAM_LOST && reused && silent && client->now_ns() < client->until_ns) {
        status = call_once(client, call, &silent);
    }
    return status;
}
