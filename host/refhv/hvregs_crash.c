/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Crash registers: reference section 3.3. VTL2's notification ends the machine with its words on the console;
 * VTL0's is a line there, a few times at most.
 */
#include "console.h"
#include "hvregs_private.h"

#define P_COUNT 5u
#define MESSAGE_BYTES_MAX HV_PAGE_SIZE /* a page, as Linux sends at most */
#define CHUNK_BYTES 128u
#define VTL0_NOTES_MAX 8u

static _Atomic uint32_t vtl0_notes;

uint32_t hvregs_crash_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    if (access->name == HV_REGISTER_GUEST_CRASH_CTL) {
        value->low = HV_CRASH_NOTIFY | HV_CRASH_MESSAGE; /* what can be used */
    } else {
        value->low = access->vtl->crash[access->name - HV_REGISTER_GUEST_CRASH_P0];
    }
    return HV_STATUS_SUCCESS;
}

/* Copied first, then made printable: the text is the guest's. Stops where its memory does. */
static void print_message(unsigned slot, uint64_t gpa, uint64_t bytes)
{
    char chunk[CHUNK_BYTES];
    uint64_t left = bytes < MESSAGE_BYTES_MAX ? bytes : MESSAGE_BYTES_MAX;

    while (left != 0) {
        const uint64_t in_page = HV_PAGE_SIZE - gpa % HV_PAGE_SIZE;
        uint64_t count = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        count = count < in_page ? count : in_page;
        const volatile char *from = stage2_guest_pointer(slot, gpa, HV_MAP_READ);
        if (from == NULL) {
            break;
        }
        for (uint64_t i = 0; i < count; i++) {
            const char c = from[i];
            chunk[i] = (c >= ' ' && c <= '~') || c == '\n' ? c : '.';
        }
        console_write(chunk, count);
        gpa += count;
        left -= count;
    }
    console_write("\n", 1);
}

static void vtl2_crashed(const struct hvregs_access *access, bool message)
{
    const uint64_t *p = access->vtl->crash;

    console_print("refhv: VTL2 crashed: %llx %llx %llx\n", (unsigned long long)p[0],
                  (unsigned long long)p[1], (unsigned long long)p[2]);
    if (message) {
        print_message(SLOT_VTL2, p[3], p[4]);
    }
    machine_end(MACHINE_END_CRASH);
}

static void vtl0_crashed(const struct hvregs_access *access)
{
    const uint64_t *p = access->vtl->crash;

    /* A guest that crashes all the time has been heard. */
    if (atomic_load(&vtl0_notes) >= VTL0_NOTES_MAX) {
        return;
    }
    atomic_fetch_add(&vtl0_notes, 1);
    console_print("refhv: VTL0 reported a crash: %llx %llx %llx\n", (unsigned long long)p[0],
                  (unsigned long long)p[1], (unsigned long long)p[2]);
}

uint32_t hvregs_crash_set(const struct hvregs_access *access, const struct hv_register_value *value)
{
    if (access->name != HV_REGISTER_GUEST_CRASH_CTL) {
        access->vtl->crash[access->name - HV_REGISTER_GUEST_CRASH_P0] = value->low;
        return HV_STATUS_SUCCESS;
    }
    if ((value->low & HV_CRASH_NOTIFY) == 0) {
        return HV_STATUS_SUCCESS;
    }
    if (access->slot == SLOT_VTL2) {
        vtl2_crashed(access, (value->low & HV_CRASH_MESSAGE) != 0);
    } else {
        vtl0_crashed(access);
    }
    return HV_STATUS_SUCCESS;
}

_Static_assert(HV_REGISTER_GUEST_CRASH_CTL - HV_REGISTER_GUEST_CRASH_P0 == P_COUNT, "P0..P4, Ctl");
