/* SPDX-License-Identifier: BSD-3-Clause */
/* What entry.S calls, each CPU on its own stack with EL2's MMU on. Neither returns. */
#ifndef REFHV_MAIN_H
#define REFHV_MAIN_H

#include <stdint.h>

__attribute__((noreturn)) void refhv_main(const void *fdt, uint64_t image_before);
__attribute__((noreturn)) void refhv_secondary_main(uint64_t index);

#endif /* REFHV_MAIN_H */
