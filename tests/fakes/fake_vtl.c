/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fake of vtl/vtl.h: see fake_vtl.h.
 */
#include "fake_vtl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MASK UINT64_C(0xfff)

struct vtl_vp fake_vp;

void fake_vtl_reset(void)
{
    memset(&fake, 0, sizeof(fake));
}

void fake_exit_push(const struct vtl_exit *exit)
{
    if (fake.exit_count == FAKE_EXITS_MAX) {
        abort();
    }
    fake.exits[fake.exit_count++] = *exit;
}

void fake_page_map(uint64_t gva, uint64_t gpa, const char *access)
{
    if (fake.page_count == FAKE_PAGES_MAX) {
        abort();
    }
    fake.pages[fake.page_count++] = (struct fake_page){
        .gva = gva & ~PAGE_MASK,
        .gpa = gpa & ~PAGE_MASK,
        .read = strchr(access, 'r') != NULL,
        .write = strchr(access, 'w') != NULL,
        .execute = strchr(access, 'x') != NULL,
    };
}

/* ---- base.h ---------------------------------------------------------------------------------- */

/* vsnprintf knows more than vtl/cpu/format.c does: what base.h does not list is refused. */
static void format_check(const char *format)
{
    while ((format = strchr(format, '%')) != NULL) {
        format += 1 + strspn(format + 1, "0123456789");
        format += strspn(format, "lz");
        if (*format == '\0' || strchr("scdiuxp%", *format) == NULL) {
            (void)fprintf(stderr, "fake_vtl: a log format that base.h does not have: %%%s\n",
                          format);
            abort();
        }
        format++;
    }
}

void log_print(enum log_level level, const char *format, ...)
{
    va_list arguments;

    (void)level;
    format_check(format);
    va_start(arguments, format);
    (void)vsnprintf(fake.log_last, sizeof(fake.log_last), format, arguments);
    va_end(arguments);
    fake.log_lines++;
}

void panic_at(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: CHECK(%s)\n", file, line, what);
    abort();
}

/* ---- The guest ------------------------------------------------------------------------------- */

void vtl_vp_enter(struct vtl_vp *vp, struct vtl_exit *exit)
{
    (void)vp;
    if (fake.exit_next < fake.exit_count) {
        *exit = fake.exits[fake.exit_next++];
    } else {
        *exit = (struct vtl_exit){.kind = VTL_EXIT_INTERRUPT};
    }
}

uint32_t vtl_vp_index(const struct vtl_vp *vp)
{
    (void)vp;
    return fake.index;
}

uint32_t vtl_vp_current(void)
{
    return fake.index;
}

/* vtl.h serves the others itself. */
static bool x_is_private(unsigned n)
{
    return n == 18 || n == 29 || n == 30 || n == 31;
}

enum pv_status vtl_x_get_private(struct vtl_vp *vp, unsigned n, uint64_t *value)
{
    (void)vp;
    if (!x_is_private(n)) {
        return PV_INVALID;
    }
    if ((fake.refuse_x_get >> n & 1) != 0) {
        return PV_DENIED;
    }
    *value = n == 31 ? 0 : fake.x[n];
    return PV_OK;
}

enum pv_status vtl_x_set_private(struct vtl_vp *vp, unsigned n, uint64_t value)
{
    (void)vp;
    if (!x_is_private(n)) {
        return PV_INVALID;
    }
    if ((fake.refuse_x_set >> n & 1) != 0) {
        return PV_DENIED;
    }
    fake.x_sets++;
    if (n < 31) {
        fake.x[n] = value;
    }
    return PV_OK;
}

enum pv_status vtl_q_get(struct vtl_vp *vp, unsigned n, uint8_t value[16])
{
    (void)vp;
    if (n > 31) {
        return PV_INVALID;
    }
    if ((fake.refuse_q >> n & 1) != 0) {
        return PV_DENIED;
    }
    memcpy(value, fake.q[n], 16);
    return PV_OK;
}

enum pv_status vtl_q_set(struct vtl_vp *vp, unsigned n, const uint8_t value[16])
{
    (void)vp;
    if (n > 31) {
        return PV_INVALID;
    }
    if ((fake.refuse_q >> n & 1) != 0) {
        return PV_DENIED;
    }
    fake.q_sets++;
    memcpy(fake.q[n], value, 16);
    return PV_OK;
}

enum pv_status vtl_register_get(struct vtl_vp *vp, enum vtl_register name, uint64_t *value)
{
    (void)vp;
    if (name >= VTL_REGISTERS) {
        return PV_INVALID;
    }
    if ((fake.refuse_get >> name & 1) != 0) {
        return PV_DENIED;
    }
    *value = fake.registers[name];
    return PV_OK;
}

enum pv_status vtl_register_set(struct vtl_vp *vp, enum vtl_register name, uint64_t value)
{
    (void)vp;
    if (name >= VTL_REGISTERS) {
        return PV_INVALID;
    }
    if ((fake.refuse_set >> name & 1) != 0) {
        return PV_DENIED;
    }
    fake.register_sets[name]++;
    fake.registers[name] = value;
    return PV_OK;
}

enum pv_status vtl_pc_set(struct vtl_vp *vp, gva_t pc)
{
    return vtl_register_set(vp, VTL_PC, pc.raw);
}

enum pv_status vtl_exception_inject(struct vtl_vp *vp, uint64_t esr, gva_t far)
{
    (void)vp;
    if (fake.inject_error != PV_OK) {
        return fake.inject_error;
    }
    fake.injections++;
    fake.injected_esr = esr;
    fake.injected_far = far.raw;
    return PV_OK;
}

enum pv_status vtl_translate(struct vtl_vp *vp, gva_t address, enum vtl_access access,
                             gpa_t *result)
{
    (void)vp;
    fake.translations++;
    fake.last_translated = address.raw;
    if (fake.translate_error != PV_OK) {
        return fake.translate_error;
    }
    for (size_t i = 0; i < fake.page_count; i++) {
        const struct fake_page *page = &fake.pages[i];
        bool allowed = access == VTL_READ    ? page->read
                       : access == VTL_WRITE ? page->write
                                             : page->execute;

        if (page->gva == (address.raw & ~PAGE_MASK)) {
            *result = gpa(page->gpa | (address.raw & PAGE_MASK));
            return allowed ? PV_OK : PV_FAULT;
        }
    }
    return PV_FAULT;
}

/* ---- Interrupts, time, the end --------------------------------------------------------------- */

enum pv_status vtl_line_set(uint32_t intid, bool level)
{
    if (fake.line_error != PV_OK) {
        return fake.line_error;
    }
    if (fake.line_count < FAKE_LINES_MAX) {
        fake.lines[fake.line_count] = (struct fake_line){.intid = intid, .level = level};
    }
    fake.line_count++;
    return PV_OK;
}

/* The next interrupts begin a new record. Without a deadline nothing would ever end it. */
void vtl_irq_wait(void)
{
    if (fake.irq_next < fake.irq_count) {
        return;
    }
    fake.sleeps++;
    fake.irq_count = 0;
    fake.irq_next = 0;
    fake.irq_done_count = 0;
    if (fake.sleep != NULL) {
        fake.sleep();
    }
    if (fake.irq_count == 0) {
        if (fake.timer_ns[fake.index] == 0) {
            abort();
        }
        if (fake.time_ns < fake.timer_ns[fake.index]) {
            fake.time_ns = fake.timer_ns[fake.index];
        }
        fake.timer_rings = true;
    }
}

uint32_t vtl_irq_take(void)
{
    if (fake.timer_rings) {
        fake.timer_rings = false;
        return FAKE_TIMER_INTID;
    }
    return fake.irq_next < fake.irq_count ? fake.irqs[fake.irq_next++] : 0;
}

bool vtl_irq_pending(void)
{
    return fake.timer_rings || fake.irq_next < fake.irq_count;
}

void vtl_irq_done(uint32_t intid)
{
    if (fake.irq_done_count == FAKE_IRQS_MAX) {
        abort();
    }
    fake.irq_done[fake.irq_done_count++] = intid;
}

bool vtl_irq_is_timer(uint32_t intid)
{
    return intid == FAKE_TIMER_INTID;
}

bool vtl_irq_is_call(uint32_t intid)
{
    return intid == FAKE_CALL_INTID;
}

void vtl_irq_call(uint32_t index)
{
    fake.called[index]++;
}

bool vtl_vp_started(uint32_t index)
{
    return fake.started[index];
}

void vtl_timer_set(uint64_t deadline_ns)
{
    fake.timer_ns[fake.index] = deadline_ns == UINT64_MAX ? 0 : deadline_ns;
}

bool vtl_guest_waits(void)
{
    fake.waits_asked++;
    return fake.guest_waits;
}

bool vtl_panicking(void)
{
    return fake.panicking;
}

uint64_t vtl_time_ns(void)
{
    return fake.time_ns;
}

/* Of some frequency; not one that is a tick a nanosecond. */
uint64_t vtl_ticks(void)
{
    return fake.time_ns * 3;
}

uint64_t vtl_ticks_ns(uint64_t ticks)
{
    return ticks / 3;
}

/* ---- Measurement and evidence ----------------------------------------------------------------- */

enum vtl_evidence_kind vtl_evidence_kind(void)
{
    return fake.evidence_kind;
}

enum pv_status vtl_measurement_read(unsigned index, uint8_t value[VTL_MEASUREMENT_BYTES])
{
    if (index >= VTL_MEASUREMENT_REGISTERS) {
        return PV_INVALID;
    }
    if ((fake.refuse_measurement >> index & 1) != 0) {
        return PV_DENIED;
    }
    memcpy(value, fake.measurements[index], VTL_MEASUREMENT_BYTES);
    return PV_OK;
}

enum pv_status vtl_evidence_start(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    memcpy(fake.challenge, challenge, VTL_CHALLENGE_BYTES);
    fake.evidence_starts++;
    fake.evidence_at = 0;
    fake.evidence_vp = fake.index;
    fake.evidence_begun = fake.evidence_start_error == PV_OK;
    return fake.evidence_start_error;
}

enum pv_status vtl_evidence_continue(void *to, size_t room, size_t *got, bool *more)
{
    size_t left = fake.evidence_bytes - fake.evidence_at;
    size_t now = fake.evidence_piece < left ? fake.evidence_piece : left;

    if (room == 0 || !fake.evidence_begun || fake.evidence_vp != fake.index) {
        (void)fprintf(stderr, "fake_vtl: a step of evidence without room, or of none on this VP\n");
        abort();
    }
    if (fake.evidence_meanwhile != NULL) {
        fake.evidence_meanwhile();
    }
    fake.evidence_steps++;
    if (fake.evidence_error != PV_OK) {
        fake.evidence_begun = false;
        return fake.evidence_error;
    }
    now = now < room ? now : room;
    memcpy(to, fake.evidence + fake.evidence_at, now);
    fake.evidence_at += now;
    *got = now;
    *more = fake.evidence_at < fake.evidence_bytes;
    fake.evidence_begun = *more;
    return PV_OK;
}

/* ---- Memory of VTL2, and locks --------------------------------------------------------------- */

/* A guest physical address is one of VTL2's; here it stands for a byte of fake.ram. */
static uintptr_t host_address(uintptr_t address, size_t bytes)
{
    if (range_contains(FAKE_RAM_BASE, FAKE_RAM_BYTES, address, bytes)) {
        return (uintptr_t)fake.ram + (address - FAKE_RAM_BASE);
    }
    return address;
}

enum pv_status vtl_copy(void *to, const void *from, size_t bytes)
{
    if (fake.meanwhile != NULL) {
        fake.meanwhile();
    }
    if (fake.copy_error != PV_OK) {
        return fake.copy_error;
    }
    memmove((void *)host_address((uintptr_t)to, bytes),
            (const void *)host_address((uintptr_t)from, bytes), bytes);
    return PV_OK;
}

enum pv_status vtl_load(const volatile void *from, unsigned bytes, uint64_t *value)
{
    if ((uintptr_t)from % bytes != 0) {
        (void)fprintf(stderr, "fake_vtl: a load that is not aligned\n");
        abort();
    }
    *value = 0;
    return vtl_copy(value, (const void *)(uintptr_t)from, bytes);
}

enum pv_status vtl_store(volatile void *to, unsigned bytes, uint64_t value)
{
    if ((uintptr_t)to % bytes != 0) {
        (void)fprintf(stderr, "fake_vtl: a store that is not aligned\n");
        abort();
    }
    return vtl_copy((void *)(uintptr_t)to, &value, bytes);
}

bool vtl_random(uint64_t *value)
{
    *value = ++fake.random_words;
    return !fake.no_entropy;
}

bool vtl_random_private(void)
{
    return !fake.no_private_entropy;
}

uint32_t fake_mmio_read32(uint64_t address);
uint32_t fake_mmio_read_narrow(uint64_t address, unsigned bytes);
void fake_mmio_write32(uint64_t address, uint32_t value);

uint32_t fake_mmio_read32(uint64_t address)
{
    return fake.mmio_read != NULL ? fake.mmio_read(address) : 0;
}

uint32_t fake_mmio_read_narrow(uint64_t address, unsigned bytes)
{
    return fake.mmio_read_narrow != NULL ? fake.mmio_read_narrow(address, bytes) : 0;
}

void fake_mmio_write32(uint64_t address, uint32_t value)
{
    if (fake.mmio_write != NULL) {
        fake.mmio_write(address, value);
    }
}

/* One thread: a lock that is taken twice would never come back. */
void vtl_lock(struct vtl_lock *lock)
{
    if (!vtl_lock_try(lock)) {
        (void)fprintf(stderr, "fake_vtl: a lock taken twice\n");
        abort();
    }
}

bool vtl_lock_try(struct vtl_lock *lock)
{
    bool taken = lock->taken == 0;

    lock->taken = 1;
    fake.locks += taken;
    return taken;
}

void vtl_unlock(struct vtl_lock *lock)
{
    if (lock->taken != 1) {
        (void)fprintf(stderr, "fake_vtl: an open lock opened\n");
        abort();
    }
    lock->taken = 0;
    fake.locks--;
    if (fake.locks == 0 && fake.unlocked != NULL) {
        fake.unlocked();
    }
}
