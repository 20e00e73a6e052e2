/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the first C instruction to the first of VTL0: the list of stages at the end of this file.
 * A stage returns NULL, or what is wrong; then Paravane says so and ends.
 */
#include "attest.h"
#include "boot.h"
#include "end.h"
#include "fdt_in.h"
#include "igvm_guest.h"
#include "igvm_policy.h"
#include "machine.h"
#include "measure.h"
#include "prepare.h"
#include "vtl/untrusted.h"

#include <string.h>

#define PAGE_BYTES 4096u
#define PARAMETER_BYTES (IGVM_PARAMETER_PAGES * PAGE_BYTES)
#define VP_START_NS \
    UINT64_C(10000000000) /* far more than any VP takes, far less than a person waits */
#define PPI_FIRST 16u
#define MIB(bytes) ((bytes) >> 20)

/* Written by the boot VP before the others start, but for vps_ready. */
static struct {
    uint64_t image_base;
    uint64_t parameter_offset;
    uint64_t guest_page_offset;
    uint64_t policy_offset;
    struct igvm_policy policy; /* its texts lie in the page, which nobody but VTL2 can write */
    struct board board;
    const char *network; /* the host's options, of which net_up takes those for it */
    struct guest_parts guest;
    struct vtl_vp *vp;
    uint32_t vps_ready;
} boot;

/* The guest page, copied: what has been checked must be what is used. */
static struct igvm_guest_page guest_page;

/* The offsets are the file builder's: all must lie in the 4 MiB that entry.S has mapped. */
static const char *start_board(void)
{
    const uint64_t mapped = IGVM_VTL2_BYTES;

    if (boot.parameter_offset % PAGE_BYTES != 0 || boot.guest_page_offset % PAGE_BYTES != 0 ||
        !range_contains(0, mapped, boot.parameter_offset, PARAMETER_BYTES) ||
        !range_contains(0, mapped, boot.guest_page_offset, PAGE_BYTES)) {
        return "X0 and X1 are no offsets of parameter area and guest page";
    }
    return board_parse((const void *)(uintptr_t)(boot.image_base + boot.parameter_offset),
                       PARAMETER_BYTES, &boot.board);
}
PV_UNTRUSTED(start_board, host, "");

/*
 * The policy page is measured, and what the host's device tree asks for is not: its options count
 * only where the operator lets the host debug.
 */
static const char *start_policy(void)
{
    if (boot.policy_offset % PAGE_BYTES != 0 ||
        !range_contains(0, IGVM_VTL2_BYTES, boot.policy_offset, IGVM_POLICY_PAGE_BYTES)) {
        return "X2 is no offset of a policy page";
    }
    const char *reason = igvm_policy_read(
        (const void *)(uintptr_t)(boot.image_base + boot.policy_offset), &boot.policy);
    if (reason != NULL) {
        return reason;
    }
    boot.network = boot.board.options;
    if (!boot.policy.debug) {
        boot.board.options = "";
    }
    vtl_panic_registers(boot.policy.debug);
    return NULL;
}
PV_UNTRUSTED_OF("boot/igvm/igvm_policy.c", igvm_policy_read, host, "fuzz_igvm_policy");

static const char *start_memory(void)
{
    uint64_t parameter_end = boot.parameter_offset + PARAMETER_BYTES;
    uint64_t guest_page_end = boot.guest_page_offset + PAGE_BYTES;
    uint64_t used = parameter_end > guest_page_end ? parameter_end : guest_page_end;
    uint64_t policy_end = boot.policy_offset + IGVM_POLICY_PAGE_BYTES;
    const struct board *board = &boot.board;

    used = policy_end > used ? policy_end : used;
    if (vtl_memory_init(board->vtl2.base.raw, board->vtl2.bytes, boot.image_base + used) != PV_OK) {
        return "the memory range for VTL2 is not the one that the image is in, or below 4 MiB";
    }
    for (uint32_t i = 0; i < board->ram_count; i++) {
        if (vtl_map(board->ram[i].base.raw, board->ram[i].bytes, VTL_MAP_GUEST_RAM) != PV_OK) {
            return "VTL0's memory can't be mapped";
        }
    }
    return guest_ram_set(board->ram, board->ram_count) == PV_OK ? NULL
                                                                : "VTL0's memory is not in order";
}

static const char *start_random(void)
{
    vtl_random_seed(boot.board.seed, boot.board.seed_bytes);
    return NULL;
}

static const char *start_console(void)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < boot.board.ram_count; i++) {
        bytes += boot.board.ram[i].bytes;
    }
    const char *reason = machine_console(&boot.board);
    if (reason == NULL) {
        log_info("%u VP%s, %llu MiB for VTL0, %llu MiB for VTL2", boot.board.vp_count,
                 boot.board.vp_count == 1 ? "" : "s", (unsigned long long)MIB(bytes),
                 (unsigned long long)MIB(boot.board.vtl2.bytes));
        log_info("policy: security version %u, %s%s", boot.policy.svn,
                 boot.policy.console ? "console" : "no console",
                 boot.policy.debug ? ", debug: the host sees and decides more than is safe" : "");
    }
    return reason;
}

static const char *start_hypervisor(void)
{
    return vtl_init(boot.board.vp_count) == PV_OK
               ? NULL
               : "the hypervisor lacks what Paravane needs (reason above)";
}

static const char *start_hiding(void)
{
    return vtl_memory_hide(boot.board.vtl2.base, boot.board.vtl2.bytes) == PV_OK
               ? NULL
               : "the hypervisor does not hide VTL2's memory from VTL0";
}

static const char *start_devices(void)
{
    vmm_set_end(end_guest);
    return machine_devices(&boot.board, boot.policy.console);
}

static const char *start_boot_vp(void)
{
    const struct board *board = &boot.board;

    if (vtl_irq_init(board->gicd.base, board->gicr.base, PPI_FIRST + board->timer_ppi) != PV_OK) {
        return "VTL2's interrupt controller can't be set up";
    }
    if (vtl_vp_init(0, true, &boot.vp) != PV_OK) {
        return "VP 0 can't be set up (reason above)";
    }
    return machine_interrupts(boot.policy.console);
}

/* Everything that VTL0 will run, before anybody is told that it is good. */
static const char *start_guest(void)
{
    const struct guest_parts *guest = &boot.guest;

    memcpy(&guest_page, (const void *)(uintptr_t)(boot.image_base + boot.guest_page_offset),
           sizeof(guest_page));
    measure_start();
    const char *reason = measure_bytes(
        GUEST_EVENT_POLICY, (const void *)(uintptr_t)(boot.image_base + boot.policy_offset),
        IGVM_POLICY_PAGE_BYTES);
    if (reason == NULL) {
        reason = prepare_guest(&boot.board, &guest_page, machine_virtio_windows(), &boot.guest);
    }
    if (reason != NULL) {
        return reason;
    }
    log_info("%s %llu KiB at 0x%llx, initrd %llu KiB",
             guest->kind == IGVM_GUEST_LINUX ? "kernel" : "firmware",
             (unsigned long long)(guest->kernel_bytes >> 10), (unsigned long long)guest->kernel.raw,
             (unsigned long long)(guest->initrd_bytes >> 10));
    struct vtl_guest_start start = {.pc = gva(guest->kernel.raw), .x = {guest->tree.raw}};
    return vtl_guest_prepare(boot.vp, &start) == PV_OK
               ? NULL
               : "the hypervisor does not take the guest's first state";
}
PV_UNTRUSTED(start_guest, host, "");

/* Where the network is, the host says: whom to trust there, the policy. */
static const char *start_attestation(void)
{
    return attest(&boot.policy, boot.network);
}

/* Where the other VPs begin. */
static void run_other_vp(uint32_t index)
{
    struct vtl_vp *vp = NULL;

    if (vtl_vp_init(index, false, &vp) != PV_OK) {
        end_boot(index, "VPs", "a VP can't be set up (reason above)");
    }
    (void)__atomic_add_fetch(&boot.vps_ready, 1, __ATOMIC_RELEASE);
    vmm_vp_run(vp);
}

/* VTL0 must not start another VP before VTL2 is there to hold it: so all have to be ready first. */
static const char *start_other_vps(void)
{
    uint64_t start = vtl_time_ns();

    for (uint32_t i = 1; i < boot.board.vp_count; i++) {
        if (vtl_vp_start(i, boot.board.mpidr[i], run_other_vp) != PV_OK) {
            return "the hypervisor does not start a VP";
        }
    }
    while (__atomic_load_n(&boot.vps_ready, __ATOMIC_ACQUIRE) + 1 < boot.board.vp_count) {
        if (vtl_time_ns() - start > VP_START_NS) {
            return "a VP that the hypervisor has started does not come up";
        }
        vtl_relax();
    }
    return NULL;
}

struct stage {
    const char *name;
    const char *(*start)(void);
};

/* The order is fixed; what a stage needs stands above it. */
static const struct stage stages[] = {
    {"device tree", start_board}, /* needs nothing: it says where all the rest is */
    {"policy",
     start_policy}, /* before anything that it decides, and above all the host's options */
    {"memory", start_memory},   /* page pool and maps, for everything below */
    {"random", start_random},   /* before the first number is drawn */
    {"console", start_console}, /* from here on, lines are seen; earlier ones are in the ring */
    {"hypervisor", start_hypervisor},   /* before any other call to it */
    {"devices", start_devices},         /* before an interrupt or an exit can want them */
    {"boot VP", start_boot_vp},         /* runs a probe of its own in VTL0, from a page of VTL2's */
    {"protection", start_hiding},       /* before anything is prepared for the guest in VTL0 */
    {"guest", start_guest},             /* checked, measured, and its device tree written */
    {"attestation", start_attestation}, /* of all that is measured above; no VP of VTL0 runs yet */
    {"VPs", start_other_vps},           /* last: they run on their own from then on */
};

void boot_main(uint64_t image_base, uint64_t parameter_offset, uint64_t guest_page_offset,
               uint64_t policy_offset)
{
    boot.image_base = image_base;
    boot.parameter_offset = parameter_offset;
    boot.guest_page_offset = guest_page_offset;
    boot.policy_offset = policy_offset;
    for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
        const char *reason = stages[i].start();
        if (reason != NULL) {
            end_boot(i, stages[i].name, reason);
        }
    }
    vmm_vp_run(boot.vp);
}
