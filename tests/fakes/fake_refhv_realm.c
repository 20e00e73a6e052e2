/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_refhv_realm.h"

#include "console.h"
#include "measurement.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_realm fake_realm;
_Alignas(4096) uint8_t fake_ram[FAKE_RAM_BYTES];

struct machine machine;
struct vp vps[MACHINE_CPU_MAX];

void fake_realm_reset(void)
{
    uint8_t rim[HASH_SHA256_BYTES];

    memset(&fake_realm, 0, sizeof(fake_realm));
    memset(&machine, 0, sizeof(machine));
    memset(&vps, 0, sizeof(vps));
    memset(fake_ram, 0, sizeof(fake_ram));
    for (uint32_t i = 0; i < MACHINE_CPU_MAX; i++) {
        vps[i].index = i;
        vps[i].active = SLOT_VTL2;
    }
    for (unsigned i = 0; i < sizeof(rim); i++) {
        rim[i] = (uint8_t)(0xc0 + i);
    }
    measurement_init(rim);
}

/* VTL2 alone asks: it may do all with RAM. */
void *stage2_guest_pointer(unsigned slot, uint64_t gpa, uint32_t access)
{
    (void)access;
    if (slot != SLOT_VTL2) {
        abort();
    }
    return gpa >= FAKE_RAM && gpa - FAKE_RAM < FAKE_RAM_BYTES ? fake_ram + (gpa - FAKE_RAM) : NULL;
}

void console_print(const char *format, ...)
{
    const unsigned used = fake_realm.console_bytes;
    va_list arguments;

    va_start(arguments, format);
    const int bytes =
        vsnprintf(fake_realm.console + used, sizeof(fake_realm.console) - used, format, arguments);
    va_end(arguments);
    if (bytes < 0 || (size_t)bytes >= sizeof(fake_realm.console) - used) {
        abort();
    }
    fake_realm.console_bytes += (unsigned)bytes;
}

void console_fatal(const char *format, ...)
{
    (void)format;
    abort();
}
