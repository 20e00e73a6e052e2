/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables: a row a call. Statuses are section 1.10's; where sources differ, each that one of
 * them names. */
#include "hypercall.h"

#define GET(count) HV_REP(HV_CALL_GET_VP_REGISTERS, count)
#define SET(count) HV_REP(HV_CALL_SET_VP_REGISTERS, count)
#define START(index) ((uint64_t)(index) << HV_CONTROL_REP_START_SHIFT)
#define VARHEAD(words) ((uint64_t)(words) << HV_CONTROL_VARHEAD_SHIFT)
#define CODE 0x02
#define INPUT 0x03
#define PARAMETER 0x05
#define DENIED 0x06
#define OPERATION 0x08
#define PARTITION 0x0d
#define INDEX 0x0e
#define CONNECTION 0x12
#define VP_STATE 0x15
#define SYNIC 0x18
#define VALUE 0x50
#define VTL_STATE 0x51
#define ENABLED 0x86
#define UNKNOWN 0x87
#define NO_VP 0x1000u
#define NO_NAME 0x7fff0u
#define INDEX_NAME HV_REGISTER_VP_INDEX

#define IN(...) {__VA_ARGS__}
#define WANT(...) {__VA_ARGS__}
/* Name, callers, ways, input and output words, control word, input, statuses, elements
 * completed. */
#define ROW(name, from, ways, input_words, output_words, control, input, want, reps) \
    {name, from, ways, input_words, output_words, control, input, want, reps}

const struct row register_rows[] = {
    /* Section 2.2. */
    ROW("2.2 get-registers: self, own VTL", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP_SELF, INDEX_NAME), WANT(0), 1),
    ROW("2.2 get-registers: VP by index", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(0, 0), INDEX_NAME), WANT(0), 1),
    ROW("2.2 get-registers: VTL0 by name", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x10), HV_REGISTER_PC), WANT(0), 1),
    ROW("2.2 get-registers: VTL2 by name", FROM_VTL2, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x12), INDEX_NAME), WANT(0), 1),
    ROW("2.2 get-registers: vtl above caller is denied", FROM_VTL0, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x12), INDEX_NAME), WANT(DENIED), 0),
    ROW("2.2 get-registers: vtl1 above caller is denied", FROM_VTL0, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x11), INDEX_NAME), WANT(DENIED), 0),
    ROW("2.2 get-registers: vtl 3 is refused", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x13), INDEX_NAME), WANT(DENIED, PARAMETER), 0),
    ROW("2.2 get-registers: vtl 15 is refused", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x1f), INDEX_NAME), WANT(DENIED, PARAMETER), 0),
    ROW("0 input VTL: reserved bits are refused", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x20), INDEX_NAME), WANT(PARAMETER, INPUT), 0),
    ROW("2.2 get-registers: another partition", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(1, VP_SELF, INDEX_NAME), WANT(PARTITION, DENIED), 0),
    ROW("2.2 get-registers: partition 0", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(0, VP_SELF, INDEX_NAME), WANT(PARTITION, DENIED), 0),
    ROW("2.2 get-registers: a VP that isn't there", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(NO_VP, 0), INDEX_NAME), WANT(INDEX), 0),
    ROW("2.2 get-registers: any VP is not a VP", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP(HV_ANY_VP, 0), INDEX_NAME), WANT(INDEX), 0),
    ROW("2.2 get-registers: unknown name", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP_SELF, NO_NAME), WANT(UNKNOWN, PARAMETER), 0),
    ROW("2.2 get-registers: name 0xffffffff", FROM_BOTH, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP_SELF, 0xffffffff), WANT(UNKNOWN, PARAMETER), 0),
    ROW("2.2 get-registers: VsmCodePageOffsets is not on arm64", FROM_VTL2, ANY_WAY, 3, 2, GET(1),
        IN(SELF, VP_SELF, 0xd0002), WANT(UNKNOWN, PARAMETER), 0),
    ROW("1.6 get-registers: no element", FROM_BOTH, ANY_WAY, 2, 0, GET(0), IN(SELF, VP_SELF),
        WANT(INPUT), 0),
    ROW("1.6 get-registers: start is count", FROM_BOTH, ANY_WAY, 3, 0, GET(1) | START(1),
        IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT), 0),
    ROW("1.6 get-registers: start above count", FROM_BOTH, ANY_WAY, 3, 0, GET(1) | START(0xfff),
        IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT), 0),
    ROW("1.6 get-registers: variable header", FROM_BOTH, ANY_WAY, 3, 0, GET(1) | VARHEAD(1),
        IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT), 0),
    ROW("1.4 control: bit 27", FROM_BOTH, ANY_WAY, 3, 0, GET(1) | 1ull << 27,
        IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT), 0),
    ROW("1.4 control: bit 30", FROM_BOTH, ANY_WAY, 3, 0, GET(1) | 1ull << 30,
        IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT), 0),
    ROW("1.4 control: bit 44", FROM_BOTH, ANY_WAY, 3, 0, GET(1) | 1ull << 44,
        IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT), 0),
    ROW("1.4 control: bit 63", FROM_BOTH, ANY_WAY, 3, 0, GET(1) | 1ull << 63,
        IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT), 0),
    ROW("1.6 get-registers: fast input of 144 bytes", FROM_BOTH, FAST_WAYS, 16, 0, GET(32),
        IN(SELF, VP_SELF), WANT(INPUT), 0),
    ROW("1.6 get-registers: fast, no room for the output", FROM_BOTH, FAST_WAYS, 6, 0, GET(8),
        IN(SELF, VP_SELF, NAMES(INDEX_NAME, INDEX_NAME), NAMES(INDEX_NAME, INDEX_NAME),
           NAMES(INDEX_NAME, INDEX_NAME), NAMES(INDEX_NAME, INDEX_NAME)),
        WANT(INPUT), 0),
    ROW("1.6 get-registers: 4095 elements can't be in a page", FROM_BOTH, MEMORY_WAYS, 3, 0,
        GET(4095), IN(SELF, VP_SELF, INDEX_NAME), WANT(INPUT, 0x04), 0),
    /* Section 2.3. */
    ROW("2.3 set-registers: self, own VTL", FROM_BOTH, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP_SELF, HV_REGISTER_GUEST_CRASH_P1, 0, 7, 0), WANT(0), 1),
    ROW("2.3 set-registers: vtl above caller is denied", FROM_VTL0, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP(HV_VP_INDEX_SELF, 0x12), HV_REGISTER_GUEST_CRASH_P1, 0, 7, 0), WANT(DENIED), 0),
    ROW("2.3 set-registers: another partition", FROM_BOTH, ANY_WAY, 6, 0, SET(1),
        IN(1, VP_SELF, HV_REGISTER_GUEST_CRASH_P1, 0, 7, 0), WANT(PARTITION, DENIED), 0),
    ROW("2.3 set-registers: a VP that isn't there", FROM_BOTH, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP(NO_VP, 0), HV_REGISTER_GUEST_CRASH_P1, 0, 7, 0), WANT(INDEX), 0),
    ROW("2.3 set-registers: unknown name", FROM_BOTH, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP_SELF, NO_NAME, 0, 7, 0), WANT(UNKNOWN, PARAMETER), 0),
    ROW("2.3 set-registers: no element", FROM_BOTH, ANY_WAY, 2, 0, SET(0), IN(SELF, VP_SELF),
        WANT(INPUT), 0),
    ROW("2.3 set-registers: TimeRefCount is read-only", FROM_BOTH, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP_SELF, HV_REGISTER_TIME_REF_COUNT, 0, 1, 0), WANT(PARAMETER), 0),
    ROW("2.3 set-registers: VpIndex is read-only", FROM_BOTH, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP_SELF, INDEX_NAME, 0, 1, 0), WANT(PARAMETER, DENIED, VALUE), 0),
    ROW("2.3 set-registers: VsmCapabilities is read-only", FROM_VTL2, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP_SELF, HV_REGISTER_VSM_CAPABILITIES, 0, 0, 0), WANT(PARAMETER, DENIED, VALUE),
        0),
    ROW("2.3 set-registers: VsmPartitionConfig is not VTL0's", FROM_VTL0, ANY_WAY, 6, 0, SET(1),
        IN(SELF, VP_SELF, HV_REGISTER_VSM_PARTITION_CONFIG, 0, 0, 0),
        WANT(DENIED, PARAMETER, UNKNOWN), 0),
};
const size_t register_row_count = COUNT_OF(register_rows);

#define ASSERT(partition, control, vector, vtl) \
    IN((partition), (control), 0, (uint64_t)(vector) | (uint64_t)(vtl) << 32)

const struct row other_rows[] = {
    ROW("1.6 unknown code 0", FROM_BOTH, ANY_WAY, 1, 0, 0x0000, IN(0), WANT(CODE), 0),
    ROW("1.6 unknown code 0x0fff", FROM_BOTH, ANY_WAY, 1, 0, 0x0fff, IN(0), WANT(CODE), 0),
    ROW("1.6 unknown code 0x7ffe", FROM_BOTH, ANY_WAY, 1, 0, 0x7ffe, IN(0), WANT(CODE), 0),
    ROW("1.6 unknown code 0xfffe", FROM_BOTH, ANY_WAY, 1, 0, 0xfffe, IN(0), WANT(CODE), 0),
    /* Section 2.10, simple calls: section 1.6's rules for them. */
    ROW("2.10 signal-event: unknown connection", FROM_BOTH, ANY_WAY, 1, 0, HV_CALL_SIGNAL_EVENT,
        IN(0xabcdef), WANT(CONNECTION), 0),
    ROW("1.6 signal-event: rep count", FROM_BOTH, ANY_WAY, 1, 0, HV_REP(HV_CALL_SIGNAL_EVENT, 1),
        IN(0xabcdef), WANT(INPUT), 0),
    ROW("1.6 signal-event: rep start", FROM_BOTH, ANY_WAY, 1, 0, HV_CALL_SIGNAL_EVENT | START(1),
        IN(0xabcdef), WANT(INPUT), 0),
    ROW("1.6 signal-event: variable header", FROM_BOTH, ANY_WAY, 1, 0,
        HV_CALL_SIGNAL_EVENT | VARHEAD(1), IN(0xabcdef), WANT(INPUT), 0),
    ROW("2.10 post-message: unknown connection", FROM_BOTH, MEMORY_WAYS, 32, 0,
        HV_CALL_POST_MESSAGE, IN(0xabcdef, NAMES(1, 8)), WANT(CONNECTION), 0),
    ROW("1.6 post-message: 256 bytes are too many for the fast form", FROM_BOTH, FAST_WAYS, 16, 0,
        HV_CALL_POST_MESSAGE, IN(0xabcdef, NAMES(1, 8)), WANT(INPUT), 0),
    /* Section 2.5. */
    ROW("2.5 enable-vp-vtl: already enabled", FROM_VTL2, ANY_WAY, 11, 0, HV_CALL_ENABLE_VP_VTL,
        IN(SELF, VP(0, 2)), WANT(ENABLED, PARAMETER), 0),
    ROW("2.5 enable-vp-vtl: a VP that isn't there", FROM_VTL2, ANY_WAY, 11, 0,
        HV_CALL_ENABLE_VP_VTL, IN(SELF, VP(NO_VP, 2)), WANT(INDEX), 0),
    ROW("2.5 enable-vp-vtl: another partition", FROM_VTL2, ANY_WAY, 11, 0, HV_CALL_ENABLE_VP_VTL,
        IN(1, VP(0, 2)), WANT(PARTITION, DENIED), 0),
    ROW("2.5 enable-vp-vtl: VTL 3", FROM_VTL2, ANY_WAY, 11, 0, HV_CALL_ENABLE_VP_VTL,
        IN(SELF, VP(0, 3)), WANT(PARAMETER, DENIED, VTL_STATE), 0),
    ROW("2.5 enable-vp-vtl: not for VTL0", FROM_VTL0, ANY_WAY, 11, 0, HV_CALL_ENABLE_VP_VTL,
        IN(SELF, VP(0, 2)), WANT(DENIED, ENABLED, OPERATION), 0),
    ROW("2.5 enable-vp-vtl: VTL0 can't enable VTL1 below VTL2", FROM_VTL0, ANY_WAY, 11, 0,
        HV_CALL_ENABLE_VP_VTL, IN(SELF, VP(0, 1)), WANT(DENIED, PARAMETER, VTL_STATE), 0),
    ROW("2.5 start-vp: itself", FROM_VTL2, ANY_WAY, 11, 0, HV_CALL_START_VIRTUAL_PROCESSOR,
        IN(SELF, VP(0, 2)), WANT(PARAMETER, VP_STATE), 0),
    ROW("2.5 start-vp: a VP that isn't there", FROM_VTL2, ANY_WAY, 11, 0,
        HV_CALL_START_VIRTUAL_PROCESSOR, IN(SELF, VP(NO_VP, 2)), WANT(INDEX), 0),
    ROW("2.5 start-vp: vtl above caller is denied", FROM_VTL0, ANY_WAY, 11, 0,
        HV_CALL_START_VIRTUAL_PROCESSOR, IN(SELF, VP(0, 2)), WANT(DENIED), 0),
    /* Section 2.6. */
    ROW("2.6 modify-protection: RAM", FROM_VTL2, ANY_WAY, 3, 0,
        HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 1), IN(SELF, 0xf, VTL0_SCRATCH_GPA >> 12),
        WANT(0), 1),
    ROW("2.6 modify-protection: VTL2 by name", FROM_VTL2, ANY_WAY, 3, 0,
        HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 1),
        IN(SELF, 0xf | 0x12ull << 32, VTL0_SCRATCH_GPA >> 12), WANT(0), 1),
    ROW("2.6 modify-protection: not RAM", FROM_VTL2, ANY_WAY, 3, 0,
        HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 1), IN(SELF, 0xf, 0x09000), WANT(PARAMETER), 0),
    ROW("2.6 modify-protection: beyond every address", FROM_VTL2, ANY_WAY, 3, 0,
        HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 1), IN(SELF, 0xf, ~0ull), WANT(PARAMETER), 0),
    ROW("2.6 modify-protection: the second of two is not RAM", FROM_VTL2, ANY_WAY, 4, 0,
        HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 2),
        IN(SELF, 0xf, VTL0_SCRATCH_GPA >> 12, 0x09000), WANT(PARAMETER), 1),
    ROW("2.6 modify-protection: another partition", FROM_VTL2, ANY_WAY, 3, 0,
        HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 1), IN(1, 0xf, VTL0_SCRATCH_GPA >> 12),
        WANT(PARTITION, DENIED), 0),
    ROW("2.6 modify-protection: not for VTL0", FROM_VTL0, ANY_WAY, 3, 0,
        HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 1), IN(SELF, 0xf, VTL0_SCRATCH_GPA >> 12),
        WANT(DENIED, OPERATION), 0),
    /* Section 2.7. */
    ROW("2.7 assert-interrupt: lower an SPI", FROM_VTL2, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(SELF, 0, 50, 0), WANT(0), 0),
    ROW("2.7 assert-interrupt: a PPI is no SPI", FROM_VTL2, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(SELF, 1ull << 34, 27, 0), WANT(PARAMETER), 0),
    ROW("2.7 assert-interrupt: INTID 1020", FROM_VTL2, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(SELF, 1ull << 34, 1020, 0), WANT(PARAMETER), 0),
    ROW("2.7 assert-interrupt: INTID 0xffffffff", FROM_VTL2, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(SELF, 1ull << 34, 0xffffffff, 0), WANT(PARAMETER),
        0),
    ROW("2.7 assert-interrupt: not a fixed interrupt", FROM_VTL2, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(SELF, 1ull << 34 | 4, 50, 0), WANT(PARAMETER), 0),
    ROW("2.7 assert-interrupt: VTL 3", FROM_VTL2, ANY_WAY, 4, 0, HV_CALL_ASSERT_VIRTUAL_INTERRUPT,
        ASSERT(SELF, 0, 50, 3), WANT(PARAMETER, DENIED, VTL_STATE), 0),
    ROW("2.7 assert-interrupt: another partition", FROM_VTL2, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(1, 0, 50, 0), WANT(PARTITION, DENIED), 0),
    ROW("2.7 assert-interrupt: not for VTL0", FROM_VTL0, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(SELF, 0, 50, 0), WANT(DENIED, OPERATION), 0),
    ROW("2.7 assert-interrupt: VTL0 can't reach VTL2", FROM_VTL0, ANY_WAY, 4, 0,
        HV_CALL_ASSERT_VIRTUAL_INTERRUPT, ASSERT(SELF, 1ull << 34, 50, 2), WANT(DENIED, OPERATION),
        0),
    /* Section 2.9. */
    ROW("2.9 vp-index: an MPIDR that isn't there", FROM_BOTH, ANY_WAY, 3, 1,
        HV_REP(HV_CALL_GET_VP_INDEX_FROM_APIC_ID, 1), IN(SELF, 0, 0x00ff00ff),
        WANT(PARAMETER, INDEX, 0x10), 0),
    ROW("2.9 vp-index: another partition", FROM_BOTH, ANY_WAY, 3, 1,
        HV_REP(HV_CALL_GET_VP_INDEX_FROM_APIC_ID, 1), IN(1, 0, 0), WANT(PARTITION, DENIED), 0),
    /* Section 2.11. */
    ROW("2.11 signal-event-direct: SINT 16", FROM_VTL2, ANY_WAY, 2, 1, HV_CALL_SIGNAL_EVENT_DIRECT,
        IN(SELF, VP(0, 0) | 16ull << 40), WANT(PARAMETER), 0),
    ROW("2.11 signal-event-direct: SINT 0", FROM_VTL2, ANY_WAY, 2, 1, HV_CALL_SIGNAL_EVENT_DIRECT,
        IN(SELF, VP(0, 0)), WANT(PARAMETER), 0),
    ROW("2.11 signal-event-direct: SINT not programmed", FROM_VTL2, ANY_WAY, 2, 1,
        HV_CALL_SIGNAL_EVENT_DIRECT, IN(SELF, VP(0, 0) | 5ull << 40), WANT(SYNIC), 0),
    ROW("2.11 signal-event-direct: a VP that isn't there", FROM_VTL2, ANY_WAY, 2, 1,
        HV_CALL_SIGNAL_EVENT_DIRECT, IN(SELF, VP(NO_VP, 0) | 5ull << 40), WANT(INDEX), 0),
    ROW("2.11 signal-event-direct: not for VTL0", FROM_VTL0, ANY_WAY, 2, 1,
        HV_CALL_SIGNAL_EVENT_DIRECT, IN(SELF, VP(0, 0) | 5ull << 40), WANT(OPERATION, DENIED), 0),
    ROW("2.11 post-message-direct: SINT 16", FROM_VTL2, MEMORY_WAYS, 35, 0,
        HV_CALL_POST_MESSAGE_DIRECT, IN(SELF, VP(0, 0), 16), WANT(PARAMETER), 0),
    ROW("2.11 post-message-direct: SINT not programmed", FROM_VTL2, MEMORY_WAYS, 35, 0,
        HV_CALL_POST_MESSAGE_DIRECT, IN(SELF, VP(0, 0), NAMES(5, 1)), WANT(SYNIC), 0),
    ROW("2.11 post-message-direct: a VP that isn't there", FROM_VTL2, MEMORY_WAYS, 35, 0,
        HV_CALL_POST_MESSAGE_DIRECT, IN(SELF, VP(NO_VP, 0), NAMES(5, 1)), WANT(INDEX), 0),
    ROW("2.11 post-message-direct: not for VTL0", FROM_VTL0, MEMORY_WAYS, 35, 0,
        HV_CALL_POST_MESSAGE_DIRECT, IN(SELF, VP(0, 0), NAMES(5, 1)), WANT(OPERATION, DENIED), 0),
    /* Section 2.12. */
    ROW("2.12 install-intercept: unknown type", FROM_VTL2, ANY_WAY, 3, 0, HV_CALL_INSTALL_INTERCEPT,
        IN(SELF, NAMES(4, 0x77), 0), WANT(PARAMETER), 0),
    ROW("2.12 install-intercept: another partition", FROM_VTL2, ANY_WAY, 3, 0,
        HV_CALL_INSTALL_INTERCEPT, IN(1, NAMES(4, 0x0d), 0), WANT(PARTITION, DENIED), 0),
    ROW("2.12 install-intercept: not for VTL0", FROM_VTL0, ANY_WAY, 3, 0, HV_CALL_INSTALL_INTERCEPT,
        IN(SELF, NAMES(4, 0x0d), 0), WANT(DENIED, OPERATION), 0),
    /* Section 9.2. */
    ROW("9.2 report", FROM_VTL2, MEMORY_WAYS, 8, 0, HV_CALL_VBS_VM_CALL_REPORT, IN(1, 2, 3, 4),
        WANT(0), 0),
    ROW("9.2 report: 2048 bytes are too many for the fast form", FROM_VTL2, FAST_WAYS, 8, 0,
        HV_CALL_VBS_VM_CALL_REPORT, IN(1, 2, 3, 4), WANT(INPUT), 0),
    ROW("9.2 report: not for VTL0", FROM_VTL0, ANY_WAY, 8, 0, HV_CALL_VBS_VM_CALL_REPORT,
        IN(1, 2, 3, 4), WANT(DENIED, OPERATION), 0),
    /* Section 2.8. */
    ROW("2.8 translate: another partition", FROM_VTL2, ANY_WAY, 4, 2,
        HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX, IN(1, VP_SELF, 0x10ull << 56 | 1, 0),
        WANT(PARTITION, DENIED), 0),
    ROW("2.8 translate: a VP that isn't there", FROM_VTL2, ANY_WAY, 4, 2,
        HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX, IN(SELF, VP(NO_VP, 0), 0x10ull << 56 | 1, 0),
        WANT(INDEX), 0),
    ROW("2.8 translate: vtl above caller is denied", FROM_VTL0, ANY_WAY, 4, 2,
        HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX, IN(SELF, VP_SELF, 0x12ull << 56 | 1, 0), WANT(DENIED),
        0),
};
const size_t other_row_count = COUNT_OF(other_rows);

/* ---- Input and output lists in memory, section 1.2 ------------------------------------------- */

static const struct {
    const char *name;
    uint64_t control;
    int32_t input_at; /* from the input page's start; the output page follows it */
    int32_t output_at;
    uint16_t want[3];
} memory_forms[] = {
    {"1.2 input not 8-byte aligned", GET(1), 4, 4096, {0x04}},
    {"1.2 input at an odd address", GET(1), 1, 4096, {0x04}},
    {"1.2 output not 8-byte aligned", GET(1), 0, 4096 + 4, {0x04}},
    {"1.2 input across pages", GET(4), 4096 - 24, 4096 + 64, {INPUT, 0x04}},
    {"1.2 header across pages", GET(1), 4096 - 8, 4096 + 64, {INPUT, 0x04}},
    {"1.2 output across pages", GET(1), 0, 4096 - 8, {INPUT, 0x04}},
    {"1.2 input that ends with its page", GET(2), 4096 - 24, 4096, {0}},
    {"1.2 output that ends with its page", GET(1), 0, 4096 - 16, {0}},
    {"1.2 output over input", GET(2), 0, 0, {INPUT, 0x04, PARAMETER}},
};

static uint64_t memory_form_call(bool by_smccc, uint64_t control, uint64_t input, uint64_t output)
{
    struct call_regs regs = {.x = {control, input, output}};

    if (by_smccc) {
        regs = (struct call_regs){.x = {HV_SMCCC_HYPERCALL, control, input, output}};
        raw_hvc0(&regs);
    } else {
        raw_hvc1(&regs);
    }
    return HV_STATUS(regs.x[0]);
}

static void memory_form_fill(uint64_t input)
{
    /* Byte by byte: the address may be odd. */
    static const uint32_t words[] = {0xffffffff, 0xffffffff, HV_VP_INDEX_SELF, 0,
                                     INDEX_NAME, INDEX_NAME, INDEX_NAME,       INDEX_NAME};
    volatile uint8_t *at = (volatile uint8_t *)input;

    for (size_t i = 0; i < sizeof(words); i++) {
        at[i] = (uint8_t)(words[i / 4] >> i % 4 * 8);
    }
    barrier();
}

void rows_memory_forms(void)
{
    uint64_t page = (uintptr_t)hv_input_page();

    for (size_t i = 0; i < COUNT_OF(memory_forms); i++) {
        uint64_t input = page + (uint64_t)(int64_t)memory_forms[i].input_at;
        uint64_t output = page + (uint64_t)(int64_t)memory_forms[i].output_at;
        uint64_t wants[3];
        size_t count = 0;

        while (count < 3 && (count == 0 || memory_forms[i].want[count] != 0)) {
            wants[count] = memory_forms[i].want[count];
            count++;
        }
        for (unsigned by_smccc = 0; by_smccc < 2; by_smccc++) {
            check_way(by_smccc != 0 ? "smccc" : "hvc1");
            memory_form_fill(input);
            uint64_t status =
                memory_form_call(by_smccc != 0, memory_forms[i].control, input, output);
            check_any(memory_forms[i].name, status, wants, count);
        }
    }
    check_way("set has no output");
    memory_form_fill(page);
    hv_input_page()[2] = HV_REGISTER_GUEST_CRASH_P2;
    hv_input_page()[3] = 0;
    check_eq("1.2 an output address that isn't used is ignored",
             memory_form_call(true, SET(1), page, 0x3), 0);
    check_way("");
}
