/* SPDX-License-Identifier: BSD-3-Clause */
#include "igvm_load.h"

#include "arm64.h"
#include "console.h"
#include "igvm_place.h"
#include "machine.h"
#include "measure.h"
#include "parameters.h"
#include "phys.h"

#include <stddef.h>
#include <string.h>

#define PARAMETERS_PER_AREA_MAX 4u
#define VTL2 2u

/* A parameter area between its declaration and its insert. */
struct area {
    uint64_t bytes;
    const uint8_t *content; /* NULL: zeros */
    uint32_t index;
    uint32_t parameter_count;
    struct {
        uint32_t type;
        uint32_t offset;
    } parameter[PARAMETERS_PER_AREA_MAX];
};

struct loader {
    struct igvm_placement placement;
    struct igvm_load_result *result;
    uint32_t area_count;
    struct area area[IGVM_AREAS_MAX];
};

static void wipe(uint64_t base, uint64_t bytes)
{
    memset(phys_pointer(base), 0, bytes);
    phys_clean(base, bytes);
}

/* Wipes what the boot loader left at range, except for what is now the file's copy. */
static void wipe_left(struct machine_range range, struct machine_range copy)
{
    const uint64_t end = range.base + range.bytes;
    const uint64_t copy_end = copy.base + copy.bytes;
    if (!ranges_overlap(range.base, range.bytes, copy.base, copy.bytes)) {
        wipe(range.base, range.bytes);
        return;
    }
    if (range.base < copy.base) {
        wipe(range.base, copy.base - range.base);
    }
    if (end > copy_end) {
        wipe(copy_end, end - copy_end);
    }
}

/* Moves the file to the end of the highest memory range that holds it, below VTL2 if that is there. */
static void file_move(struct igvm_placement *placement)
{
    const struct machine_range from = machine.initrd;
    const uint64_t bytes = (from.bytes + IGVM_PAGE_BYTES - 1) & ~(uint64_t)(IGVM_PAGE_BYTES - 1);
    for (uint32_t i = machine.memory_count; i-- > 0;) {
        const struct machine_range memory = machine.memory[i];
        uint64_t room = memory.bytes;
        if (room >= bytes && ranges_overlap(memory.base + room - bytes, bytes, placement->vtl2_base,
                                            placement->region.size)) {
            room = placement->vtl2_base - memory.base;
        }
        if (room >= bytes) {
            placement->copy = (struct machine_range){memory.base + room - bytes, bytes};
            placement->file.data = phys_pointer(placement->copy.base);
            memmove(phys_pointer(placement->copy.base), phys_pointer(from.base), from.bytes);
            return;
        }
    }
    console_fatal("there is no room for the IGVM file's 0x%llx bytes", (unsigned long long)bytes);
}

static void file_open(struct igvm_placement *placement, struct igvm_load_result *result)
{
    enum igvm_status status =
        igvm_open(&placement->file, phys_pointer(machine.initrd.base), machine.initrd.bytes);
    if (status == IGVM_OK) {
        status = igvm_check_start(&placement->file);
    }
    if (status == IGVM_OK) {
        status = measure_file(&placement->file, result->digest, &result->vbs);
    }
    if (status != IGVM_OK) {
        console_fatal("the IGVM file is not good: %s", igvm_status_text(status));
    }
    igvm_place_vtl2(placement);
    file_move(placement);
    wipe_left(machine.initrd, placement->copy);
    wipe_left(machine.fdt, placement->copy);
    wipe_left(machine.image_before, placement->copy);
}

/* Where a range of the file goes, once it is known to be memory that it may have. */
static uint64_t range_take(const struct loader *loader, uint64_t gpa, uint64_t bytes,
                           const char *what)
{
    const uint64_t base = igvm_place_range(&loader->placement, gpa, bytes);
    if (!igvm_place_free(&loader->placement, base, bytes)) {
        console_fatal(
            "%s of the IGVM file at 0x%llx, 0x%llx bytes, is not in memory that it can have", what,
            (unsigned long long)base, (unsigned long long)bytes);
    }
    return base;
}

static void content_put(uint64_t to, const uint8_t *content, uint64_t bytes)
{
    if (content != NULL) {
        memcpy(phys_pointer(to), content, bytes);
    } else {
        memset(phys_pointer(to), 0, bytes);
    }
}

static void page_load(const struct loader *loader, const struct igvm_page_data *page)
{
    const uint64_t to = range_take(loader, page->gpa, IGVM_PAGE_BYTES, "a page");
    content_put(to, igvm_page(&loader->placement.file, page), IGVM_PAGE_BYTES);
    phys_clean(to, IGVM_PAGE_BYTES);
}

/* igvm_open has seen that areas are few, declared once, and inserted once. */
static struct area *area_find(struct loader *loader, uint32_t index)
{
    for (uint32_t i = 0; i < loader->area_count; i++) {
        if (loader->area[i].index == index) {
            return &loader->area[i];
        }
    }
    console_fatal("the IGVM file has no parameter area %u", index);
}

static void area_declare(struct loader *loader, const struct igvm_parameter_area *declared)
{
    if (loader->area_count == IGVM_AREAS_MAX) {
        console_fatal("the IGVM file has too many parameter areas");
    }
    loader->area[loader->area_count++] = (struct area){
        .bytes = declared->number_of_bytes,
        .content = igvm_area_content(&loader->placement.file, declared),
        .index = declared->index,
    };
}

static void parameter_note(struct loader *loader, uint32_t type,
                           const struct igvm_parameter *parameter)
{
    struct area *area = area_find(loader, parameter->index);
    if (area->parameter_count == PARAMETERS_PER_AREA_MAX) {
        console_fatal("parameter area %u of the IGVM file has too many parameters", area->index);
    }
    area->parameter[area->parameter_count].type = type;
    area->parameter[area->parameter_count].offset = parameter->byte_offset;
    area->parameter_count++;
}

static void area_insert(struct loader *loader, const struct igvm_parameter_insert *insert)
{
    const struct area *area = area_find(loader, insert->index);
    const struct igvm_placement *placement = &loader->placement;
    const uint64_t to = range_take(loader, insert->gpa, area->bytes, "a parameter area");
    const struct machine_range vtl2 = {placement->vtl2_base, placement->region.size};
    content_put(to, area->content, area->bytes);
    for (uint32_t i = 0; i < area->parameter_count; i++) {
        const uint32_t type = area->parameter[i].type;
        const uint64_t offset = area->parameter[i].offset;
        enum parameters_status status = PARAMETERS_NO_ROOM;
        if (offset < area->bytes) {
            status = parameters_write(type, vtl2, phys_pointer(to + offset), area->bytes - offset);
        }
        if (status != PARAMETERS_OK) {
            console_fatal("parameter 0x%x of the IGVM file %s", type,
                          status == PARAMETERS_NO_ROOM ? "does not fit into its area"
                                                       : "is none that refhv gives");
        }
    }
    phys_clean(to, area->bytes);
}

static void register_take(struct igvm_load_result *result, const struct igvm_vp_register *reg)
{
    static const struct {
        uint32_t name;
        uint32_t offset;
    } others[] = {
        {IGVM_REGISTER_PC, offsetof(struct igvm_load_result, pc)},
        {IGVM_REGISTER_CPSR, offsetof(struct igvm_load_result, cpsr)},
        {IGVM_REGISTER_SCTLR_EL1, offsetof(struct igvm_load_result, sctlr_el1)},
        {IGVM_REGISTER_TTBR0_EL1, offsetof(struct igvm_load_result, ttbr0_el1)},
        {IGVM_REGISTER_TTBR1_EL1, offsetof(struct igvm_load_result, ttbr1_el1)},
        {IGVM_REGISTER_TCR_EL1, offsetof(struct igvm_load_result, tcr_el1)},
        {IGVM_REGISTER_MAIR_EL1, offsetof(struct igvm_load_result, mair_el1)},
        {IGVM_REGISTER_VBAR_EL1, offsetof(struct igvm_load_result, vbar_el1)},
    };
    if (reg->name >= IGVM_REGISTER_X0 && reg->name <= IGVM_REGISTER_X7) {
        result->x[reg->name - IGVM_REGISTER_X0] = reg->value;
        return;
    }
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i].name == reg->name) {
            memcpy((uint8_t *)result + others[i].offset, &reg->value, sizeof(reg->value));
            return;
        }
    }
    console_fatal("the IGVM file sets register 0x%x, which no file can", reg->name);
}

static void context_load(struct loader *loader, const struct igvm_vp_context *context)
{
    const struct igvm_placement *placement = &loader->placement;
    struct igvm_vp_register reg;
    for (uint32_t i = 0; igvm_vp_register(&placement->file, context, i, &reg); i++) {
        if (reg.vtl != VTL2) {
            console_fatal("the IGVM file has a context for VTL %u: VTL2 alone starts VTL0",
                          reg.vtl);
        }
        register_take(loader->result, &reg);
    }
    if ((placement->region.flags & IGVM_RELOCATABLE_APPLY_PC) != 0) {
        loader->result->pc += placement->vtl2_base - placement->region.base_gpa;
    }
}

static void header_load(struct loader *loader, const struct igvm_header *header)
{
    switch (header->type) {
    case IGVM_TYPE_SUPPORTED_PLATFORM:
    case IGVM_TYPE_RELOCATABLE_REGION:
    case IGVM_TYPE_GUEST_POLICY:
    case IGVM_TYPE_CORIM_DOCUMENT:
    case IGVM_TYPE_CORIM_SIGNATURE:
    case IGVM_TYPE_SNP_ID_BLOCK:
    case IGVM_TYPE_VBS_MEASUREMENT:
        break; /* nothing of them is loaded */
    case IGVM_TYPE_REQUIRED_MEMORY:
        (void)range_take(loader, header->required_memory.gpa,
                         header->required_memory.number_of_bytes, "required memory");
        break;
    case IGVM_TYPE_PARAMETER_AREA:
        area_declare(loader, &header->parameter_area);
        break;
    case IGVM_TYPE_PARAMETER_INSERT:
        area_insert(loader, &header->parameter_insert);
        break;
    case IGVM_TYPE_PAGE_DATA:
        page_load(loader, &header->page_data);
        break;
    case IGVM_TYPE_VP_CONTEXT:
        context_load(loader, &header->vp_context);
        break;
    case IGVM_TYPE_VP_COUNT:
    case IGVM_TYPE_SRAT:
    case IGVM_TYPE_MADT:
    case IGVM_TYPE_MMIO_RANGES:
    case IGVM_TYPE_MEMORY_MAP:
    case IGVM_TYPE_COMMAND_LINE:
    case IGVM_TYPE_SLIT:
    case IGVM_TYPE_PPTT:
    case IGVM_TYPE_DEVICE_TREE:
    case IGVM_TYPE_ENVIRONMENT_INFO:
        parameter_note(loader, header->type, &header->parameter);
        break;
    default:
        console_fatal("the IGVM file has a header of type 0x%x, which refhv does not load",
                      header->type);
    }
}

static void digest_print(const uint8_t digest[IGVM_DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * IGVM_DIGEST_BYTES + 1] = {0};

    for (unsigned i = 0; i < IGVM_DIGEST_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15u];
    }
    console_print("refhv: launch digest %s\n", text);
}

void igvm_load(struct igvm_load_result *result)
{
    /* Not on the stack: its areas take a few KiB. Used once. */
    static struct loader loader;
    memset(&loader, 0, sizeof(loader));
    *result = (struct igvm_load_result){
        .cpsr = PSTATE_DAIF | PSTATE_EL1H,
        .sctlr_el1 = SCTLR_RES1,
    };
    loader.result = result;
    file_open(&loader.placement, result);
    result->vtl2_base = loader.placement.vtl2_base;
    result->vtl2_bytes = loader.placement.region.size;

    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    while (igvm_next(&loader.placement.file, &cursor, &header)) {
        if ((igvm_header_mask(&loader.placement.file, &header) & loader.placement.file.mask) != 0) {
            header_load(&loader, &header);
        }
    }
    wipe(loader.placement.copy.base, loader.placement.copy.bytes);
    phys_code_written();
    console_print("refhv: IGVM loaded, VTL2 0x%llx..0x%llx, entry 0x%llx\n",
                  (unsigned long long)result->vtl2_base,
                  (unsigned long long)result->vtl2_base + result->vtl2_bytes,
                  (unsigned long long)result->pc);
    digest_print(result->digest);
}
