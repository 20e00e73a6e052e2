/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_refhv_board.h"

#include "console.h"
#include "phys.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct machine machine;
struct fake_board fake_board;

void fake_board_init(void)
{
    memset(&machine, 0, sizeof(machine));
    machine.cpu_count = 2;
    machine.cpu_mpidr[1] = 1;
    machine.memory_count = 1;
    machine.memory[0] =
        (struct machine_range){FAKE_BOARD_RAM, FAKE_BOARD_RAM_BYTES - FAKE_BOARD_REFHV_BYTES};
    machine.gicd = (struct machine_range){0x08000000, 0x10000};
    machine.gicr = (struct machine_range){0x080a0000, 0x40000};
    machine.console_base = 0x09000000;
    machine.psci_by_smc = true;
    machine.device_count = 4;
    machine.device[0] =
        (struct machine_device){MACHINE_DEVICE_VIRTIO_MMIO, {0x0a000000, 0x200}, 48, true};
    machine.device[1] =
        (struct machine_device){MACHINE_DEVICE_VIRTIO_MMIO, {0x0a000200, 0x200}, 49, true};
    machine.device[2] =
        (struct machine_device){MACHINE_DEVICE_PL031, {0x09010000, 0x1000}, 34, false};
    machine.device[3] =
        (struct machine_device){MACHINE_DEVICE_PL011, {0x09000000, 0x1000}, 33, false};
    memset(&fake_board, 0, sizeof(fake_board));
    fake_board.ram = calloc(1, FAKE_BOARD_RAM_BYTES);
    assert_non_null(fake_board.ram);
}

void fake_board_free(void)
{
    free(fake_board.ram);
    fake_board.ram = NULL;
}

void *phys_pointer(uint64_t address)
{
    if (address < FAKE_BOARD_RAM || address >= FAKE_BOARD_RAM + FAKE_BOARD_RAM_BYTES) {
        fail_msg("access to 0x%llx, where no RAM is", (unsigned long long)address);
    }
    return fake_board.ram + (address - FAKE_BOARD_RAM);
}

void phys_clean(uint64_t address, uint64_t bytes)
{
    (void)phys_pointer(address);
    fake_board.cleaned += bytes;
}

void phys_code_written(void)
{
    fake_board.code_written++;
}

void console_print(const char *format, ...)
{
    (void)format;
}

void console_fatal(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fake_board.fatal_text, sizeof(fake_board.fatal_text), format, arguments);
    va_end(arguments);
    if (!fake_board.fatal_armed) {
        fail_msg("fatal: %s", fake_board.fatal_text);
        abort();
    }
    longjmp(fake_board.fatal, 1);
}
