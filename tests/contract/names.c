/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every register by its Hyper-V number (sections 2.2, 2.3 and 3.2), of VTL0 and of VTL2: it has a value that can be
 * written back, or it is an unknown name, and whichever it is, it is so again. Rows: vtl/abi/registers.def.
 */
#include "registers.h"
#include "rt.h"

static const struct name {
    const char *text;
    uint32_t number;
    enum register_access access;
    enum register_class class;
    enum register_saver saver;
} names[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, ...) \
    {#name, hyperv, REGISTER_ACCESS_##access, REGISTER_CLASS_##class, REGISTER_SAVER_##saver},
#include "registers.def"
};

static bool is_known(uint64_t status)
{
    return status == HV_STATUS_SUCCESS;
}

static bool is_unknown(uint64_t status)
{
    return status == HV_STATUS_INVALID_PARAMETER;
}

static void check_get(const struct name *name, uint32_t vtl)
{
    uint64_t value;
    uint64_t again;
    uint64_t status = hv_get(vtl, name->number, &value);

    if (name->class == REGISTER_CLASS_ABSENT || name->access == REGISTER_ACCESS_WO ||
        name->access == REGISTER_ACCESS_DEBUG_STATE) {
        check_true("2.2 a register that is not to be read is an unknown name", is_unknown(status));
        return;
    }
    check_true("2.2 a register has a value or is an unknown name",
               is_known(status) || is_unknown(status));
    check_eq("2.2 the same the next time", hv_get(vtl, name->number, &again), status);
}

/* What a VTL has by its own access too has a name: state that a switch keeps apart. */
static void check_set(const struct name *name)
{
    uint64_t value;
    uint64_t status = hv_get(VTL0, name->number, &value);

    if (name->access == REGISTER_ACCESS_RO) {
        check_true("2.3 a read-only register can't be set",
                   is_unknown(hv_set(VTL0, name->number, 0)));
    } else if (name->access != REGISTER_ACCESS_WO) {
        check_eq("2.3 a value can be written back", hv_set(VTL0, name->number, value), status);
    }
}

static void check_names(void)
{
    unsigned known = 0;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        uint64_t value;
        if (names[i].number == 0) {
            continue;
        }
        check_way(names[i].text);
        check_get(&names[i], VTL0);
        check_get(&names[i], OWN_VTL);
        check_set(&names[i]);
        known += is_known(hv_get(VTL0, names[i].number, &value)) ? 1 : 0;
    }
    check_way("");
    note("names that VTL0 has", known);
    check_true("3.2 VTL0 has the names of Armv8.0 at least", known >= 90);
}

/* Section 3.1: one set, 128 bits each. What VTL2 sets by name it finds in the registers, and VTL0 by name. */
static void check_vectors(void)
{
    static struct fp_regs fp;
    uint64_t wrong = 0;
    uint64_t value;

    for (uint32_t n = 0; n < 32; n++) {
        if (hv_set128(VTL0, HV_REGISTER_Q(n), 0x1000 + n, 0x2000 + n) != HV_STATUS_SUCCESS) {
            wrong |= UINT64_C(1) << n;
        }
    }
    check_eq("3.1 Q registers that can't be set by name", wrong, 0);
    fp_store(&fp);
    wrong = 0;
    for (uint32_t n = 0; n < 32; n++) {
        if (fp.q[2 * n] != 0x1000 + n || fp.q[2 * n + 1] != 0x2000 + n) {
            wrong |= UINT64_C(1) << n;
        }
        fp.q[2 * n] = 0x3000 + n;
    }
    check_eq("3.1 Q registers that VTL2 finds otherwise", wrong, 0);
    fp_load(&fp);
    wrong = 0;
    for (uint32_t n = 0; n < 32; n++) {
        if (hv_get(VTL0, HV_REGISTER_Q(n), &value) != HV_STATUS_SUCCESS || value != 0x3000 + n) {
            wrong |= UINT64_C(1) << n;
        }
    }
    check_eq("3.1 Q registers that have another value by name", wrong, 0);
}

static void run(void)
{
    check_names();
    check_vectors();
}

const struct program program = {.main = run};
