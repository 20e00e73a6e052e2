/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wiring: the guest's console joined to the host's UART, with flow control, and the tables of
 * addresses and interrupts. Models and drivers are stand-ins that count bytes.
 */
#include "boot_test.h"
#include "devices/devices.h"
#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct {
    struct pl011 *uart;
    void (*transmit)(uint8_t byte);
    size_t guest_room;
    uint8_t guest_bytes[256];
    size_t guest_count;
    uint8_t host_bytes[256];
    size_t host_count;
    size_t host_taken;
    bool receive_on;
    char out[256];
    size_t out_count;
    const struct mmio_range *ranges;
    size_t range_count;
    const struct vmm_irq *irqs;
    size_t irq_count;
    uint32_t enabled[4];
    bool edges[4];
    size_t enabled_count;
    unsigned virtio_interrupts; /* seen, once it was enabled */
    bool joined;
    const char *virtio_reason;
    uint64_t mapped[4];
    size_t mapped_count;
    log_sink_t sink;
    enum log_level level;
    unsigned race_reads;      /* another VP reads so many bytes once the room has been looked at */
    bool race_off;            /* and turns the receiver off */
    bool other_vp;            /* runs now */
    struct vtl_lock *awaited; /* by the other VP */
    jmp_buf waits;
} world;

static struct board board;

/* ---- Stand-ins ---- */

void pl011_init(struct pl011 *uart, uint32_t intid, void (*transmit)(uint8_t byte))
{
    world.uart = uart;
    uart->intid = intid;
    world.transmit = transmit;
}

bool pl011_mmio(void *device, struct mmio_access *access)
{
    assert_ptr_equal(device, world.uart);
    /* Reading takes a byte from the FIFO. */
    if (!access->write && world.guest_room < PL011_FIFO_BYTES) {
        world.guest_room++;
    }
    if (world.uart->waits) {
        world.uart->room();
    }
    return access->offset != 0xffc;
}

static bool guest_reads(uint64_t offset);

size_t pl011_receive_room(struct pl011 *uart)
{
    size_t room = world.guest_room;

    (void)uart;
    while (world.race_reads > 0) {
        world.race_reads--;
        world.other_vp = true;
        if (setjmp(world.waits) == 0) {
            guest_reads(0);
        }
        world.other_vp = false;
    }
    if (world.race_off) {
        world.guest_room = 0;
    }
    return room;
}

size_t pl011_receive(struct pl011 *uart, const uint8_t *bytes, size_t count)
{
    (void)uart;
    count = count < world.guest_room ? count : world.guest_room;
    memcpy(world.guest_bytes + world.guest_count, bytes, count);
    world.guest_count += count;
    world.guest_room -= count;
    return count;
}

void pl031_init(struct pl031 *rtc, uint32_t intid, uint32_t now_s)
{
    assert_int_equal(now_s, 1700000000);
    rtc->intid = intid;
}

bool pl031_mmio(void *device, struct mmio_access *access)
{
    (void)device;
    (void)access;
    return true;
}

void host_uart_init(uint64_t base)
{
    assert_int_equal(base, 0x09000000);
    assert_int_equal(world.mapped_count, 1);
}

void host_uart_put(uint8_t byte)
{
    world.out[world.out_count++] = (char)byte;
}

void host_uart_write(const uint8_t *bytes, size_t count)
{
    memcpy(world.out + world.out_count, bytes, count);
    world.out_count += count;
}

size_t host_uart_read(uint8_t *bytes, size_t room)
{
    size_t count = world.host_count - world.host_taken;

    count = count < room ? count : room;
    memcpy(bytes, world.host_bytes + world.host_taken, count);
    world.host_taken += count;
    return count;
}

void host_uart_receive_enable(bool on)
{
    world.receive_on = on;
}

uint32_t host_rtc_read(uint64_t base)
{
    assert_int_equal(base, 0x09010000);
    return 1700000000;
}

enum pv_status mmio_set(const struct mmio_range *table, size_t count)
{
    world.ranges = table;
    world.range_count = count;
    return PV_OK;
}

enum pv_status irq_set(const struct vmm_irq *table, size_t count)
{
    world.irqs = table;
    world.irq_count = count;
    return PV_OK;
}

enum pv_status vtl_irq_enable(uint32_t intid, bool edge)
{
    world.edges[world.enabled_count] = edge;
    world.enabled[world.enabled_count++] = intid;
    return PV_OK;
}

bool virtio_mmio(void *device, struct mmio_access *access)
{
    (void)device;
    (void)access;
    return true;
}

static void virtio_interrupt(void *device)
{
    assert_ptr_equal(device, &world);
    world.virtio_interrupts += world.enabled_count == 2 ? 1 : 0;
}

const char *machine_virtio(const struct board *of, bool joined)
{
    assert_ptr_equal(of, &board);
    world.joined = joined;
    machine_interrupt_add(&(struct vmm_irq){48, virtio_interrupt, &world}, true);
    return world.virtio_reason;
}

void panic_at(const char *file, int line, const char *what)
{
    fail_msg("%s:%d: %s", file, line, what);
    abort();
}

enum pv_status vtl_map(uint64_t base, uint64_t bytes, enum vtl_mapping kind)
{
    assert_int_equal(bytes, 4096);
    assert_int_equal(kind, VTL_MAP_DEVICE);
    world.mapped[world.mapped_count++] = base;
    return PV_OK;
}

void log_set_sink(log_sink_t sink, enum log_level level)
{
    world.sink = sink;
    world.level = level;
}

void vtl_lock(struct vtl_lock *lock)
{
    if (lock->taken != 0 && world.other_vp) {
        world.awaited = lock;
        longjmp(world.waits, 1);
    }
    assert_int_equal(lock->taken, 0);
    lock->taken = 1;
}

/* The other VP gets the lock that it waits for: it had found the console held, and pumps. */
void vtl_unlock(struct vtl_lock *lock)
{
    assert_int_equal(lock->taken, 1);
    lock->taken = 0;
    if (world.awaited == lock) {
        world.awaited = NULL;
        world.irqs[0].handler(world.irqs[0].device);
    }
}

/* ---- Tests ---- */

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    world.guest_room = PL011_FIFO_BYTES;
    board = (struct board){
        .vp_count = 1,
        .ram = {{{0x40800000}, 0x10000000}},
        .ram_count = 1,
        .vtl2 = {{0x60000000}, 0x400000},
        .gicd = {.base = 0x08000000, .bytes = 0x10000},
        .gicr = {.base = 0x080a0000, .bytes = 0x20000},
        .uart = {0x09000000, 0x1000, 33, false},
        .rtc = {0x09010000, 0x1000, 34, false},
        .options = "",
    };
    return 0;
}

static void start(void)
{
    assert_null(machine_console(&board));
    assert_null(machine_devices(&board, true));
    assert_null(machine_interrupts(true));
}

static void host_types(const char *text)
{
    size_t bytes = strlen(text);

    memcpy(world.host_bytes + world.host_count, text, bytes);
    world.host_count += bytes;
    if (world.receive_on) {
        world.irqs[0].handler(world.irqs[0].device);
    }
}

static bool guest_reads(uint64_t offset)
{
    struct mmio_access access = {.offset = offset, .bytes = 4};

    return world.ranges[1].handler(world.ranges[1].device, &access);
}

static void tables(void **state)
{
    (void)state;
    start();
    assert_int_equal(world.range_count, 4);
    assert_int_equal(world.ranges[0].base.raw, 0x04000000);
    assert_int_equal(world.ranges[0].bytes, 0x40000);
    assert_int_equal(world.ranges[1].base.raw, 0x09000000);
    assert_int_equal(world.ranges[1].bytes, 0x1000);
    assert_int_equal(world.ranges[2].base.raw, 0x09010000);
    assert_int_equal(world.ranges[3].base.raw, 0x0a000000);
    assert_int_equal(world.ranges[3].bytes, 0x2000);
    assert_int_equal(world.irq_count, 2);
    assert_int_equal(world.irqs[0].intid, 33);
    assert_int_equal(world.irqs[1].intid, 48);
    assert_ptr_equal(world.irqs[1].device, &world);
    assert_int_equal(world.enabled_count, 2);
    assert_int_equal(world.enabled[0], 33);
    assert_false(world.edges[0]);
    assert_int_equal(world.enabled[1], 48);
    assert_true(world.edges[1]);
    /* An edge before it was enabled is not missed. */
    assert_int_equal(world.virtio_interrupts, 1);
    assert_int_equal(world.uart->intid, 33);
    assert_true(world.receive_on);
    assert_true(guest_reads(0));
    assert_false(guest_reads(0xffc));
    world.transmit('h');
    world.transmit('i');
    assert_memory_equal(world.out, "hi", 2);
}

static void log_goes_to_the_host(void **state)
{
    (void)state;
    start();
    assert_int_equal(world.level, LOG_INFO);
    world.sink("line\n", 5);
    assert_memory_equal(world.out, "line\n", 5);
    static const struct {
        const char *options;
        enum log_level level;
    } cases[] = {{"debug", LOG_DEBUG},         {"a debug b", LOG_DEBUG},
                 {"x debug", LOG_DEBUG},       {"nodebug", LOG_INFO},
                 {"debugx debug=1", LOG_INFO}, {"debugdebug debug", LOG_DEBUG}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        set_up(NULL);
        board.options = cases[i].options;
        assert_null(machine_console(&board));
        assert_int_equal(world.level, cases[i].level);
    }
}

static void bytes_reach_the_guest(void **state)
{
    (void)state;
    start();
    host_types("ls\n");
    assert_int_equal(world.guest_count, 3);
    assert_memory_equal(world.guest_bytes, "ls\n", 3);
    assert_true(world.receive_on);
}

/* No byte is lost or comes twice while the guest is slow; the interrupt is off for as long. */
static void a_full_fifo_holds_the_host(void **state)
{
    (void)state;
    const char *forty = "0123456789012345678901234567890123456789";

    start();
    host_types(forty);
    assert_int_equal(world.guest_count, 32);
    assert_false(world.receive_on);
    host_types("ab");
    assert_int_equal(world.guest_count, 32);
    for (size_t i = 0; i < 9; i++) {
        guest_reads(0);
    }
    assert_int_equal(world.guest_count, 41);
    assert_false(world.receive_on);
    guest_reads(0);
    guest_reads(0);
    assert_true(world.receive_on);
    assert_int_equal(world.guest_count, 42);
    assert_memory_equal(world.guest_bytes, forty, 40);
    assert_memory_equal(world.guest_bytes + 40, "ab", 2);
}

/*
 * Another VP of the guest empties the FIFO after this one has found it full: then one of the two
 * has to go on, or the host's bytes wait for an access that an idle guest never makes.
 */
static void room_made_by_another_vp_is_seen(void **state)
{
    (void)state;
    start();
    host_types("0123456789012345678901234567890");
    assert_int_equal(world.guest_room, 1);
    world.race_reads = 32;
    host_types("abc");
    assert_int_equal(world.guest_count, 34);
    assert_memory_equal(world.guest_bytes + 31, "abc", 3);
    assert_true(world.receive_on);
}

/* The guest turns its receiver off under way: what was read from the host waits, in order. */
static void a_receiver_turned_off_loses_nothing(void **state)
{
    (void)state;
    start();
    world.race_off = true;
    host_types("abc");
    assert_int_equal(world.guest_count, 0);
    world.race_off = false;
    assert_false(world.receive_on);
    host_types("def");
    for (size_t i = 0; i < 6; i++) {
        guest_reads(0);
    }
    assert_int_equal(world.guest_count, 6);
    assert_memory_equal(world.guest_bytes, "abcdef", 6);
    guest_reads(0);
    assert_true(world.receive_on);
}

/* No console: nothing of the guest's goes out by the UART, nothing of the host's comes in. */
static void a_guest_without_console(void **state)
{
    (void)state;
    assert_null(machine_console(&board));
    assert_null(machine_devices(&board, false));
    assert_null(machine_interrupts(false));
    assert_false(world.joined);
    assert_false(world.receive_on);
    assert_int_equal(world.irq_count, 1);
    assert_int_equal(world.irqs[0].intid, 48);
    assert_ptr_not_equal(world.transmit, host_uart_put);
    world.transmit('x');
    assert_false(guest_reads(0) && world.uart->waits);
    assert_non_null(world.sink); /* Paravane's own lines are no secret of the guest's */
}

static void boards_that_do_not_fit(void **state)
{
    (void)state;
    board.uart.bytes = 0;
    assert_non_null(machine_console(&board));
    set_up(NULL);
    board.uart.base = 0x09000800;
    assert_non_null(machine_console(&board));
    set_up(NULL);
    board.rtc.bytes = 0;
    assert_non_null(machine_devices(&board, true));
    set_up(NULL);
    board.uart.intid = 40;
    assert_non_null(machine_devices(&board, true));
    set_up(NULL);
    board.ram[0] = (struct vmm_ram){{0x09010000}, 0x1000};
    assert_non_null(machine_devices(&board, true));
    set_up(NULL);
    board.gicr.base = 0x08ff0000;
    assert_non_null(machine_devices(&board, true));
    set_up(NULL);
    board.vtl2.base.raw = 0x09000000;
    assert_non_null(machine_devices(&board, true));
    set_up(NULL);
    board.vtl2.base.raw = 0x0a000000;
    assert_non_null(machine_devices(&board, true));
    set_up(NULL);
    world.virtio_reason = "none";
    assert_string_equal(machine_devices(&board, true), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tables, set_up),
        cmocka_unit_test_setup(log_goes_to_the_host, set_up),
        cmocka_unit_test_setup(bytes_reach_the_guest, set_up),
        cmocka_unit_test_setup(a_full_fifo_holds_the_host, set_up),
        cmocka_unit_test_setup(room_made_by_another_vp_is_seen, set_up),
        cmocka_unit_test_setup(a_receiver_turned_off_loses_nothing, set_up),
        cmocka_unit_test_setup(a_guest_without_console, set_up),
        cmocka_unit_test_setup(boards_that_do_not_fit, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
