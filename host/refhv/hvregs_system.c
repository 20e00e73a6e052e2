/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System registers by name: in the hardware for the VTL that it holds, else in the VTL's saved state.
 * The rows are those of private_regs.h, so that what is switched and what has a name can't drift apart.
 */
#include "cpu.h"
#include "hvregs_private.h"

#include <sysreg.h>

#define ROW(field, encoding, number, reset) SYSREG_AS(named_##field, encoding)
PRIVATE_REGS_BASE(ROW)
PRIVATE_REGS_PAUTH(ROW)
#undef ROW
SYSREG_AS(named_cntkctl, cntkctl_el1)
SYSREG_AS(named_cntv_ctl, cntv_ctl_el0)
SYSREG_AS(named_cntv_cval, cntv_cval_el0)

struct row {
    uint32_t name; /* 0: has none */
    bool pauth;
    size_t offset; /* in struct vtl_state */
    uint64_t (*read)(void);
    void (*write)(uint64_t value);
};

#define SAVED(field) (offsetof(struct vtl_state, regs) + offsetof(struct private_regs, field))
#define TIMER(field) (offsetof(struct vtl_state, timer) + offsetof(struct vtimer, field))

static const struct row rows[] = {
#define ROW(field, encoding, number, reset) \
    {number, false, SAVED(field), read_named_##field, write_named_##field},
    PRIVATE_REGS_BASE(ROW)
#undef ROW
#define ROW(field, encoding, number, reset) \
    {number, true, SAVED(field), read_named_##field, write_named_##field},
        PRIVATE_REGS_PAUTH(ROW)
#undef ROW
            {HV_REGISTER_CNTKCTL_EL1, false, TIMER(cntkctl), read_named_cntkctl,
             write_named_cntkctl},
    {HV_REGISTER_CNTV_CTL_EL0, false, TIMER(cntv_ctl), read_named_cntv_ctl, write_named_cntv_ctl},
    {HV_REGISTER_CNTV_CVAL_EL0, false, TIMER(cntv_cval), read_named_cntv_cval,
     write_named_cntv_cval},
};

static const struct row *find(uint32_t name)
{
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].name == name && name != 0) {
            return rows[i].pauth && !cpu.pauth ? NULL : &rows[i];
        }
    }
    return NULL;
}

static uint64_t *saved(const struct hvregs_access *access, const struct row *row)
{
    return (uint64_t *)(void *)((uint8_t *)access->vtl + row->offset);
}

uint32_t hvregs_system_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    const struct row *row = find(access->name);

    if (row == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    value->low = access->live ? row->read() : *saved(access, row);
    return HV_STATUS_SUCCESS;
}

uint32_t hvregs_system_set(const struct hvregs_access *access,
                           const struct hv_register_value *value)
{
    const struct row *row = find(access->name);

    if (row == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (access->live) {
        row->write(value->low);
    } else {
        *saved(access, row) = value->low;
        if (access->own) {
            timer_changed(access->vp, access->slot); /* its deadline may be another now */
        }
    }
    return HV_STATUS_SUCCESS;
}
