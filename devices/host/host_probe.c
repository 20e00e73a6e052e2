/* SPDX-License-Identifier: BSD-3-Clause */
/* Which driver a device of the host's gets. */
#include "devices/devices.h"
#include "host/bounce.h"
#include "host/host_blk.h"
#include "host/host_console.h"
#include "host/host_net.h"
#include "host/host_rng.h"

enum pv_status host_virtio_init(void)
{
    return bounce_init(HOST_VIRTIO_BOUNCE_PAGES);
}

static enum pv_status open_disk(uint64_t base, struct host_virtio_handler *handler)
{
    unsigned disk = host_blk_count();

    if (disk == HOST_BLK_MAX) {
        log_error("more disks than Paravane drives (%u)", HOST_BLK_MAX);
        return PV_NO_SPACE;
    }
    *handler = (struct host_virtio_handler){.interrupt = host_blk_interrupt,
                                            .device = host_blk_device(disk)};
    return host_blk_open(disk, base);
}

static enum pv_status open_console(uint64_t base, struct host_virtio_handler *handler)
{
    static bool open;

    if (open) {
        log_error("more consoles than Paravane drives (1)");
        return PV_NO_SPACE;
    }
    open = true;
    *handler = (struct host_virtio_handler){.interrupt = host_console_interrupt};
    return host_console_open(base);
}

static enum pv_status open_rng(uint64_t base, struct host_virtio_handler *handler)
{
    *handler = (struct host_virtio_handler){.interrupt = host_rng_interrupt};
    return host_rng_open(base);
}

static enum pv_status open_net(uint64_t base, struct host_virtio_handler *handler)
{
    if (host_net_info() != NULL) {
        log_error("more than one network card: Paravane drives the first");
        return PV_NO_SPACE;
    }
    *handler = (struct host_virtio_handler){.interrupt = host_net_interrupt};
    return host_net_open(base);
}

static const struct {
    uint32_t id;
    enum pv_status (*open)(uint64_t base, struct host_virtio_handler *handler);
} drivers[] = {
    {VIRTIO_ID_NET, open_net},
    {VIRTIO_ID_BLOCK, open_disk},
    {VIRTIO_ID_CONSOLE, open_console},
    {VIRTIO_ID_ENTROPY, open_rng},
};

enum pv_status host_virtio_probe(uint64_t base, struct host_virtio_handler *handler)
{
    uint32_t id = host_virtio_identify(base);

    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (drivers[i].id == id) {
            return drivers[i].open(base, handler);
        }
    }
    return PV_NOT_FOUND;
}
