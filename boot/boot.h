/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * boot/entry.S to boot/main.c.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include <stdint.h>

/* On the boot VP: MMU on, on the image's stack, relocated, bss cleared. Offsets are from the
 * image's first byte, as the IGVM file gave them in X0 to X2. */
__attribute__((noreturn)) void boot_main(uint64_t image_base, uint64_t parameter_offset,
                                         uint64_t guest_page_offset, uint64_t policy_offset);

#endif /* BOOT_BOOT_H */
