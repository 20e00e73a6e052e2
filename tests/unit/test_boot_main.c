/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boot list, whole: boot_main over a stand-in for the layer below, with a board's memory at
 * its true addresses. Order of the calls, what VTL0 gets, and how each failure ends.
 */
#include "boot_main_test.h"

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
