/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest.h"

#include "vtl/untrusted.h"

#include <string.h>

static bool all_zero(const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (from[i] != 0) {
            return false;
        }
    }
    return true;
}

const char *guest_check(const struct igvm_guest_page *page, uint64_t tree_room,
                        struct guest_parts *guest)
{
    memset(guest, 0, sizeof(*guest));
    if (page->magic != IGVM_GUEST_MAGIC || page->version != IGVM_GUEST_VERSION) {
        return "no guest page where the IGVM file should have one";
    }
    if (page->zero != 0 || !all_zero(page->zero1, sizeof(page->zero1))) {
        return "a guest page with something where zeros belong";
    }
    if (page->kind == IGVM_GUEST_NONE) {
        return "no kernel and no firmware in the IGVM file (igvm build --kernel or --firmware)";
    }
    if (page->kind == IGVM_GUEST_LINUX) {
        guest->kind = IGVM_GUEST_LINUX;
        return linux_check(page, tree_room, guest);
    }
    if (page->kind == IGVM_GUEST_FIRMWARE) {
        guest->kind = IGVM_GUEST_FIRMWARE;
        return firmware_check(page, tree_room, guest);
    }
    return "a guest of a kind that is not known";
}
PV_UNTRUSTED(guest_check, host, "fuzz_linux_image");
