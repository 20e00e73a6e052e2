/* SPDX-License-Identifier: BSD-3-Clause */
#include "build.h"

#include "arm64_image.h"
#include "igvm_guest.h"
#include "igvm_writer.h"

#include <string.h>

#define PLATFORM_MASK 1u
#define VTL2 2u
#define PARAMETER_AREA_INDEX 0u
#define PARAMETER_AREA_BYTES (IGVM_PARAMETER_PAGES * IGVM_PAGE_BYTES)
#define RELOCATION_ALIGNMENT UINT64_C(0x200000)
#define RELOCATION_MINIMUM UINT64_C(0x40000000) /* start of the board's RAM */
#define RELOCATION_MAXIMUM (UINT64_C(1) << 48)

/* First state of VTL2 (boot/igvm/igvm_guest.h): EL1h, DAIF masked, MMU off. */
#define FIRST_CPSR UINT64_C(0x3c5)
#define FIRST_SCTLR_EL1 UINT64_C(0x30d00800) /* the RES1 bits */

_Static_assert(sizeof(struct igvm_guest_page) == IGVM_PAGE_BYTES, "one page");

struct layout {
    uint64_t policy_gpa;
    uint64_t parameter_gpa;
    uint64_t guest_page_gpa;
    struct igvm_guest_page guest;
    uint8_t policy[IGVM_POLICY_PAGE_BYTES];
};

static uint64_t round_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static const char *lay_out_linux(const struct build *build, struct igvm_guest_page *guest)
{
    size_t command_line_bytes = strlen(build->command_line);

    if (command_line_bytes > IGVM_GUEST_COMMAND_LINE_BYTES) {
        return "the command line is longer than 2048 bytes";
    }
    guest->kind = IGVM_GUEST_LINUX;
    guest->command_line_bytes = (uint32_t)command_line_bytes;
    memcpy(guest->command_line, build->command_line, command_line_bytes);
    guest->kernel_gpa = IGVM_KERNEL_GPA + build->kernel->text_offset;
    guest->kernel_bytes = build->kernel->image.bytes;
    if (build->initrd.bytes != 0) {
        /* Behind the kernel's bss, which image_size counts in. */
        guest->initrd_gpa =
            round_up(guest->kernel_gpa + build->kernel->image_size, ARM64_IMAGE_ALIGNMENT);
        guest->initrd_bytes = build->initrd.bytes;
    }
    return NULL;
}

static const char *lay_out_guest(const struct build *build, struct igvm_guest_page *guest)
{
    guest->magic = IGVM_GUEST_MAGIC;
    guest->version = IGVM_GUEST_VERSION;
    if (build->kernel != NULL) {
        return build->firmware.bytes != 0 ? "a kernel and a firmware: one of them starts VTL0"
                                          : lay_out_linux(build, guest);
    }
    if (build->initrd.bytes != 0 || build->command_line[0] != '\0') {
        return "an initrd or a command line needs a kernel";
    }
    if (build->firmware.bytes != 0) {
        guest->kind = IGVM_GUEST_FIRMWARE;
        guest->kernel_gpa = IGVM_KERNEL_GPA;
        guest->kernel_bytes = build->firmware.bytes;
    }
    return NULL;
}

static const char *lay_out(const struct build *build, struct layout *layout)
{
    const uint64_t pages = IGVM_POLICY_PAGE_BYTES + PARAMETER_AREA_BYTES + IGVM_PAGE_BYTES;
    uint64_t used = build->image.memory_bytes + pages;

    if (build->vtl2_bytes % IGVM_PAGE_BYTES != 0) {
        return "VTL2's memory is not in whole pages";
    }
    if (build->vtl2_bytes < IGVM_VTL2_BYTES) {
        return "VTL2's memory is below 4 MiB, what its entry code maps";
    }
    if (build->vtl2_bytes > IGVM_KERNEL_GPA - IGVM_VTL2_BASE) {
        return "VTL2's memory would reach into the kernel's (16 MiB at most)";
    }
    if (used > IGVM_VTL2_BYTES) {
        return "the image does not fit the 4 MiB that its entry code maps";
    }
    *layout = (struct layout){.policy_gpa = IGVM_VTL2_BASE + build->image.memory_bytes};
    layout->parameter_gpa = layout->policy_gpa + IGVM_POLICY_PAGE_BYTES;
    layout->guest_page_gpa = layout->parameter_gpa + PARAMETER_AREA_BYTES;
    const char *problem = igvm_policy_write(build->policy, layout->policy);
    return problem != NULL ? problem : lay_out_guest(build, &layout->guest);
}

static void write_memory(struct igvm_writer *writer, const struct build *build)
{
    struct igvm_platform platform = {
        .compatibility_mask = PLATFORM_MASK,
        .highest_vtl = VTL2,
        .platform_type = IGVM_PLATFORM_VSM_ISOLATION,
        .platform_version = IGVM_PLATFORM_VERSION,
    };
    struct igvm_relocatable_region region = {
        .compatibility_mask = PLATFORM_MASK,
        .vtl = VTL2,
        .flags = IGVM_RELOCATABLE_IS_VTL2 | IGVM_RELOCATABLE_APPLY_PC,
        .alignment = RELOCATION_ALIGNMENT,
        .base_gpa = IGVM_VTL2_BASE,
        .size = build->vtl2_bytes,
        .minimum_gpa = RELOCATION_MINIMUM,
        .maximum_gpa = RELOCATION_MAXIMUM,
    };
    struct igvm_required_memory required = {
        .gpa = IGVM_VTL2_BASE,
        .compatibility_mask = PLATFORM_MASK,
        .number_of_bytes = (uint32_t)build->vtl2_bytes,
        .flags = IGVM_REQUIRED_VTL2_PROTECTABLE,
    };

    igvm_writer_header(writer, IGVM_TYPE_SUPPORTED_PLATFORM, &platform, sizeof(platform));
    igvm_writer_header(writer, IGVM_TYPE_RELOCATABLE_REGION, &region, sizeof(region));
    igvm_writer_header(writer, IGVM_TYPE_REQUIRED_MEMORY, &required, sizeof(required));
}

static void write_parameters(struct igvm_writer *writer, const struct build *build,
                             const struct layout *layout)
{
    struct igvm_parameter_area area = {PARAMETER_AREA_BYTES, PARAMETER_AREA_INDEX, 0};
    struct igvm_parameter device_tree = {PARAMETER_AREA_INDEX, 0};
    struct igvm_parameter_insert insert = {layout->parameter_gpa, PLATFORM_MASK,
                                           PARAMETER_AREA_INDEX};
    const struct igvm_vp_register registers[] = {
        {VTL2, IGVM_REGISTER_PC, IGVM_VTL2_BASE + build->image.entry},
        {VTL2, IGVM_REGISTER_X0, layout->parameter_gpa - IGVM_VTL2_BASE},
        {VTL2, IGVM_REGISTER_X0 + 1, layout->guest_page_gpa - IGVM_VTL2_BASE},
        {VTL2, IGVM_REGISTER_X0 + 2, layout->policy_gpa - IGVM_VTL2_BASE},
        {VTL2, IGVM_REGISTER_CPSR, FIRST_CPSR},
        {VTL2, IGVM_REGISTER_SCTLR_EL1, FIRST_SCTLR_EL1},
    };

    igvm_writer_header(writer, IGVM_TYPE_PARAMETER_AREA, &area, sizeof(area));
    igvm_writer_header(writer, IGVM_TYPE_DEVICE_TREE, &device_tree, sizeof(device_tree));
    igvm_writer_context(writer, PLATFORM_MASK, registers, sizeof(registers) / sizeof(registers[0]));
    igvm_writer_header(writer, IGVM_TYPE_PARAMETER_INSERT, &insert, sizeof(insert));
}

/*
 * Ascending by GPA. What the image does not load (its bss) it clears itself. The guest's own parts are
 * shared pages, the only kind that leaves no trace in the launch digest (igvm.md 7: an unmeasured page
 * leaves its address), so that one digest stands for Paravane and its policy under any guest. Paravane
 * takes them for a host's word.
 */
static void write_pages(struct igvm_writer *writer, const struct build *build,
                        const struct layout *layout)
{
    const struct igvm_guest_page *guest = &layout->guest;

    igvm_writer_pages(writer, IGVM_VTL2_BASE, PLATFORM_MASK, 0, build->image.load.data,
                      build->image.load.bytes);
    igvm_writer_page(writer, layout->policy_gpa, PLATFORM_MASK, 0, layout->policy,
                     sizeof(layout->policy));
    igvm_writer_page(writer, layout->guest_page_gpa, PLATFORM_MASK, IGVM_PAGE_UNMEASURED, guest,
                     sizeof(*guest));
    if (build->kernel != NULL) {
        igvm_writer_pages(writer, guest->kernel_gpa, PLATFORM_MASK, IGVM_PAGE_SHARED,
                          build->kernel->image.data, build->kernel->image.bytes);
    }
    igvm_writer_pages(writer, guest->kernel_gpa, PLATFORM_MASK, IGVM_PAGE_SHARED,
                      build->firmware.data, build->firmware.bytes);
    igvm_writer_pages(writer, guest->initrd_gpa, PLATFORM_MASK, IGVM_PAGE_SHARED,
                      build->initrd.data, build->initrd.bytes);
}

const char *build_file(const struct build *build, struct blob *out)
{
    struct layout layout;
    const char *problem = lay_out(build, &layout);

    if (problem != NULL) {
        return problem;
    }
    struct igvm_writer *writer = igvm_writer_new();
    write_memory(writer, build);
    write_parameters(writer, build, &layout);
    write_pages(writer, build, &layout);
    enum igvm_status status = igvm_writer_finish(writer, &out->data, &out->bytes);
    igvm_writer_free(writer);
    return status == IGVM_OK ? NULL : igvm_status_text(status);
}
