/* SPDX-License-Identifier: BSD-3-Clause */
/* The register file of tests/fakes/refhv/sysreg.h. */
#include "sysreg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGISTER_MAX 1024

static struct {
    const char *encoding;
    uint64_t value;
    fake_sysreg_read_t read;
    fake_sysreg_write_t write;
    unsigned writes;
} registers[REGISTER_MAX];
static unsigned register_count;

static unsigned find(const char *encoding)
{
    for (unsigned i = 0; i < register_count; i++) {
        if (strcmp(registers[i].encoding, encoding) == 0) {
            return i;
        }
    }
    if (register_count == REGISTER_MAX) {
        (void)fputs("fake_sysreg: too many registers\n", stderr);
        abort();
    }
    registers[register_count].encoding = encoding;
    return register_count++;
}

uint64_t fake_sysreg_read(const char *encoding)
{
    const unsigned i = find(encoding);

    return registers[i].read != NULL ? registers[i].read() : registers[i].value;
}

void fake_sysreg_write(const char *encoding, uint64_t value)
{
    const unsigned i = find(encoding);

    registers[i].writes++;
    if (registers[i].write != NULL) {
        registers[i].write(value);
    } else {
        registers[i].value = value;
    }
}

uint64_t fake_sysreg_get(const char *encoding)
{
    return registers[find(encoding)].value;
}

void fake_sysreg_set(const char *encoding, uint64_t value)
{
    registers[find(encoding)].value = value;
}

void fake_sysreg_hook(const char *encoding, fake_sysreg_read_t read, fake_sysreg_write_t write)
{
    const unsigned i = find(encoding);

    registers[i].read = read;
    registers[i].write = write;
}

unsigned fake_sysreg_writes(const char *encoding)
{
    return registers[find(encoding)].writes;
}

void fake_sysreg_reset(void)
{
    memset(registers, 0, sizeof(registers));
    register_count = 0;
}
