/* SPDX-License-Identifier: BSD-3-Clause */
/* Why VTL2 was entered. Reference sections 4 (assist page), 5 (messages and intercepts). */
#include "hv/exit.h"

#include "hv/message.h"
#include "hv_hypercall.h"
#include "vtl/untrusted.h"

/* Words of a message, by what lies in them. */
#define HEAD 0u /* type 31:0, payload size 39:32 */
#define PAYLOAD offsetof(struct hv_message, payload)
#define WORD(intercept, field) (PAYLOAD + offsetof(struct intercept, field))
#define HEADER PAYLOAD /* VP 31:0, instruction length 39:32, access 47:40, state 63:48 */
#define PC WORD(hv_intercept_header, pc)
#define PSTATE WORD(hv_intercept_header, cpsr)
#define MEMORY_INFO WORD(hv_memory_intercept, cache_type) /* byte count 39:32, info 47:40 */
#define MEMORY_INSTRUCTION WORD(hv_memory_intercept, instruction_bytes)
#define MEMORY_GVA WORD(hv_memory_intercept, gva)
#define MEMORY_GPA WORD(hv_memory_intercept, gpa)
#define MEMORY_SYNDROME WORD(hv_memory_intercept, syndrome)
#define HYPERCALL_IMMEDIATE WORD(hv_hypercall_intercept, immediate) /* 15:0 */
#define RESET WORD(hv_reset_intercept, type)                        /* type 31:0, code 63:32 */

#define BYTE(word, shift) ((uint8_t)((word) >> (shift)))
#define SIZE_SHIFT 32
#define LENGTH_SHIFT 32
#define ACCESS_SHIFT 40
#define STATE_SHIFT 48
#define COUNT_SHIFT 32
#define INFO_SHIFT 40

/*
 * What nearly every exit is, told by two comparisons: an access by this VP's VTL0, at EL0 or EL1,
 * by a four-byte instruction, to what is not mapped; a read or a write.
 */
#define HEAD_USUAL \
    ((uint64_t)sizeof(struct hv_memory_intercept) << SIZE_SHIFT | HV_MESSAGE_UNMAPPED_GPA)
#define STATE_WRONG (HV_EXECUTION_VTL_MASK | (HV_EXECUTION_EL_MASK & ~1u))
#define HEADER_MASK                                                          \
    ((uint64_t)STATE_WRONG << STATE_SHIFT | UINT64_C(0xfe) << ACCESS_SHIFT | \
     UINT64_C(0xff) << LENGTH_SHIFT | UINT32_MAX)
#define HEADER_USUAL(vp_index) (UINT64_C(4) << LENGTH_SHIFT | (vp_index))

_Static_assert(VTL_READ == HV_INTERCEPT_READ && VTL_WRITE == HV_INTERCEPT_WRITE &&
                   VTL_EXECUTE == HV_INTERCEPT_EXECUTE,
               "the header's access type and enum vtl_access go by the same numbers");
_Static_assert(offsetof(struct hv_memory_intercept, instruction_byte_count) ==
                       offsetof(struct hv_memory_intercept, cache_type) + COUNT_SHIFT / 8 &&
                   offsetof(struct hv_memory_intercept, access_info) ==
                       offsetof(struct hv_memory_intercept, cache_type) + INFO_SHIFT / 8,
               "one word");
_Static_assert(offsetof(struct hv_intercept_header, instruction_length) == LENGTH_SHIFT / 8 &&
                   offsetof(struct hv_intercept_header, access_type) == ACCESS_SHIFT / 8 &&
                   offsetof(struct hv_intercept_header, execution_state) == STATE_SHIFT / 8,
               "one word");

/* Out of line, so that the way of every access has nothing to keep across a call. */
__attribute__((noinline)) static void unknown(struct vtl_exit *exit, uint32_t type, const char *why)
{
    log_error("exit: message 0x%x: %s", type, why);
    exit->kind = VTL_EXIT_UNKNOWN;
    exit->unknown.type = type;
}

static inline void decode_state(struct vtl_vp *vp, const struct hv_message *message,
                                struct vtl_exit *exit)
{
    uint64_t pc = hv_message_word(message, PC);
    uint64_t pstate = hv_message_word(message, PSTATE);

    exit->pc = gva(pc);
    exit->pstate = pstate;
    vp->state = exit;
}

/* A memory intercept behind its header. False if it is none. */
static inline bool decode_memory(const struct hv_message *message, enum vtl_exit_kind kind,
                                 enum vtl_access access, struct vtl_exit *exit)
{
    uint64_t info = hv_message_word(message, MEMORY_INFO);
    uint8_t bytes = BYTE(info, COUNT_SHIFT);

    if (bytes != 0 && bytes != 4) {
        return false;
    }
    exit->kind = kind;
    exit->instruction_bytes = 4;
    exit->memory.access = access;
    exit->memory.gva_valid = (BYTE(info, INFO_SHIFT) & HV_ACCESS_INFO_GVA_VALID) != 0;
    exit->memory.instruction_valid = (bytes & 4) != 0;
    exit->memory.instruction = (uint32_t)hv_message_word(message, MEMORY_INSTRUCTION);
    exit->memory.gva = gva(hv_message_word(message, MEMORY_GVA));
    exit->memory.gpa = gpa(hv_message_word(message, MEMORY_GPA));
    exit->memory.esr = hv_message_word(message, MEMORY_SYNDROME);
    return true;
}

static bool decode_hypercall(const struct hv_message *message, struct vtl_exit *exit)
{
    uint16_t immediate = (uint16_t)hv_message_word(message, HYPERCALL_IMMEDIATE);

    exit->kind = VTL_EXIT_HYPERCALL;
    exit->hypercall.immediate = immediate;
    return immediate <= HV_HVC_HYPERCALL;
}

static bool decode_reset(const struct hv_message *message, struct vtl_exit *exit)
{
    uint64_t word = hv_message_word(message, RESET);

    exit->kind = VTL_EXIT_RESET;
    exit->reset.type = (uint32_t)word;
    exit->reset.code = (uint32_t)(word >> 32);
    return exit->reset.type <= HV_RESET_HIBERNATE;
}

/* Behind a header that is good. */
static bool decode_payload(const struct hv_message *message, uint32_t type, enum vtl_access access,
                           struct vtl_exit *exit)
{
    switch (type) {
    case HV_MESSAGE_HYPERCALL:
        return decode_hypercall(message, exit);
    case HV_MESSAGE_ARM64_RESET:
        return decode_reset(message, exit);
    case HV_MESSAGE_SINT_DELIVERABLE:
        exit->kind = VTL_EXIT_SINT;
        return true;
    case HV_MESSAGE_GPA_INTERCEPT:
        return decode_memory(message, VTL_EXIT_PROTECTION, access, exit);
    default:
        return decode_memory(message, VTL_EXIT_MEMORY, access, exit);
    }
}

/* The least payload of a type; 0: no such type. */
static uint8_t payload_bytes(uint32_t type)
{
    switch (type) {
    case HV_MESSAGE_UNMAPPED_GPA:
    case HV_MESSAGE_GPA_INTERCEPT:
    case HV_MESSAGE_UNACCEPTED_GPA:
        return sizeof(struct hv_memory_intercept);
    case HV_MESSAGE_HYPERCALL:
        return sizeof(struct hv_hypercall_intercept);
    case HV_MESSAGE_SINT_DELIVERABLE:
        return sizeof(struct hv_sint_deliverable);
    case HV_MESSAGE_ARM64_RESET:
        return sizeof(struct hv_reset_intercept);
    default:
        return 0;
    }
}

/* Of VTL0 on this VP, and of values that there are. */
static bool header_good(uint64_t header, uint32_t vp_index)
{
    uint8_t length = BYTE(header, LENGTH_SHIFT);

    return (uint32_t)header == vp_index && (header >> STATE_SHIFT & STATE_WRONG) == 0 &&
           BYTE(header, ACCESS_SHIFT) <= HV_INTERCEPT_EXECUTE &&
           (length == 0 || length == 2 || length == 4);
}

/* head and header have been read. Out of line, off the way of every access. */
__attribute__((noinline)) static void decode_unusual(struct vtl_vp *vp,
                                                     const struct hv_message *message,
                                                     struct vtl_exit *exit, uint64_t head,
                                                     uint64_t header)
{
    uint32_t type = (uint32_t)head;
    uint8_t size = BYTE(head, SIZE_SHIFT);
    uint8_t least = payload_bytes(type);

    if (least == 0) {
        unknown(exit, type, "type");
    } else if (size < least || size > HV_MESSAGE_PAYLOAD_BYTES) {
        unknown(exit, type, "payload size");
    } else if (!header_good(header, vp->index)) {
        unknown(exit, type, "header");
    } else if (!decode_payload(message, type, (enum vtl_access)BYTE(header, ACCESS_SHIFT), exit)) {
        unknown(exit, type, "payload");
    } else {
        exit->instruction_bytes = BYTE(header, LENGTH_SHIFT) == 2 ? 2 : 4;
        decode_state(vp, message, exit);
        /* A SINT's message is about no instruction. */
        vp->state = type == HV_MESSAGE_SINT_DELIVERABLE ? NULL : exit;
    }
}

static inline void decode(struct vtl_vp *vp, const struct hv_message *message,
                          struct vtl_exit *exit)
{
    uint64_t head = hv_message_word(message, HEAD);
    uint64_t header = hv_message_word(message, HEADER);

    if (head != HEAD_USUAL || (header & HEADER_MASK) != vp->usual_header) {
        decode_unusual(vp, message, exit, head, header);
        return;
    }
    if (!decode_memory(message, VTL_EXIT_MEMORY, (enum vtl_access)(header >> ACCESS_SHIFT & 1),
                       exit)) {
        unknown(exit, (uint32_t)head, "payload");
        return;
    }
    decode_state(vp, message, exit);
}

void hv_exit_init(struct vtl_vp *vp)
{
    vp->usual_header = HEADER_USUAL(vp->index);
}

void hv_exit_decode(struct vtl_vp *vp, const struct hv_message *message, struct vtl_exit *exit)
{
    decode(vp, message, exit);
}
PV_UNTRUSTED(hv_exit_decode, host, "fuzz_vtl_exit");
PV_UNTRUSTED(hv_exit_decode, guest, "fuzz_vtl_exit");

void hv_entry(struct vtl_vp *vp)
{
    uint32_t reason = ((const volatile struct hv_vp_assist_page *)vp->assist)->entry_reason;

    if (reason == HV_ENTRY_REASON_INTERCEPT) {
        decode(vp, &vp->assist->intercept_message, vp->exit);
    } else {
        hv_entry_other(vp, reason, vp->exit);
    }
}
PV_UNTRUSTED(hv_entry, host, "fuzz_vtl_exit");
