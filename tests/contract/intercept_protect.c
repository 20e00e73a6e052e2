/* SPDX-License-Identifier: BSD-3-Clause */
/* Protections that VTL2 puts on VTL0's memory: sections 2.6 and 7.10. */
#include "intercept.h"

#define PAGE VTL0_SCRATCH_GPA
#define VALUE UINT64_C(0x00c0ffee00c0ffee)
#define PAGES_A_CALL 510u

uint64_t protect(uint64_t gpa, uint64_t pages, uint32_t flags)
{
    uint64_t *input = hv_input_page();
    uint64_t done = 0;

    while (done < pages) {
        uint64_t count = pages - done < PAGES_A_CALL ? pages - done : PAGES_A_CALL;

        input[0] = HV_PARTITION_ID_SELF;
        input[1] = flags;
        for (uint64_t i = 0; i < count; i++) {
            input[2 + i] = (gpa >> 12) + done + i;
        }
        uint64_t result = hv_call(
            WAY_HVC1_MEMORY, HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, count), 2 + count, 0, NULL);
        if (result != count << HV_RESULT_REP_SHIFT) {
            return result;
        }
        done += count;
    }
    return 0;
}

struct protect_row {
    const char *name;
    uint32_t flags;
    bool read, write, execute;
};

static const struct protect_row protect_rows[] = {
    {"none", 0, false, false, false},
    {"read", HV_MAP_READ, true, false, false},
    {"read and write", HV_MAP_READ | HV_MAP_WRITE, true, true, false},
    {"read and execute", HV_MAP_READ | HV_MAP_KERNEL_EXECUTE | HV_MAP_USER_EXECUTE, true, false,
     true},
    {"all", HV_MAP_ALL, true, true, true},
};

/* The access before has filled the TLB; the one after must see the new protection, and, when it
 * is lifted, be repeated with no change to PC. */
static void check_data(const struct protect_row *protection, size_t index, bool allowed)
{
    const struct access_row *row = &access_rows[index];
    struct exit exit;

    access_start(row->code, PAGE, 0, 0, 0x3c5);
    vtl0_run(&exit);
    check_eq("2.6 access before", exit.kind, EXIT_DOORBELL);
    write64(PAGE, VALUE);
    check_eq("2.6 modify-protection", protect(PAGE, 1, protection->flags), 0);
    access_start(row->code, PAGE, VALUE + 1, 0, 0x3c5);
    vtl0_run(&exit);
    check_way(protection->name);
    if (allowed) {
        check_eq("2.6 the access is allowed", exit.kind, EXIT_DOORBELL);
    } else {
        check_eq("2.6 the access is intercepted", exit.kind, EXIT_MESSAGE);
        access_check(row, &exit, HV_MESSAGE_GPA_INTERCEPT, PAGE, 0x3c5);
        check_eq("2.6 VTL2 itself can read", read64(PAGE), VALUE);
        write64(PAGE, VALUE);
        check_eq("2.6 modify-protection", protect(PAGE, 1, HV_MAP_ALL), 0);
        vtl0_run(&exit);
        check_eq("2.6 the same access is allowed afterwards", exit.kind, EXIT_DOORBELL);
    }
    if (row->access == HV_INTERCEPT_READ) {
        check_eq("2.6 value read", vp_self()->regs.x[5], VALUE);
    } else {
        check_eq("2.6 value written", read64(PAGE), VALUE + 1);
    }
    check_way("");
    check_eq("2.6 modify-protection", protect(PAGE, 1, HV_MAP_ALL), 0);
}

static void check_code(const struct protect_row *protection)
{
    struct exit exit;
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit.message.payload;

    check_way(protection->name);
    for (uint64_t i = 0; i < 64; i += 4) {
        write32(PAGE + i, read32((uintptr_t)access_nothing + i));
    }
    __asm__ volatile("dsb sy\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
    check_eq("2.6 modify-protection", protect(PAGE, 1, protection->flags), 0);
    vtl0_start((const void *)access_nothing, 0, 0, 0);
    hv_must_set(VTL0, HV_REGISTER_PC, PAGE);
    vtl0_run(&exit);
    if (protection->execute) {
        check_eq("2.6 execution is allowed", exit.kind, EXIT_DOORBELL);
    } else {
        check_eq("2.6 execution is intercepted", exit.message.type, HV_MESSAGE_GPA_INTERCEPT);
        check_eq("5.3 header: access type", memory->header.access_type, HV_INTERCEPT_EXECUTE);
        check_eq("5.4 GPA", memory->gpa, PAGE);
    }
    check_way("");
    check_eq("2.6 modify-protection", protect(PAGE, 1, HV_MAP_ALL), 0);
}

void check_protection(void)
{
    const size_t load = 3;
    const size_t store = 12;

    for (size_t i = 0; i < COUNT_OF(protect_rows); i++) {
        check_data(&protect_rows[i], load, protect_rows[i].read);
        check_data(&protect_rows[i], store, protect_rows[i].write);
        check_code(&protect_rows[i]);
    }
}

/* What every paravisor does: all of its own region, in large batches. */
void check_own_region(void)
{
    struct exit exit;

    check_way("VTL2's region");
    check_true("7.6 the region is in the device tree",
               board.vtl2_base <= (uintptr_t)&board &&
                   (uintptr_t)&board < board.vtl2_base + board.vtl2_bytes);
    check_eq("7.10 modify-protection", protect(board.vtl2_base, board.vtl2_bytes / 4096, 0), 0);
    check_way("");
    access_start(access_ldrx, (uintptr_t)&board, 0, 0, 0x3c5);
    vtl0_run(&exit);
    access_check(&access_rows[3], &exit, HV_MESSAGE_GPA_INTERCEPT, (uintptr_t)&board, 0x3c5);
    access_start(access_strx, board.vtl2_base, 0, 0, 0x3c5);
    vtl0_run(&exit);
    access_check(&access_rows[12], &exit, HV_MESSAGE_GPA_INTERCEPT, board.vtl2_base, 0x3c5);
}

/* ---- Another VP that has the page in its TLB ------------------------------------------------- */

static volatile uint32_t reads;

static void read_for_ever(void)
{
    for (;;) {
        (void)read64(PAGE);
        reads = reads + 1;
    }
}

static uint64_t other_vp(uint64_t argument)
{
    struct exit exit;

    (void)argument;
    vtl0_start((const void *)read_for_ever, 0, 0, 0);
    do {
        vtl0_run(&exit);
    } while (exit.kind == EXIT_INTERRUPT);
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit.message.payload;
    return (uint64_t)exit.message.type << 32 | (memory->gpa & 0xfffff000) | memory->header.vp_index;
}

void check_smp_protection(void)
{
    uint64_t value = 0;

    if (board.vp_count < 2 || !vps_start()) {
        return;
    }
    vp_run(1, other_vp, 0);
    uint64_t end = counter_now() + counter_ms(4000);
    while (VTL0_OF(reads) < 100 && counter_now() < end) {
    }
    check_true("7.8 VTL0 runs on another VP", VTL0_OF(reads) >= 100);
    check_eq("2.6 modify-protection while another VP reads", protect(PAGE, 1, 0), 0);
    uint32_t before = VTL0_OF(reads);
    check_true("2.6 the other VP is intercepted", vp_join(1, &value));
    check_eq("5.4 the other VP's message", value,
             (uint64_t)HV_MESSAGE_GPA_INTERCEPT << 32 | PAGE | 1);
    check_true("2.6 no read goes on after the call has returned", VTL0_OF(reads) - before <= 1);
}
