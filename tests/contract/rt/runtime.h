/* SPDX-License-Identifier: BSD-3-Clause */
/* What the runtime's own files share, and entry.S calls. Programs use rt.h. */
#ifndef CONTRACT_RUNTIME_H
#define CONTRACT_RUNTIME_H

#include "rt.h"

void print_char(char c);
void print_text(const char *text);
void print_hex(uint64_t value);
void print_decimal(uint32_t value);

extern const uint8_t __image_start[];
extern const uint8_t __image_end[];
void relocate(uint8_t *image, uint64_t runs_at);
void vp_entry(void);
void vtl0_entry(void);

/* sizeof(struct vp), and where the end of its stack lies in it. */
extern const uint64_t rt_vp_stack_bytes[2];

/* exception_common's block. */
struct exception_frame {
    uint64_t esr;
    uint64_t far;
    uint64_t elr;
    uint64_t spsr;
};

void rt_main(const void *fdt);
void vp_main(uint64_t index);
void vtl0_returned(uint64_t value);
void vtl0_cpu_on_main(uint64_t context);
void exception_handle(uint64_t vector, struct exception_frame *frame);

/* The compiler calls these. */
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) __attribute__((noreturn));

#endif /* CONTRACT_RUNTIME_H */
