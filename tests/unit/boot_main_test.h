/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layer below boot_main, as test_boot_main.c needs it: each call leaves its name, and can be refused.
 */
#ifndef TESTS_UNIT_BOOT_MAIN_TEST_H
#define TESTS_UNIT_BOOT_MAIN_TEST_H

#include "arm64_image.h"
#include "attest.h"
#include "boot.h"
#include "boot_test.h"
#include "boot_tree.h"
#include "end.h"
#include "guest_tree.h"
#include "igvm_guest.h"
#include "igvm_policy.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#define BASE UINT64_C(0x40800000)
#define BYTES UINT64_C(0x1f800000)
#define IMAGE UINT64_C(0x41000000)
#define POLICY UINT64_C(0x3f000)
#define PARAMETERS UINT64_C(0x40000)
#define GUEST_PAGE UINT64_C(0x50000)
#define KERNEL UINT64_C(0x42000000)

enum outcome { NOTHING, RUNS, CRASHES, POWERS_OFF, RESETS };

static struct {
    jmp_buf end;
    char calls[512];   /* their names, in order */
    const char *fails; /* the call that the layer below refuses */
    char text[300];
    uint64_t code;
    uint64_t a;
    struct vtl_guest_start start;
    vmm_end_t end_callback;
    uint64_t time;
    bool others_hang;
    uint32_t started;
    unsigned random_calls;
    unsigned random_good; /* calls that succeed */
    bool log_closed;      /* no line of Paravane's any more */
    bool uart_closed;     /* and nothing of the guest's */
    bool page_changes;    /* once its fields have been checked */
    bool registers_shown;
    bool joined;       /* the consoles */
    bool debug_asked;  /* the host's word has reached the devices */
    bool options_seen; /* and the network */
    const char *no_key;
} world;

static struct igvm_guest_page *page(void)
{
    return (struct igvm_guest_page *)(uintptr_t)(IMAGE + GUEST_PAGE);
}

static struct igvm_policy_header *policy(void)
{
    return (struct igvm_policy_header *)(uintptr_t)(IMAGE + POLICY);
}

/* ---- Stand-ins ---- */

static enum pv_status call(const char *name)
{
    strcat(world.calls, name);
    strcat(world.calls, " ");
    return world.fails != NULL && strcmp(world.fails, name) == 0 ? PV_DENIED : PV_OK;
}

void log_print(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

void log_set_sink(log_sink_t sink, enum log_level level)
{
    assert_null(sink);
    (void)level;
    world.log_closed = true;
}

void host_uart_close(void)
{
    world.uart_closed = true;
}

void panic_at(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

enum pv_status vtl_memory_init(uint64_t region_base, uint64_t region_bytes, uint64_t free_base)
{
    assert_int_equal(region_base, IMAGE);
    assert_int_equal(region_bytes, 0x400000);
    assert_int_equal(free_base, IMAGE + GUEST_PAGE + 0x1000);
    return call("memory");
}

enum pv_status vtl_map(uint64_t base, uint64_t bytes, enum vtl_mapping kind)
{
    assert_int_equal(kind, VTL_MAP_GUEST_RAM);
    assert_false(ranges_overlap(base, bytes, IMAGE, 0x400000));
    return call("map");
}

void vtl_random_seed(const void *data, size_t bytes)
{
    assert_int_equal(((const uint8_t *)data)[0], 0x77);
    assert_int_equal(bytes, 32);
    (void)call("seed");
}

bool vtl_random(uint64_t *value)
{
    *value = UINT64_C(0x1000000000000000) + world.random_calls++;
    return world.random_calls <= world.random_good;
}

const char *machine_console(const struct board *board)
{
    world.debug_asked = strcmp(board->options, "debug") == 0;
    return call("console") == PV_OK ? NULL : "console reason";
}

const char *machine_devices(const struct board *board, bool joined)
{
    (void)board;
    world.joined = joined;
    return call("devices") == PV_OK ? NULL : "devices reason";
}

uint32_t machine_virtio_windows(void)
{
    return 0;
}

const char *machine_interrupts(bool joined)
{
    assert_int_equal(joined, world.joined);
    return call("interrupts") == PV_OK ? NULL : "interrupts reason";
}

void vtl_panic_registers(bool shown)
{
    world.registers_shown = shown;
}

enum vtl_evidence_kind vtl_evidence_kind(void)
{
    return VTL_EVIDENCE_CCA;
}

enum pv_status vtl_measurement_extend(unsigned index, const void *data, size_t bytes)
{
    (void)data;
    assert_in_range(index, 1, 4);
    assert_int_equal(bytes, 64);
    return call("extend");
}

const char *attest(const struct igvm_policy *of, const char *network)
{
    world.options_seen = strcmp(network, "debug") == 0;
    (void)call(of->attest ? "attest" : "evidence");
    return world.no_key;
}

enum pv_status vtl_init(uint32_t vp_count)
{
    assert_int_equal(vp_count, 2);
    return call("init");
}

enum pv_status vtl_memory_hide(gpa_t base, uint64_t bytes)
{
    assert_int_equal(base.raw, IMAGE);
    assert_int_equal(bytes, 0x400000);
    return call("hide");
}

enum pv_status vtl_irq_init(uint64_t gicd_base, uint64_t gicr_base, uint32_t timer_intid)
{
    assert_int_equal(timer_intid, 27);
    assert_int_equal(gicd_base, 0x08000000);
    assert_int_equal(gicr_base, 0x080a0000);
    return call("irq");
}

enum pv_status vtl_vp_init(uint32_t index, bool boot_vp, struct vtl_vp **vp)
{
    assert_int_equal(boot_vp, index == 0);
    *vp = (struct vtl_vp *)(uintptr_t)(0x1000 + index);
    return call(index == 0 ? "vp0" : "vp1");
}

/* The other VP's thread, as far as its vmm_vp_run; that jumps back here. */
static jmp_buf other;

enum pv_status vtl_vp_start(uint32_t index, uint64_t mpidr, vtl_vp_entry_t entry)
{
    assert_int_equal(index, 1);
    assert_int_equal(mpidr, 1);
    enum pv_status status = call("start");
    if (status == PV_OK && !world.others_hang && setjmp(other) == 0) {
        entry(index);
    }
    return status;
}

uint64_t vtl_time_ns(void)
{
    return world.time += UINT64_C(1000000000);
}

enum pv_status vtl_guest_prepare(struct vtl_vp *vp, const struct vtl_guest_start *start)
{
    assert_int_equal((uintptr_t)vp, 0x1000);
    world.start = *start;
    return call("prepare");
}

void vmm_set_end(vmm_end_t end)
{
    world.end_callback = end;
}

__attribute__((noreturn)) void vmm_vp_run(struct vtl_vp *vp)
{
    if ((uintptr_t)vp == 0x1001) {
        (void)call("run1");
        longjmp(other, 1);
    }
    (void)call("run0");
    longjmp(world.end, RUNS);
}

void vtl_crash(uint64_t code, uint64_t a, uint64_t b, const char *text, size_t bytes)
{
    (void)b;
    assert_true(bytes < sizeof(world.text));
    memcpy(world.text, text, bytes);
    world.code = code;
    world.a = a;
    longjmp(world.end, CRASHES);
}

/* The console is the hypervisor's from here on. */
void vtl_power_off(void)
{
    assert_true(world.log_closed && world.uart_closed);
    longjmp(world.end, POWERS_OFF);
}

void vtl_reset(void)
{
    assert_true(world.log_closed && world.uart_closed);
    longjmp(world.end, RESETS);
}

/* end.c keeps its lock for good: each test is a fresh machine. */
void vtl_lock(struct vtl_lock *lock)
{
    (void)lock;
}

enum pv_status vtl_copy(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
    if (world.page_changes && bytes == sizeof(struct arm64_image)) {
        page()->command_line_bytes = 0x10000;
        page()->kernel_gpa = 0;
    }
    return PV_OK;
}

#endif /* TESTS_UNIT_BOOT_MAIN_TEST_H */
