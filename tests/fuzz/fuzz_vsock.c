/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket device under any packets, receive buffers and resets, with the echo service and the
 * server behind it, whose evidence a hypervisor gives in any steps, or not. A model of the guest's side checks what comes: echoed bytes are those that were sent,
 * no byte is sent without credit (virtio 1.2, 5.10.6.3.2), one exit does a bounded amount, and all
 * locks are free after it.
 */
#include "fake_queue.h"
#include "fake_vtl.h"
#include "net/evidence.h"
#include "net/net.h"
#include "virtio/vsock_abi.h"

#include <stdlib.h>
#include <string.h>

#define RX 0u
#define TX 1u
#define EVENT 2u
#define PORTS 16u
#define HEADER 44u
#define STEP_BYTES 8u
#define TURN_MAX 32u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the guest knows of a connection; those to port 7 first. */
struct flow {
    bool open;
    uint32_t sent;     /* bytes to the echo service */
    uint32_t received; /* and back */
    uint32_t buf_alloc;
    uint32_t fwd_cnt;
    uint32_t count; /* payload from the device */
};

static struct flow flows[2][PORTS];
static uint8_t memory[32][8192];
static unsigned pages;
static bool looked[FAKE_CHAINS_MAX];

/* ---- Stand-ins for what inspect tells about ---- */

void *vtl_page_alloc(size_t count)
{
    (void)count;
    return memory[pages++ % 32];
}

uint64_t vmm_exit_count(enum vtl_exit_kind kind)
{
    (void)kind;
    return 0;
}

uint64_t vmm_abort_count(void)
{
    return 0;
}

void vtl_page_counts(uint32_t *used, uint32_t *unused)
{
    *used = 0;
    *unused = 0;
}

struct bounce_counts bounce_counts(void)
{
    return (struct bounce_counts){0};
}

uint64_t host_uart_dropped(void)
{
    return 0;
}

uint64_t virtio_console_ignored(void)
{
    return 0;
}

const struct virtio_console_counts *virtio_console_counts(unsigned port)
{
    (void)port;
    return NULL;
}

const struct net_counts *net_counts(enum net_port port)
{
    static const struct net_counts counts[NET_PORTS];

    return &counts[port];
}

bool virtio_device_info_get(unsigned window, struct virtio_device_info *info)
{
    (void)info;
    (void)window;
    return false;
}

bool virtio_queue_info_get(unsigned window, unsigned queue, struct virtio_queue_info *info)
{
    (void)info;
    (void)window;
    (void)queue;
    return false;
}

size_t log_copy(char *to, size_t room)
{
    memset(to, '\n', room);
    return room;
}

/* ---- The guest ---- */

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static uint8_t pattern(uint32_t at)
{
    return (uint8_t)(at * 7u + at / 251u);
}

static struct flow *flow_of(uint32_t port, uint32_t guest_port)
{
    return guest_port < PORTS && (port == 7 || port == 80) ? &flows[port == 80][guest_port] : NULL;
}

/* A buffer that has been given back: a packet from the device. */
static void look_at(const struct fake_chain *chain)
{
    struct virtio_vsock_header header;
    struct flow *flow;

    memcpy(&header, chain->bytes, HEADER);
    expect(chain->written == HEADER + header.len && header.dst_cid == 3);
    flow = flow_of(header.src_port, header.dst_port);
    if (flow == NULL || header.src_cid != 2 || header.type != 1) {
        expect(header.op == VIRTIO_VSOCK_OP_RST);
        return;
    }
    if (header.op == VIRTIO_VSOCK_OP_RST) {
        *flow = (struct flow){0};
    }
    expect(header.len == 0 || header.op == VIRTIO_VSOCK_OP_RW);
    if (header.op != VIRTIO_VSOCK_OP_RW || !flow->open) {
        return;
    }
    flow->count += header.len;
    expect(header.len != 0 && flow->count - flow->fwd_cnt <= flow->buf_alloc);
    for (uint32_t i = 0; header.src_port == 7 && i < header.len; i++) {
        expect(chain->bytes[HEADER + i] == pattern(flow->received++));
    }
}

static size_t given(unsigned queue)
{
    size_t count = 0;

    for (size_t i = 0; i < fake_queue.count; i++) {
        const struct fake_chain *chain = &fake_queue.chains[i];

        count +=
            chain->ring == &fake_queue.device->queues[queue] && chain->state == FAKE_CHAIN_GIVEN
                ? 1
                : 0;
    }
    return count;
}

/* What has come since the last time; and once all chains are done with, their places are free. */
static void collect(void)
{
    bool done = true;

    for (size_t i = 0; i < fake_queue.count; i++) {
        struct fake_chain *chain = &fake_queue.chains[i];
        bool back = chain->state == FAKE_CHAIN_GIVEN;

        done = done && back;
        if (back && !looked[i] && chain->ring == &fake_queue.device->queues[RX]) {
            look_at(chain);
        }
        looked[i] = back;
    }
    if (done) {
        fake_queue.count = 0;
        memset(looked, 0, sizeof(looked));
    }
}

static void locks_are_free(void)
{
    for (unsigned i = 0; i < 3; i++) {
        expect(fake_queue.device->queues[i].lock.taken == 0);
    }
}

static void notify(unsigned queue)
{
    size_t before[2] = {given(RX), given(TX)};

    fake_queue.device->model->notify(fake_queue.device, queue);
    locks_are_free();
    expect(given(RX) - before[0] <= TURN_MAX && given(TX) - before[1] <= TURN_MAX);
}

static void reset(void)
{
    fake_queue_live(false);
    fake_queue.device->model->reset(fake_queue.device);
    locks_are_free();
    expect(vsock_counts().open == 0);
    memset(flows, 0, sizeof(flows));
    fake_queue.count = 0;
    memset(looked, 0, sizeof(looked));
    fake_queue_live(true);
}

/* What the guest then thinks of the connection. */
static void note(const struct virtio_vsock_header *header, uint32_t payload)
{
    struct flow *flow = flow_of(header->dst_port, header->src_port);

    if (flow == NULL || header->src_cid != 3 || header->dst_cid != 2 || header->type != 1) {
        return;
    }
    if (header->op == VIRTIO_VSOCK_OP_RST) {
        *flow = (struct flow){0};
    } else if (header->op == VIRTIO_VSOCK_OP_REQUEST && !flow->open) {
        *flow = (struct flow){.open = true};
    } else if (header->op == VIRTIO_VSOCK_OP_RW && header->len <= payload) {
        flow->sent += header->len;
    }
    flow->buf_alloc = header->buf_alloc;
    flow->fwd_cnt = header->fwd_cnt;
}

static void send(const uint8_t step[STEP_BYTES])
{
    static const char *const requests[] = {
        "GET /inspect HTTP/1.1\r\nHost: p\r\n\r\n",
        "GET /evidence?nonce=AAEC&data=AA HTTP/1.1\r\nHost: p\r\n\r\n",
        "HEAD /evidence?nonce=AAEC HTTP/1.1\r\nHost: p\r\n\r\n",
        "GET /measurements HTTP/1.0\r\n\r\nGET /policy HTTP/1.0\r\n\r\n",
    };
    const char *request = requests[step[5] % 4];
    static const uint32_t ports[] = {7, 80, 7, 9};
    static uint8_t bytes[FAKE_CHAIN_BYTES];
    uint32_t payload = step[4] * 31u;
    struct virtio_vsock_header header = {.src_cid = step[1] == 255 ? 9 : 3,
                                         .dst_cid = step[1] == 254 ? 9 : 2,
                                         .src_port = step[2] % PORTS,
                                         .dst_port = ports[step[2] / 64],
                                         .len = step[3] == 255 ? payload + 1 : payload,
                                         .type = step[1] == 253 ? 2 : 1,
                                         .op = step[1] % 9,
                                         .flags = step[5],
                                         .buf_alloc = step[6] * 64u,
                                         .fwd_cnt = step[7]};
    const struct flow *flow = flow_of(header.dst_port, header.src_port);

    if (flow != NULL && step[7] < 128) {
        header.fwd_cnt = flow->count - step[7];
    }
    memcpy(bytes, &header, HEADER);
    for (uint32_t i = 0; i < payload; i++) {
        bytes[HEADER + i] = header.dst_port == 80 && step[5] < 128
                                ? (uint8_t)request[i % strlen(request)]
                                : pattern((flow == NULL ? 0 : flow->sent) + i);
    }
    note(&header, payload);
    fake_queue_add(TX, bytes, HEADER + payload, 0);
}

static void perform(const uint8_t step[STEP_BYTES])
{
    switch (step[0] % 8) {
    case 0:
        fake_queue_add(RX, NULL, 0, HEADER + 1 + step[1] * 16u);
        break;
    case 1:
        notify(step[1] % 3);
        break;
    case 2:
        if (step[1] == 0) {
            reset();
        } else if (step[1] == 1) {
            fake_queue_add(EVENT, NULL, 0, 4);
        } else {
            fake.time_ns += step[1] * UINT64_C(1000000);
        }
        break;
    case 3:
        fake.evidence_piece = step[1] * 64u;
        fake.evidence_error = step[2] == 255 ? PV_DENIED : PV_OK;
        fake.index = step[3] % 2;
        (void)fake_queue_run();
        locks_are_free();
        break;
    default:
        send(step);
        notify(TX);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t evidence[VTL_EVIDENCE_BYTES_MAX + 1];
    static const struct igvm_policy policy;
    static const uint8_t digest[32];
    static const struct vsock_service *const services[] = {&net_service, &vsock_echo};

    fake_vtl_reset();
    fake_queue_reset();
    memset(flows, 0, sizeof(flows));
    memset(looked, 0, sizeof(looked));
    pages = 0;
    expect(vsock_echo_init() == PV_OK);
    net_service_init();
    evidence_init(NULL, 0, &policy, digest);
    fake.evidence_kind = VTL_EVIDENCE_CCA;
    fake.evidence = evidence;
    fake.evidence_bytes = size % 2 != 0 ? sizeof(evidence) : 2000;
    vsock_init(services, 2);
    fake_queue_live(true);
    for (size_t i = 0; i + STEP_BYTES <= size && fake_queue.count < FAKE_CHAINS_MAX;
         i += STEP_BYTES) {
        perform(data + i);
        collect();
    }
    return 0;
}
