/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The port of lwIP: its interface, its clock, its random numbers. The handler of the host's card only puts
 * frames into a queue, while net_wait sleeps and lwIP is not at work; lwIP gets them afterwards, without the
 * card's lock.
 */
#include "stack.h"

#include "stream.h"
#include "tls.h"
#include "vtl/untrusted.h"

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include <string.h>

#define FRAMES 16u
#define FRAME_BYTES \
    1518u /* what one buffer of lwIP's pool takes, and no more than IEEE 802.3 has */
#define MTU 1500u
#define MS UINT64_C(1000000)
#define ADDRESS_NS (15000 * MS) /* DHCP asks again after 2, 4 and 8 s (RFC 2131, 4.1) */

_Static_assert(FRAME_BYTES <= PBUF_POOL_BUFSIZE, "a frame is one buffer");

static struct {
    struct netif netif;
    bool up;
    bool initialised;
    bool no_entropy;
    bool sent; /* the card has not been told yet */
    /* Received, lwIP has not got them. */
    struct pbuf *frames[FRAMES];
    uint32_t first;
    uint32_t count;
    uint8_t out[FRAME_BYTES];
} stack;

/* ---- What lwIP asks for -------------------------------------------------------------------------- */

u32_t sys_now(void)
{
    return (u32_t)(vtl_time_ns() / MS);
}

/* net_up has seen that there is a source. If it dries up, nothing more is waited for. */
uint32_t lwip_port_random(void)
{
    uint64_t word;

    if (!vtl_random(&word)) {
        stack.no_entropy = true;
    }
    return (uint32_t)word;
}

void lwip_port_assert(const char *file, int line)
{
    panic_at(file, line, "an invariant of lwIP's");
}

/* ---- Frames -------------------------------------------------------------------------------------- */

/* In the handler of the card's interrupt, its lock held. */
static enum net_verdict frame_receive(struct net_frame *frame)
{
    if (frame->bytes > FRAME_BYTES || stack.count == FRAMES) {
        return NET_DROP_NO_BUFFER;
    }
    struct pbuf *buffer = pbuf_alloc(PBUF_RAW, (u16_t)frame->bytes, PBUF_POOL);

    if (buffer == NULL) {
        return NET_DROP_NO_BUFFER;
    }
    CHECK(buffer->next == NULL);
    if (!net_frame_copy(frame, 0, buffer->payload, frame->bytes)) {
        (void)pbuf_free(buffer);
        return NET_DROP_FAULT;
    }
    stack.frames[(stack.first + stack.count) % FRAMES] = buffer;
    stack.count++;
    return NET_TAKEN;
}
PV_UNTRUSTED(frame_receive, network, "fuzz_lwip");

/* Returns whether there was one. */
static bool frame_next(struct pbuf **frame)
{
    if (stack.count == 0) {
        return false;
    }
    *frame = stack.frames[stack.first];
    stack.first = (stack.first + 1) % FRAMES;
    stack.count--;
    return true;
}

/* Bounded: none comes meanwhile. */
static void frames_feed(void)
{
    struct pbuf *frame;

    while (frame_next(&frame)) {
        if (stack.netif.input(frame, &stack.netif) != ERR_OK) {
            (void)pbuf_free(frame);
        }
    }
}

static err_t frame_send(struct netif *netif, struct pbuf *buffer)
{
    (void)netif;
    if (buffer->tot_len > sizeof(stack.out)) {
        return ERR_BUF;
    }
    u16_t bytes = pbuf_copy_partial(buffer, stack.out, buffer->tot_len, 0);

    stack.sent = true;
    return net_frame_own(stack.out, bytes, net_send) == NET_TAKEN ? ERR_OK : ERR_MEM;
}

static err_t interface_init(struct netif *netif)
{
    uint16_t mtu = host_net_info()->mtu;

    netif->name[0] = 'p';
    netif->name[1] = 'v';
    netif->hwaddr_len = NET_MAC_BYTES;
    net_mac(netif->hwaddr);
    netif->mtu = mtu < MTU ? mtu : MTU;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
                   NETIF_FLAG_MLD6 | NETIF_FLAG_LINK_UP;
    netif->output = etharp_output;
    netif->output_ip6 = ethip6_output;
    netif->linkoutput = frame_send;
    return ERR_OK;
}

/* ---- Waiting ------------------------------------------------------------------------------------- */

static void flush(void)
{
    if (stack.sent) {
        stack.sent = false;
        net_flush();
    }
}

static void work(void)
{
    frames_feed();
    sys_check_timeouts();
    stack_address_look();
    flush();
}

/* When lwIP wants to be called again, at the latest. */
static uint64_t next_timer(uint64_t until_ns)
{
    uint32_t after_ms = sys_timeouts_sleeptime();
    uint64_t timer_ns = vtl_time_ns() + after_ms * MS;

    return after_ms != SYS_TIMEOUTS_SLEEPTIME_INFINITE && timer_ns < until_ns ? timer_ns : until_ns;
}

void net_wait(uint64_t until_ns)
{
    if (!stack.up) {
        vmm_idle(until_ns);
        return;
    }
    work();
    vmm_idle(next_timer(until_ns));
    work();
}

bool stack_wait(uint64_t until_ns)
{
    if (stack.no_entropy || vtl_time_ns() >= until_ns) {
        return false;
    }
    net_wait(until_ns);
    return true;
}

/* ---- Start and end ------------------------------------------------------------------------------- */

static const char *check_start(void)
{
    uint64_t word;

    if (host_net_info() == NULL) {
        return "the machine has no network card";
    }
    if (!vtl_random(&word)) {
        return "no entropy";
    }
    /* Keys of words that the host can work out would be the host's, and so the released secret. */
    if (!vtl_random_private()) {
        return "no entropy but the host's: this CPU has no RNDR";
    }
    return NULL;
}

static const char *wait_address(void)
{
    uint64_t until = vtl_time_ns() + ADDRESS_NS;

    while (!stack_address_any()) {
        if (!stack_wait(until)) {
            if (stack.no_entropy) {
                return "no entropy any more";
            }
            return host_net_link() ? "no address: neither DHCP nor a router has answered"
                                   : "the network card has no link";
        }
    }
    return NULL;
}

const char *net_up(const char *options)
{
    const char *reason = check_start();

    if (reason == NULL) {
        reason = tls_up();
    }
    if (reason != NULL) {
        return reason;
    }
    if (!stack.initialised) {
        lwip_init();
        stack.initialised = true;
    }
    if (netif_add_noaddr(&stack.netif, NULL, interface_init, ethernet_input) == NULL) {
        return "lwIP does not take the interface";
    }
    netif_set_default(&stack.netif);
    netif_set_up(&stack.netif);
    stack.up = true;
    net_set_receive(frame_receive);
    reason = stack_address_start(&stack.netif, options);
    return reason != NULL ? reason : wait_address();
}

void net_down(void)
{
    struct pbuf *frame;

    stream_close();
    tls_down();
    if (stack.up) {
        net_set_receive(NULL);
        while (frame_next(&frame)) {
            (void)pbuf_free(frame);
        }
        stack_address_stop();
        netif_remove(&stack.netif);
        flush();
    }
    stack.up = false;
}
