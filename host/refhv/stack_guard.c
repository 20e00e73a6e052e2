/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What -fstack-protector-strong expects of a C library. entry.S gives the guard its value at each
 * start.
 */
#include "console.h"

#include <stdint.h>

extern uintptr_t __stack_chk_guard;
__attribute__((noreturn)) void __stack_chk_fail(void);

uintptr_t __stack_chk_guard;

void __stack_chk_fail(void)
{
    console_fatal("a function of refhv has overrun its stack frame, caller 0x%llx",
                  (unsigned long long)(uintptr_t)__builtin_return_address(0));
}
