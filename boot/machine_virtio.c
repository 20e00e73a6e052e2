/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host's virtio devices, of which one that does not work is not there, and the guest's.
 */
#include "guest_tree.h"
#include "machine.h"
#include "net/net.h"

#define PAGE_BYTES UINT64_C(4096)

static const char *open_host(const struct board *board)
{
    if (host_virtio_init() != PV_OK) {
        return "no memory for what the host's devices read and write";
    }
    for (uint32_t i = 0; i < board->virtio_count; i++) {
        const struct board_window *window = &board->virtio[i];
        struct host_virtio_handler handler;

        /* Several windows lie in one page. */
        if (vtl_map(window->base & ~(PAGE_BYTES - 1), PAGE_BYTES, VTL_MAP_DEVICE) != PV_OK) {
            return "a virtio window can't be mapped";
        }
        if (host_virtio_probe(window->base, &handler) == PV_OK) {
            machine_interrupt_add(&(struct vmm_irq){.intid = window->intid,
                                                    .handler = handler.interrupt,
                                                    .device = handler.device},
                                  window->edge);
        }
    }
    return NULL;
}

/* What programs of the guest can connect to. The first are always there. */
static const struct vsock_service *const services[] = {&net_service, &vsock_echo};
#define SERVICES_ALWAYS 1u

static const char *open_vsock(const struct board *board)
{
    bool echo = machine_option(board, "vsock-echo");

    if (echo && vsock_echo_init() != PV_OK) {
        return "no memory for the echo service";
    }
    net_service_init();
    vsock_init(services, echo ? sizeof(services) / sizeof(services[0]) : SERVICES_ALWAYS);
    return NULL;
}

const char *machine_virtio(const struct board *board, bool joined)
{
    const char *reason = open_host(board);

    if (reason != NULL) {
        return reason;
    }
    virtio_init(GUEST_VIRTIO_INTID);
    virtio_entropy_init();
    if (joined) {
        virtio_console_init();
    }
    virtio_net_init(board->vp_count);
    net_init();
    reason = open_vsock(board);
    if (reason != NULL) {
        return reason;
    }
    return virtio_blk_init(board->vp_count) ? NULL : "no memory for the guest's disks";
}

uint32_t machine_virtio_windows(void)
{
    uint32_t windows = 0;

    for (unsigned i = 0; i < VIRTIO_WINDOWS; i++) {
        windows |= virtio_window_used(i) ? 1u << i : 0;
    }
    return windows;
}
