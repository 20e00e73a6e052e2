/* SPDX-License-Identifier: BSD-3-Clause */
#include "registers.h"

#include <stdlib.h>
#include <string.h>

#define RAM_BASE UINT64_C(0x40000000)
#define RAM_BYTES ((UINT64_C(1024) - 14) << 20)
#define GICD_BASE UINT64_C(0x08000000)
#define GICD_BYTES UINT64_C(0x10000)
#define GICR_BASE UINT64_C(0x080a0000)
#define GICR_BYTES UINT64_C(0x20000) /* of one VP */
#define TIMER_PPI 11u

/* Windows (devices/include/devices/devices.h). */
#define WINDOW_ENTROPY 0u
#define WINDOW_CONSOLE 1u
#define WINDOW_VSOCK 2u
#define WINDOW_NET 3u
#define WINDOW_DISKS 4u

void registers_machine_init(struct registers_machine *machine)
{
    *machine = (struct registers_machine){
        .vps = 2, .ram_count = 1, .ram = {{RAM_BASE, RAM_BYTES}}, .net = true};
}

/* What the file puts at [gpa, gpa + bytes); zeros where it has nothing. */
static uint8_t *memory_of(const struct opened *opened, uint64_t gpa, uint64_t bytes)
{
    uint8_t *memory = calloc(1, bytes + 1);
    struct igvm_cursor cursor = {0};
    struct igvm_header header;

    if (memory == NULL) {
        return NULL;
    }
    while (igvm_next(&opened->file, &cursor, &header)) {
        const struct igvm_page_data *page = &header.page_data;

        if (header.type != IGVM_TYPE_PAGE_DATA || page->gpa < gpa || page->gpa - gpa >= bytes) {
            continue;
        }
        const uint64_t left = bytes - (page->gpa - gpa);
        const uint8_t *data = igvm_page(&opened->file, page);

        if (data != NULL) {
            memcpy(memory + (page->gpa - gpa), data,
                   left < IGVM_PAGE_BYTES ? left : IGVM_PAGE_BYTES);
        }
    }
    return memory;
}

static void extend(struct registers *registers, enum guest_event event, const void *content,
                   uint64_t bytes)
{
    uint8_t name[GUEST_EVENT_HASH_BYTES];
    uint8_t *value = registers->value[registers->number[event] - 1];
    const char *text = registers->name[event];
    const struct igvm_part parts[] = {{value, GUEST_EVENT_HASH_BYTES},
                                      {name, sizeof(name)},
                                      {registers->event[event], GUEST_EVENT_HASH_BYTES}};
    uint8_t next[GUEST_EVENT_HASH_BYTES];

    digest_of(name, text, strlen(text));
    digest_of(registers->event[event], content, bytes);
    digest_sha256(next, parts, sizeof(parts) / sizeof(parts[0]));
    memcpy(value, next, sizeof(next));
}

static const char *extend_memory(const struct opened *opened, struct registers *registers,
                                 enum guest_event event, uint64_t gpa, uint64_t bytes)
{
    uint8_t *memory = bytes <= opened->blob.bytes ? memory_of(opened, gpa, bytes) : NULL;

    if (memory == NULL) {
        return "a part of the guest is longer than the file";
    }
    extend(registers, event, memory, bytes);
    free(memory);
    return NULL;
}

static uint32_t windows_of(const struct registers_machine *machine, bool console)
{
    uint32_t windows = 1u << WINDOW_ENTROPY | 1u << WINDOW_VSOCK;

    windows |= console ? 1u << WINDOW_CONSOLE : 0;
    windows |= machine->net ? 1u << WINDOW_NET : 0;
    return windows | ((1u << machine->disks) - 1) << WINDOW_DISKS;
}

static const char *extend_tree(const struct igvm_guest_page *guest,
                               const struct registers_machine *machine, bool console,
                               struct registers *registers)
{
    static _Alignas(8) uint8_t tree[GUEST_TREE_BYTES];
    struct guest_tree board = {
        .vp_count = machine->vps,
        .ram_count = machine->ram_count,
        .gicd = {GICD_BASE, GICD_BYTES},
        .gicr = {GICR_BASE, machine->vps * GICR_BYTES},
        .timer_ppi = TIMER_PPI,
        .virtio = windows_of(machine, console),
        .command_line = guest->command_line,
        .command_line_bytes = guest->command_line_bytes,
        .initrd_base = guest->initrd_gpa,
        .initrd_bytes = guest->initrd_bytes,
        .seeded = true, /* and zeros */
    };
    struct guest_seeds seeds;
    size_t bytes = 0;

    for (uint32_t i = 0; i < machine->vps; i++) {
        board.mpidr[i] = i;
    }
    memcpy(board.ram, machine->ram, sizeof(board.ram));
    const char *reason = guest_tree_write(&board, tree, sizeof(tree), &bytes, &seeds);
    if (reason == NULL) {
        extend(registers, GUEST_EVENT_DEVICE_TREE, tree, bytes);
    }
    return reason;
}

const char *registers_compute(const struct opened *opened, const struct registers_machine *machine,
                              struct registers *registers)
{
    struct igvm_policy policy;
    struct igvm_guest_page guest;
    const char *reason = NULL;
    const uint8_t *page = opened_policy(opened, &policy, &reason);

    if (page == NULL) {
        return reason;
    }
    if (opened_guest(opened, &guest) == NULL || guest.kind == IGVM_GUEST_NONE) {
        return "there is no guest in the file";
    }
    *registers = (struct registers){.name = GUEST_EVENT_NAMES, .number = GUEST_EVENT_REGISTERS};
    if (guest.kind == IGVM_GUEST_FIRMWARE) {
        registers->name[GUEST_EVENT_KERNEL] = GUEST_EVENT_FIRMWARE;
    }
    extend(registers, GUEST_EVENT_POLICY, page, IGVM_POLICY_PAGE_BYTES);
    reason =
        extend_memory(opened, registers, GUEST_EVENT_KERNEL, guest.kernel_gpa, guest.kernel_bytes);
    if (reason == NULL) {
        reason = extend_memory(opened, registers, GUEST_EVENT_INITRD, guest.initrd_gpa,
                               guest.initrd_bytes);
    }
    if (reason == NULL) {
        extend(registers, GUEST_EVENT_COMMAND_LINE, guest.command_line, guest.command_line_bytes);
        reason = extend_tree(&guest, machine, policy.console, registers);
    }
    return reason;
}
