/* SPDX-License-Identifier: BSD-3-Clause */
#include "device.h"

#include "simd_device.h"

/* VTL2's own GIC (QEMU virt), as boot has mapped it; the board's UART, which has nothing to say. */
#define GICD_ISPENDR UINT64_C(0x08000200)
#define HOST_UART_INTID 33u

static struct {
    uint64_t failures;
    uint64_t plain[2];
    uint64_t crypto[2];
} registers;

static void crypto_all(void)
{
    if (crypto_aes() != CRYPTO_AES || crypto_sha() != CRYPTO_SHA) {
        registers.failures++;
    }
}

/* Pending before the return to VTL0: which then comes back at once. */
static void interrupt(void)
{
    mmio_write32(GICD_ISPENDR + HOST_UART_INTID / 32 * 4, 1u << HOST_UART_INTID % 32);
}

static bool word(uint64_t *at, struct mmio_access *access)
{
    if (access->write) {
        *at = access->value;
    } else {
        access->value = *at;
    }
    return true;
}

static bool read_only(uint64_t offset, uint64_t *value)
{
    switch (offset) {
    case SIMD_DEVICE_IDENT:
        *value = SIMD_DEVICE_IDENT_VALUE;
        return true;
    case SIMD_DEVICE_AES:
        *value = crypto_aes();
        return true;
    case SIMD_DEVICE_SHA:
        *value = crypto_sha();
        return true;
    case SIMD_DEVICE_XTS:
        *value = crypto_xts();
        return true;
    case SIMD_DEVICE_FAILURES:
        *value = registers.failures;
        return true;
    case SIMD_DEVICE_INTERRUPT_CRYPTO:
        crypto_all();
        interrupt();
        *value = SIMD_DEVICE_IDENT_VALUE;
        return true;
    case SIMD_DEVICE_INTERRUPT:
        interrupt();
        *value = SIMD_DEVICE_IDENT_VALUE;
        return true;
    case SIMD_DEVICE_INTERRUPTS:
        *value = vmm_exit_count(VTL_EXIT_INTERRUPT);
        return true;
    default:
        return false;
    }
}

bool simd_device_mmio(void *device, struct mmio_access *access)
{
    (void)device;
    if (access->bytes != 8) {
        return false;
    }
    switch (access->offset) {
    case SIMD_DEVICE_PLAIN:
    case SIMD_DEVICE_PLAIN + 8:
        return word(&registers.plain[access->offset / 8 % 2], access);
    case SIMD_DEVICE_CRYPTO:
    case SIMD_DEVICE_CRYPTO + 8:
        crypto_all();
        return word(&registers.crypto[access->offset / 8 % 2], access);
    default:
        return !access->write && read_only(access->offset, &access->value);
    }
}
