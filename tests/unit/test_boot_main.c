/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boot list, whole: boot_main over a stand-in for the layer below, with a board's memory at
 * its true addresses. Order of the calls, what VTL0 gets, and how each failure ends.
 */
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

/* ---- Tests ---- */

static struct tree_plan plan;

static int memory_set_up(void **state)
{
    (void)state;
    void *at = (void *)(uintptr_t)BASE;
    void *got = mmap(at, BYTES, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

    return got == at ? 0 : -1;
}

static int set_up(void **state)
{
    (void)state;
    struct arm64_image image = {.image_size = 0x200000, .magic = ARM64_IMAGE_MAGIC};

    memset(&world, 0, sizeof(world));
    world.random_good = 100;
    plan = tree_plan();
    tree_write(&plan, (void *)(uintptr_t)(IMAGE + PARAMETERS));
    memcpy((void *)(uintptr_t)KERNEL, &image, sizeof(image));
    memset(policy(), 0, IGVM_POLICY_PAGE_BYTES);
    *policy() = (struct igvm_policy_header){
        .magic = IGVM_POLICY_MAGIC, .version = 1, .bytes = 32, .flags = IGVM_POLICY_CONSOLE};
    memset(page(), 0, sizeof(*page()));
    page()->magic = IGVM_GUEST_MAGIC;
    page()->version = 2;
    page()->kind = 1;
    page()->kernel_gpa = KERNEL;
    page()->kernel_bytes = 0x100000;
    page()->initrd_gpa = 0x42200000;
    page()->initrd_bytes = 0x1234;
    page()->command_line_bytes = 5;
    memcpy(page()->command_line, "quiet", 5);
    return 0;
}

static enum outcome boot_with(uint64_t parameters, uint64_t guest_page, uint64_t policy_page)
{
    int outcome = setjmp(world.end);

    if (outcome == NOTHING) {
        boot_main(IMAGE, parameters, guest_page, policy_page);
    }
    return (enum outcome)outcome;
}

static enum outcome boot_from(uint64_t parameters, uint64_t guest_page)
{
    return boot_with(parameters, guest_page, POLICY);
}

static void stages_in_order(void **state)
{
    (void)state;
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_string_equal(world.calls, "memory map map seed console init devices irq vp0 "
                                     "interrupts hide extend extend extend extend extend "
                                     "prepare evidence start vp1 run1 run0 ");
}

static void guest_gets_its_state_and_tree(void **state)
{
    (void)state;
    static const uint8_t seed_end[8] = {8, 0, 0, 0, 0, 0, 0, 0x10};
    int bytes = 0;

    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_int_equal(world.start.pc.raw, KERNEL);
    assert_int_equal(world.start.x[0], 0x42400000);
    assert_int_equal(world.start.x[1] | world.start.x[2] | world.start.x[3], 0);
    const void *tree = (const void *)(uintptr_t)world.start.x[0];
    assert_int_equal(fdt_check_full(tree, GUEST_TREE_BYTES), 0);
    int chosen = fdt_path_offset(tree, "/chosen");
    assert_string_equal(fdt_getprop(tree, chosen, "bootargs", NULL), "quiet");
    const fdt64_t *end = fdt_getprop(tree, chosen, "linux,initrd-end", NULL);
    assert_int_equal(fdt64_to_cpu(*end), 0x42201234);
    const uint8_t *seed = fdt_getprop(tree, chosen, "rng-seed", &bytes);
    assert_int_equal(bytes, 64);
    assert_memory_equal(seed + 56, seed_end, 8);
}

/* A firmware: entered at its first byte, its tree at the start of memory and in x0. */
static void firmware_gets_its_state_and_tree(void **state)
{
    (void)state;
    page()->kind = 2;
    page()->initrd_gpa = 0;
    page()->initrd_bytes = 0;
    page()->command_line_bytes = 0;
    memset(page()->command_line, 0, 5);
    memset((void *)(uintptr_t)KERNEL, 0, 64);
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_int_equal(world.start.pc.raw, KERNEL);
    assert_int_equal(world.start.x[0], BASE);
    assert_int_equal(world.start.x[1] | world.start.x[2] | world.start.x[3], 0);
    const void *tree = (const void *)(uintptr_t)BASE;
    assert_int_equal(fdt_check_full(tree, GUEST_TREE_BYTES), 0);
    int chosen = fdt_path_offset(tree, "/chosen");
    assert_string_equal(fdt_getprop(tree, chosen, "stdout-path", NULL), "/pl011@9000000");
    assert_null(fdt_getprop(tree, chosen, "linux,initrd-start", NULL));
}

/* The guest page changes between check and use: what was checked is what is used. */
static void guest_page_is_read_once(void **state)
{
    (void)state;
    world.page_changes = true;
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_int_equal(world.start.pc.raw, KERNEL);
    const void *tree = (const void *)(uintptr_t)world.start.x[0];
    int bytes = 0;
    (void)fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs", &bytes);
    assert_int_equal(bytes, 6);
}

/* Nor when the source fails in the middle: half a seed is none. */
static void without_random_numbers_no_seeds(void **state)
{
    (void)state;
    for (unsigned good = 0; good < 9; good++) {
        set_up(NULL);
        world.random_good = good;
        assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
        const void *tree = (const void *)(uintptr_t)world.start.x[0];
        int chosen = fdt_path_offset(tree, "/chosen");
        assert_true(chosen > 0);
        assert_null(fdt_getprop(tree, chosen, "kaslr-seed", NULL));
        assert_null(fdt_getprop(tree, chosen, "rng-seed", NULL));
    }
}

/* Whatever is refused: one line that names the stage, the boot code, and VTL0 never runs. */
static void every_refusal_ends_with_its_stage(void **state)
{
    (void)state;
    static const struct {
        const char *call;
        const char *stage;
    } cases[] = {
        {"memory", "memory"},   {"map", "memory"},      {"console", "console"},
        {"init", "hypervisor"}, {"hide", "protection"}, {"devices", "devices"},
        {"irq", "boot VP"},     {"vp0", "boot VP"},     {"interrupts", "boot VP"},
        {"extend", "guest"},    {"prepare", "guest"},   {"start", "VPs"},
        {"vp1", "VPs"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char expected[64];
        set_up(NULL);
        world.fails = cases[i].call;
        assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), CRASHES);
        assert_int_equal(world.code, END_CODE_BOOT);
        snprintf(expected, sizeof(expected), "paravane: cannot start: %s: ", cases[i].stage);
        assert_memory_equal(world.text, expected, strlen(expected));
        assert_true(strlen(world.text) > strlen(expected));
        assert_null(strstr(world.calls, "run"));
    }
}

static void expect_crash(const char *part)
{
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), CRASHES);
    if (strstr(world.text, part) == NULL) {
        fail_msg("'%s' is not about '%s'", world.text, part);
    }
    assert_null(strstr(world.calls, "prepare"));
}

static void bad_inputs(void **state)
{
    (void)state;
    page()->kind = 0;
    expect_crash("no kernel");
    set_up(NULL);
    memset((void *)(uintptr_t)KERNEL, 0, 64);
    expect_crash("no arm64 Image");
    set_up(NULL);
    memset((void *)(uintptr_t)(IMAGE + PARAMETERS), 0, 64);
    expect_crash("device tree: not a device tree");
    assert_string_equal(world.calls, "");
    set_up(NULL);
    plan.cpus = 9;
    tree_write(&plan, (void *)(uintptr_t)(IMAGE + PARAMETERS));
    expect_crash("more CPUs");
}

static void offsets_outside_the_mapped_part(void **state)
{
    (void)state;
    static const uint64_t bad[][2] = {
        {0x40004, GUEST_PAGE},  {0x3f1000, GUEST_PAGE},          {UINT64_C(0) - 0x1000, GUEST_PAGE},
        {PARAMETERS, 0x50008},  {PARAMETERS, 0x400000},          {PARAMETERS, UINT64_C(0) - 0x1000},
        {0x400000, GUEST_PAGE}, {PARAMETERS, UINT64_C(1) << 63},
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        set_up(NULL);
        assert_int_equal(boot_from(bad[i][0], bad[i][1]), CRASHES);
        assert_non_null(strstr(world.text, "X0 and X1"));
        assert_string_equal(world.calls, "");
    }
}

static void policy_page_decides(void **state)
{
    (void)state;
    plan.bootargs = "debug";
    tree_write(&plan, (void *)(uintptr_t)(IMAGE + PARAMETERS));
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_true(world.joined);
    assert_false(world.debug_asked); /* the host's wish, and nobody else's */
    assert_false(world.registers_shown);
    policy()->flags = IGVM_POLICY_DEBUG;
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_false(world.joined);
    assert_true(world.debug_asked);
    assert_true(world.registers_shown);
}

/* Nothing is done before the policy is known, and nothing is done that it forbids. */
static void no_policy_no_start(void **state)
{
    (void)state;
    static const uint64_t bad[] = {POLICY + 8, 0x400000, UINT64_C(0) - 0x1000, UINT64_C(1) << 63};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        set_up(NULL);
        assert_int_equal(boot_with(PARAMETERS, GUEST_PAGE, bad[i]), CRASHES);
        assert_non_null(strstr(world.text, "cannot start: policy: X2"));
        assert_string_equal(world.calls, "");
    }
    set_up(NULL);
    policy()->magic = 0;
    expect_crash("policy: there is no policy page");
    assert_string_equal(world.calls, "");
}

static void ask_for_attestation(void)
{
    static const char parts[] = "https://a"
                                "b/c/d"
                                "\1\0x";

    *policy() = (struct igvm_policy_header){.magic = IGVM_POLICY_MAGIC,
                                            .version = 1,
                                            .bytes = 32 + sizeof(parts) - 1,
                                            .flags = IGVM_POLICY_ATTEST,
                                            .server_bytes = 9,
                                            .resource_bytes = 5,
                                            .anchors = 1};
    memcpy(policy() + 1, parts, sizeof(parts) - 1);
}

/* Everything is measured before anybody is asked, and no other VP is there yet. */
static void no_guest_without_a_key(void **state)
{
    (void)state;
    plan.bootargs = "debug";
    tree_write(&plan, (void *)(uintptr_t)(IMAGE + PARAMETERS));
    ask_for_attestation();
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_non_null(strstr(world.calls, "extend prepare attest start vp1 run1 run0 "));
    assert_true(world.options_seen); /* where the network is, the host may say */
    assert_false(world.debug_asked);
    set_up(NULL);
    ask_for_attestation();
    world.no_key = "refused: because";
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), CRASHES);
    assert_non_null(strstr(world.text, "attestation: refused: because"));
    assert_null(strstr(world.calls, "start"));
    assert_null(strstr(world.calls, "run"));
}

/* Last in the program: the count of VPs that are ready is not reset, as a machine boots once. */
static void ends(void **state)
{
    (void)state;
    static const struct {
        enum vmm_end end;
        enum outcome outcome;
    } cases[] = {
        {VMM_END_POWER_OFF, POWERS_OFF}, {VMM_END_REBOOT, RESETS}, {VMM_END_FAULT, CRASHES}};

    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), RUNS);
    assert_non_null(world.end_callback);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int outcome = setjmp(world.end);
        if (outcome == NOTHING) {
            world.end_callback(cases[i].end, 1, "because");
        }
        assert_int_equal(outcome, cases[i].outcome);
    }
    assert_string_equal(world.text, "paravane: guest stopped: because");
    assert_int_equal(world.code, END_CODE_GUEST);
    assert_int_not_equal(END_CODE_GUEST, END_CODE_BOOT);
    assert_int_equal(world.a, 1);
}

/* First in the program, before any VP has ever been ready. */
static void a_vp_that_hangs(void **state)
{
    (void)state;
    world.others_hang = true;
    assert_int_equal(boot_from(PARAMETERS, GUEST_PAGE), CRASHES);
    assert_non_null(strstr(world.text, "does not come up"));
    assert_true(world.time <= UINT64_C(30000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_vp_that_hangs, set_up),
        cmocka_unit_test_setup(stages_in_order, set_up),
        cmocka_unit_test_setup(guest_gets_its_state_and_tree, set_up),
        cmocka_unit_test_setup(firmware_gets_its_state_and_tree, set_up),
        cmocka_unit_test_setup(guest_page_is_read_once, set_up),
        cmocka_unit_test_setup(without_random_numbers_no_seeds, set_up),
        cmocka_unit_test_setup(every_refusal_ends_with_its_stage, set_up),
        cmocka_unit_test_setup(bad_inputs, set_up),
        cmocka_unit_test_setup(offsets_outside_the_mapped_part, set_up),
        cmocka_unit_test_setup(policy_page_decides, set_up),
        cmocka_unit_test_setup(no_policy_no_start, set_up),
        cmocka_unit_test_setup(no_guest_without_a_key, set_up),
        cmocka_unit_test_setup(ends, set_up),
    };

    return cmocka_run_group_tests(tests, memory_set_up, NULL);
}
