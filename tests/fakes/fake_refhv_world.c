/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_refhv_world.h"

#include "arm64.h"
#include "console.h"
#include "cpu.h"
#include "gic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysreg.h>

struct fake_world fake_world;
_Alignas(4096) uint8_t fake_ram[FAKE_RAM_BYTES];
uint8_t fake_vtl0_rights[FAKE_RAM_BYTES / 4096];

struct machine machine;
struct partition partition;
struct vp vps[MACHINE_CPU_MAX];
struct cpu_features cpu;

void fake_world_reset(void)
{
    memset(&fake_world, 0, sizeof(fake_world));
    memset(&machine, 0, sizeof(machine));
    memset(&partition, 0, sizeof(partition));
    memset(&vps, 0, sizeof(vps));
    memset(&cpu, 0, sizeof(cpu));
    memset(fake_ram, 0, sizeof(fake_ram));
    memset(fake_vtl0_rights, HV_MAP_ALL, sizeof(fake_vtl0_rights));
    fake_sysreg_reset();
    machine.cpu_count = 2;
    machine.gicr = (struct machine_range){0x080a0000, 0x40000};
    machine.cpu_mpidr[1] = 0x100;
    partition.vp_count = 2;
    partition.vtl2_enabled_vps = 1;
    for (uint32_t i = 0; i < 2; i++) {
        vps[i].index = i;
        vps[i].active = SLOT_VTL2;
        vps[i].x29_x30_private = true;
        vps[i].mpidr = MPIDR_RES1 | machine.cpu_mpidr[i];
        vps[i].vtl[SLOT_VTL0].enabled = true;
        for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
            vps[i].vtl[slot].run = i == 0 ? VTL_RUNNING : VTL_OFF;
            vps[i].vtl[slot].guest_os_id = 0x8100000000000000;
            vps[i].vtl[slot].pstate = PSTATE_EL1H | PSTATE_DAIF;
            synic_reset(&vps[i].vtl[slot].synic);
        }
    }
    vps[0].vtl[SLOT_VTL2].enabled = true;
    vps[0].pstate = PSTATE_EL1H;
    fake_world.reference_time = 1000000;
}

void *fake_at(uint64_t gpa)
{
    if (gpa < FAKE_RAM || gpa - FAKE_RAM >= FAKE_RAM_BYTES) {
        abort();
    }
    return fake_ram + (gpa - FAKE_RAM);
}

uint64_t fake_read64(uint64_t gpa)
{
    uint64_t value;

    memcpy(&value, fake_at(gpa), sizeof(value));
    return value;
}

void fake_write64(uint64_t gpa, uint64_t value)
{
    memcpy(fake_at(gpa), &value, sizeof(value));
}

struct vp *vp_current(void)
{
    return &vps[0];
}

struct vp *vp_by_index(uint32_t index)
{
    return index < partition.vp_count ? &vps[index] : NULL;
}

struct vp *vp_by_mpidr(uint64_t affinity)
{
    for (uint32_t i = 0; i < partition.vp_count; i++) {
        if (machine.cpu_mpidr[i] == affinity) {
            return &vps[i];
        }
    }
    return NULL;
}

void gic_kick(const struct vp *target)
{
    fake_world.kicks[target->index]++;
}

/* ---- Memory ------------------------------------------------------------------------------------------- */

bool stage2_is_ram(uint64_t gpa)
{
    return gpa >= FAKE_RAM && gpa - FAKE_RAM < FAKE_RAM_BYTES;
}

uint32_t stage2_vtl0_permissions(uint64_t gpa)
{
    return stage2_is_ram(gpa) ? fake_vtl0_rights[(gpa - FAKE_RAM) / 4096] : 0;
}

bool stage2_vtl0_protect(uint64_t gpa_page_number, uint32_t map_flags)
{
    if (fake_world.pool_empty || !stage2_is_ram(gpa_page_number << 12)) {
        return false;
    }
    fake_vtl0_rights[((gpa_page_number << 12) - FAKE_RAM) / 4096] = (uint8_t)map_flags;
    return true;
}

void *stage2_guest_pointer(unsigned slot, uint64_t gpa, uint32_t access)
{
    if (!stage2_is_ram(gpa) ||
        (slot == SLOT_VTL0 && (stage2_vtl0_permissions(gpa) & access) != access)) {
        return NULL;
    }
    return fake_at(gpa);
}

/* ---- GIC, time ---------------------------------------------------------------------------------------- */

bool vgic_set_line(unsigned slot, struct vp *vp, uint32_t intid, bool level)
{
    if (intid < 16 || intid >= GIC_INTID_LIMIT || (intid < GIC_SPI_FIRST && vp == NULL)) {
        return false;
    }
    if (fake_world.line_count < FAKE_LINES_MAX) {
        fake_world.lines[fake_world.line_count++] = (struct fake_line){slot, vp, intid, level};
    }
    return true;
}

bool vgic_deliverable(struct vp *vp, unsigned slot)
{
    (void)vp;
    return fake_world.deliverable[slot];
}

void timer_changed(struct vp *vp, unsigned slot)
{
    (void)vp;
    fake_world.timer_changes[slot]++;
}

uint64_t timer_reference_time(void)
{
    return fake_world.reference_time;
}

/* ---- Ways out ----------------------------------------------------------------------------------------- */

void intercept_hypercall(struct vp *vp, uint16_t immediate)
{
    fake_world.hypercall_intercepts++;
    fake_world.intercept_immediate = immediate;
    fake_world.intercept_pc = vp->pc;
}

void intercept_memory(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa, uint32_t type)
{
    (void)far;
    fake_world.memory_intercepts++;
    fake_world.intercept_pc = vp->pc;
    fake_world.memory_esr = esr;
    fake_world.memory_gpa = gpa;
    fake_world.memory_type = type;
}

void exception_inject(struct vp *vp, uint64_t esr, uint64_t far)
{
    (void)far;
    fake_world.injections++;
    fake_world.injected_esr = esr;
    fake_world.injected_pc = vp->pc;
}

void machine_end(enum machine_end how)
{
    fake_world.ended = true;
    fake_world.end = how;
    longjmp(fake_world.end_jump, 1);
}

/* ---- Console ------------------------------------------------------------------------------------------ */

void console_write(const char *text, uint64_t bytes)
{
    const uint64_t room = sizeof(fake_world.console) - 1 - fake_world.console_bytes;
    const uint64_t count = bytes < room ? bytes : room;

    memcpy(fake_world.console + fake_world.console_bytes, text, count);
    fake_world.console_bytes += (unsigned)count;
}

void console_vprint(const char *format, va_list arguments)
{
    char line[512];
    const int bytes = vsnprintf(line, sizeof(line), format, arguments);

    console_write(line, bytes < (int)sizeof(line) ? (uint64_t)bytes : sizeof(line) - 1);
}

void console_print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    console_vprint(format, arguments);
    va_end(arguments);
}
