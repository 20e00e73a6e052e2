/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_cpu.h"

#include "cpu/cpu.h"
#include "cpu/gic.h"
#include "cpu/panic.h"
#include "cpu/random.h"
#include "cpu/simd.h"
#include "vtl/vtl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 64u
#define MMIO_MAX 256u
#define SPURIOUS 1023u

struct fake_cpu fake_cpu;
struct cpu cpus[VTL_VP_MAX];
static uint8_t pages[PAGES][4096] __attribute__((aligned(4096)));
static size_t pages_used;
static struct {
    uint64_t address;
    uint32_t value;
} mmio[MMIO_MAX];
static size_t mmio_used;

void fake_cpu_reset(void)
{
    fake_cpu = (struct fake_cpu){
        .id_aa64mmfr0_el1 = 0x1124, /* 44-bit PA, 4 KiB granule */
        .mpidr_el1 = 0x80000000,
        .cntfrq_el0 = 62500000,
        .tpidr_el1 = (uintptr_t)&cpus[0],
    };
    panic_token = 0;
    memset(cpus, 0, sizeof(cpus));
    pages_used = 0;
    mmio_used = 0;
}

void fake_cpu_raise(uint32_t intid)
{
    if (fake_cpu.pending_count == FAKE_PENDING_MAX) {
        abort();
    }
    fake_cpu.pending[fake_cpu.pending_count++] = intid;
}

static uint64_t acknowledge(void)
{
    if (fake_cpu.pending_count == 0) {
        return SPURIOUS;
    }
    uint32_t intid = fake_cpu.pending[0];
    fake_cpu.pending_count--;
    memmove(&fake_cpu.pending[0], &fake_cpu.pending[1],
            fake_cpu.pending_count * sizeof(fake_cpu.pending[0]));
    return intid;
}

uint64_t fake_cpu_read(const uint64_t *which)
{
    if (which == &fake_cpu.icc_iar1_el1) {
        return acknowledge();
    }
    if (which == &fake_cpu.icc_hppir1_el1) {
        return fake_cpu.pending_count == 0 ? SPURIOUS : fake_cpu.pending[0];
    }
    if (which == &fake_cpu.rndr_el0) {
        return fake_cpu.rndr_el0++;
    }
    return *which;
}

void fake_cpu_wait(void)
{
    fake_cpu.waits++;
}

static uint32_t *mmio_slot(uint64_t address)
{
    for (size_t i = 0; i < mmio_used; i++) {
        if (mmio[i].address == address) {
            return &mmio[i].value;
        }
    }
    if (mmio_used == MMIO_MAX) {
        abort();
    }
    mmio[mmio_used].address = address;
    mmio[mmio_used].value = 0;
    return &mmio[mmio_used++].value;
}

uint32_t fake_mmio_last(uint64_t address)
{
    return *mmio_slot(address);
}

void fake_mmio_set(uint64_t address, uint32_t value)
{
    *mmio_slot(address) = value;
}

uint32_t fake_mmio_read32(uint64_t address);
uint32_t fake_mmio_read32(uint64_t address)
{
    return *mmio_slot(address);
}

void fake_mmio_write32(uint64_t address, uint32_t value);
void fake_mmio_write32(uint64_t address, uint32_t value)
{
    *mmio_slot(address) = value;
}

struct cpu *cpu_current(void)
{
    return &cpus[0];
}

uint64_t image_base(void)
{
    return 0x41000000;
}

void *vtl_page_alloc(size_t count)
{
    if (count > PAGES - pages_used) {
        return NULL;
    }
    uint8_t *memory = pages[pages_used];
    pages_used += count;
    memset(memory, 0, count * 4096);
    return memory;
}

uint64_t fake_cpu_page(size_t n)
{
    return (uint64_t)(uintptr_t)pages[n];
}

uint64_t random_secret(void)
{
    static uint64_t state = 0x0123456789abcdef;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return state;
}

void cache_clean_code(const void *from, size_t bytes)
{
    (void)from;
    (void)bytes;
}

enum pv_status cpu_prepare(uint32_t index, vtl_vp_entry_t entry)
{
    cpus[index].index = index;
    cpus[index].entry = entry;
    return PV_OK;
}

void secondary_entry(void)
{
    abort();
}

void simd_unit_read(uint64_t n, uint8_t value[16])
{
    memcpy(value, fake_cpu.q[n], 16);
}

void simd_unit_write(uint64_t n, const uint8_t value[16])
{
    memcpy(fake_cpu.q[n], value, 16);
}

void fake_cpu_simd_take(uint8_t left)
{
    memcpy(cpus[0].simd_q, fake_cpu.q, sizeof(fake_cpu.q));
    cpus[0].simd_taken = 1;
    memset(fake_cpu.q, left, sizeof(fake_cpu.q));
}

void simd_give_back(void)
{
    if (cpus[0].simd_taken == 0) {
        abort();
    }
    memcpy(fake_cpu.q, cpus[0].simd_q, sizeof(fake_cpu.q));
    cpus[0].simd_taken = 0;
}

__attribute__((noreturn)) void panic_at(const char *file, int line, const char *what)
{
    fprintf(stderr, "panic: %s:%d: %s\n", file, line, what);
    abort();
}

uint64_t panic_token;

void panic_stop_if_taken(void)
{
    if (panic_token != 0) {
        fake_cpu.stopped = true;
    }
}

/* One thread: a lock that is taken twice would never come back. */
bool vtl_lock_try(struct vtl_lock *lock)
{
    if (fake_cpu.lock_is_taken) {
        return false;
    }
    vtl_lock(lock);
    return true;
}

void vtl_lock(struct vtl_lock *lock)
{
    if (lock->taken != 0) {
        abort();
    }
    lock->taken = 1;
}

void vtl_unlock(struct vtl_lock *lock)
{
    lock->taken = 0;
}
