/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measurements and evidence by vtl, on refhv: entry.S and vtl as in the image, with a boot_main that prints what it is
 * given. run.py knows what that has to be.
 */
#include "boot.h"
#include "devices/devices.h"
#include "fdt_in.h"
#include "igvm_guest.h"
#include "vtl/vtl.h"

#include <string.h>

#define PAGE UINT64_C(4096)
#define LINE_BYTES 32u
#define ROOM 1000u
#define STEPS_MAX 100000u

static struct board board;
static uint8_t evidence[VTL_EVIDENCE_BYTES_MAX + ROOM];

static void sink(const char *text, size_t bytes)
{
    host_uart_write((const uint8_t *)text, bytes);
}

static void print_bytes(const char *name, const uint8_t *data, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t at = 0; at < bytes; at += LINE_BYTES) {
        char text[2 * LINE_BYTES + 1] = {0};

        for (size_t i = 0; i < LINE_BYTES && at + i < bytes; i++) {
            text[2 * i] = digits[data[at + i] >> 4];
            text[2 * i + 1] = digits[data[at + i] & 15u];
        }
        log_info("%s %s", name, text);
    }
}

/* Register 2 is extended twice, 64 bytes and 5. */
static void measure(const uint8_t data[64])
{
    uint8_t value[VTL_MEASUREMENT_BYTES];

    log_info("extend %d %d", (int)vtl_measurement_extend(2, data, 64),
             (int)vtl_measurement_extend(2, data, 5));
    for (unsigned i = 0; i < VTL_MEASUREMENT_REGISTERS; i++) {
        if (vtl_measurement_read(i, value) == PV_OK) {
            print_bytes("measurement", value, sizeof(value));
        }
    }
}

static void take(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    size_t bytes = 0;
    unsigned steps = 0;
    bool more = true;
    enum pv_status status = vtl_evidence_start(challenge);

    log_info("start %d", (int)status);
    while (status == PV_OK && more && steps++ < STEPS_MAX) {
        size_t got;

        status = vtl_evidence_continue(evidence + bytes, ROOM, &got, &more);
        bytes += got;
    }
    log_info("end %d", (int)status);
    print_bytes("evidence", evidence, bytes);
}

static const char *set_up(uint64_t image_base, uint64_t parameter_offset, uint64_t guest_page)
{
    const char *reason = board_parse((const void *)(uintptr_t)(image_base + parameter_offset),
                                     IGVM_PARAMETER_PAGES * PAGE, &board);
    if (reason != NULL) {
        return reason;
    }
    if (vtl_memory_init(board.vtl2.base.raw, board.vtl2.bytes, image_base + guest_page + PAGE) !=
            PV_OK ||
        vtl_map(board.uart.base, PAGE, VTL_MAP_DEVICE) != PV_OK) {
        return "memory";
    }
    host_uart_init(board.uart.base);
    log_set_sink(sink, LOG_INFO);
    return vtl_init(board.vp_count) == PV_OK ? NULL : "vtl_init";
}

void boot_main(uint64_t image_base, uint64_t parameter_offset, uint64_t guest_page_offset,
               uint64_t policy_offset)
{
    uint8_t challenge[VTL_CHALLENGE_BYTES];
    const char *reason = set_up(image_base, parameter_offset, guest_page_offset);

    (void)policy_offset;
    if (reason != NULL) {
        log_error("no evidence: %s", reason);
        vtl_power_off();
    }
    for (unsigned i = 0; i < sizeof(challenge); i++) {
        challenge[i] = (uint8_t)(0x40 + i);
    }
    log_info("kind %d", (int)vtl_evidence_kind());
    measure(challenge);
    take(challenge);
    vtl_power_off();
}
