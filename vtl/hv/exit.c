/* SPDX-License-Identifier: BSD-3-Clause */
/* Reference section 5: message and intercept layouts. */
#include "hv/exit.h"

#include "arm64.h"

#include <string.h>

#define MESSAGE_HEAD_BYTES offsetof(struct hv_message, payload)

/*
 * What is copied: the head and the largest payload that is read. A hypercall's X registers are in
 * the VP anyway.
 */
struct copy {
    struct {
        uint32_t type;
        uint8_t payload_size;
        uint8_t flags;
        uint16_t zero;
        uint64_t id;
    } head;
    union {
        struct hv_intercept_header header;
        struct hv_memory_intercept memory;
        struct {
            struct hv_intercept_header header;
            uint16_t immediate;
        } hypercall;
        struct hv_reset_intercept reset;
    };
};
_Static_assert(offsetof(struct copy, memory) == MESSAGE_HEAD_BYTES, "one copy");
_Static_assert(offsetof(struct copy, hypercall.immediate) ==
                   MESSAGE_HEAD_BYTES + offsetof(struct hv_hypercall_intercept, immediate),
               "the part of the payload that is read");

static void unknown(struct vtl_exit *exit, uint32_t type, const char *why)
{
    log_error("exit: message 0x%x: %s", type, why);
    exit->kind = VTL_EXIT_UNKNOWN;
    exit->unknown.type = type;
}

/* The guest's state at the intercept; false if the header is not one of VTL0 on this VP. */
static bool decode_header(const struct copy *copy, uint32_t vp_index, struct vtl_exit *exit)
{
    const struct hv_intercept_header *header = &copy->header;
    uint32_t vtl = (header->execution_state & HV_EXECUTION_VTL_MASK) >> HV_EXECUTION_VTL_SHIFT;
    uint8_t length = header->instruction_length;
    if (header->vp_index != vp_index || vtl != 0 || header->access_type > HV_INTERCEPT_EXECUTE ||
        (header->execution_state & HV_EXECUTION_EL_MASK) > 1) {
        return false;
    }
    if (length != 2 && length != 4 && length != 0) {
        return false;
    }
    exit->pc = gva(header->pc);
    exit->pstate = header->cpsr;
    exit->instruction_bytes = length == 0 ? 4 : length;
    return true;
}

static bool decode_memory(const struct copy *copy, struct vtl_exit *exit)
{
    const struct hv_memory_intercept *memory = &copy->memory;
    uint8_t bytes = memory->instruction_byte_count;
    if (bytes != 0 && bytes != 4) {
        return false;
    }
    /* The header's access type and VTL_READ, VTL_WRITE, VTL_EXECUTE go by the same numbers. */
    exit->memory.access = (enum vtl_access)memory->header.access_type;
    exit->memory.protection = copy->head.type == HV_MESSAGE_GPA_INTERCEPT;
    exit->memory.gva_valid = (memory->access_info & HV_ACCESS_INFO_GVA_VALID) != 0;
    exit->memory.instruction_valid = bytes == 4;
    memcpy(&exit->memory.instruction, memory->instruction_bytes, 4);
    exit->memory.gva = gva(memory->gva);
    exit->memory.gpa = gpa(memory->gpa);
    exit->memory.esr = memory->syndrome;
    exit->kind = VTL_EXIT_MEMORY;
    return true;
}
_Static_assert(VTL_READ == HV_INTERCEPT_READ && VTL_WRITE == HV_INTERCEPT_WRITE &&
                   VTL_EXECUTE == HV_INTERCEPT_EXECUTE,
               "access types");

static bool decode_hypercall(const struct copy *copy, struct vtl_exit *exit)
{
    if (copy->hypercall.immediate > 1) {
        return false;
    }
    exit->hypercall.immediate = copy->hypercall.immediate;
    exit->kind = VTL_EXIT_HYPERCALL;
    return true;
}

static bool decode_reset(const struct copy *copy, struct vtl_exit *exit)
{
    if (copy->reset.type > HV_RESET_HIBERNATE) {
        return false;
    }
    exit->reset.type = copy->reset.type;
    exit->reset.code = copy->reset.code;
    exit->kind = VTL_EXIT_RESET;
    return true;
}

static bool decode_sint(const struct copy *copy, struct vtl_exit *exit)
{
    (void)copy;
    exit->kind = VTL_EXIT_SINT;
    return true;
}

static const struct {
    uint32_t type;
    uint32_t payload_bytes; /* at least */
    bool (*decode)(const struct copy *copy, struct vtl_exit *exit);
} messages[] = {
    {HV_MESSAGE_UNMAPPED_GPA, sizeof(struct hv_memory_intercept), decode_memory},
    {HV_MESSAGE_GPA_INTERCEPT, sizeof(struct hv_memory_intercept), decode_memory},
    {HV_MESSAGE_UNACCEPTED_GPA, sizeof(struct hv_memory_intercept), decode_memory},
    {HV_MESSAGE_HYPERCALL, sizeof(struct hv_hypercall_intercept), decode_hypercall},
    {HV_MESSAGE_SINT_DELIVERABLE, sizeof(struct hv_sint_deliverable), decode_sint},
    {HV_MESSAGE_ARM64_RESET, sizeof(struct hv_reset_intercept), decode_reset},
};

void hv_exit_decode(const struct hv_message *message, uint32_t vp_index, struct vtl_exit *exit)
{
    struct copy copy;
    memcpy(&copy, message, sizeof(copy));
    /* The page stays the hypervisor's to write: nothing below may look at it again. */
    __asm__ volatile("" : "+m"(copy) : : "memory");

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
        if (messages[i].type != copy.head.type) {
            continue;
        }
        if (copy.head.payload_size < messages[i].payload_bytes ||
            copy.head.payload_size > HV_MESSAGE_PAYLOAD_BYTES) {
            unknown(exit, copy.head.type, "payload size");
        } else if (!decode_header(&copy, vp_index, exit) || !messages[i].decode(&copy, exit)) {
            unknown(exit, copy.head.type, "payload");
        }
        return;
    }
    unknown(exit, copy.head.type, "type");
}
