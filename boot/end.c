/* SPDX-License-Identifier: BSD-3-Clause */
#include "end.h"

#include "devices/devices.h"

#define TEXT_BYTES 256u

/* The hypervisor reads it at its address: not on a stack, and not across a page. One VP reports. */
static char text[TEXT_BYTES] __attribute__((aligned(TEXT_BYTES)));
static struct vtl_lock text_lock;

static size_t append(size_t used, const char *part)
{
    for (; *part != '\0' && used < sizeof(text); part++) {
        text[used++] = *part;
    }
    return used;
}

/* The lock is kept: another VP that fails, too, must not touch the text. */
void end_boot(uint64_t stage, const char *name, const char *reason)
{
    vtl_lock(&text_lock);
    log_error("cannot start: %s: %s", name, reason);
    size_t used = append(0, "paravane: cannot start: ");
    used = append(used, name);
    used = append(used, ": ");
    used = append(used, reason);
    vtl_crash(END_CODE_BOOT, stage, 0, text, used);
}

/* The console's last line is the hypervisor's: no line about another VP, and nothing of its guest, may cut it in two. */
static void close_console(void)
{
    log_set_sink(NULL, LOG_ERROR);
    host_uart_close();
}

void end_guest(enum vmm_end end, uint32_t vp, const char *reason)
{
    if (end == VMM_END_POWER_OFF) {
        log_debug("the guest powers off");
        close_console();
        vtl_power_off();
    }
    if (end == VMM_END_REBOOT) {
        log_debug("the guest reboots");
        close_console();
        vtl_reset();
    }
    vtl_lock(&text_lock);
    log_error("guest stopped: %s (VP %u)", reason, vp);
    size_t used = append(0, "paravane: guest stopped: ");
    used = append(used, reason);
    vtl_crash(END_CODE_GUEST, vp, 0, text, used);
}
