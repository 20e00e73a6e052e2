/* SPDX-License-Identifier: BSD-3-Clause */
#include "addresses.h"

#include <string.h>

struct entry {
    uint64_t seen_ns;
    uint8_t mac[NET_MAC_BYTES];
    bool used;
};

static struct {
    struct vtl_lock lock;
    struct entry entries[NET_PORT_GUEST + 1][ADDRESSES];
} addresses;

void addresses_reset(void)
{
    memset(&addresses, 0, sizeof(addresses));
}

/* The lock is held. NULL: it is not there. */
static struct entry *find(enum net_port port, const uint8_t *mac, uint64_t now)
{
    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct entry *entry = &addresses.entries[port][i];

        if (entry->used && now - entry->seen_ns < ADDRESS_AGE_NS &&
            memcmp(entry->mac, mac, NET_MAC_BYTES) == 0) {
            return entry;
        }
    }
    return NULL;
}

/* The lock is held. An unused entry, or the one that was not used for longest. */
static struct entry *oldest(enum net_port port)
{
    struct entry *found = &addresses.entries[port][0];

    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct entry *entry = &addresses.entries[port][i];

        if (!entry->used) {
            return entry;
        }
        if (entry->seen_ns < found->seen_ns) {
            found = entry;
        }
    }
    return found;
}

bool addresses_learn(enum net_port port, const uint8_t *mac)
{
    enum net_port other = port == NET_PORT_HOST ? NET_PORT_GUEST : NET_PORT_HOST;
    struct entry *entry;
    struct entry *of_other;
    uint64_t now = vtl_time_ns();

    vtl_lock(&addresses.lock);
    of_other = find(other, mac, now);
    if (of_other != NULL && port == NET_PORT_GUEST) {
        vtl_unlock(&addresses.lock);
        return false;
    }
    if (of_other != NULL) {
        of_other->used = false;
    }
    entry = find(port, mac, now);
    if (entry == NULL) {
        entry = oldest(port);
        memcpy(entry->mac, mac, NET_MAC_BYTES);
        entry->used = true;
    }
    entry->seen_ns = now;
    vtl_unlock(&addresses.lock);
    return true;
}

bool addresses_know(enum net_port port, const uint8_t *mac)
{
    bool known;

    vtl_lock(&addresses.lock);
    known = find(port, mac, vtl_time_ns()) != NULL;
    vtl_unlock(&addresses.lock);
    return known;
}
