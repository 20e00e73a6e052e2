/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest page and the kernel's header: booting.rst sections 2 to 4, and boot/igvm/igvm_guest.h.
 */
#include "arm64_image.h"
#include "boot_test.h"
#include "guest.h"

#include <string.h>

#include <cmocka.h>

#define ROOM 8192u

/* Guest memory: nothing but the kernel's header has content. */
static struct vmm_ram ram[2];
static size_t ram_count;
static struct arm64_image image;
static struct igvm_guest_page page;
static struct guest_parts guest;

size_t guest_ram_get(struct vmm_ram *to, size_t room)
{
    assert_true(room >= ram_count);
    memcpy(to, ram, sizeof(ram));
    return ram_count;
}

bool guest_ram_contains(gpa_t base, uint64_t bytes)
{
    for (size_t i = 0; i < ram_count; i++) {
        if (range_contains(ram[i].base.raw, ram[i].bytes, base.raw, bytes)) {
            return true;
        }
    }
    return false;
}

enum pv_status guest_read(gpa_t from, void *to, size_t bytes)
{
    if (!guest_ram_contains(from, bytes)) {
        return PV_FAULT;
    }
    memset(to, 0, bytes);
    if (from.raw == page.kernel_gpa && bytes == sizeof(image)) {
        memcpy(to, &image, sizeof(image));
    }
    return PV_OK;
}

static int set_up(void **state)
{
    (void)state;
    ram[0] = (struct vmm_ram){{0x40800000}, 0x800000};
    ram[1] = (struct vmm_ram){{0x41400000}, 0x0ec00000}; /* to 0x50000000 */
    ram_count = 2;
    image = (struct arm64_image){.image_size = 0x1aa0000, .flags = 10, .magic = 0x644d5241};
    memset(&page, 0, sizeof(page));
    page.magic = UINT64_C(0x3054534555475650);
    page.version = 2;
    page.kind = 1;
    page.kernel_gpa = 0x42000000;
    page.kernel_bytes = 0x19f9800;
    page.initrd_gpa = 0x43c00000;
    page.initrd_bytes = 0x100001;
    page.command_line_bytes = 3;
    memcpy(page.command_line, "a=b", 3);
    return 0;
}

static const char *check(void)
{
    return guest_check(&page, ROOM, &guest);
}

static void expect_reason(const char *part)
{
    const char *reason = check();

    assert_non_null(reason);
    if (strstr(reason, part) == NULL) {
        fail_msg("'%s' is not about '%s'", reason, part);
    }
    set_up(NULL);
}

static void good_guest(void **state)
{
    (void)state;
    assert_null(check());
    assert_int_equal(guest.kernel.raw, 0x42000000);
    assert_int_equal(guest.kernel_bytes, 0x19f9800);
    assert_int_equal(guest.image_size, 0x1aa0000);
    assert_int_equal(guest.initrd.raw, 0x43c00000);
    assert_int_equal(guest.initrd_bytes, 0x100001);
    assert_int_equal(guest.tree.raw, 0x43e00000); /* behind the initrd, 2 MiB aligned */
}

static void no_initrd(void **state)
{
    (void)state;
    page.initrd_bytes = 0;
    page.initrd_gpa = 0;
    assert_null(check());
    assert_int_equal(guest.tree.raw, 0x43c00000); /* 0x43aa0000 up */
}

static void bad_pages(void **state)
{
    (void)state;
    page.magic++;
    expect_reason("guest page");
    page.version = 1;
    expect_reason("guest page");
    page.zero = 1;
    expect_reason("zeros");
    page.zero1[sizeof(page.zero1) - 1] = 1;
    expect_reason("zeros");
    page.kind = 0;
    expect_reason("no kernel");
    page.kind = 3;
    expect_reason("kind");
    page.kernel_bytes = 0;
    expect_reason("outside");
    page.command_line_bytes = 2049;
    expect_reason("command line");
    page.command_line_bytes = 4;
    expect_reason("command line");
    memset(page.command_line, 'x', sizeof(page.command_line));
    page.command_line_bytes = 2048;
    assert_null(check());
}

static void bad_kernels(void **state)
{
    (void)state;
    page.kernel_bytes = 63;
    expect_reason("outside");
    page.kernel_gpa = 0x41000000; /* VTL2's own memory */
    expect_reason("outside");
    page.kernel_gpa = UINT64_C(0xffffffffffe00000);
    expect_reason("outside");
    page.kernel_bytes = UINT64_MAX;
    expect_reason("outside");
    image.magic++;
    expect_reason("no arm64 Image");
    image.flags |= 1;
    expect_reason("big-endian");
    image.image_size = 0x19f97ff;
    expect_reason("size");
    image.image_size = 0;
    expect_reason("size");
    image.image_size = UINT64_MAX;
    expect_reason("size");
    image.text_offset = 0x80000;
    expect_reason("2 MiB");
    image.text_offset = UINT64_C(0xffffffffffe00000);
    expect_reason("2 MiB");
    page.kernel_gpa = 0x42001000;
    expect_reason("2 MiB");
    /* The file fits, its bss does not. */
    ram[1].bytes = 0x42000000 + 0x1aa0000 - 1 - 0x41400000;
    page.initrd_bytes = 0;
    expect_reason("does not fit");
}

static void text_offset(void **state)
{
    (void)state;
    image.text_offset = 0x80000;
    page.kernel_gpa = 0x42080000;
    assert_null(check());
    assert_int_equal(guest.kernel.raw, 0x42080000);
}

static void bad_initrds(void **state)
{
    (void)state;
    page.initrd_gpa = 0x42000000;
    expect_reason("overlaps");
    page.initrd_gpa = 0x42000000 + 0x1aa0000 - 1;
    expect_reason("overlaps");
    page.initrd_gpa = 0x42000000 + 0x1aa0000;
    assert_null(check());
    page.initrd_gpa = 0x42000000 - 0x100000;
    expect_reason("overlaps");
    page.initrd_gpa = 0x41000000;
    expect_reason("does not fit");
    page.initrd_gpa = 0x50000000 - 0x100000;
    expect_reason("does not fit");
    page.initrd_bytes = UINT64_MAX - 0x1000;
    expect_reason("does not fit");
    ram[0] = (struct vmm_ram){{UINT64_C(0x900000000)}, 0x800000};
    page.initrd_gpa = UINT64_C(0x900000000);
    expect_reason("too far");
}

static void tree_finds_room(void **state)
{
    (void)state;
    /* Neither behind the initrd nor behind the kernel: then at the start of memory. */
    ram[1].bytes = 0x43e00000 - 0x41400000;
    assert_null(check());
    assert_int_equal(guest.tree.raw, 0x40800000);
    ram_count = 1;
    ram[0] = ram[1];
    page.initrd_bytes = 0;
    ram[0] = (struct vmm_ram){{0x42000000}, 0x1aa0000};
    expect_reason("no room for the device tree");
}

static void firmware_set_up(void)
{
    page.kind = 2;
    page.kernel_bytes = 0xed228;
    page.initrd_gpa = 0;
    page.initrd_bytes = 0;
    page.command_line_bytes = 0;
    memset(page.command_line, 0, sizeof(page.command_line));
}

/* No header is looked for; the tree is at the start of memory, as on QEMU's virt board. */
static void good_firmware(void **state)
{
    (void)state;
    memset(&image, 0, sizeof(image));
    firmware_set_up();
    assert_null(check());
    assert_int_equal(guest.kind, 2);
    assert_int_equal(guest.kernel.raw, 0x42000000);
    assert_int_equal(guest.kernel_bytes, 0xed228);
    assert_int_equal(guest.initrd_bytes, 0);
    assert_int_equal(guest.tree.raw, 0x40800000);
}

static void bad_firmware(void **state)
{
    (void)state;
    page.kind = 2;
    page.initrd_gpa = 0;
    page.initrd_bytes = 0;
    expect_reason("command line");
    firmware_set_up();
    page.initrd_bytes = 1;
    expect_reason("initrd");
    firmware_set_up();
    page.initrd_gpa = 0x43c00000;
    expect_reason("initrd");
    firmware_set_up();
    page.kernel_bytes = UINT64_MAX;
    expect_reason("outside");
    firmware_set_up();
    page.kernel_bytes = 0x0e000001;
    expect_reason("outside");
    firmware_set_up();
    page.kernel_bytes = 0;
    expect_reason("outside");
    firmware_set_up();
    ram[1].base.raw = 0x42200000;
    expect_reason("outside");
    firmware_set_up();
    ram[0].bytes = 4096;
    expect_reason("no room for the device tree");
    firmware_set_up();
    ram[0] = (struct vmm_ram){{0x42000000}, 0x800000};
    expect_reason("no room for the device tree");
}

/* The host names the place, and no measurement has it: docs/image.md, "What is in the digest". */
static void misplaced_firmware(void **state)
{
    static const uint64_t places[] = {0x42000004, 0x42001000, 0x42200000, 0x44000000,
                                      0x41200000, 0x40800000, 0,          0xffffffffffe00000};

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        firmware_set_up();
        page.kernel_gpa = places[i];
        expect_reason("not where firmware goes");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(good_guest, set_up),
        cmocka_unit_test_setup(no_initrd, set_up),
        cmocka_unit_test_setup(bad_pages, set_up),
        cmocka_unit_test_setup(bad_kernels, set_up),
        cmocka_unit_test_setup(text_offset, set_up),
        cmocka_unit_test_setup(bad_initrds, set_up),
        cmocka_unit_test_setup(tree_finds_room, set_up),
        cmocka_unit_test_setup(good_firmware, set_up),
        cmocka_unit_test_setup(bad_firmware, set_up),
        cmocka_unit_test_setup(misplaced_firmware, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
