/* SPDX-License-Identifier: BSD-3-Clause */
#include "igvm_policy.h"

#include <string.h>

#define KNOWN_FLAGS \
    (IGVM_POLICY_ATTEST | IGVM_POLICY_CONSOLE | IGVM_POLICY_DEBUG | IGVM_POLICY_DATES)

/* Takes the next bytes of the used part of the page; false if it has not so many. */
static bool take(const uint8_t *page, uint32_t used, uint32_t *at, uint32_t bytes,
                 struct igvm_policy_text *text)
{
    if (bytes > used - *at) {
        return false;
    }
    *text = (struct igvm_policy_text){page + *at, bytes};
    *at += bytes;
    return true;
}

static bool printable(const struct igvm_policy_text *text)
{
    for (uint32_t i = 0; i < text->bytes; i++) {
        if (text->data[i] <= ' ' || text->data[i] > '~') {
            return false;
        }
    }
    return true;
}

/* repository/type/tag: three parts, none empty (attestation.md 1.1). */
static bool resource_good(const struct igvm_policy_text *text)
{
    uint32_t slashes = 0;
    bool empty = true;

    for (uint32_t i = 0; i < text->bytes; i++) {
        if (text->data[i] != '/') {
            empty = false;
            continue;
        }
        if (empty) {
            return false;
        }
        slashes++;
        empty = true;
    }
    return slashes == 2 && !empty;
}

static bool server_good(const struct igvm_policy_text *text)
{
    static const char scheme[] = "https://";
    const uint32_t bytes = sizeof(scheme) - 1;

    return text->bytes > bytes && memcmp(text->data, scheme, bytes) == 0;
}

/* What must hold of any policy, read or to be written. */
static const char *check(const struct igvm_policy *policy)
{
    const struct igvm_policy_text *server = &policy->server;
    const struct igvm_policy_text *resource = &policy->resource;

    if (server->bytes > IGVM_POLICY_SERVER_BYTES || resource->bytes > IGVM_POLICY_RESOURCE_BYTES) {
        return "the policy's server or resource is too long (256 bytes at most)";
    }
    if (!printable(server) || !printable(resource)) {
        return "the policy's server or resource holds more than printable ASCII";
    }
    if (server->bytes != 0 && !server_good(server)) {
        return "the policy's server is no https:// URL";
    }
    if (resource->bytes != 0 && !resource_good(resource)) {
        return "the policy's resource is not repository/type/tag";
    }
    if (policy->anchors > IGVM_POLICY_ANCHORS_MAX) {
        return "the policy has too many trust anchors (4 at most)";
    }
    for (uint32_t i = 0; i < policy->anchors; i++) {
        if (policy->anchor[i].bytes == 0) {
            return "a trust anchor of the policy is empty";
        }
    }
    if (policy->dates && !policy->attest) {
        return "the policy holds a certificate to its dates without asking for attestation";
    }
    if (policy->attest && (server->bytes == 0 || resource->bytes == 0 || policy->anchors == 0)) {
        return "the policy asks for attestation without server, resource and trust anchor";
    }
    return NULL;
}

static const char *read_header(const uint8_t *page, struct igvm_policy_header *header)
{
    memcpy(header, page, sizeof(*header));
    if (header->magic != IGVM_POLICY_MAGIC) {
        return "there is no policy page";
    }
    if (header->version != IGVM_POLICY_VERSION) {
        return "the policy page is of another version";
    }
    if (header->bytes < sizeof(*header) || header->bytes > IGVM_POLICY_PAGE_BYTES) {
        return "the policy page has a wrong length";
    }
    if (header->zero != 0 || (header->flags & ~KNOWN_FLAGS) != 0) {
        return "the policy page has flags that this version does not know";
    }
    for (uint32_t i = header->bytes; i < IGVM_POLICY_PAGE_BYTES; i++) {
        if (page[i] != 0) {
            return "the policy page holds more than its length";
        }
    }
    return header->anchors > IGVM_POLICY_ANCHORS_MAX
               ? "the policy has too many trust anchors (4 at most)"
               : NULL;
}

static bool read_texts(const uint8_t *page, const struct igvm_policy_header *header,
                       struct igvm_policy *policy)
{
    const uint32_t used = header->bytes;
    uint32_t at = sizeof(*header);
    struct igvm_policy_text length;

    if (!take(page, used, &at, header->server_bytes, &policy->server) ||
        !take(page, used, &at, header->resource_bytes, &policy->resource)) {
        return false;
    }
    for (uint32_t i = 0; i < policy->anchors; i++) {
        if (!take(page, used, &at, 2, &length) ||
            !take(page, used, &at, length.data[0] | (uint32_t)length.data[1] << 8,
                  &policy->anchor[i])) {
            return false;
        }
    }
    return at == used;
}

const char *igvm_policy_read(const void *page, struct igvm_policy *policy)
{
    struct igvm_policy_header header;
    const char *reason = read_header(page, &header);

    if (reason != NULL) {
        return reason;
    }
    *policy = (struct igvm_policy){
        .attest = (header.flags & IGVM_POLICY_ATTEST) != 0,
        .console = (header.flags & IGVM_POLICY_CONSOLE) != 0,
        .debug = (header.flags & IGVM_POLICY_DEBUG) != 0,
        .dates = (header.flags & IGVM_POLICY_DATES) != 0,
        .svn = header.svn,
        .anchors = header.anchors,
    };
    if (!read_texts(page, &header, policy)) {
        return "the parts of the policy page do not add up to its length";
    }
    return check(policy);
}

/* Puts bytes behind what the page holds; false if the page is full. */
static bool put(uint8_t *page, uint32_t *at, const void *data, uint32_t bytes)
{
    if (bytes > IGVM_POLICY_PAGE_BYTES - *at) {
        return false;
    }
    if (bytes != 0) {
        memcpy(page + *at, data, bytes);
    }
    *at += bytes;
    return true;
}

const char *igvm_policy_write(const struct igvm_policy *policy, void *page)
{
    struct igvm_policy_header header = {
        .magic = IGVM_POLICY_MAGIC,
        .version = IGVM_POLICY_VERSION,
        .flags = (policy->attest ? IGVM_POLICY_ATTEST : 0) |
                 (policy->console ? IGVM_POLICY_CONSOLE : 0) |
                 (policy->debug ? IGVM_POLICY_DEBUG : 0) | (policy->dates ? IGVM_POLICY_DATES : 0),
        .svn = policy->svn,
        .server_bytes = (uint16_t)policy->server.bytes,
        .resource_bytes = (uint16_t)policy->resource.bytes,
        .anchors = (uint16_t)policy->anchors,
    };
    const char *reason = check(policy);

    if (reason != NULL) {
        return reason;
    }
    memset(page, 0, IGVM_POLICY_PAGE_BYTES);
    header.bytes = sizeof(header);
    bool fits = put(page, &header.bytes, policy->server.data, policy->server.bytes) &&
                put(page, &header.bytes, policy->resource.data, policy->resource.bytes);
    for (uint32_t i = 0; fits && i < policy->anchors; i++) {
        const struct igvm_policy_text *anchor = &policy->anchor[i];
        const uint8_t length[2] = {(uint8_t)anchor->bytes, (uint8_t)(anchor->bytes >> 8)};
        fits = put(page, &header.bytes, length, sizeof(length)) &&
               put(page, &header.bytes, anchor->data, anchor->bytes);
    }
    if (!fits) {
        return "the policy's trust anchors do not fit into its page";
    }
    memcpy(page, &header, sizeof(header));
    return NULL;
}
