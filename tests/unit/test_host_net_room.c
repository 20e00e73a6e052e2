/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver of the host's card, where the host does something between two looks at its queue: here
 * the queue is a script. After the driver has said that it waits, the host must have been asked for an
 * interrupt at the next thing that it does (virtio 1.2, 2.7.7.2), or nobody wakes the driver up.
 */
#include "fake_vtl.h"
#include "host/host_net_card.h"
#include "virtio/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define QUEUES 3u /* receive, transmit, control */
#define LOOKS_MAX 10000u

static struct script {
    uint16_t added;
    uint16_t done; /* by the host: as its index would say */
    uint16_t taken;
    uint16_t asked; /* used_event: an interrupt comes when it is done with this one */
    uint16_t slip;  /* so many more are done right before each rearm looks */
    bool flickers;  /* the index that a rearm sees is another than a take sees */
    unsigned looks;
} scripts[QUEUES];

static uint8_t bounce[(HOST_NET_IN + HOST_NET_OUT + 1) * HOST_NET_BUFFER_BYTES];
static size_t bounce_given;
static unsigned rooms;
static struct vmm_work *later;
static bool link_up;
static uint16_t mtu;
static struct net_frame small;
static struct net_source small_source;
static struct net_frame large;
static struct net_source large_source;

/* ---- The script ---- */

enum pv_status host_virtio_open(struct host_virtio *device, uint64_t wanted)
{
    device->features = wanted;
    return PV_OK;
}

enum pv_status host_queue_open(struct host_virtio *device, struct host_queue *queue, uint16_t index,
                               uint16_t size_max)
{
    *queue = (struct host_queue){
        .device = device, .index = index, .size = size_max, .free_count = size_max};
    scripts[index] = (struct script){0};
    return PV_OK;
}

enum pv_status host_virtio_start(struct host_virtio *device)
{
    (void)device;
    return PV_OK;
}

enum pv_status host_virtio_config(struct host_virtio *device, uint32_t offset, void *to,
                                  size_t bytes)
{
    const struct virtio_net_config config = {
        {0x52, 0x54, 0, 1, 2, 3}, link_up ? VIRTIO_NET_LINK_UP : 0, 1, mtu};

    (void)device;
    memcpy(to, (const char *)&config + offset, bytes);
    return PV_OK;
}

uint32_t host_virtio_interrupt(struct host_virtio *device)
{
    (void)device;
    return VIRTIO_INTERRUPT_USED | VIRTIO_INTERRUPT_CONFIG;
}

void host_virtio_kill(struct host_virtio *device, const char *reason)
{
    device->dead = reason;
}

bool host_queue_add(struct host_queue *queue, const struct host_buffer *buffers, unsigned count,
                    uint16_t *id)
{
    struct script *script = &scripts[queue->index];

    (void)buffers;
    *id = script->added++ % HOST_QUEUE_SIZE_MAX;
    queue->count[*id] = (uint16_t)count;
    queue->free_count = (uint16_t)(queue->free_count - count);
    return queue->device->dead == NULL;
}

void host_queue_kick(struct host_queue *queue)
{
    (void)queue;
}

bool host_queue_take(struct host_queue *queue, uint16_t *id, uint32_t *written)
{
    struct script *script = &scripts[queue->index];

    assert_true(script->looks++ < LOOKS_MAX);
    if (queue->device->dead != NULL || script->taken == script->done) {
        return false;
    }
    *id = script->taken++ % HOST_QUEUE_SIZE_MAX;
    *written = 0;
    queue->free_count = (uint16_t)(queue->free_count + queue->count[*id]);
    return true;
}

bool host_queue_rearm(struct host_queue *queue)
{
    struct script *script = &scripts[queue->index];

    if (queue->device->dead != NULL) {
        return false;
    }
    script->asked = script->taken;
    script->done = (uint16_t)(script->done + script->slip);
    script->slip = 0;
    return script->flickers || script->done != script->taken;
}

void *bounce_reserve(size_t bytes)
{
    void *at = bounce + bounce_given;

    assert_true(bounce_given + bytes <= sizeof(bounce));
    bounce_given += bytes;
    return at;
}

void bounce_count_in(uint64_t bytes)
{
    (void)bytes;
}

void bounce_count_out(uint64_t bytes)
{
    (void)bytes;
}

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

static void room(void)
{
    rooms++;
}

static void nothing(void)
{
}

static enum net_verdict receive(struct net_frame *frame)
{
    (void)frame;
    return NET_TAKEN;
}

/* ---- Tests ---- */

static void frame_make(struct net_frame *frame, struct net_source *source,
                       struct ring_segment *segment, uint32_t bytes)
{
    const struct virtio_net_header header = {0};

    *segment = (struct ring_segment){{FAKE_RAM_BASE}, bytes};
    *source = (struct net_source){.start = {segment, segment + 1, 0}};
    assert_true(net_frame_open(frame, source, bytes, &header));
}

static int set_up(void **state)
{
    static struct ring_segment segments[2];

    (void)state;
    fake_vtl_reset();
    memset(&host_net_card, 0, sizeof(host_net_card));
    bounce_given = 0;
    rooms = 0;
    later = NULL;
    link_up = true;
    mtu = 1500;
    frame_make(&small, &small_source, &segments[0], 60);
    frame_make(&large, &large_source, &segments[1], 40000);
    host_net_set_receive(receive, nothing);
    host_net_set_events(room, nothing);
    assert_int_equal(host_net_open(0x1000), PV_OK);
    return 0;
}

/* One buffer a frame, until there is none left. */
static void fill(void)
{
    for (unsigned i = 0; i < HOST_NET_OUT; i++) {
        assert_int_equal(host_net_send(&small), NET_TAKEN);
    }
}

/* No more is done than has been taken, and the next one interrupts. */
static void expect_asked(unsigned queue)
{
    assert_int_equal(scripts[queue].done, scripts[queue].taken);
    assert_int_equal(scripts[queue].asked, scripts[queue].taken);
}

static void test_full(void **state)
{
    (void)state;
    fill();
    assert_int_equal(host_net_send(&small), NET_FULL);
    expect_asked(1);
    scripts[1].done = 1;
    host_net_interrupt(NULL);
    assert_int_equal(rooms, 1);
    assert_int_equal(host_net_send(&small), NET_TAKEN);
}

/* A frame that needs many buffers; the host gives some back while it is asked, too few. */
static void test_too_little_room_comes_meanwhile(void **state)
{
    (void)state;
    fill();
    scripts[1].slip = 2;
    assert_int_equal(host_net_send(&large), NET_FULL);
    assert_int_equal(scripts[1].taken, 2);
    expect_asked(1);
}

static void test_enough_room_comes_meanwhile(void **state)
{
    (void)state;
    fill();
    scripts[1].slip = 1;
    assert_int_equal(host_net_send(&small), NET_TAKEN);
}

/* An index that changes at every look costs the host's driver nothing but that. */
static void test_flickering_index(void **state)
{
    (void)state;
    fill();
    for (unsigned i = 0; i < QUEUES; i++) {
        scripts[i].flickers = true;
    }
    assert_int_equal(host_net_send(&small), NET_FULL);
    host_net_interrupt(NULL);
}

/* Offloads change while a command is on its way: then the next command's answer interrupts too. */
static void test_second_command(void **state)
{
    (void)state;
    assert_int_equal(scripts[2].added, 1); /* none of them, at first */
    host_net_offloads(NET_OFFLOAD_CSUM);
    assert_int_equal(scripts[2].added, 1);
    scripts[2].done = 1;
    host_net_interrupt(NULL);
    assert_int_equal(scripts[2].added, 2);
    expect_asked(2);
    scripts[2].done = 2;
    host_net_interrupt(NULL);
    expect_asked(2);
    host_net_offloads(0);
    assert_int_equal(scripts[2].added, 3);
}

/* Who waits for room at a card that dies is told, though its link was down before. */
static void test_death_without_link(void **state)
{
    (void)state;
    fill();
    assert_int_equal(host_net_send(&small), NET_FULL);
    host_net_card.link = false;
    link_up = false;
    host_virtio_kill(&host_net_card.device, "test");
    assert_int_equal(host_net_send(&small), NET_DROP_DOWN);
    host_net_kick();
    assert_non_null(later);
    later->run(later->device);
    assert_int_equal(rooms, 1);
}

/* 5.1.4: up to 65535 may be said; no frame is longer than the longest there is (5.1.6.3.1), with an
 * Ethernet header and a tag. */
static void test_mtu(void **state)
{
    (void)state;
    assert_int_equal(host_net_info()->mtu, 1500);
    memset(&host_net_card, 0, sizeof(host_net_card));
    bounce_given = 0;
    mtu = 65535;
    assert_int_equal(host_net_open(0x1000), PV_OK);
    assert_int_equal(host_net_info()->mtu, 65550 - 14 - 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_full, set_up),
        cmocka_unit_test_setup(test_too_little_room_comes_meanwhile, set_up),
        cmocka_unit_test_setup(test_enough_room_comes_meanwhile, set_up),
        cmocka_unit_test_setup(test_flickering_index, set_up),
        cmocka_unit_test_setup(test_second_command, set_up),
        cmocka_unit_test_setup(test_death_without_link, set_up),
        cmocka_unit_test_setup(test_mtu, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
