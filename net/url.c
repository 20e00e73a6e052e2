/* SPDX-License-Identifier: BSD-3-Clause */
/* See url.h. RFC 3986 where nothing else is said. */
#include "url.h"

#include <string.h>

#define LABEL_BYTES 63u /* RFC 1035, 2.3.4 */
#define IPV6_BYTES 45u  /* RFC 4291, 2.2, with an IPv4 address in it */
#define HTTPS_PORT 443u

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool is_hex(char byte)
{
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/* Decimal, without zeros before it, at most limit. Returns how many digits; 0: no such number. */
static size_t number_read(const char *text, size_t bytes, uint32_t limit, uint32_t *number)
{
    size_t digits = 0;

    *number = 0;
    while (digits < bytes && is_digit(text[digits])) {
        *number = *number * 10 + (uint32_t)(text[digits++] - '0');
        if (*number > limit || (digits == 2 && text[0] == '0')) {
            return 0;
        }
    }
    return digits;
}

/* RFC 1123, 2.1, by labels; an address is what ends with a label that begins with a digit. */
static bool is_name(const char *text, size_t bytes)
{
    size_t label = 0;
    size_t i;

    for (i = 0; i < bytes; i++) {
        if (text[i] == '.') {
            if (i == label || text[i - 1] == '-') {
                return false;
            }
            label = i + 1;
        } else if (!is_digit(text[i]) && !is_letter(text[i]) && (text[i] != '-' || i == label)) {
            return false;
        }
        if (i - label == LABEL_BYTES) {
            return false;
        }
    }
    return bytes > label && text[bytes - 1] != '-' && !is_digit(text[label]);
}

static bool is_ipv4(const char *text, size_t bytes)
{
    size_t at = 0;

    for (unsigned part = 0; part < 4; part++) {
        uint32_t value;
        size_t digits;

        if (part != 0) {
            if (at == bytes || text[at] != '.') {
                return false;
            }
            at++;
        }
        digits = number_read(text + at, bytes - at, UINT8_MAX, &value);
        if (digits == 0) {
            return false;
        }
        at += digits;
    }
    return at == bytes;
}

/* What could be one, and has no zone: the stack reads it. */
static bool is_ipv6(const char *text, size_t bytes)
{
    unsigned colons = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == ':') {
            colons++;
        } else if (!is_hex(text[i]) && text[i] != '.') {
            return false;
        }
    }
    return colons >= 2 && bytes <= IPV6_BYTES;
}

/* 3.3: pchar and '/'. A query or a fragment has no place before a path that is put behind. */
static bool is_path(const char *text, size_t bytes)
{
    static const char others[] = "/-._~!$&'()*+,;=:@";

    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '%') {
            if (bytes - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
                return false;
            }
        } else if (!is_digit(text[i]) && !is_letter(text[i]) &&
                   (text[i] == '\0' || strchr(others, text[i]) == NULL)) {
            return false;
        }
    }
    return true;
}

/* Returns how many bytes of the text the host has, with its brackets; 0: none. */
static size_t host_read(const char *text, size_t bytes, struct url *url)
{
    size_t host = 0;
    const char *from = text;

    if (bytes != 0 && text[0] == '[') {
        const char *end = memchr(text, ']', bytes);

        if (end == NULL || !is_ipv6(text + 1, (size_t)(end - text) - 1)) {
            return 0;
        }
        url->ipv6 = true;
        from = text + 1;
        host = (size_t)(end - from);
    } else {
        while (host < bytes && text[host] != ':' && text[host] != '/') {
            host++;
        }
        if (host > URL_HOST_BYTES || (!is_name(text, host) && !is_ipv4(text, host))) {
            return 0;
        }
    }
    memcpy(url->host, from, host);
    return host + (url->ipv6 ? 2 : 0);
}

const char *url_read(struct igvm_policy_text text, struct url *url)
{
    static const char scheme[] = "https://";
    const char *at = (const char *)text.data;
    size_t left = text.bytes;
    size_t host;

    memset(url, 0, sizeof(*url));
    url->port = HTTPS_PORT;
    if (left < sizeof(scheme) - 1 || memcmp(at, scheme, sizeof(scheme) - 1) != 0) {
        return "the server's URL does not begin with https://";
    }
    at += sizeof(scheme) - 1;
    left -= sizeof(scheme) - 1;
    host = host_read(at, left, url);
    if (host == 0) {
        return "the server's URL has no host name and no address";
    }
    at += host;
    left -= host;
    if (left != 0 && *at == ':') {
        uint32_t port;
        size_t digits = number_read(at + 1, left - 1, UINT16_MAX, &port);

        if (digits == 0 || port == 0) {
            return "the server's URL has a port that is no number from 1 to 65535";
        }
        url->port_given = port != HTTPS_PORT;
        url->port = (uint16_t)port;
        at += digits + 1;
        left -= digits + 1;
    }
    if (left != 0 && (*at != '/' || !is_path(at, left))) {
        return "the server's URL has more than a path behind its host";
    }
    while (left != 0 && at[left - 1] == '/') {
        left--;
    }
    url->prefix = at;
    url->prefix_bytes = left;
    return NULL;
}
