/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * https://HOST[:PORT][/PREFIX] (RFC 3986): the one kind of URL that a policy may name a server by.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include "igvm_policy.h"
#include "vtl/base.h"

#define URL_HOST_BYTES 253u /* of a name: RFC 1035, 2.3.4, without the dot at its end */

struct url {
    char
        host[URL_HOST_BYTES + 1]; /* a C string: a name, or an address; IPv6 without its brackets */
    bool ipv6;
    bool port_given;
    uint16_t port;
    const char
        *prefix; /* of the text that was read; "/PREFIX" without a slash at its end, or none */
    size_t prefix_bytes;
};

/* NULL, or what is wrong. The text must outlive *url. */
const char *url_read(struct igvm_policy_text text, struct url *url);

#endif /* NET_URL_H */
