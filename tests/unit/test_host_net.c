/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver of the host's network card (virtio 1.2, 5.1), against a card that reads its rings from
 * memory, and that lies about what it has received.
 */
#include "fake_host_virtio.h"
#include "host/bounce.h"
#include "host/host_net_card.h"
#include "virtio/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define IN 0u
#define OUT 1u
#define CONTROL 2u
#define SIZE 256u
#define HEADER 12u
#define BUFFER 2048u
#define ALL_OFFLOADS                                                              \
    (VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_HOST_TSO4 |       \
     VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6 | \
     VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_GUEST_OFFLOADS | VIRTIO_NET_F_MRG_RXBUF)

static const uint8_t mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};

/* What was delivered. */
static struct {
    bool full; /* no room for it */
    unsigned asked;
    unsigned frames;
    unsigned flushes;
    unsigned rooms;
    unsigned links;
    struct net_frame last;
    uint8_t bytes[70000];
} seen;
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

static enum net_verdict receive(struct net_frame *frame)
{
    seen.asked++;
    assert_true(frame->can_wait);
    if (seen.full) {
        return NET_FULL;
    }
    seen.frames++;
    seen.last = *frame;
    assert_true(frame->bytes <= sizeof(seen.bytes));
    assert_true(net_frame_copy(frame, 0, seen.bytes, frame->bytes));
    return NET_TAKEN;
}

static void flush(void)
{
    seen.flushes++;
}

static void room(void)
{
    seen.rooms++;
}

static void link_change(void)
{
    seen.links++;
}

static void plug(uint64_t features)
{
    fake_vtl_reset();
    fake_host_reset();
    memset(&seen, 0, sizeof(seen));
    later = NULL;
    fake_host_plug(0, VIRTIO_ID_NET, 3, SIZE);
    fake_host[0].offered |= features;
    for (unsigned i = 0; i < 6; i++) {
        fake_host_field(0, i, 1, mac[i]);
    }
    fake_host_field(0, 6, 2, VIRTIO_NET_LINK_UP);
    fake_host_field(0, 8, 2, 1);
    fake_host_field(0, 10, 2, 1400);
    assert_int_equal(bounce_init(200), PV_OK);
    host_net_set_receive(receive, flush);
    host_net_set_events(room, link_change);
}

static void start(uint64_t features)
{
    plug(features | VIRTIO_F_EVENT_IDX | VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS);
    assert_int_equal(host_net_open(fake_host_base(0)), PV_OK);
}

static int setup(void **state)
{
    (void)state;
    start(ALL_OFFLOADS);
    return 0;
}

static int setup_plain(void **state)
{
    (void)state;
    start(0);
    return 0;
}

static void interrupt(void)
{
    fake_host_raise(0, VIRTIO_INTERRUPT_USED);
    host_net_interrupt(NULL);
}

/* The device fills one buffer with this header, and so many bytes behind it. */
static void fill(const struct virtio_net_header *header, uint32_t bytes, uint8_t first)
{
    struct fake_host_request request;
    uint8_t part[BUFFER];
    uint32_t skip = header != NULL ? HEADER : 0;

    assert_true(fake_host_take(0, IN, &request));
    assert_int_equal(request.writable_bytes, BUFFER);
    for (uint32_t i = 0; i < bytes; i++) {
        part[i] = (uint8_t)(first + i);
    }
    if (header != NULL) {
        fake_host_write(&request, 0, header, HEADER);
    }
    fake_host_write(&request, skip, part, bytes);
    fake_host_give(0, IN, request.head, skip + bytes);
}

/* A frame without room comes again, before those behind it, and once. */
static void waits_for_room(void **state)
{
    const struct virtio_net_header header = {.num_buffers = 1};

    (void)state;
    fill(&header, 60, 1);
    fill(&header, 70, 2);
    seen.full = true;
    interrupt();
    assert_int_equal(seen.asked, 1);
    assert_non_null(later);
    later->run(later->device);
    assert_int_equal(seen.asked, 2);
    seen.full = false;
    host_net_again();
    assert_int_equal(seen.frames, 2);
    assert_int_equal(seen.last.bytes, 70);
    assert_int_equal(seen.bytes[0], 2);
    assert_int_equal(seen.flushes, 1);
    host_net_again();
    assert_int_equal(seen.asked, 4);

    /* Nor does it wait with a card that has ended. */
    fill(&header, 60, 1);
    seen.full = true;
    interrupt();
    host_virtio_kill(&host_net_card.device, "test");
    host_net_again();
    later = NULL;
    host_net_again();
    assert_null(later);
    assert_int_equal(seen.asked, 5);
}

/* ---- Start ---- */

static void features_and_configuration(void **state)
{
    (void)state;
    start(ALL_OFFLOADS | VIRTIO_NET_F_MTU | VIRTIO_NET_F_MQ | VIRTIO_NET_F_CTRL_RX);
    /* Nothing that it has no use for. */
    assert_int_equal(fake_host[0].accepted & (VIRTIO_NET_F_MQ | VIRTIO_NET_F_CTRL_RX), 0);
    assert_int_equal(fake_host[0].accepted & ALL_OFFLOADS, ALL_OFFLOADS);
    assert_memory_equal(host_net_info()->mac, mac, 6);
    assert_int_equal(host_net_info()->mtu, 1400);
    assert_true(host_net_link());
    assert_int_equal(host_net_takes(), NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6);
    assert_int_equal(host_net_may(), NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6);
}

/* 5.1.6.5.6: what can't be turned off is not accepted. */
static void no_segmentation_in_without_control(void **state)
{
    const uint64_t wanted[] = {VIRTIO_NET_F_CTRL_VQ, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS,
                               VIRTIO_NET_F_MRG_RXBUF};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        start(ALL_OFFLOADS & ~wanted[i]);
        assert_int_equal(fake_host[0].accepted &
                             (VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6 |
                              VIRTIO_NET_F_CTRL_GUEST_OFFLOADS),
                         0);
        assert_int_equal(host_net_may(), NET_OFFLOAD_CSUM);
    }
}

static void no_address(void **state)
{
    static const uint8_t nobody[6];

    (void)state;
    start(0);
    plug(VIRTIO_NET_F_STATUS);
    assert_int_equal(host_net_open(fake_host_base(0)), PV_OK);
    assert_memory_not_equal(host_net_info()->mac, nobody, 6);
    assert_int_equal(host_net_info()->mac[0] & 3, 2);
}

static void refused_cards(void **state)
{
    (void)state;
    plug(VIRTIO_NET_F_MTU);
    fake_host_field(0, 10, 2, 67);
    assert_int_equal(host_net_open(fake_host_base(0)), PV_INVALID);
    assert_null(host_net_info());
    plug(0);
    fake_host[0].queues[OUT].size_max = 16;
    assert_int_equal(host_net_open(fake_host_base(0)), PV_UNSUPPORTED);
    plug(0);
    fake_host[0].queues[IN].size_max = 0;
    assert_int_equal(host_net_open(fake_host_base(0)), PV_UNSUPPORTED);
    plug(0);
    assert_int_equal(bounce_init(20), PV_OK);
    assert_int_equal(host_net_open(fake_host_base(0)), PV_NO_SPACE);
    assert_null(host_net_info());
}

/* ---- In ---- */

static void receives(void **state)
{
    const struct virtio_net_header header = {.num_buffers = 1};

    (void)state;
    fill(&header, 60, 1);
    fill(&header, 1514, 9);
    interrupt();
    assert_int_equal(seen.frames, 2);
    assert_int_equal(seen.flushes, 1);
    assert_int_equal(seen.last.bytes, 1514);
    assert_int_equal(seen.bytes[0], 9);
    assert_int_equal(seen.bytes[1513], (uint8_t)(9 + 1513));
    assert_memory_equal(seen.last.head, seen.bytes, NET_HEAD_BYTES);
}

/* The head of a short frame ends in zeroes. */
static void short_frames(void **state)
{
    const struct virtio_net_header header = {.num_buffers = 1};
    static const uint8_t zeroes[NET_HEAD_BYTES];

    (void)state;
    fill(&header, 20, 1);
    interrupt();
    assert_int_equal(seen.last.bytes, 20);
    assert_memory_equal(seen.last.head + 20, zeroes, NET_HEAD_BYTES - 20);
    fill(&header, 0, 1);
    interrupt();
    assert_int_equal(seen.last.bytes, 0);
}

/* 5.1.6.4: num_buffers buffers are one frame. Here the last comes later than the others. */
static void merges(void **state)
{
    const struct virtio_net_header header = {.num_buffers = 3, .gso_type = 1, .gso_size = 1400};

    (void)state;
    fill(&header, BUFFER - HEADER, 0);
    fill(NULL, BUFFER, 1);
    interrupt();
    assert_int_equal(seen.frames, 0);
    fill(NULL, 10, 2);
    interrupt();
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.last.bytes, 2 * BUFFER - HEADER + 10);
    assert_int_equal(seen.bytes[BUFFER - HEADER], 1);
    assert_int_equal(seen.bytes[2 * BUFFER - HEADER], 2);
    assert_int_equal(seen.last.offloads.gso_type, 1);
    assert_int_equal(seen.last.offloads.gso_size, 1400);
}

static void buffers_go_round(void **state)
{
    const struct virtio_net_header header = {.num_buffers = 1};

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        fill(&header, 100, (uint8_t)i);
        if (i % 5 == 4) {
            interrupt();
            assert_int_equal(seen.bytes[0], (uint8_t)i);
        }
    }
    assert_int_equal(seen.frames, 1000);
}

/* A turn is bounded: what is left comes in the work that it has asked for. */
static void a_turn_is_bounded(void **state)
{
    const struct virtio_net_header header = {.num_buffers = 1};
    struct fake_host_request request;
    unsigned given = 0;

    (void)state;
    while (fake_host_take(0, IN, &request)) {
        fake_host_write(&request, 0, &header, HEADER);
        fake_host_give(0, IN, request.head, HEADER + 60);
        given++;
    }
    assert_int_equal(given, 128);
    interrupt();
    assert_int_equal(seen.frames, 128);
    assert_null(later);
}

static void lies(const struct virtio_net_header *header, uint32_t written)
{
    struct fake_host_request request;

    start(ALL_OFFLOADS);
    assert_true(fake_host_take(0, IN, &request));
    fake_host_write(&request, 0, header, HEADER);
    fake_host_give(0, IN, request.head, written);
    interrupt();
    assert_int_equal(seen.frames, 0);
    assert_false(host_net_link());
    assert_int_equal(fake_host[0].status, 0); /* it was reset */
}

static void a_lying_card_is_stopped(void **state)
{
    const struct virtio_net_header good = {.num_buffers = 1};
    const struct virtio_net_header none = {.num_buffers = 0};
    const struct virtio_net_header many = {.num_buffers = 34};

    (void)state;
    lies(&good, 11);
    lies(&good, 0);
    lies(&good, BUFFER + 1);
    lies(&none, 100);
    lies(&many, 100);
    /* And takes nothing any more. */
    struct ring_segment segment = {gpa((uintptr_t)seen.bytes), 100};
    struct net_source source = {.start = {&segment, &segment + 1, 0}};
    struct net_frame frame;
    assert_true(net_frame_open(&frame, &source, 100, &good));
    assert_int_equal(host_net_send(&frame), NET_DROP_DOWN);
    host_net_kick();
}

/* ---- Out ---- */

static struct net_frame out;
static struct net_source out_source;
static struct ring_segment out_segments[2];
static uint8_t out_bytes[70000];

static enum net_verdict send(uint32_t bytes, const struct virtio_net_header *header)
{
    for (uint32_t i = 0; i < bytes; i++) {
        out_bytes[i] = (uint8_t)(i * 3 + 1);
    }
    out_segments[0] = (struct ring_segment){gpa((uintptr_t)out_bytes), bytes / 2};
    out_segments[1] =
        (struct ring_segment){gpa((uintptr_t)out_bytes + bytes / 2), bytes - bytes / 2};
    out_source.start = (struct ring_cursor){out_segments, out_segments + 2, 0};
    assert_true(net_frame_open(&out, &out_source, bytes, header));
    return host_net_send(&out);
}

static void sends(void **state)
{
    const struct virtio_net_header header = {.flags = 3,
                                             .gso_type = 4,
                                             .hdr_len = 54,
                                             .gso_size = 9,
                                             .csum_start = 34,
                                             .csum_offset = 16};
    const struct virtio_net_header expected = {.flags = 1,
                                               .gso_type = 4,
                                               .hdr_len = 54,
                                               .gso_size = 9,
                                               .csum_start = 34,
                                               .csum_offset = 16};
    struct fake_host_request request;
    uint8_t got[70000];

    (void)state;
    assert_int_equal(send(65550, &header), NET_TAKEN);
    assert_int_equal(fake_host[0].queues[OUT].notifications, 0);
    host_net_kick();
    assert_int_equal(fake_host[0].queues[OUT].notifications, 1);
    assert_true(fake_host_take(0, OUT, &request));
    assert_int_equal(request.readable_bytes, 65550 + HEADER);
    assert_int_equal(request.writable, 0);
    fake_host_read(&request, 0, got, HEADER + 65550);
    assert_memory_equal(got, &expected, HEADER);
    assert_memory_equal(got + HEADER, out_bytes, 65550);
}

/* Full: it says when there is room again, once. */
static void full_and_room(void **state)
{
    const struct virtio_net_header header = {0};
    struct fake_host_request request;
    unsigned sent = 0;

    (void)state;
    while (send(1000, &header) == NET_TAKEN) {
        sent++;
        host_net_kick();
        assert_true(sent <= 1000);
    }
    assert_int_equal(sent, 160);
    assert_int_equal(send(1000, &header), NET_FULL);
    assert_int_equal(seen.rooms, 0);
    assert_true(fake_host_take(0, OUT, &request));
    fake_host_give(0, OUT, request.head, 0);
    assert_true(fake_host_wants(0, OUT));
    host_net_interrupt(NULL);
    assert_int_equal(seen.rooms, 1);
    assert_int_equal(send(1000, &header), NET_TAKEN);
    assert_int_equal(send(1000, &header), NET_FULL);
    interrupt();
    assert_int_equal(seen.rooms, 2);
}

/* Nobody waits, so nothing needs to be told: what was sent is taken when room is needed. */
static void no_interrupts_for_what_was_sent(void **state)
{
    const struct virtio_net_header header = {0};
    struct fake_host_request request;
    unsigned wanted = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(send(1000, &header), NET_TAKEN);
        host_net_kick();
        assert_true(fake_host_take(0, OUT, &request));
        fake_host_give(0, OUT, request.head, 0);
        wanted += fake_host_wants(0, OUT) ? 1 : 0;
    }
    assert_true(wanted <= 1); /* the first: 2.7.7, the field begins as zero */
}

static void source_that_faults(void **state)
{
    const struct virtio_net_header header = {0};
    struct fake_host_request request;

    (void)state;
    assert_int_equal(send(3000, &header), NET_TAKEN);
    fake.copy_error = PV_FAULT;
    out_source.at = 0;
    assert_int_equal(host_net_send(&out), NET_DROP_FAULT);
    fake.copy_error = PV_OK;
    host_net_kick();
    assert_true(fake_host_take(0, OUT, &request));
    assert_false(fake_host_take(0, OUT, &request));
    /* Its buffers are free again. */
    for (unsigned i = 0; i < 158; i++) {
        assert_int_equal(send(1000, &header), NET_TAKEN);
    }
    assert_int_equal(send(1000, &header), NET_FULL);
}

/* ---- Control (5.1.6.5.6) ---- */

static uint64_t command_take(uint16_t *head)
{
    struct fake_host_request request;
    uint8_t bytes[10];
    uint64_t offloads;

    assert_true(fake_host_take(0, CONTROL, &request));
    assert_int_equal(request.readable_bytes, 10);
    assert_int_equal(request.writable_bytes, 1);
    fake_host_read(&request, 0, bytes, 10);
    assert_int_equal(bytes[0], 5);
    assert_int_equal(bytes[1], 0);
    memcpy(&offloads, bytes + 2, 8);
    fake_host_write(&request, 0, &(uint8_t){0}, 1);
    *head = request.head;
    return offloads;
}

static void offloads_off_at_first_then_as_wanted(void **state)
{
    struct fake_host_request request;
    uint16_t head;

    (void)state;
    assert_int_equal(command_take(&head), 0);
    /* Two changes while it is on its way: the last one counts. */
    host_net_offloads(NET_OFFLOAD_CSUM);
    host_net_offloads(NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6);
    assert_false(fake_host_take(0, CONTROL, &request));
    fake_host_give(0, CONTROL, head, 1);
    interrupt();
    assert_int_equal(command_take(&head), 1u << 1 | 1u << 7 | 1u << 8);
    fake_host_give(0, CONTROL, head, 1);
    interrupt();
    assert_false(fake_host_take(0, CONTROL, &request));
    host_net_offloads(NET_OFFLOAD_CSUM);
    assert_int_equal(command_take(&head), 1u << 1);
}

static void offloads_without_control(void **state)
{
    (void)state;
    host_net_offloads(NET_OFFLOAD_CSUM);
    interrupt();
    assert_int_equal(fake_host[0].queues[CONTROL].notifications, 0);
}

static void link_changes(void **state)
{
    (void)state;
    fake_host_field(0, 6, 2, 0);
    fake_host_raise(0, VIRTIO_INTERRUPT_CONFIG);
    host_net_interrupt(NULL);
    assert_int_equal(seen.links, 1);
    assert_false(host_net_link());
    fake_host_field(0, 6, 2, VIRTIO_NET_LINK_UP);
    fake_host_raise(0, VIRTIO_INTERRUPT_CONFIG);
    host_net_interrupt(NULL);
    assert_true(host_net_link());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(features_and_configuration),
        cmocka_unit_test(no_segmentation_in_without_control),
        cmocka_unit_test(no_address),
        cmocka_unit_test(refused_cards),
        cmocka_unit_test_setup(receives, setup),
        cmocka_unit_test_setup(waits_for_room, setup),
        cmocka_unit_test_setup(short_frames, setup),
        cmocka_unit_test_setup(merges, setup),
        cmocka_unit_test_setup(buffers_go_round, setup),
        cmocka_unit_test_setup(buffers_go_round, setup_plain),
        cmocka_unit_test_setup(a_turn_is_bounded, setup),
        cmocka_unit_test(a_lying_card_is_stopped),
        cmocka_unit_test_setup(sends, setup),
        cmocka_unit_test_setup(full_and_room, setup),
        cmocka_unit_test_setup(no_interrupts_for_what_was_sent, setup),
        cmocka_unit_test_setup(source_that_faults, setup),
        cmocka_unit_test_setup(offloads_off_at_first_then_as_wanted, setup),
        cmocka_unit_test_setup(offloads_without_control, setup_plain),
        cmocka_unit_test_setup(link_changes, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
