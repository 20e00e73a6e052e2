/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything around refhv's Realm Services: VPs in VTL2, four pages of RAM at FAKE_RAM, a console that is kept. */
#ifndef FAKE_REFHV_REALM_H
#define FAKE_REFHV_REALM_H

#include "vp.h"

/* cmocka.h, which comes after this one, needs the first three. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_RAM UINT64_C(0x41000000)
#define FAKE_RAM_BYTES 0x4000u

struct fake_realm {
    char console[1024];
    unsigned console_bytes;
};

extern struct fake_realm fake_realm;
extern uint8_t fake_ram[FAKE_RAM_BYTES];

/* Every VP runs VTL2; the RIM is the bytes 0xc0, 0xc1 and on; RAM is zero. */
void fake_realm_reset(void);

#endif /* FAKE_REFHV_REALM_H */
