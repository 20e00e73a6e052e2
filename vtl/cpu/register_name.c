/* SPDX-License-Identifier: BSD-3-Clause */
/* Arm ARM C6.2 (MRS, MSR (register)); D19.2.37, ESR_EL1, the ISS of EC 0x18. */
#include "cpu/register_name.h"

#include "registers.h"

#include <stddef.h>
#include <string.h>

#define INSTRUCTION_MASK UINT32_C(0xffd00000) /* but bit 21: MRS or MSR */
#define INSTRUCTION UINT32_C(0xd5100000)

/* In two arrays of plain data, the names one behind the other: pointers would want relocations. */
static const uint32_t encodings[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, ...) REGISTER_ISS(op0, op1, crn, crm, op2),
#include "registers.def"
};

static const char names[] =
#define REGISTER(name, ...) #name "\0"
#include "registers.def"
    ;

const char *register_name_by_iss(uint64_t iss)
{
    const char *name = names;

    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        if (encodings[i] == (iss & REGISTER_ISS_MASK)) {
            return name;
        }
        name += strlen(name) + 1;
    }
    return NULL;
}

const char *register_name_by_instruction(uint32_t instruction)
{
    if ((instruction & INSTRUCTION_MASK) != INSTRUCTION) {
        return NULL;
    }
    return register_name_by_iss(REGISTER_ISS(instruction >> 19 & 3, instruction >> 16 & 7,
                                             instruction >> 12 & 15, instruction >> 8 & 15,
                                             instruction >> 5 & 7));
}
