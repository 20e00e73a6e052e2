/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The register table for the programs rows, sweep and random: each row as data, what this machine offers of
 * it, and access to the register itself, in whichever VTL the code runs.
 */
#ifndef CONTRACT_ROWS_H
#define CONTRACT_ROWS_H

#include "probe.h"
#include "registers.h"
#include "rt.h"

enum row_index {
#define REGISTER(name, ...) ROW_##name,
#include "registers.def"
    ROW_COUNT,
    ROW_none = ROW_COUNT,
};

enum {
#define X(...) +1
    FEATURE_COUNT = REGISTER_FEATURES(X)
#undef X
};

struct row {
    const char *name;
    const char *check; /* section 8, name, class, saver */
    uint8_t op0;
    uint8_t op1;
    uint8_t crn;
    uint8_t crm;
    uint8_t op2;
    enum register_access access;
    enum register_feature feature;
    enum register_class class;
    enum register_saver saver;
    uint32_t hyperv;
};
extern const struct row rows[ROW_COUNT];

/* An encoding's place in sweep_code. */
static inline uint32_t sweep_index(uint32_t op0, uint32_t op1, uint32_t crn, uint32_t crm,
                                   uint32_t op2)
{
    return (op0 & 1) << 14 | op1 << 11 | crn << 7 | crm << 3 | op2;
}

static inline uint32_t row_sweep_index(const struct row *row)
{
    return sweep_index(row->op0, row->op1, row->crn, row->crm, row->op2);
}

/* Undefined has class 0; with FEAT_IDST it is a trap of a system register in the space of ID registers: op0 3,
 * op1 0, 1 or 3, CRn 0, CRm 0 to 7 (Arm ARM D19.2.37, EC 0x18). */
static inline bool sweep_is_undefined(uint32_t index, uint8_t trap)
{
    const uint32_t group = index >> 6; /* without CRm 2:0 and op2 */

    return trap == PROBE_UNDEFINED ||
           (trap == (PROBE_TRAPPED | ESR_EC_SYSREG) &&
            (group == sweep_index(3, 0, 0, 0, 0) >> 6 || group == sweep_index(3, 1, 0, 0, 0) >> 6 ||
             group == sweep_index(3, 3, 0, 0, 0) >> 6));
}

static inline bool row_is_undefined(const struct row *row, uint8_t trap)
{
    return sweep_is_undefined(row_sweep_index(row), trap);
}

/* rows_code.S: a block for each row. */
#define ROW_CODE_BYTES 64u
#define ROW_CODE_WRITE 8u
#define ROW_CODE_SWAP 20u
extern const uint8_t row_code[];

/* Of an access: what it read, and the trap (PROBE_...; 0: none). */
struct row_access {
    uint64_t value;
    uint8_t trap;
};
struct row_access row_read(enum row_index index);
struct row_access row_read_el0(enum row_index index);
struct row_access row_write(enum row_index index, uint64_t value);
/* What reads back after a write that is undone at once. */
struct row_access row_swap(enum row_index index, uint64_t value);

/* Of a row that is known to be there. */
uint64_t row_get(enum row_index index);
void row_put(enum row_index index, uint64_t value);

/* By the ID registers of the VTL that runs. */
bool row_feature_offered(enum register_feature feature);
/* Fields of this ID register that tell of features that VTL2 is not offered (saver HELD). */
uint64_t row_id_fields_held(enum row_index index);
/* Fewer of it exist than the table has rows: breakpoints, watchpoints, event counters, active priorities. */
bool row_beyond_count(enum row_index index);
/* Feature offered, not beyond the count, and neither hidden by this hypervisor nor absent. */
bool row_offered(enum row_index index);
/* A register that this machine may leave out though no ID register says so. */
bool row_may_miss(enum row_index index, bool el0);

/* EL0 may read what EL1 can let it read. */
void row_open_el0(void);

#endif /* CONTRACT_ROWS_H */
