/* SPDX-License-Identifier: BSD-3-Clause */
/* What entry.S and refhv.ld define: addresses of refhv's own parts. */
#ifndef REFHV_IMAGE_H
#define REFHV_IMAGE_H

#include <stdint.h>

extern const uint8_t refhv_image_start[];
extern const uint8_t refhv_text_end[];
extern const uint8_t refhv_rodata_end[];
extern const uint8_t refhv_stacks_start[];
extern const uint8_t refhv_stacks_end[];
extern const uint8_t refhv_image_end[];

/* One a CPU: a guard page, then the stack. Shared with entry.S. */
#define REFHV_STACK_BYTES 0x4000u
#define REFHV_STACK_GUARD_BYTES 0x1000u
#define REFHV_STACK_STRIDE (REFHV_STACK_BYTES + REFHV_STACK_GUARD_BYTES)

/* Physical address that PSCI CPU_ON is given; the context id is the CPU's index. */
extern const uint8_t refhv_secondary_entry[];

/*
 * Starts the copy of the image at `copy` afresh, with the MMU off and the same device tree. `image`
 * is the one that calls. The copy must be clean to the point of coherency.
 */
__attribute__((noreturn)) void refhv_restart(const void *fdt, uint64_t image, uint64_t copy);

#endif /* REFHV_IMAGE_H */
