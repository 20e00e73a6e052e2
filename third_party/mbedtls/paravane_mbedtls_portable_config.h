/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * paravane_mbedtls_config.h in portable C alone, for tests on the machine that builds: a sanitizer sees
 * every access, and the machine need not be an arm64.
 */
#ifndef PARAVANE_MBEDTLS_PORTABLE_CONFIG_H
#define PARAVANE_MBEDTLS_PORTABLE_CONFIG_H

#include "paravane_mbedtls_config.h"

#undef MBEDTLS_HAVE_ASM
#undef MBEDTLS_AESCE_C
#undef MBEDTLS_SHA256_USE_ARMV8_A_CRYPTO_IF_PRESENT
#undef MBEDTLS_SHA512_USE_A64_CRYPTO_IF_PRESENT

#endif /* PARAVANE_MBEDTLS_PORTABLE_CONFIG_H */
