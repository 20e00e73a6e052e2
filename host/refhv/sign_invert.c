/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 1 / a = a^(n - 2) modulo a prime n (Fermat). The exponent is cut into chunks, the highest first; for each but that one
 * what there is so far is raised to 2^64, and then multiplied by a to the chunk: a power a step. Chunks are as long as a
 * limb of Mbed TLS, whose exp_mod takes a whole one for a bit.
 */
#include "sign_invert.h"

#include <mbedtls/ecp.h>

#define EXPONENT_BYTES 48u
#define CHUNK_BYTES 8u
#define CHUNKS (EXPONENT_BYTES / CHUNK_BYTES)
#define STEPS (2u * CHUNKS - 1u)

static struct sign_inversion *current;

void sign_invert_with(struct sign_inversion *inversion)
{
    current = inversion;
}

void sign_invert_end(struct sign_inversion *inversion)
{
    if (inversion->begun) {
        mbedtls_mpi_free(&inversion->helper);
        mbedtls_mpi_free(&inversion->power);
        inversion->begun = false;
    }
}

static void begin(struct sign_inversion *inversion)
{
    if (!inversion->begun) {
        mbedtls_mpi_init(&inversion->power);
        mbedtls_mpi_init(&inversion->helper);
        inversion->step = 0;
        inversion->begun = true;
    }
}

static int multiply(mbedtls_mpi *product, const mbedtls_mpi *factor, const mbedtls_mpi *n)
{
    const int result = mbedtls_mpi_mul_mpi(product, product, factor);

    return result == 0 ? mbedtls_mpi_mod_mpi(product, product, n) : result;
}

/* power = power^(2^64): 2^63, which is a limb, and twice that. */
static int step_raise(struct sign_inversion *inversion, const mbedtls_mpi *n)
{
    static const uint8_t half[CHUNK_BYTES] = {0x80};
    mbedtls_mpi *power = &inversion->power;
    mbedtls_mpi exponent;

    mbedtls_mpi_init(&exponent);
    int result = mbedtls_mpi_read_binary(&exponent, half, sizeof(half));
    if (result == 0) {
        result = mbedtls_mpi_exp_mod(power, power, &exponent, n, &inversion->helper);
    }
    mbedtls_mpi_free(&exponent);
    return result == 0 ? multiply(power, power, n) : result;
}

/* Chunk number of n - 2. */
static int chunk_of(mbedtls_mpi *chunk, const mbedtls_mpi *n, unsigned number)
{
    uint8_t bytes[EXPONENT_BYTES];

    int result = mbedtls_mpi_sub_int(chunk, n, 2);
    if (result == 0) {
        result = mbedtls_mpi_write_binary(chunk, bytes, sizeof(bytes));
    }
    if (result == 0) {
        result = mbedtls_mpi_read_binary(chunk, bytes + number * CHUNK_BYTES, CHUNK_BYTES);
    }
    return result;
}

/* power = power * a^chunk; the first time, a^chunk. */
static int step_multiply(struct sign_inversion *inversion, const mbedtls_mpi *a,
                         const mbedtls_mpi *n)
{
    const unsigned number = inversion->step / 2;
    mbedtls_mpi chunk;
    mbedtls_mpi power;

    mbedtls_mpi_init(&chunk);
    mbedtls_mpi_init(&power);
    int result = chunk_of(&chunk, n, number);
    if (result == 0) {
        result = mbedtls_mpi_exp_mod(&power, a, &chunk, n, &inversion->helper);
    }
    if (result == 0) {
        result = number == 0 ? mbedtls_mpi_copy(&inversion->power, &power)
                             : multiply(&inversion->power, &power, n);
    }
    mbedtls_mpi_free(&power);
    mbedtls_mpi_free(&chunk);
    return result;
}

int sign_port_invert(mbedtls_mpi *gcd, mbedtls_mpi *inverse, const mbedtls_mpi *a,
                     const mbedtls_mpi *n)
{
    struct sign_inversion *inversion = current;

    (void)gcd; /* NULL where an inverse is wanted */
    begin(inversion);
    int result =
        inversion->step % 2 == 0 ? step_multiply(inversion, a, n) : step_raise(inversion, n);
    if (result == 0 && ++inversion->step < STEPS) {
        return MBEDTLS_ERR_ECP_IN_PROGRESS;
    }
    if (result == 0) {
        result = mbedtls_mpi_copy(inverse, &inversion->power);
    }
    sign_invert_end(inversion);
    return result;
}
